"""The piece: what one rule takes from the written text, and what is said for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Piece:
    """A span ``[start, end)`` of the cleaned text: the words said for it (or none), and the pause after them."""

    start: int
    end: int
    spoken: str = ""
    pause: str = ""
    """One of ``, : ; — . ? !`` or nothing."""
    pause_before: str = ""
    lost_script: str = ""
    """Name of the script that cannot be read."""
    lost_sign: str = ""
    """Sign that cannot be read."""
    stage_direction: str = ""
    """Note on how to act, which is not spoken."""


Reader: TypeAlias = Callable[[re.Match[str]], Piece | None]
Rule: TypeAlias = tuple[re.Pattern[str], Reader]
"""A pattern tried at one place, and a reader that may still decline."""


def said(match: re.Match[str], spoken: str, pause: str = "") -> Piece:
    """Piece for a whole match."""
    return Piece(match.start(), match.end(), spoken, pause)


def silent(match: re.Match[str]) -> Piece:
    """Piece for what is seen but not heard."""
    return Piece(match.start(), match.end())


def is_shouted(match: re.Match[str]) -> bool:
    """Tell whether a neighbour of the match is a word in capitals."""
    return any(len(near) > 1 and near.isupper() and near.isalpha() for near in (word_before(match), word_after(match)))


_WORD_BEFORE = re.compile(r"([^\s\W]+(?:'[^\s\W]+)?)[\W_]{0,3}$")
_WORD_AFTER = re.compile(r"[\W_]{0,3}([^\s\W]+)")


def word_before(match: re.Match[str]) -> str:
    """Last word before a match, at most three other signs away; empty when there is none."""
    found = _WORD_BEFORE.search(match.string[max(0, match.start() - 24) : match.start()])
    return found[1] if found else ""


def word_after(match: re.Match[str]) -> str:
    """First word after a match, at most three other signs away; empty when there is none."""
    found = _WORD_AFTER.match(match.string[match.end() : match.end() + 24])
    return found[1] if found else ""
