"""Buttons for the words of a take."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..jobs.buttons import NoJobRunning, done_or_reported


class ShowWords(NoJobRunning, bpy.types.Operator):
    """Show the words of this take as a list and as markers, each at its start, with a bar at the end before a pause. Drag them: the mouth follows, and the voice's sound"""  # noqa: D415, E501

    bl_idname = "alphsistant.show_words"
    bl_label = "Show Words"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Show them; if they are shown, hide them."""
        from . import word_markers, word_watch  # noqa: PLC0415

        done = done_or_reported(self, lambda: word_markers.toggle(self.take))
        word_watch.start()
        return done


class FollowWords(NoJobRunning, bpy.types.Operator):
    """Let mouth and sound follow the words' markers where they were dragged by a script; a drag by hand is followed by itself"""  # noqa: D415, E501

    bl_idname = "alphsistant.follow_words"
    bl_label = "Follow the Words"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Move the keys."""
        from . import word_edits  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: word_edits.follow(self.take))


class OnWord(NoJobRunning):
    """A button for one word of a take."""

    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})
    word: IntProperty(options={"HIDDEN"})
    """Its place, from 0 on."""


class MuteWord(OnWord, bpy.types.Operator):
    """Put silence, and the mouth at rest, in the place of this word, or the word back"""  # noqa: D415

    bl_idname = "alphsistant.mute_word"
    bl_label = "Mute Word"

    mute: BoolProperty(name="Mute", default=True)

    def execute(self, _context: Any) -> set[str]:
        """Mute it, or the opposite."""
        from . import word_edits  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: word_edits.mute(self.take, self.word, self.mute))


class SayAnew(OnWord):
    """A button that says a word anew: a job, or where the sound stays, at once."""

    bl_options = {"REGISTER"}  # as Blender has it

    def say(self, **wanted: Any) -> set[str]:
        """Say it."""
        from ..takes.take_task import push_undo  # noqa: PLC0415
        from . import word_job  # noqa: PLC0415  # numpy

        def start() -> None:
            if word_job.start(self.take, self.word, **wanted):
                push_undo(self.bl_label)  # type: ignore[attr-defined]

        return done_or_reported(self, start)


class RetypeWord(SayAnew, bpy.types.Operator):
    """Say something else in the place of this word: only that is read and spoken anew, and put into the sound"""  # noqa: D415

    bl_idname = "alphsistant.retype_word"
    bl_label = "Retype Word"

    text: StringProperty(name="Text", description="What is said there, one word or more")

    def execute(self, _context: Any) -> set[str]:
        """Say it."""
        return self.say(text=self.text)


class SetPhones(SayAnew, bpy.types.Operator):
    """Say this word with other phones, written with blanks between"""  # noqa: D415

    bl_idname = "alphsistant.set_phones"
    bl_label = "Set Phones"

    phones: StringProperty(name="Phones", description="Such as “h ə l ˈoʊ”")

    def execute(self, _context: Any) -> set[str]:
        """Say it."""
        return self.say(phones=self.phones)


class MarkStress(SayAnew, bpy.types.Operator):
    """Mark how strongly this word is stressed: a stressed vowel opens the mouth further, and the voice says it so"""  # noqa: D415

    bl_idname = "alphsistant.mark_stress"
    bl_label = "Stress"

    level: EnumProperty(
        name="Stress",
        items=(
            ("NONE", "None", "No stress"),
            ("MAIN", "Stressed", "The word's main stress"),
            ("SECOND", "Half", "A second stress"),
        ),
        default="MAIN",
    )

    def execute(self, _context: Any) -> set[str]:
        """Mark it."""
        return self.say(stress=("NONE", "MAIN", "SECOND").index(self.level))


class SetPause(OnWord, bpy.types.Operator):
    """Make the pause behind this word longer or shorter; all that follows moves, the sound too"""  # noqa: D415

    bl_idname = "alphsistant.set_pause"
    bl_label = "Pause Behind"

    seconds: FloatProperty(name="Seconds", description="Length of the pause", default=0.3, min=0.0, max=10.0)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for its length, which is the present one to begin with."""
        from . import word_state  # noqa: PLC0415  # numpy

        def read() -> None:
            state = word_state.state_of(self.take)
            word_state.word_at(state, self.word)
            start, end = state.pause_after(self.word)
            self.seconds = end - start

        if done_or_reported(self, read) == {"CANCELLED"}:
            return {"CANCELLED"}
        return set(context.window_manager.invoke_props_dialog(self))

    def execute(self, _context: Any) -> set[str]:
        """Set it."""
        from . import word_edits  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: word_edits.set_pause(self.take, self.word, self.seconds))


CLASSES: Final = (ShowWords, FollowWords, MuteWord, RetypeWord, SetPhones, MarkStress, SetPause)
