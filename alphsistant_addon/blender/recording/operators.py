"""“Lip-sync a recording”: a sound file, or the selected strip of the sequencer, becomes a take like any other.

The user's sound stays as it is: no copy is made, and a strip that is already there is used and not tagged, so that
removing the take leaves it. What needs numpy is imported when the button is pressed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, StringProperty

from ...core.errors import AlphsistantError, AssetError
from ..common import compat
from ..speak import operators
from ..speak.panel import InSidebar, wrapped

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ...core.speech import CancelEvent
    from ...pipeline import reply_stream
    from ..speak.expression_settings import Choice

LONGEST: Final = 1200.0
"""Seconds; longer recordings are to be cut first (their samples and keys have to fit into memory)."""


class RecordingSettings(bpy.types.PropertyGroup):
    """What the panel's fields hold, kept with each scene."""

    path: StringProperty(
        name="Recording",
        description="Sound file to lip-sync: WAV, FLAC, MP3, OGG or anything else that Blender plays",
        subtype="FILE_PATH",
        options=compat.blend_relative(),
    )
    use_strip: BoolProperty(
        name="Selected Strip",
        description="Lip-sync the selected sound strip of this scene's sequencer, as it is cut, in its place",
    )
    transcript: StringProperty(
        name="Transcript",
        description="What is said. Empty: the words are recognised, which is less right",
    )
    whisper: StringProperty(
        name="Whisper",
        description="Folder of a Whisper model that recognises the words where there is no transcript. "
        "Empty: PocketSphinx does, for US English",
        subtype="DIR_PATH",
        options=compat.blend_relative(),
    )


@dataclass(frozen=True)
class Recording:
    """A sound and the part of it that is meant; holds nothing of Blender's, for the worker."""

    path: Path
    packed: bytes | None = None
    """The file itself, where it is packed into the .blend."""
    skipped: float = 0.0
    """Seconds that are cut off at its beginning."""
    seconds: float | None = None
    """Length of the part; ``None`` is to the end."""


def selected_strip(scene: Any) -> Any:
    """The sound strip that is meant: the active one if it is selected, else the first selected one, else ``None``."""
    chosen = [strip for strip in compat.existing_strips(scene) if strip.type == "SOUND" and strip.select]
    active = scene.sequence_editor.active_strip if scene.sequence_editor is not None else None
    return active if active in chosen else next(iter(chosen), None)


def from_strip(scene: Any, strip: Any) -> Recording:
    """The part of its sound that a strip plays.

    Raises:
        AlphsistantError: the strip's speed was changed, or its sound is gone.
    """
    if strip.sound is None:
        raise AssetError(f"The strip “{strip.name}” has no sound.")
    if len(strip.retiming_keys) > 0:
        raise AlphsistantError(
            f"The speed of “{strip.name}” was changed: reset its retiming, or bake it to a file and use that one."
        )
    rate = scene.render.fps / scene.render.fps_base
    start, end = compat.strip_range(strip)
    cut = (start - compat.strip_origin(strip) + strip.animation_offset_start) / rate - strip.sound_offset
    return Recording(
        Path(bpy.path.abspath(strip.sound.filepath, library=strip.sound.library)),
        bytes(strip.sound.packed_file.data) if strip.sound.packed_file else None,
        max(cut, 0.0),
        (end - start) / rate,
    )


def read(recording: Recording) -> tuple[npt.NDArray[np.float32], int]:
    """Mono samples in −1…1, shape ``[n]``, and the sample rate in Hz.

    Raises:
        AssetError: the file is missing or no sound, or it is too long.
        AlphsistantError: this Blender was built without sound.
    """
    import numpy as np  # noqa: PLC0415  # not while Blender starts

    try:
        import aud  # noqa: PLC0415  # part of Blender
    except ModuleNotFoundError as error:
        raise AlphsistantError("This Blender was built without sound: it cannot read recordings.") from error
    if recording.packed is not None:
        import tempfile  # noqa: PLC0415  # brings archives and their compression along

        with tempfile.TemporaryDirectory() as folder:
            unpacked = Path(folder) / f"sound{recording.path.suffix}"
            unpacked.write_bytes(recording.packed)
            return read(Recording(unpacked, None, recording.skipped, recording.seconds))
    if not recording.path.is_file():
        raise AssetError(f"There is no file “{recording.path}”: choose the recording again.")
    try:
        sound = aud.Sound(str(recording.path))
        rate = int(sound.specs[0])
        if recording.skipped > 0.0 or recording.seconds is not None:
            end = recording.skipped + (recording.seconds if recording.seconds is not None else LONGEST + 1.0)
            sound = sound.limit(recording.skipped, end)
        # Asked for a second more than is taken, so that what is too long is known without reading all of it.
        samples = np.asarray(sound.limit(0.0, LONGEST + 1.0).data(), dtype=np.float32)
    except (aud.error, RuntimeError) as error:
        raise AssetError(f"“{recording.path.name}” holds no sound that Blender can read ({error}).") from error
    if len(samples) > LONGEST * rate:
        raise AssetError(f"“{recording.path.name}” is longer than {LONGEST / 60:.0f} minutes: cut it first.")
    return samples.reshape(len(samples), -1).mean(axis=1), rate


