"""What the panel shows of the job that runs or has just ended. Light: it is read while Blender draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import bpy


@dataclass
class Status:
    """One job at a time, as there is one worker."""

    running: bool = False
    step: str = ""
    """What is being done, in words."""
    fraction: float = 0.0
    sentences: list[str] = field(default_factory=list)
    """The reply, as far as it is written."""
    error: str = ""
    """A sentence the user can act on."""
    notes: tuple[str, ...] = ()
    """What else the user should know of a job that went well."""
    film: str = ""
    """Path of the film that was rendered last."""

    def start(self, step: str) -> None:
        """Forget the last job."""
        self.running, self.step, self.fraction = True, step, 0.0
        self.sentences, self.error, self.notes = [], "", ()
        redraw()

    def end(self, error: str = "", notes: tuple[str, ...] = ()) -> None:
        """Show how it ended; the reply stays."""
        self.running, self.step, self.fraction = False, "", 0.0
        self.error, self.notes = error, notes
        redraw()

    def say(self, error: str) -> None:
        """Show that a button could not do what it should; a job that runs goes on."""
        self.error = error
        redraw()

    def forget(self) -> None:
        """Show nothing of what was, since another file is opened."""
        vars(self).update(vars(Status()))
        redraw()


current: Final = Status()


def redraw() -> None:
    """Draw the panel again, in every window, and not the scene beside it; the preferences too show installations."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            elif area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
