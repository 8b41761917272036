"""A line → a reply: spoken by the voice, or a recording with its transcript."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from .. import lip_sync, listening
from ..core import progress
from ..core.errors import AssetError, TextError
from ..core.progress import CancelEvent
from ..core.sound_files import read_wav
from ..pipeline import reply, reply_stream
from ..pipeline.models import Models, missing_packages_named
from ..text_to_speech.controls import Controls
from .table import Line

MAX_RECORDING_SECONDS: Final = 1800
"""A recording is aligned as one piece; half an hour is the most that is sensible."""


def reply_of(
    line: Line,
    models: Models,
    *,
    frame_rate: float,
    cancel: CancelEvent | None = None,
    step: Callable[[str, float], None] | None = None,
) -> reply.Reply:
    """Say the line.

    Raises:
        AlphsistantError: it cannot be said; the message is a sentence about this line.
    """
    # An unknown mood or style is found before the work.
    delivery = lip_sync.Delivery(lip_sync.find_style(line.style), lip_sync.Life(mood=line.mood))
    if line.wav is not None:
        return _recorded(line, line.wav, delivery, frame_rate, cancel)
    for event in reply_stream.run(
        line.prompt,
        models,
        text=line.text or None,
        seed=line.seed,
        frame_rate=frame_rate,
        delivery=delivery,
        controls=Controls(rate=line.rate, pitch=line.pitch),
        cancel=cancel,
    ):
        if isinstance(event, progress.Step) and step is not None:
            step(event.words, event.fraction)
        if isinstance(event, reply.Reply):
            return event
    raise TextError("The line came out empty.")


def _recorded(
    line: Line, path: Path, delivery: lip_sync.Delivery, frame_rate: float, cancel: CancelEvent | None
) -> reply.Reply:
    samples, rate = read_recording(path)
    with missing_packages_named():
        speech = listening.align(samples, rate, line.transcript, cancel=cancel)
    return reply.reply_of_recording(speech, delivery, frame_rate=frame_rate, seed=line.seed)


def read_recording(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Read a WAV file as mono samples in −1…1, shape ``[n]``, and their rate in Hz.

    Raises:
        AssetError: it is missing, damaged, empty, too long, or no WAV file.
    """
    wav = read_wav(path)
    if len(wav.samples) == 0:
        raise AssetError(f"The recording “{path}” holds no sound.")
    if len(wav.samples) > MAX_RECORDING_SECONDS * wav.sample_rate:
        raise AssetError(f"The recording “{path}” is longer than {MAX_RECORDING_SECONDS // 60} minutes: cut it.")
    return wav.samples, wav.sample_rate
