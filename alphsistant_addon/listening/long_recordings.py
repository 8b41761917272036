"""A long recording in pieces, cut in the pauses between words.

PocketSphinx aligns a minute in 0.4 GB and ten minutes in 7 GB: memory grows with the square of the length. The ears'
memory and time grow with the length alone, and they say where words are: between those the recording is cut.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .by_ears import SaidWord, Span

LONGEST_WHOLE: Final = 30.0
"""Seconds; longer recordings are cut. PocketSphinx aligns as many in less than 0.2 GB."""

SHORTEST_PIECE, LONGEST_PIECE = 5.0, 15.0
"""Seconds; a piece ends in the longest pause that there is so far from its beginning."""


@dataclass(frozen=True)
class Piece:
    """A part of a recording that begins and ends between two words."""

    start: float
    end: float
    """Seconds."""
    words: tuple[SaidWord, ...]
    """Words that are said in it, in order."""
    is_complete: bool
    """Whether its words follow each other in the transcript too, and there is no other speech in it."""


def cut_between_words(said: Sequence[SaidWord], unwritten: Sequence[Span], duration: float) -> list[Piece]:
    """Cut a recording into pieces of 5 to 15 seconds; a short one is one piece.

    Args:
        said: words with their times, in order.
        unwritten: where there is speech that is not written.
        duration: seconds of the recording.

    Returns:
        Pieces from 0 to ``duration`` without gaps.
    """
    gaps = [(0.0, said[0].start)] if said else []
    gaps += [(before.end, after.start) for before, after in itertools.pairwise(said)]
    gaps += [(said[-1].end, duration)] if said else []
    cuts = [0.0]
    while duration > LONGEST_WHOLE and duration - cuts[-1] > LONGEST_PIECE:
        middles = [
            (last - first, 0.5 * (first + last))
            for first, last in gaps
            if SHORTEST_PIECE <= 0.5 * (first + last) - cuts[-1] <= LONGEST_PIECE
        ]
        # Where no word ends for so long, there is no word to tear apart.
        cuts.append(max(middles)[1] if middles else cuts[-1] + LONGEST_PIECE)
    cuts.append(duration)
    return [_piece(start, end, said, unwritten) for start, end in itertools.pairwise(cuts)]


def _piece(start: float, end: float, said: Sequence[SaidWord], unwritten: Sequence[Span]) -> Piece:
    words = [word for word in said if start <= 0.5 * (word.start + word.end) < end]
    in_a_row = all(after.index == before.index + 1 for before, after in itertools.pairwise(words))
    return Piece(start, end, tuple(words), in_a_row and not any(a < end and b > start for a, b in unwritten))
