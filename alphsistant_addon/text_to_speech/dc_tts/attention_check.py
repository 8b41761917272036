"""Did the attention read the whole sentence? Symbols passed over, dwelt on, or never reached.

DC-TTS skips and repeats words where its attention jumps or stands still; published measures of that are coverage and
the attention paid to each input (ophelia's CDP and Ain, Watts et al. 2019, SSW10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...text_to_phones.phones import PUNCTUATION
from .decoder import Utterance
from .voice_config import END, START

SHORTEST_PHONE: Final = 0.012
"""Seconds of attention; a symbol with less was passed over. The shortest phones of the shipped voice's corpus have
twice that."""
LONGEST_PHONE: Final = 0.6
"""Seconds of attention; a symbol with more was dwelt on."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong in an utterance: indices of symbols passed over and dwelt on, and whether it came to an end."""

    passed_over: tuple[int, ...]
    dwelt_on: tuple[int, ...]
    unfinished: bool

    def __bool__(self) -> bool:
        """Whether anything went wrong."""
        return bool(self.passed_over or self.dwelt_on or self.unfinished)

    @property
    def weight(self) -> int:
        """How bad it is; for choosing the better of two tries."""
        return 100 * self.unfinished + len(self.passed_over) + len(self.dwelt_on)


def trouble(utterance: Utterance, tokens: Sequence[str], step_seconds: float) -> Trouble:
    """Look at the attention ``[T, N]`` of the ``N`` tokens; rests and signs may last as long or short as they like."""
    seconds = (utterance.attention.sum(0) * step_seconds).tolist()
    rests = {START, END, " ", *PUNCTUATION}
    spoken = [(i, s) for i, (token, s) in enumerate(zip(tokens, seconds, strict=True)) if token not in rests]
    return Trouble(
        tuple(i for i, s in spoken if s < SHORTEST_PHONE),
        tuple(i for i, s in spoken if s > LONGEST_PHONE),
        not utterance.finished,
    )
