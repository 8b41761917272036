"""Which voice speaks: the chooser that the panel and the preferences share."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import BoolProperty, StringProperty

from ..common.addon_preferences import preferences_of
from ..conversation.operators import face_of
from ..jobs.buttons import NoJobRunning, done_or_reported


def draw_choice(layout: Any, owner: Any, *, of_face: bool) -> None:
    """Draw the voice of a face, or of the preferences, with its buttons.

    Args:
        layout: Blender's.
        owner: has the property ``voice``.
        of_face: whether it is that of the face that would speak.
    """
    row = layout.row(align=True)
    row.prop(owner, "voice", icon="SPEAKER")
    row.operator("alphsistant.voice_folder", text="", icon="FILE_FOLDER").of_face = of_face
    row.operator("alphsistant.listen_to_voice", text="", icon="PLAY").of_face = of_face


class VoiceFolder(bpy.types.Operator):
    """Choose the folder of a voice of your own"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.voice_folder"
    bl_label = "Choose This Folder"
    bl_options: Final = {"REGISTER", "UNDO", "INTERNAL"}

    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    of_face: BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the folder."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Keep it, if it is a voice."""
        from ...text_to_speech.dc_tts.voice_config import VoiceConfig  # noqa: PLC0415  # numpy
        from ...text_to_speech.voices import voice_folder  # noqa: PLC0415  # not while Blender starts

        owner = _owner(context, of_face=self.of_face)
        if owner is None:
            return {"CANCELLED"}

        def choose() -> None:
            folder = bpy.path.abspath(self.directory)
            VoiceConfig.load(voice_folder(folder))
            owner.voice = folder

        return done_or_reported(self, choose)


class ListenToVoice(NoJobRunning, bpy.types.Operator):
    """Hear this voice say a sentence; no take is made"""  # noqa: D415

    bl_idname = "alphsistant.listen_to_voice"
    bl_label = "Listen"

    of_face: BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        from ..jobs import desk  # noqa: PLC0415  # not while Blender starts
        from . import listening_task, voice_settings  # noqa: PLC0415
        from .operators import chosen_models  # noqa: PLC0415

        face = face_of(context) if self.of_face else None
        task = listening_task.ListeningTask(chosen_models(context, face), voice_settings.read(context.scene))
        return done_or_reported(self, lambda: desk.start(task))


def _owner(context: Any, *, of_face: bool) -> Any:
    if not of_face:
        return preferences_of(context)
    root = face_of(context)
    return root.alphsistant_conversation if root is not None else None


CLASSES: Final = (VoiceFolder, ListenToVoice)
