"""An operator that works for as long as a key is held; its button begins with one click and ends with the next."""

from __future__ import annotations

from typing import Any


class WhileHeld:
    """For such operators: :meth:`begin` and :meth:`end` are theirs."""

    _key: str

    @property
    def is_held(self) -> bool:
        """Whether it has begun."""
        raise NotImplementedError

    def begin(self, context: Any) -> set[str]:
        """Begin; ``{"FINISHED"}`` if it has."""
        raise NotImplementedError

    def end(self) -> None:
        """End."""
        raise NotImplementedError

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Begin, or end where the button is clicked again; with a key, wait for its release."""
        if event.value != "PRESS":  # a button calls when the mouse is let go
            return self.execute(context)
        if self.is_held or self.begin(context) != {"FINISHED"}:  # the key repeats, or it cannot begin
            return {"CANCELLED"}
        self._key = event.type
        # Only for as long as the key is held: Blender's autosave waits for operators that stay.
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """End when the key is let go, or the window is left with it."""
        is_let_go = event.type == self._key and event.value == "RELEASE"
        if not is_let_go and event.type != "WINDOW_DEACTIVATE" and self.is_held:
            return {"PASS_THROUGH"}
        self.cancel(context)
        return {"FINISHED"}

    def cancel(self, _context: Any) -> None:
        """End it; Blender calls this too, when it ends operators itself."""
        if self.is_held:
            self.end()

    def execute(self, context: Any) -> set[str]:
        """Begin, or end."""
        if self.is_held:
            self.end()
            return {"FINISHED"}
        return self.begin(context)
