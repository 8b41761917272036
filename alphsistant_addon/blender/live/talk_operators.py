"""Buttons of the talk. What needs numpy is imported when a button is pressed, not while Blender starts."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import IntProperty, StringProperty

from ...core.errors import AlphsistantError
from ..face import description
from ..jobs.buttons import NoJobRunning, done_or_reported
from .held_key import WhileHeld
from .live_status import current as live_status

_OPERATORS: Final[Any] = bpy.ops.alphsistant  # type: ignore[attr-defined]  # ours, which Blender's types cannot know


class StartTalk(bpy.types.Operator):
    """Talk with the face: it listens, thinks and answers at once. Nothing of it is in the file unless you keep it"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.start_talk"
    bl_label = "Start Talk"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while a talk runs."""
        return not live_status.is_talking

    def execute(self, context: Any) -> set[str]:
        """Start it; a scene without a face gets the shipped one first."""
        if _root(context) is None and _OPERATORS.add_face() != {"FINISHED"}:
            return {"CANCELLED"}
        return done_or_reported(self, lambda: self._start(context))

    def _start(self, context: Any) -> None:
        from . import talk_start  # noqa: PLC0415  # numpy

        talk_start.start(context, _root(context))


class _InTalk:
    """For buttons that a talk has to run for."""

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while no talk runs."""
        return live_status.is_talking


class StopTalk(_InTalk, bpy.types.Operator):
    """End the talk; what was said stays in the list until the next one"""  # noqa: D415

    bl_idname = "alphsistant.stop_talk"
    bl_label = "Stop Talk"

    def execute(self, _context: Any) -> set[str]:
        """End it."""
        from . import live_session  # noqa: PLC0415

        live_session.stop()
        return {"FINISHED"}


class Interrupt(_InTalk, bpy.types.Operator):
    """Let it stop speaking, or thinking, now; the words that were heard stay"""  # noqa: D415

    bl_idname = "alphsistant.interrupt"
    bl_label = "Interrupt"

    def execute(self, _context: Any) -> set[str]:
        """Interrupt it."""
        live_status.talk.conversation.interrupt()
        return {"FINISHED"}


class PushToTalk(_InTalk, WhileHeld, bpy.types.Operator):
    """Hold the key and speak; what you have said is answered when you let it go. As a button: click it again to end"""  # noqa: D415

    bl_idname = "alphsistant.push_to_talk"
    bl_label = "Speak"

    @property
    def is_held(self) -> bool:
        """Whether the microphone takes all for speech."""
        return live_status.is_talking and bool(live_status.talk.is_held)

    def begin(self, _context: Any) -> set[str]:
        """Begin."""
        live_status.talk.hold(held=True)
        return {"FINISHED"}

    def end(self) -> None:
        """Answer what was said."""
        live_status.talk.hold(held=False)


class _OfTurn(_InTalk):
    """For buttons beside a turn of the log."""

    def _turn(self) -> Any:
        """Return the turn.

        Raises:
            AlphsistantError: it is gone.
        """
        from . import talk_source  # noqa: PLC0415

        turn = talk_source.turn_of(self.turn)  # type: ignore[attr-defined]
        if turn is None:
            raise AlphsistantError("This turn is no longer in the talk.")
        return turn


class SayAgain(_OfTurn, bpy.types.Operator):
    """Say this again, with the same sound"""  # noqa: D415

    bl_idname = "alphsistant.say_again"
    bl_label = "Say Again"

    turn: IntProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Say it again."""
        return done_or_reported(self, lambda: live_status.talk.conversation.say_again(self._turn()))


class AnotherAnswer(_OfTurn, bpy.types.Operator):
    """Answer the same words once more, with another seed; both answers stay in the list"""  # noqa: D415

    bl_idname = "alphsistant.another_answer"
    bl_label = "Another Answer"

    turn: IntProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Answer."""
        return done_or_reported(self, lambda: live_status.talk.conversation.another_answer(self._turn()))


class EditTurn(_OfTurn, bpy.types.Operator):
    """Change the text: a reply is spoken anew, your own words are answered anew; both stay in the list"""  # noqa: D415

    bl_idname = "alphsistant.edit_turn"
    bl_label = "Edit"
    bl_property = "text"

    turn: IntProperty(options={"HIDDEN"})
    text: StringProperty(name="Text", description="What shall be said")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the text."""
        try:
            self.text = self._turn().text
        except AlphsistantError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return set(context.window_manager.invoke_props_dialog(self, width=400))

    def draw(self, _context: Any) -> None:
        """Draw the question."""
        self.layout.prop(self, "text", text="")

    def execute(self, _context: Any) -> set[str]:
        """Say it, or answer it."""
        return done_or_reported(self, self._change)

    def _change(self) -> None:
        turn, conversation = self._turn(), live_status.talk.conversation
        if turn.who == "user":
            conversation.mend(turn, self.text)
        else:
            conversation.edit(turn, self.text)


class KeepTurn(NoJobRunning, bpy.types.Operator):
    """Make a take of this reply, as it was heard: the same sound, cut where it was interrupted"""  # noqa: D415

    bl_idname = "alphsistant.keep_turn"
    bl_label = "Keep as Take"
    bl_options = {"REGISTER", "UNDO"}

    turn: IntProperty(options={"HIDDEN"})

    def execute(self, context: Any) -> set[str]:
        """Make it."""
        return done_or_reported(self, lambda: self._keep(context))

    def _keep(self, context: Any) -> None:
        from . import keep_talk, talk_source  # noqa: PLC0415  # numpy

        turn = talk_source.turn_of(self.turn)
        if turn is None:
            raise AlphsistantError("This turn is no longer in the talk.")
        keep_talk.keep(context, turn)


class KeepTalk(NoJobRunning, bpy.types.Operator):
    """Make takes of all replies, one after the other, and of your own words where a second face is chosen for them"""  # noqa: D415

    bl_idname = "alphsistant.keep_talk"
    bl_label = "Keep All"

    def execute(self, context: Any) -> set[str]:
        """Start the job; all takes are one undo step."""
        return done_or_reported(self, lambda: self._start(context))

    def _start(self, context: Any) -> None:
        from ..jobs import desk  # noqa: PLC0415
        from . import keep_talk  # noqa: PLC0415  # numpy

        desk.start(keep_talk.task_for(context))


class ForgetTalk(bpy.types.Operator):
    """Empty the list; takes that were kept stay"""  # noqa: D415

    bl_idname = "alphsistant.forget_talk"
    bl_label = "Forget"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while there is nothing to forget."""
        return bool(live_status.log)

    def execute(self, _context: Any) -> set[str]:
        """Forget it."""
        if live_status.is_talking:
            live_status.talk.conversation.forget()
            live_status.log = live_status.talk.conversation.log
        else:
            live_status.log = []
        live_status.kept.clear()
        return {"FINISHED"}


def _root(context: Any) -> Any:
    return description.root_of(context.scene, context.scene.alphsistant.face, context.active_object)


CLASSES: Final = (
    StartTalk,
    StopTalk,
    Interrupt,
    PushToTalk,
    SayAgain,
    AnotherAnswer,
    EditTurn,
    KeepTurn,
    KeepTalk,
    ForgetTalk,
)
