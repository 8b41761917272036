"""A line → a reply: spoken by the voice, or a recording with its transcript."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from .. import lip_sync, pipeline
from ..data import CancelEvent
from ..errors import AssetError, TextError
from ..text_to_speech.controls import Controls
from .lines import Line

logger = logging.getLogger(__name__)

MAX_RECORDING_SECONDS: Final = 1800
"""A recording is aligned as one piece; half an hour is the most that is sensible."""


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
    # An unknown mood or style is found before the work.
    delivery = lip_sync.Delivery(lip_sync.find_style(line.style), lip_sync.Life(mood=line.mood))
    if line.wav is not None:
        return _recorded(line, line.wav, delivery, frame_rate, cancel)
    for event in pipeline.run(
        line.prompt,
        models,
        text=line.text or None,
        seed=line.seed,
        frame_rate=frame_rate,
        delivery=delivery,
        controls=Controls(rate=line.rate, pitch=line.pitch),
        cancel=cancel,
    ):
        if isinstance(event, pipeline.Step) and step is not None:
            step(event.words, event.fraction)
        if isinstance(event, pipeline.Reply):
            return event
    raise TextError("The line came out empty.")


def _recorded(
    line: Line, path: Path, delivery: lip_sync.Delivery, frame_rate: float, cancel: CancelEvent | None
) -> pipeline.Reply:
    samples, rate = read_recording(path)
    with pipeline.missing_packages_named():
        speech = lip_sync.align(samples, rate, line.transcript, cancel=cancel)
    return pipeline.reply_of_recording(speech, delivery, frame_rate=frame_rate, seed=line.seed)


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
