"""“Lip-sync a recording”: a sound file, or the selected strip of the sequencer, becomes a take like any other.

The user's sound stays as it is: no copy is made, and a strip that is already there is used and not tagged, so that
removing the take leaves it. What needs numpy is imported when the button is pressed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AssetError
from ..common import compat
from ..jobs import buttons
from ..takes import placement
from .sound_input import Recording, from_strip, read, selected_strip

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ...pipeline import reply
    from ..speak.expression_settings import Choice


def perform(
    recording: Recording,
    transcript: str,
    choice: Choice,
    *,
    frame_rate: float,
    seed: int,
    whisper: Path | None,
    cancel: CancelEvent,
) -> Iterator[reply.Event]:
    """The job: read, align, animate; the last event is the reply the take is made from."""
    from ... import listening  # noqa: PLC0415  # not while Blender starts
    from ...core import progress  # noqa: PLC0415  # not while Blender starts
    from ...core.progress import check_cancel  # noqa: PLC0415
    from ...pipeline import models, reply  # noqa: PLC0415  # not while Blender starts

    yield progress.Step("Reading the recording", 0.02)
    samples, rate = read(recording)
    check_cancel(cancel)
    yield progress.Step("Looking for the phones" if transcript.strip() else "Listening to the words", 0.1)
    with models.missing_packages_named():
        speech = listening.align(samples, rate, transcript, whisper=whisper, cancel=cancel)
    yield reply.Sentence(speech.text)
    yield progress.Step("Moving the lips", 0.95)
    yield reply.reply_of_recording(speech, choice.made(), frame_rate=frame_rate, seed=seed)


class LipSyncRecording(buttons.NoJobRunning, bpy.types.Operator):
    """Let the face speak a recording: the file below, or the selected sound strip"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.lip_sync_recording"
    bl_label = "Lip-Sync Recording"

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        return buttons.done_or_reported(self, lambda: _start(context))


def _start(context: Any) -> None:
    from ..common.scene_time import frames_per_second  # noqa: PLC0415
    from ..jobs import desk  # noqa: PLC0415
    from ..speak import expression_settings  # noqa: PLC0415

    scene = context.scene
    recording, strip = _chosen(scene)
    target = placement.target_of(context)
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


CLASSES: Final = (LipSyncRecording,)
