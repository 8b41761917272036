"""Lip-Sync Recording: the models' process finds the phones, and the reply becomes a take."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import SoundFormatError
from ..jobs import models_owner
from ..takes.take_task import TakeTask
from . import blender_sound
from .sound_input import Recording

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ..speak.expression_settings import Choice
    from ..takes.placement import Target


class RecordingTask(TakeTask):
    """Moves the face by a recording; the last event is the reply."""

    first_step = "Reading the recording"

    def __init__(
        self,
        recording: Recording,
        target: Target,
        *,
        transcript: str,
        delivery: Choice,
        frame_rate: float,
        seed: int,
        whisper: Path | None,
        language: str | None = None,
        sound_alone: bool = False,
    ) -> None:
        """Use ``recording``; the take goes to ``target``. The options are those of ``RecordingRequest``."""
        super().__init__(target)
        self._recording = recording
        self._transcript = transcript
        self._delivery = delivery
        self._frame_rate = frame_rate
        self._seed = seed
        self._whisper = whisper
        self._language = language
        self._sound_alone = sound_alone

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Let the models' process do it; a format that only Blender knows is written as a WAV file first."""
        from ...pipeline.requests import RecordingRequest  # noqa: PLC0415  # numpy

        with _on_disk(self._recording) as path:
            request = RecordingRequest(
                path=path,
                transcript=self._transcript,
                delivery=self._delivery.made(),
                frame_rate=self._frame_rate,
                seed=self._seed,
                start=self._recording.skipped,
                seconds=self._recording.seconds,
                whisper=self._whisper,
                language=self._language,
                sound_alone=self._sound_alone,
            )
            try:
                yield from models_owner.run(request, cancel)
            except SoundFormatError:
                with blender_sound.as_wav(path, cancel) as wav:
                    yield from models_owner.run(replace(request, path=wav), cancel)


@contextlib.contextmanager
def _on_disk(recording: Recording) -> Iterator[Path]:
    """Give the path of the sound's file; a packed one is unpacked into a folder that is gone after the block."""
    if recording.packed is None:
        yield recording.path
        return
    import tempfile  # noqa: PLC0415  # brings archives and their compression along

    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / f"sound{recording.path.suffix}"
        unpacked.write_bytes(recording.packed)
        yield unpacked
