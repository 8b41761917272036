"""Whether a dot that belongs to an abbreviation ends the sentence as well."""

from __future__ import annotations

import re
from typing import Final

from .rules.tables import listed

SENTENCE_STARTERS: Final = frozenset(
    listed(
        "A After All Also And Are As At Because Before But By Can Could Did Do Does For From Go Had Has Have He",
        "Her Here His How However I If In Is It Its Just Let Maybe My Next No Nobody Not Now Oh On Once One Or Our",
        "She Since So Some Sometimes Soon Still That The Their Then There These They This Those Though To Today",
        "Tomorrow Was We Well Were What When Where While Who Why Will With Would Yes Yesterday Yet You Your",
    )
)
"""Words that, in capitals after an abbreviation, start a new sentence rather than continue a name."""
_WHAT_FOLLOWS: Final = re.compile(
    r"[\"')\]*_]{0,4}(?:(?P<nothing>\s*$|\s*\n\s*\n)|\s+[\"'(\[*_]{0,4}(?P<word>[^\W_]+))"
)


def pause_after_dot(match: re.Match[str], *, any_capital: bool = False) -> str:
    """Give the pause after an abbreviation: ``"."`` when the text ends there or a new sentence starts, else none."""
    what = _WHAT_FOLLOWS.match(match.string[match.end() : match.end() + 40])
    if not what:
        return ""
    word = what["word"] or ""
    return (
        "." if what["nothing"] is not None or word in SENTENCE_STARTERS or (any_capital and word[:1].isupper()) else ""
    )
