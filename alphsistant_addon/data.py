"""What flows from stage to stage: text → Speech → FaceAnimation.

Small frozen dataclasses in plain Python and numpy, without bpy or torch, so that scripts, tests and farm nodes can
make, keep and compare them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from .errors import Cancelled

SILENCE: Final = "sil"
"""Symbol of a pause in ``Phone.symbol``."""

VOWELS: Final[tuple[str, ...]] = (
    *("i", "ɪ", "ᵻ", "ɛ", "æ", "ʌ", "ə", "ɜ", "ɑ", "ɔ", "ʊ", "u"),
    *("eɪ", "aɪ", "oʊ", "aʊ", "ɔɪ"),
)
"""Vowels and diphthongs of the phone inventory (General American, IPA; Handbook of the IPA, 1999)."""

CONSONANTS: Final[tuple[str, ...]] = (
    *("p", "b", "t", "d", "k", "ɡ", "ɾ", "ʔ", "tʃ", "dʒ"),
    *("f", "v", "θ", "ð", "s", "z", "ʃ", "ʒ", "h"),
    *("m", "n", "ŋ", "l", "ɹ", "j", "w"),
)
"""Consonants of the phone inventory. Rhotic vowels are two phones (``ɜ ɹ``, ``ə ɹ``), syllabic ones too (``ə l``)."""

CancelEvent: TypeAlias = threading.Event


def check_cancel(cancel: CancelEvent | None) -> None:
    """Raise :class:`Cancelled` when the event is set; ``None`` never cancels."""
    if cancel is not None and cancel.is_set():
        raise Cancelled


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone or pause: ``symbol`` from :data:`VOWELS`, :data:`CONSONANTS` or :data:`SILENCE`; times in seconds."""

    symbol: str
    start: float
    end: float
    stress: int = 0
    """0 none, 1 primary, 2 secondary; on vowels only."""

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written, with its times in seconds (for subtitles and markers)."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Speech:
    """Sound with its phones: made by ``Voice.speak``, or by ``lip_sync.align`` from a recording."""

    samples: npt.NDArray[np.float32]
    """Mono samples in −1…1, shape ``[n]``."""
    sample_rate: int
    """Hz."""
    phones: tuple[Phone, ...]
    """In order, without gaps or overlaps, from 0 to ``duration``; pauses are phones too (:data:`SILENCE`)."""
    words: tuple[Word, ...]
    text: str
    warnings: tuple[str, ...] = ()
    """Sentences for the user: what could not be read, where the attention was unsure."""

    @property
    def duration(self) -> float:
        """Seconds of sound."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True)
class Curve:
    """Sparse keys of one channel; Blender joins them by smooth, auto-clamped handles."""

    times: npt.NDArray[np.float64]
    """Seconds, strictly increasing, shape ``[k]``."""
    weights: npt.NDArray[np.float64]
    """0…1, shape ``[k]``."""


@dataclass(frozen=True)
class FaceAnimation:
    """Keys for a face by canonical channel name (``viseme_PP``, ``eyeBlinkLeft`` …).

    Times are seconds from the speech's start.
    """

    channels: Mapping[str, Curve] = field(default_factory=dict)
    duration: float = 0.0

    @property
    def key_count(self) -> int:
        """Number of keys over all channels."""
        return sum(len(curve.times) for curve in self.channels.values())
