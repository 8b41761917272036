"""The words of somebody who is still speaking: the sound comes in pieces while the job runs."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..core.progress import CancelEvent, check_cancel

Samples = npt.NDArray[np.float32]

Incoming: TypeAlias = "queue.SimpleQueue[Samples | None]"
"""Pieces of sound, mono, −1…1, at 16 kHz; ``None`` is the end."""

_LOOK_SECONDS: Final = 0.05
"""Time between two looks at the cancel event."""


@dataclass(frozen=True, slots=True)
class HeardWords:
    """What was said, as far as it was understood."""

    text: str


def run(incoming: Incoming, whisper: Path | None = None, cancel: CancelEvent | None = None) -> Iterator[HeardWords]:
    """Hear pieces of sound until their end and yield the words, once.

    PocketSphinx works while the pieces come; Whisper, if there is a folder of it, begins at the end.

    Raises:
        DependencyError: a package is missing.
        AssetError: the folder holds no Whisper model.
        Cancelled: ``cancel`` was set.
    """
    if whisper is not None:
        from ..listening.recognition import recognise_words  # noqa: PLC0415  (heavy)

        samples = np.concatenate([np.zeros(0, np.float32), *_pieces(incoming, cancel)])
        yield HeardWords(recognise_words(samples, whisper=whisper, cancel=cancel) if len(samples) else "")
        return
    from ..listening.live_recognition import shared_recogniser  # noqa: PLC0415  (heavy)

    recogniser = shared_recogniser()
    ended = False
    try:
        for piece in _pieces(incoming, cancel):
            recogniser.push(piece)
        text = recogniser.finish()
        ended = True
    finally:
        if not ended:
            recogniser.abandon()
    yield HeardWords(text)


def _pieces(incoming: Incoming, cancel: CancelEvent | None) -> Iterator[Samples]:
    while True:
        check_cancel(cancel)
        try:
            piece = incoming.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            continue
        if piece is None:
            return
        yield piece
