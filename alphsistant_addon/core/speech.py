"""What flows from stage to stage: text → Speech → FaceAnimation.

Small frozen dataclasses in plain Python and numpy, without bpy or torch, so that scripts, tests and farm nodes can
make, keep and compare them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .phone_inventory import SILENCE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


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
    """Sound with its phones: made by ``Voice.speak``, or by ``listening.align`` from a recording."""

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


def join_speeches(speeches: Sequence[Speech], starts: Sequence[float]) -> Speech:
    """Put speeches of one sample rate at their starts (seconds, in order), silence between them.

    Phones and words are moved to their new times; neighbouring pauses become one, and no gap is left between phones.

    Raises:
        ValueError: the sample rates differ.
    """
    import numpy as np  # noqa: PLC0415  (the names of visemes, which panels need, come without it)

    rate = speeches[0].sample_rate
    if any(speech.sample_rate != rate for speech in speeches):
        raise ValueError("speeches that are joined must have one sample rate")
    samples = np.zeros(round((starts[-1] + speeches[-1].duration) * rate), dtype=np.float32)
    phones: list[Phone] = []
    words: list[Word] = []
    for speech, start in zip(speeches, starts, strict=True):
        offset = round(start * rate)
        chunk = speech.samples[: len(samples) - offset]
        samples[offset : offset + len(chunk)] = chunk
        moved = [replace(p, start=p.start + start, end=p.end + start) for p in speech.phones]
        for phone in ([Phone(SILENCE, 0.0, start)] if start > 0 else []) + moved:
            end = phones[-1].end if phones else phone.start
            if phones and phones[-1].symbol == phone.symbol == SILENCE:
                phones[-1] = replace(phones[-1], end=phone.end)
            elif phone.symbol != SILENCE or phone.end > end:
                phones.append(replace(phone, start=end))
        words += [replace(w, start=w.start + start, end=w.end + start) for w in speech.words]
    warnings = dict.fromkeys(warning for speech in speeches for warning in speech.warnings)
    text = " ".join(speech.text.strip() for speech in speeches)
    return Speech(samples, rate, tuple(phones), tuple(words), text, tuple(warnings))
