"""Buttons of the conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from bpy.props import IntProperty, StringProperty

from ...core.errors import AlphsistantError
from ..common import compat
from ..face import description


def face_of(context: Any) -> Any:
    """Return the topmost object of the face that would speak; ``None`` if there is no face."""
    return description.root_of(context.scene, context.scene.alphsistant.face, context.active_object)


class _OfFace:
    """For buttons that need a face."""

    bl_options: Final = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Grey while there is no face."""
        cls.poll_message_set("There is no face in the scene yet")  # type: ignore[attr-defined]
        return face_of(context) is not None


class ClearConversation(_OfFace, bpy.types.Operator):
    """Forget what was said to this face; its takes stay"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.clear_conversation"
    bl_label = "Forget All"

    def execute(self, context: Any) -> set[str]:
        """Forget it."""
        face_of(context).alphsistant_conversation.turns.clear()
        return {"FINISHED"}


class RemoveTurn(_OfFace, bpy.types.Operator):
    """Forget this turn; its take stays"""  # noqa: D415

    bl_idname = "alphsistant.remove_turn"
    bl_label = "Forget"

    turn: IntProperty(options={"HIDDEN"})

    def execute(self, context: Any) -> set[str]:
        """Forget it."""
        kept = face_of(context).alphsistant_conversation
        if 0 <= self.turn < len(kept.turns):
            kept.turns.remove(self.turn)
            kept.turn_index = max(0, min(kept.turn_index, len(kept.turns) - 1))
        return {"FINISHED"}


class NewPersona(_OfFace, bpy.types.Operator):
    """Make a text in which you write who this face is, with Alphsistant's own to begin with"""  # noqa: D415

    bl_idname = "alphsistant.new_persona"
    bl_label = "New"

    def execute(self, context: Any) -> set[str]:
        """Make it."""
        from ...text_generation.persona import ALPHSISTANT  # noqa: PLC0415  # not while Blender starts
        from .memory import keep_persona  # noqa: PLC0415

        keep_persona(face_of(context), ALPHSISTANT)
        return {"FINISHED"}


class LoadPersona(_OfFace, bpy.types.Operator):
    """Read who this face is from a text file or a character card (JSON or PNG)"""  # noqa: D415

    bl_idname = "alphsistant.load_persona"
    bl_label = "Load Persona"

    filepath: StringProperty(subtype="FILE_PATH", options=compat.blend_relative())
    filter_glob: StringProperty(default="*.txt;*.json;*.png", options={"HIDDEN"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Read it into a text of the Text Editor."""
        from ...text_generation.persona import Persona  # noqa: PLC0415
        from .memory import keep_persona  # noqa: PLC0415

        try:
            keep_persona(face_of(context), Persona.load(Path(bpy.path.abspath(self.filepath))))
        except AlphsistantError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class SavePersona(_OfFace, bpy.types.Operator):
    """Write who this face is to a text file"""  # noqa: D415

    bl_idname = "alphsistant.save_persona"
    bl_label = "Save Persona"

    filepath: StringProperty(subtype="FILE_PATH", options=compat.blend_relative())

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the file."""
        self.filepath = self.filepath or "persona.txt"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Write it."""
        from ...text_generation.persona import ALPHSISTANT  # noqa: PLC0415
        from .memory import persona  # noqa: PLC0415

        try:
            (persona(face_of(context)) or ALPHSISTANT).save(Path(bpy.path.abspath(self.filepath)))
        except AlphsistantError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES: Final = (ClearConversation, RemoveTurn, NewPersona, LoadPersona, SavePersona)
