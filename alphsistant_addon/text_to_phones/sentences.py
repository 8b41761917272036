"""From pieces to sentences: words with their pauses, cut where a long sentence can be cut unheard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .rules.pieces import Piece
from .rules.tables import listed


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """Pair one written word with what is said for it: ``SpokenWord("$5,", "five dollars,")``."""

    written: str
    """As in the text, punctuation included; empty for the further parts of something that had to be cut."""
    spoken: str
    """Words of letters and apostrophes between single spaces, and the pause after them."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a clause of a long one: what the voice says in one go."""

    written: str
    """Its span of the text, without control characters."""
    words: tuple[SpokenWord, ...]

    @property
    def spoken(self) -> str:
        """Plain words with the marks ``, . ? ! ; : —``; the last sign is always such a mark."""
        return " ".join(word.spoken for word in self.words)


_STRENGTH: Final = {"": 0, ",": 1, ":": 2, ";": 3, "—": 4, ".": 5, "!": 6, "?": 7}
_ENDS: Final = frozenset(".!?")
_OPENERS: Final = frozenset("([{\"'“‘«„*_`<#¿¡")
_CONJUNCTIONS: Final = frozenset(
    listed(
        "and but or nor so yet because although though while when where which who whose that if unless until since",
        "before after as than whereas with without for to from into over under between through",
    )
)
_EARLIEST_CUT: Final = 0.4
"""Share of the limit before which a cut would leave a stub."""


@dataclass(slots=True)
class _Group:
    """Collect what stands together in the text between two blanks, and what is said for it."""

    start: int
    end: int
    spoken: str = ""
    pause: str = ""

    def say(self, piece: Piece) -> None:
        glue = "" if piece.spoken.startswith("'s") and self.spoken else " "
        self.spoken = f"{self.spoken}{glue}{piece.spoken}".strip()
        self.extend(piece)

    def extend(self, piece: Piece, *, written: bool = True) -> None:
        self.end = piece.end if written else self.end
        self.wait(piece.pause)

    def wait(self, pause: str) -> None:
        self.pause = max(self.pause, pause, key=_STRENGTH.__getitem__)

    @property
    def is_end(self) -> bool:
        return self.pause in _ENDS


def sentences(pieces: Iterable[Piece], cleaned: str, max_characters: int) -> Iterator[Sentence]:
    """Group pieces into words and sentences; a sentence longer than ``max_characters`` (spoken) is cut."""
    for groups in _grouped(pieces, cleaned):
        if not groups[-1].is_end:
            groups[-1].pause = "."
        words = [part for group in groups for part in _parts(group, max_characters - 1)]
        for clause in _clauses(words, max_characters):
            yield _sentence(clause, cleaned)


def _grouped(pieces: Iterable[Piece], cleaned: str) -> Iterator[list[_Group]]:
    """Words with their pauses, sentence by sentence."""
    groups: list[_Group] = []
    opened: int | None = None  # where quotes or brackets before the next word start
    attached = False  # no blank since the last group
    for piece in pieces:
        sign = cleaned[piece.start : piece.end]
        if groups:
            groups[-1].wait(piece.pause_before)
        if groups and groups[-1].is_end and (piece.spoken or sign.isspace()):
            yield groups
            groups, attached = [], False
        if piece.spoken:
            if not attached or groups[-1].pause:
                groups.append(_Group(piece.start if opened is None else opened, piece.end))
            groups[-1].say(piece)
            opened, attached = None, True
        elif sign.isspace():
            if groups:
                groups[-1].wait(piece.pause)
            opened, attached = None, False
        elif not groups or (not attached and _opens(piece, sign)):
            opened = piece.start if opened is None else opened
        else:
            groups[-1].extend(piece, written=opened is None)
    if groups:
        yield groups


def _opens(piece: Piece, sign: str) -> bool:
    return bool(piece.pause_before) or sign in _OPENERS


def _parts(group: _Group, longest: int) -> list[_Group]:
    """Cut what is said for one written word where it alone is longer than a sentence may be."""
    if len(group.spoken) <= longest:
        return [group]
    spoken = [line for line in _lines(group.spoken, longest) if line]
    places = [group.start + (group.end - group.start) * index // len(spoken) for index in range(len(spoken) + 1)]
    parts = [_Group(places[index], places[index + 1], line) for index, line in enumerate(spoken)]
    parts[-1].pause = group.pause
    return parts


def _lines(spoken: str, longest: int) -> Iterator[str]:
    """Fill lines with whole words; a word longer than a line is cut through."""
    line = ""
    for word in spoken.split():
        if line and len(line) + 1 + len(word) > longest:
            yield line.rstrip(",")
            line = ""
        while len(word) > longest:
            yield word[:longest]
            word = word[longest:]  # noqa: PLW2901
        line = f"{line} {word}" if line else word
    yield line


def _length(word: _Group) -> int:
    return len(word.spoken) + len(word.pause) + 1  # the space after it


def _clauses(words: Sequence[_Group], longest: int) -> Iterator[Sequence[_Group]]:
    """Cut a long sentence at the strongest pause near the limit, else before a conjunction, else between words."""
    first = 0
    left = sum(map(_length, words))
    while left - 1 > longest:
        size, last, best = 0, first, first + 1
        best_worth = -1.0
        while last < len(words) and size + _length(words[last]) - 1 + (not words[last].pause) <= longest:
            size += _length(words[last])
            last += 1
            worth = _worth(words, last, size / longest)
            if worth >= best_worth:
                best, best_worth = last, worth
        if last >= len(words):
            break
        yield words[first:best]
        left -= sum(map(_length, words[first:best]))
        first = best
    yield words[first:]


def _worth(words: Sequence[_Group], cut: int, filled: float) -> float:
    """Rate a cut before word number ``cut``: pauses first, then conjunctions, later rather than earlier."""
    if cut >= len(words):
        return 0.0
    pause = _STRENGTH[words[cut - 1].pause]
    conjunction = words[cut].spoken.lower() in _CONJUNCTIONS
    natural = 3.0 + pause if pause else 1.5 if conjunction else 0.5
    return natural * (1.0 if filled >= _EARLIEST_CUT else 0.1)


def _sentence(clause: Sequence[_Group], cleaned: str) -> Sentence:
    words = [SpokenWord(cleaned[group.start : group.end], group.spoken + group.pause) for group in clause]
    if not clause[-1].pause:
        words[-1] = SpokenWord(words[-1].written, words[-1].spoken.rstrip(",") + ",")
    return Sentence(cleaned[clause[0].start : clause[-1].end], tuple(words))
