"""Tell the full stop that ends a sentence from that of an abbreviation: for the voice and for replies."""

from __future__ import annotations

import re
from typing import Final

from .rules.abbreviations import (
    ABBREVIATIONS,
    BEFORE_FIGURES,
    BEFORE_SMALL_LETTERS,
    DOTTED,
    IN_CAPITALS,
    NAMES,
    TITLES,
    is_abbreviation,
)
from .rules.sign_names import UNITS
from .rules.tables import listed

SENTENCE_STARTERS: Final = frozenset(
    listed(
        "A After All Also And Are As Ask At Because Before Both Bring But By Call Can Come Could Did Do Does Each",
        "Even Every Everyone Finally For From Give Go Had Has Have He Hello Her Here Hey Hi His How However I If In",
        "Instead Is It Its Just Keep Let Listen Look Many Maybe Meanwhile Most My Next No Nobody Not Nothing Now Oh",
        "On Once One Or Otherwise Our People Perhaps Please Put Read See She Since So Some Something Sometimes Soon",
        "Sorry Still Stop Take Tell Thank Thanks That The Their Then There Therefore These They This Those Though To",
        "Today Tomorrow Try Use Wait Was We Well Were What When Where While Who Why Will With Would Yes Yesterday Yet",
        "You Your",
    )
)
"""Words that, in capitals after an abbreviation, start a new sentence rather than continue a name."""
_WHAT_FOLLOWS: Final = re.compile(
    r"[\"')\]*_]{0,4}(?:(?P<nothing>\s*$|\s*\n\s*\n)|\s+[\"'(\[*_]{0,4}(?P<word>[^\W_]+))"
)
_BEFORE_DOT: Final = re.compile(r"(?:^|[^\w.])([A-Za-z](?:[A-Za-z]*|(?:\.[A-Za-z]{1,3})+))\.$")
_FIGURE_BEFORE: Final = re.compile(r"\d[\s-]?$")
_ENDED_BY_CAPITAL: Final = frozenset({"etc", "a.m", "p.m"})
"""No name follows these: any capital starts a sentence, days and months apart."""
_AFTER_TIMES: Final = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October"
    r"|November|December|[ECMP][SD]?T|GMT|UTC"
)
_ROADS: Final = frozenset({"st", "dr"})
"""“Baker St. He”: roads, which may end a sentence, though “St. Peter” does not."""
_MEASURES: Final = frozenset(unit.lower() for unit in UNITS if unit.isalpha()) | frozenset(listed("gals pt pts qts"))
_LONGEST_BEFORE: Final = 24
_LONGEST_AFTER: Final = 40


def pause_after_dot(match: re.Match[str], *, any_capital: bool = False) -> str:
    """Give the pause after an abbreviation: ``"."`` when the text ends there or a new sentence starts, else none.

    Args:
        match: the abbreviation with its dot.
        any_capital: any word in capitals starts a sentence here, but a day or month after a time.
    """
    what = _WHAT_FOLLOWS.match(match.string[match.end() : match.end() + _LONGEST_AFTER])
    if not what:
        return ""
    return "." if what["nothing"] is not None or _starts_sentence(what["word"], any_capital=any_capital) else ""


def ends_sentence(text: str, end: int) -> bool:
    """Tell whether the full stop before ``end`` ends a sentence, more text following it.

    A word in small letters continues the sentence, and so does a name after a title, a company or an initial.
    """
    before = _BEFORE_DOT.search(text[max(0, end - _LONGEST_BEFORE) : end])
    what = _WHAT_FOLLOWS.match(text[end : end + _LONGEST_AFTER])
    next_word = (what["word"] or "") if what else ""
    if next_word[:1].islower():
        return False
    if not before or not is_abbreviation(before[1], shouted=next_word.isupper()):
        return True
    word = before[1]
    if _is_bound_to_next(word, next_word):
        return False
    is_measure = _is_measure(word, text[max(0, end - _LONGEST_BEFORE) : end - len(word) - 1])
    if is_measure or _is_short(word):
        return _starts_sentence(next_word, any_capital=is_measure or word.lower() in _ENDED_BY_CAPITAL)
    return True


def _is_bound_to_next(word: str, next_word: str) -> bool:
    """“Gen. Smith”, “INT. HOUSE”, “No. 5”."""
    key = word.lower()
    is_title = key in TITLES and key not in _ROADS and not (key in NAMES and word.islower())
    return is_title or word in IN_CAPITALS or (key in BEFORE_FIGURES and next_word[:1].isdigit())


def _is_measure(word: str, before: str) -> bool:
    """“2 tbsp.”, but not “in.” by itself."""
    return word.lower() in _MEASURES and _FIGURE_BEFORE.search(before) is not None


def _is_short(word: str) -> bool:
    """Tell whether a word with its dot is an abbreviation or initials; “They wed.” and “So do I.” hold neither."""
    key = word.lower()
    if (key in NAMES or key == "i") and word.islower():
        return False
    is_known = key in ABBREVIATIONS or key in _ROADS or key in BEFORE_SMALL_LETTERS or f"{key}." in DOTTED
    return is_known or "." in word or len(word) == 1


def _starts_sentence(word: str, *, any_capital: bool) -> bool:
    return word in SENTENCE_STARTERS or (any_capital and word[:1].isupper() and not _AFTER_TIMES.fullmatch(word))
