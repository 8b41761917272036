"""A named mouth from one time to another, and the phones that a list of them stands for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import AssetError
from ..core.phone_inventory import SILENCE
from ..core.speech import Phone
from .mouth_sets import set_of


@dataclass(frozen=True, slots=True)
class TimedCue:
    """One drawing with its times in seconds."""

    name: str
    start: float
    end: float


def check_order(cues: Sequence[TimedCue]) -> list[TimedCue]:
    """Return the cues. ``AssetError`` if there are none, or times are no times or go backwards."""
    if not cues:
        raise AssetError("There is no mouth cue in this file.")
    end = 0.0
    for cue in cues:
        if not (math.isfinite(cue.start) and math.isfinite(cue.end)) or cue.start < 0.0 or cue.end < cue.start:
            raise AssetError(f"The mouth cue “{cue.name}” at {cue.start:g} s has no sensible times.")
        if cue.start < end - 0.011:  # Rhubarb rounds to hundredths
            raise AssetError(f"The mouth cue “{cue.name}” at {cue.start:g} s comes before the end of the one before.")
        end = cue.end
    return list(cues)


def with_ends(starts: Sequence[tuple[float, str]], last: float = 0.0) -> list[TimedCue]:
    """Return cues of which each lasts to the next one; the last one ``last`` seconds."""
    ends = [*(start for start, _ in starts[1:]), starts[-1][0] + last] if starts else []
    return [TimedCue(name, start, end) for (start, name), end in zip(starts, ends, strict=True)]


def phones_of(cues: Sequence[TimedCue]) -> list[Phone]:
    """Return the phone that each drawing stands for; neighbours that are alike become one."""
    stands_for = set_of(cue.name for cue in cues).phones
    phones: list[Phone] = []
    for cue in cues:
        symbol = stands_for[cue.name]
        if phones and phones[-1].symbol == symbol and abs(phones[-1].end - cue.start) < 1e-6:
            phones[-1] = Phone(symbol, phones[-1].start, cue.end)
        elif cue.end > cue.start or symbol != SILENCE:
            phones.append(Phone(symbol, cue.start, cue.end))
    return phones
