"""Buttons of a dialogue: read a script, make it, put it in another order."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from bpy.props import EnumProperty, StringProperty

from ...core.errors import AssetError
from ..jobs.buttons import NoJobRunning, done_or_reported
from ..speak.operators import chosen_models
from .properties import line_of


class _ChangesDialogue(NoJobRunning):
    """One undo step; the user reads a sentence where it cannot be done."""

    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Change it."""
        return done_or_reported(self, lambda: self.change(context.scene))

    def change(self, scene: Any) -> None:
        """Do what the button says."""
        raise NotImplementedError


class ReadScript(_ChangesDialogue, bpy.types.Operator):
    """Take the lines over from the chosen text. Lines that were there before keep their takes, wherever they stand now; Make Dialogue speaks the others"""  # noqa: D415, E501  # a tooltip

    bl_idname = "alphsistant.read_script"
    bl_label = "Read Script"

    def change(self, scene: Any) -> None:
        """Read it."""
        from ...dialogue.script import read_script  # noqa: PLC0415
        from . import lines  # noqa: PLC0415

        text = scene.alphsistant_dialogue.script
        if text is None:
            raise AssetError("Choose a text first: “ADA: Hello.”, one line each.")
        script = read_script(text.as_string())
        lines.take_over(scene, script)
        for note in script.notes:
            self.report({"WARNING"}, note)


class OpenDialogue(_ChangesDialogue, bpy.types.Operator):
    """Open a script (text) or a table (CSV, JSON) and take its lines over"""  # noqa: D415

    bl_idname = "alphsistant.open_dialogue"
    bl_label = "Open Script"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.txt;*.fountain;*.csv;*.tsv;*.json", options={"HIDDEN"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask which."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def change(self, scene: Any) -> None:
        """Open it; a script can be edited in the Text Editor from then on."""
        from ...dialogue.script import TABLES, load_script  # noqa: PLC0415
        from . import lines  # noqa: PLC0415

        path = Path(bpy.path.abspath(self.filepath))
        script = load_script(path)
        if path.suffix.lower() not in TABLES:
            scene.alphsistant_dialogue.script = bpy.data.texts.load(str(path))
        lines.take_over(scene, script)
        for note in script.notes:
            self.report({"WARNING"}, note)


class MakeDialogue(NoJobRunning, bpy.types.Operator):
    """Speak the lines that have no take yet or were changed, put all of them one after the other, and let the other faces listen. Names without a face get one"""  # noqa: D415, E501

    bl_idname = "alphsistant.make_dialogue"
    bl_label = "Make Dialogue"

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        from ..jobs import desk  # noqa: PLC0415
        from .dialogue_job import DialogueTask  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: desk.start(DialogueTask(context, chosen_models(context))))


class ArrangeDialogue(_ChangesDialogue, bpy.types.Operator):
    """Put the lines one after the other again, and let the other faces listen to them as they are now: after a change of a pause or of a take"""  # noqa: D415, E501

    bl_idname = "alphsistant.arrange_dialogue"
    bl_label = "Arrange"

    def change(self, scene: Any) -> None:
        """Arrange it."""
        _arrange(scene)


class MoveDialogueLine(_ChangesDialogue, bpy.types.Operator):
    """Let the selected line be said earlier or later; what is after it moves"""  # noqa: D415

    bl_idname = "alphsistant.move_dialogue_line"
    bl_label = "Move Line"

    direction: EnumProperty(items=(("UP", "Earlier", ""), ("DOWN", "Later", "")))

    def change(self, scene: Any) -> None:
        """Move it in the list, and the takes in time if all lines have been spoken."""
        settings = scene.alphsistant_dialogue
        place = settings.line_index
        other = place + (-1 if self.direction == "UP" else 1)
        if line_of(settings) is None or not 0 <= other < len(settings.lines):
            return
        settings.lines.move(place, other)
        settings.line_index = other
        _arrange_where_spoken(scene)


class RemoveDialogueLine(_ChangesDialogue, bpy.types.Operator):
    """Take the selected line out of the dialogue, with its take; what is after it moves up"""  # noqa: D415

    bl_idname = "alphsistant.remove_dialogue_line"
    bl_label = "Remove Line"

    def change(self, scene: Any) -> None:
        """Remove it."""
        settings = scene.alphsistant_dialogue
        if line_of(settings) is None:
            return
        settings.lines.remove(settings.line_index)
        settings.line_index = max(0, min(settings.line_index, len(settings.lines) - 1))
        _arrange_where_spoken(scene)


def _arrange_where_spoken(scene: Any) -> None:
    from . import lines  # noqa: PLC0415
    from .dialogue_job import finish  # noqa: PLC0415  # numpy

    if all(lines.is_spoken(scene, line) for line in scene.alphsistant_dialogue.lines):
        finish(scene, {})


def _arrange(scene: Any) -> None:
    from .dialogue_job import finish  # noqa: PLC0415  # numpy

    if not len(scene.alphsistant_dialogue.lines):
        raise AssetError("There are no lines yet: choose a script and press Read Script.")
    finish(scene, {})


CLASSES: Final = (ReadScript, OpenDialogue, MakeDialogue, ArrangeDialogue, MoveDialogueLine, RemoveDialogueLine)
