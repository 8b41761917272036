"""Any text → sentences of plain words that the phonemizer reads right.

A chain of pure functions: :func:`.reading.characters.clean` → :func:`.reading.rules.pieces` (money, dates,
abbreviations, addresses, signs …) → :func:`.reading.sentences.sentences`. The time grows linearly with the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..core.errors import TextError
from .rules.chain import pieces
from .rules.characters import clean
from .rules.pieces import Piece
from .sentences import Sentence, SpokenWord, sentences

__all__ = ["MAX_CHARACTERS", "Reading", "Sentence", "SpokenWord", "read_out"]

MAX_CHARACTERS: Final = 180
"""Longest sentence in spoken characters; DC-TTS (Tachibana et al. 2017) is trained on sentences up to about that."""
_SHORTEST_LIMIT: Final = 20
_NAMED: Final = 8
"""Signs named in a warning before “and others”."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold what is said for a text, sentence by sentence, and what could not be read."""

    sentences: tuple[Sentence, ...]
    warnings: tuple[str, ...] = ()
    """Sentences for the user that name the scripts, signs and stage directions left out."""


def read_out(text: str, *, emoji: Literal["drop", "speak"] = "drop", max_characters: int = MAX_CHARACTERS) -> Reading:
    """Write a text out as it is spoken.

    Args:
        text: anything: numbers, addresses, Markdown remains, emoji, several scripts.
        emoji: whether emoji and emoticons are left out or their English (CLDR) names are spoken.
        max_characters: longest sentence, in characters of ``spoken``; longer ones are cut at clauses, then words.

    Raises:
        TextError: nothing in the text can be spoken; the message says why.
        ValueError: ``max_characters`` is below 20.
    """
    if max_characters < _SHORTEST_LIMIT:
        raise ValueError(f"max_characters is at least {_SHORTEST_LIMIT}.")
    cleaned = clean(text)
    read = list(pieces(cleaned, speak_emoji=emoji == "speak"))
    spoken = tuple(sentences(read, cleaned, max_characters))
    warnings = _warnings(read)
    if not spoken:
        only_emoji = emoji == "drop" and any(piece.spoken for piece in pieces(cleaned, speak_emoji=True))
        reason = ("It holds only emoji, and emoji are set to be left out.",) if only_emoji else ()
        raise TextError(" ".join(("There is nothing to speak in this text.", *reason, *warnings)))
    return Reading(spoken, warnings)


def _warnings(read: Sequence[Piece]) -> tuple[str, ...]:
    scripts = dict.fromkeys(piece.lost_script for piece in read if piece.lost_script)
    signs = dict.fromkeys(piece.lost_sign for piece in read if piece.lost_sign)
    directions = dict.fromkeys(piece.stage_direction for piece in read if piece.stage_direction)
    warnings = []
    if scripts:
        warnings.append(f"The voice reads Latin letters; these were left out: {_listed(list(scripts))}.")
    if signs:
        warnings.append(f"These signs were left out: {_listed([_shown(sign) for sign in signs])}.")
    if directions:
        warnings.append(f"Stage directions are not spoken; these were left out: {_listed(list(directions))}.")
    return tuple(warnings)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= _NAMED else ", ".join(names[:_NAMED]) + " and others"


def _shown(sign: str) -> str:
    return sign if sign.isprintable() else f"U+{ord(sign):04X}"
