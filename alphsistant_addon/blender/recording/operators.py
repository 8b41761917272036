"""“Lip-sync a recording”: a sound file, or the selected strip of the sequencer, becomes a take like any other.

The user's sound stays as it is: no copy is made, and a strip that is already there is used and not tagged, so that
removing the take leaves it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, StringProperty

from ...core.errors import AssetError
from ..jobs import buttons
from ..takes import placement
from .sound_input import Recording, from_strip, selected_strip

if TYPE_CHECKING:
    from .recording_job import RecordingTask

_OPERATORS: Final[Any] = bpy.ops.alphsistant  # type: ignore[attr-defined]  # ours, which Blender's types cannot know


class LipSyncRecording(buttons.NoJobRunning, bpy.types.Operator):
    """Let the face speak a recording: the file below, or the selected sound strip"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.lip_sync_recording"
    bl_label = "Lip-Sync Recording"

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        from ..jobs import desk  # noqa: PLC0415

        return buttons.done_or_reported(self, lambda: desk.start(task_of(context)))


class LipSyncFile(buttons.NoJobRunning, bpy.types.Operator):
    """Choose a recording and let the face speak it"""  # noqa: D415

    bl_idname = "alphsistant.lip_sync_file"
    bl_label = "Lip-Sync Recording"

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_sound: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Start the job; the panel keeps the choice."""
        settings = context.scene.alphsistant_recording
        settings.path, settings.use_strip = self.filepath, False
        return set(_OPERATORS.lip_sync_recording())


class LipSyncStrip(buttons.NoJobRunning, bpy.types.Operator):
    """Let the face speak what the selected sound strip plays, as it is cut, in its place"""  # noqa: D415

    bl_idname = "alphsistant.lip_sync_strip"
    bl_label = "Lip-Sync This Strip"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Grey without a selected sound strip in the window's scene."""
        if not super().poll(context):
            return False
        cls.poll_message_set("Select a sound strip of this scene first")
        return selected_strip(context.scene) is not None

    def execute(self, context: Any) -> set[str]:
        """Start the job; the panel keeps the choice."""
        context.scene.alphsistant_recording.use_strip = True
        return set(_OPERATORS.lip_sync_recording())


def task_of(context: Any) -> RecordingTask:
    """Make the job of what the panel says.

    Raises:
        AlphsistantError: nothing is chosen, or what is chosen cannot be used.
    """
    from ..common.scene_time import frames_per_second  # noqa: PLC0415
    from ..speak import expression_settings  # noqa: PLC0415
    from .recording_job import RecordingTask  # noqa: PLC0415

    scene = context.scene
    settings = scene.alphsistant_recording
    recording, start = _chosen(scene)
    target = replace(placement.target_of(context), own_sound=recording.path)
    if start is not None:
        target = replace(target, start=start, replaced=None, has_strip=True, skipped=recording.skipped)
    return RecordingTask(
        recording,
        target,
        transcript=settings.transcript if settings.words == "TRANSCRIPT" else "",
        delivery=expression_settings.read(scene),
        frame_rate=frames_per_second(scene),
        seed=scene.alphsistant.seed,
        whisper=Path(bpy.path.abspath(settings.whisper)) if settings.whisper.strip() else None,
        language=settings.language.strip() or None,
        sound_alone=settings.words == "SOUND",
    )


def _chosen(scene: Any) -> tuple[Recording, int | None]:
    """The recording, and the frame at which the strip it is on plays it, if it is on one."""
    settings = scene.alphsistant_recording
    if not settings.use_strip:
        if not settings.path.strip():
            raise AssetError("Choose a recording first.")
        return Recording(Path(bpy.path.abspath(settings.path))), None
    strip = selected_strip(scene)
    if strip is None:
        raise AssetError("Select a sound strip in the sequencer first, or choose a file.")
    return from_strip(scene, strip)


CLASSES: Final = (LipSyncRecording, LipSyncFile, LipSyncStrip)
