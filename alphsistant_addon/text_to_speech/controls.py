"""How a text is to be spoken: rate, pitch, loudness, pauses. Plain Python, so that a panel can check what is typed."""

from __future__ import annotations

import math
from dataclasses import dataclass
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

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, (lowest, highest) in (
            ("rate", RATES), ("pitch", PITCHES), ("loudness", LOUDNESSES), ("pauses", PAUSES),
        ):  # fmt: skip
            value = getattr(self, name)
            if not (math.isfinite(value) and lowest <= value <= highest):
                raise TextError(f"The voice's {name} goes from {lowest:g} to {highest:g}, not {value:g}.")


NATURAL: Final = Controls()
"""As the voice learnt to speak."""
