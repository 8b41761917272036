"""How a text is to be spoken: rate, pitch, loudness, pauses. Plain Python, so that a panel can check what is typed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from ..core.errors import TextError

RATES: Final = (0.5, 2.0)
"""Times as fast as the voice learnt to speak."""
PITCHES: Final = (-6.0, 6.0)
"""Semitones."""
LOUDNESSES: Final = (-20.0, 6.0)
"""dB beside the voice's own level; peaks stay below full scale."""
PAUSES: Final = (0.0, 4.0)
"""Times as long as the voice's own pauses, at any rate."""
LONGEST_PAUSE: Final = 60.0
"""Seconds of silence before a line of a dialogue; longer ones are slips of the pen."""

FEELINGS: Final = (0.0, 1.0)
"""How much of the face's mood is heard; 0 is nothing."""

MANNERS: Final[Mapping[str, tuple[float, float, float]]] = {
    "happy": (1.06, 1.5, 1.5),
    "sad": (0.88, -1.5, -3.0),
    "angry": (1.08, 0.5, 3.0),
    "surprised": (1.05, 2.0, 1.5),
}
"""Mood → times as fast, semitones, dB, at feeling 1. Which way each goes is what Scherer 2003 (Vocal communication of
emotion, Speech Communication 40, table 2) gathers: joy and anger are faster, higher and louder, sadness is slower,
lower and softer; how far is chosen to be heard and still be the same speaker. Surprise is read as joy, and higher."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The four controls of SSML's ``prosody`` and ``break`` that make sense for one voice, and what to do with emoji.

    Raises:
        TextError: a figure is out of its range.
    """

    rate: float = 1.0
    pitch: float = 0.0
    loudness: float = 0.0
    pauses: float = 1.0
    emoji: Literal["drop", "speak"] = "drop"
    feeling: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, (lowest, highest) in (
            ("rate", RATES), ("pitch", PITCHES), ("loudness", LOUDNESSES), ("pauses", PAUSES), ("feeling", FEELINGS),
        ):  # fmt: skip
            value = getattr(self, name)
            if not (math.isfinite(value) and lowest <= value <= highest):
                raise TextError(f"The voice's {name} goes from {lowest:g} to {highest:g}, not {value:g}.")

    def in_mood(self, mood: str) -> Controls:
        """Return the controls of a sentence that begins in a mood, as far as ``feeling`` lets it be heard."""
        if not self.feeling or mood not in MANNERS:
            return self
        rate, pitch, loudness = MANNERS[mood]
        return replace(
            self,
            rate=_within(RATES, self.rate * rate**self.feeling),
            pitch=_within(PITCHES, self.pitch + pitch * self.feeling),
            loudness=_within(LOUDNESSES, self.loudness + loudness * self.feeling),
        )


def _within(limits: tuple[float, float], value: float) -> float:
    return min(max(value, limits[0]), limits[1])


NATURAL: Final = Controls()
"""As the voice learnt to speak."""
