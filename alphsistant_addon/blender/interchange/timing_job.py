"""Lip-Sync Timing: the models' process reads somebody else's timing, and the reply becomes a take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import SoundFormatError
from ..jobs import models_owner
from ..recording import blender_sound
from ..takes.take_task import TakeTask

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ..speak.expression_settings import Choice
    from ..takes.placement import Target


class TimingTask(TakeTask):
    """Moves the face by a file of timing; the last event is the reply."""

    first_step = "Reading the timing"

    def __init__(
        self,
        path: Path,
        sound: Path | None,
        target: Target,
        *,
        delivery: Choice,
        frame_rate: float,
        seed: int,
        language: str | None,
    ) -> None:
        """Read ``path``; the take goes to ``target`` and plays ``sound``. Options are those of ``TimingRequest``."""
        super().__init__(replace(target, own_sound=sound, manner={"timing": path.name}))
        self._path = path
        self._sound = sound
        self._delivery = delivery
        self._frame_rate = frame_rate
        self._seed = seed
        self._language = language

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Let the models' process do it; a sound that only Blender knows is written as a WAV file first."""
        from ...pipeline.requests import TimingRequest  # noqa: PLC0415  # numpy

        request = TimingRequest(
            path=self._path,
            sound=self._sound,
            delivery=self._delivery.made(),
            frame_rate=self._frame_rate,
            seed=self._seed,
            language=self._language,
        )
        try:
            yield from models_owner.run(request, cancel)
        except SoundFormatError:
            if self._sound is None:
                raise
            with blender_sound.as_wav(self._sound, cancel) as wav:
                yield from models_owner.run(replace(request, sound=wav), cancel)