def perform(
    recording: Recording,
    transcript: str,
    choice: Choice,
    *,
    frame_rate: float,
    seed: int,
    whisper: Path | None,
    cancel: CancelEvent,
) -> Iterator[reply_stream.Event]:
    """The job: read, align, animate; the last event is the reply the take is made from."""
    from ... import listening  # noqa: PLC0415  # not while Blender starts
    from ...core.speech import check_cancel  # noqa: PLC0415
    from ...pipeline import reply_stream  # noqa: PLC0415  # not while Blender starts

    yield reply_stream.Step("Reading the recording", 0.02)
    samples, rate = read(recording)
    check_cancel(cancel)
    yield reply_stream.Step("Looking for the phones" if transcript.strip() else "Listening to the words", 0.1)
    with reply_stream.missing_packages_named():
        speech = listening.align(samples, rate, transcript, whisper=whisper, cancel=cancel)
    yield reply_stream.Sentence(speech.text)
    yield reply_stream.Step("Moving the lips", 0.95)
    yield reply_stream.reply_of_recording(speech, choice.made(), frame_rate=frame_rate, seed=seed)


class LipSyncRecording(operators.NoJobRunning, bpy.types.Operator):
    """Let the face speak a recording: the file below, or the selected sound strip"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.lip_sync_recording"
    bl_label = "Lip-Sync Recording"

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        return operators.done_or_reported(self, lambda: _start(context))


class RecordingPanel(InSidebar, bpy.types.Panel):
    """Lip-sync what somebody else says."""

    bl_idname = "ALPHSISTANT_PT_recording"
    bl_label = "Recording"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        settings = context.scene.alphsistant_recording
        column = self.layout.column()
        column.prop(settings, "use_strip")
        if settings.use_strip:
            strip = selected_strip(context.scene)
            wrapped(context, column, strip.name if strip is not None else "No sound strip is selected.")
        else:
            column.prop(settings, "path", text="")
        column.prop(settings, "transcript", text="", placeholder="Transcript")
        if not settings.transcript.strip():
            column.prop(settings, "whisper")
        column.operator("alphsistant.lip_sync_recording", icon="PLAY_SOUND")


def _start(context: Any) -> None:
    from ..common.scene_time import frames_per_second  # noqa: PLC0415
    from ..jobs import desk  # noqa: PLC0415
    from ..speak import expression_settings  # noqa: PLC0415

    scene = context.scene
    recording, strip = _chosen(scene)
    target = operators.target_of(context)
    target = replace(target, own_sound=recording.path, has_strip=strip is not None)
    if strip is not None:
        target = replace(target, start=round(compat.strip_range(strip)[0]), replaced=None)
    settings = scene.alphsistant_recording
    work = functools.partial(
        perform,
        recording,
        settings.transcript,
        expression_settings.read(scene),
        frame_rate=frames_per_second(scene),
        seed=scene.alphsistant.seed,
        whisper=Path(bpy.path.abspath(settings.whisper)) if settings.whisper.strip() else None,
    )
    desk.make_take(lambda cancel: work(cancel=cancel), target, "Reading the recording")


def _chosen(scene: Any) -> tuple[Recording, Any]:
    """The recording, and the strip it is on, if it is."""
    settings = scene.alphsistant_recording
    if not settings.use_strip:
        if not settings.path.strip():
            raise AssetError("Choose a recording first.")
        return Recording(Path(bpy.path.abspath(settings.path))), None
    strip = selected_strip(scene)
    if strip is None:
        raise AssetError("Select a sound strip in the sequencer first, or choose a file.")
    return from_strip(scene, strip), strip
