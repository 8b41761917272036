"""A line → a reply: spoken by the voice, or a recording with its transcript."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from .. import lip_sync, pipeline
from ..data import CancelEvent, FaceAnimation, Speech
from ..errors import AssetError, TextError
from .lines import Line

if TYPE_CHECKING:
    from ..lip_sync import Life

logger = logging.getLogger(__name__)

MAX_RECORDING_SECONDS: Final = 1800
"""A recording is aligned as one piece; half an hour is the most that is sensible."""


@dataclass(frozen=True)
class Directed:
    """Models with a mood and a style for the face."""

    models: pipeline.Models
    mood: str = "neutral"
    style: str = "neutral"

    def writer(self, cancel: CancelEvent | None) -> pipeline.Writer:
        """The language model."""
        return self.models.writer(cancel)

    def speaker(self) -> pipeline.Speaker:
        """The voice."""
        return self.models.speaker()

    def animate(self, speech: Speech, *, frame_rate: float | None, seed: int) -> FaceAnimation:
        """Curves for one sentence in this mood and style."""
        return lip_sync.animate(speech, style=self.style, frame_rate=frame_rate, life=self.life(), seed=seed)

    def life(self) -> Life:
        """Blinks, glances, head and mood; ``AlphsistantError`` if there is no such mood."""
        return lip_sync.Life(mood=self.mood)


def reply_of(
    line: Line,
    models: pipeline.Models,
    *,
    frame_rate: float,
    cancel: CancelEvent | None = None,
    step: Callable[[str, float], None] | None = None,
) -> pipeline.Reply:
    """Say the line.

    Raises:
        AlphsistantError: it cannot be said; the message is a sentence about this line.
    """
    directed = Directed(models, line.mood, line.style)
    directed.life()  # an unknown mood is found before the work
    if line.wav is not None:
        return _recorded(line, line.wav, directed, frame_rate, cancel)
    for event in pipeline.run(
        line.prompt, directed, text=line.text or None, seed=line.seed, frame_rate=frame_rate, cancel=cancel
    ):
        if isinstance(event, pipeline.Step) and step is not None:
            step(event.words, event.fraction)
        if isinstance(event, pipeline.Reply):
            return event
    raise TextError("The line came out empty.")


def _recorded(
    line: Line, path: Path, directed: Directed, frame_rate: float, cancel: CancelEvent | None
) -> pipeline.Reply:
    samples, rate = read_recording(path)
    with pipeline.missing_packages_named():
        speech = lip_sync.align(samples, rate, line.transcript, cancel=cancel)
    animation = directed.animate(speech, frame_rate=frame_rate, seed=line.seed)
    return pipeline.Reply("", line.seed, (pipeline.Part(speech, animation, 0.0),), speech, animation)


def read_recording(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Read a WAV file as mono samples in −1…1, shape ``[n]``, and their rate in Hz.

    Raises:
        AssetError: it is missing, damaged, empty, too long, or no WAV file.
    """
    from scipy.io import wavfile  # noqa: PLC0415  # a script that only reads tables does without it

    try:
        rate, data = wavfile.read(path)
    except OSError as error:
        raise AssetError(f"The recording “{path}” cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # a hostile header raises nearly anything in there, MemoryError too
        logger.info("The recording cannot be read", exc_info=True)
        raise AssetError(f"The recording “{path}” is damaged or no WAV file ({type(error).__name__}).") from error
    if data.size == 0 or not 1000 <= rate <= 384_000:
        raise AssetError(f"The recording “{path}” holds no sound ({data.size} samples at {rate} Hz).")
    if len(data) > MAX_RECORDING_SECONDS * rate:
        raise AssetError(f"The recording “{path}” is longer than {MAX_RECORDING_SECONDS // 60} minutes: cut it.")
    match data.dtype.kind:
        case "i":
            samples = data.astype(np.float32) / np.float32(-float(np.iinfo(data.dtype).min))
        case "u":  # 8-bit WAV counts from 0 to 255
            samples = (data.astype(np.float32) - 128.0) / 128.0
        case _:
            samples = np.nan_to_num(data.astype(np.float32), posinf=0.0, neginf=0.0)
    mono = samples.mean(axis=1, dtype=np.float32) if samples.ndim > 1 else samples
    return np.clip(mono, -1.0, 1.0).astype(np.float32), int(rate)
