"""Rules for what starts with a letter: addresses, abbreviations, initials, Roman numerals, words."""

from __future__ import annotations

import re
from typing import Final

from ..sentence_ends import SENTENCE_STARTERS, pause_after_dot
from .abbreviations import (
    ABBREVIATIONS,
    BEFORE_FIGURES,
    BEFORE_SMALL_LETTERS,
    DOTTED,
    IN_CAPITALS,
    NAMES,
    TITLES,
    WHOLE,
    WITHOUT_DOT,
    is_abbreviation,
    read_word,
    roman,
    spell,
    state_of,
)
from .number_rules import MONTH_RULE
from .numbers import cardinal, digits, ordinal
from .pieces import Piece, Rule, is_shouted, said, word_after, word_before
from .tables import listed

_LETTER: Final = "A-Za-zÀ-ÖØ-öø-ſ"
_REGNAL: Final = frozenset(
    listed(
        "Alexander Alfonso Benedict Boniface Carl Catherine Charles Christian Clement Constantine Darius Edward",
        "Elizabeth Felipe Ferdinand Francis Franz Frederick George Gregory Gustav Haakon Harald Henri Henry",
        "Innocent Isabella Ivan James John Juan Julius Karl Leo Leopold Louis Mary Napoleon Nicholas Otto Paul",
        "Pedro Peter Philip Pius Ramses Ramesses Richard Robert Thutmose Urban Victor Wilhelm William Xerxes",
    )
)
"""Names whose Roman numeral is read as “the Eighth”."""
_CLEARLY_ROMAN: Final = re.compile(r"X{0,2}V?I{2,3}|X{1,2}(?:IX|IV|VI?|I)")
_RULERS: Final = frozenset(
    listed(
        "King Queen Pope Emperor Empress Tsar Czar Prince Kaiser Sultan Pharaoh",
    )
)
_NUMBERED: Final = frozenset(
    listed(
        "Chapter Part Act Scene Volume Vol Book Section War Article Type Phase Class Level Stage Bowl Title",
        "Page Pages P Pp Appendix Figure Table Episode Canto Grade Group Season Unit Mark Model",
    )
)
"""Words whose Roman numeral is read as a plain number, “I” included."""
_ADDRESS_SIGNS: Final = {
    ".": "dot",
    "/": "slash",
    "-": "dash",
    "_": "underscore",
    "~": "tilde",
    "@": "at",
    "+": "plus",
    "&": "and",
    "=": "equals",
    "%": "percent",
    ":": "colon",
}
_ADDRESS_BIT: Final = re.compile(r"[A-Za-z]+|\d+|.", re.DOTALL)
_ENDING_DOMAINS: Final = "com|org|net|edu|gov|int|mil|info|biz|io|ai|dev|app|xyz|uk|de|fr|eu|nl|ch|se|jp|au|ca|tv|fm"


_BEFORE_OR_AFTER_NAMES: Final = {"st": ("Saint", "Street"), "dr": ("Doctor", "Drive")}
_NAME_OF_ROAD: Final = re.compile(r"[A-Z]|\d+(?:st|nd|rd|th)$")
_NAME_AFTER: Final = re.compile(r"\s?[A-Z]")
_DAY_OR_MONTH: Final = r"(?:Mon|Tues?|Wed|Thur?s?|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)"
_SHORT_NAMES: Final = {
    key: name for table in (ABBREVIATIONS, BEFORE_FIGURES) for key, name in table.items() if key in NAMES
}


def read_address(address: str) -> str:
    """Read a host, path or e-mail address: “dot”, “slash”, “at”; a query or fragment is left out."""
    address = re.sub(r"^(?:[a-z]+://)?(?:www\.)?", "", address.split("?", 1)[0].split("#", 1)[0])
    host_end = min(place for place in (address.find("/"), len(address)) if place >= 0)
    top = re.search(r"\.([a-z]{2})$", address[:host_end])
    words = []
    for bit in _ADDRESS_BIT.finditer(address.rstrip("/")):
        if top and bit.start() == top.start(1) and top[1] != "co":
            words.append(spell(bit[0]))
        elif bit[0].isdecimal():
            words.append(cardinal(bit[0]) if len(bit[0]) <= 4 else digits(bit[0]))
        elif bit[0].isascii() and bit[0].isalpha():
            words.append(spell(bit[0]) if len(bit[0]) == 1 else read_word(bit[0]))
        else:
            words.append(_ADDRESS_SIGNS.get(bit[0], ""))
    return " ".join(filter(None, words))


def _read_address_match(match: re.Match[str]) -> Piece:
    address = match[0].rstrip(".,;:!?'\")]}>*_")
    return Piece(match.start(), match.start() + len(address), read_address(address))


def _read_dotted(match: re.Match[str]) -> Piece:
    """Initialisms: e.g., a.m., U.S.A., J.R.R."""
    written = match[0].lower()
    if written in DOTTED:
        return said(match, DOTTED[written])
    is_time = written in {"a.m.", "p.m."}
    pause = pause_after_dot(match, any_capital=is_time) if match[0].endswith(".") else ""
    return said(match, spell(match[0].replace(".", "")), pause)


def _read_degree(match: re.Match[str]) -> Piece | None:
    spoken = DOTTED.get(match[0].lower())
    return said(match, spoken, pause_after_dot(match)) if spoken else None


def _read_abbreviation(match: re.Match[str]) -> Piece | None:
    key = match[1].lower()
    if match[1] in IN_CAPITALS and is_shouted(match):
        return said(match, IN_CAPITALS[match[1]])
    if not is_abbreviation(match[1], shouted=is_shouted(match)) or _is_word_at_end(key, match):
        return None
    if key in _BEFORE_OR_AFTER_NAMES:
        return _read_title_or_road(match)
    if key in BEFORE_FIGURES and (_stands_before_number(key, match) or _stands_before_small_letter(key, match)):
        return said(match, BEFORE_FIGURES[key])
    if key in ABBREVIATIONS and key not in TITLES:
        return said(match, ABBREVIATIONS[key], pause_after_dot(match, any_capital=key == "etc"))
    return said(match, TITLES[key]) if key in TITLES else None


def _is_word_at_end(key: str, match: re.Match[str]) -> bool:
    """“They wed.”, “the inc.Next”: a word that ends a sentence, be it with a blank left out after it."""
    runs_on = match.string[match.end() : match.end() + 1].isalpha() and key not in TITLES
    return runs_on or (key in NAMES and match[1].islower())


_FIGURES: Final = re.compile(r"\s?\d")
_ROMAN_FIGURES: Final = re.compile(r"\s?(?:[IVXLC]{1,7}|[ivxlc]{1,7})(?![A-Za-z'])")
_WITH_ROMAN_FIGURES: Final = frozenset(listed("art bk ch chap chs fig figs p pg pp sc sec vol vols"))


def _stands_before_number(key: str, match: re.Match[str]) -> bool:
    """“vol. 2”, “Vol. II”, “p. ix”; but not “No. I did not.”."""
    if _FIGURES.match(match.string, match.end()):
        return True
    return key in _WITH_ROMAN_FIGURES and _ROMAN_FIGURES.match(match.string, match.end()) is not None


_NUMBERED_THINGS: Final = frozenset(listed("account flight id model part phone ref room serial tel the ticket"))
"""Before “no.”: “the serial no. is”."""


def _stands_before_small_letter(key: str, match: re.Match[str]) -> bool:
    """“max. load”; “no. of people”, but “no. it is not”."""
    after = match.string[match.end() : match.end() + 4]
    if key in {"no", "nos"}:
        return after.startswith(" of ") or (after[1:2].islower() and word_before(match).lower() in _NUMBERED_THINGS)
    return key in BEFORE_SMALL_LETTERS and after[:1] == " " and after[1:2].islower()


def _read_state(match: re.Match[str]) -> Piece | None:
    """“Denver, CO”; “CO.” before a small letter or at the end."""
    text = match.string
    state = state_of(match[1], word_before(match), text[match.end(1) : match.end(1) + 8])
    if not state:
        return None
    return said(match, state, pause_after_dot(match, any_capital=True) if match[0].endswith(".") else "")


_COMPASS: Final = {"N": "North", "S": "South", "E": "East", "W": "West"}


def _read_compass(match: re.Match[str]) -> Piece:
    """“1234 W. Main St.”: the point of the compass."""
    return said(match, _COMPASS[match[1]])


def _read_joined_letters(match: re.Match[str]) -> Piece:
    """“AT&T”, “R&D”, “Q&A”."""
    return said(match, " and ".join(spell(part) for part in match[0].split("&")))


_NO_STAMMER: Final = frozenset(listed("ball boy boys cell class day lysine plate shaped test tests value values"))
"""Words after their own first letter: “t-test”, “s-shaped”."""


def _read_stammer(match: re.Match[str]) -> Piece | None:
    """“W-what?” is said “wuh what”; “I-I” stays as it is."""
    start = match[1].lower()
    if word_after(match).lower() in _NO_STAMMER or start == "i":
        return None
    sound = "uh" if start in "aeou" else f"{'k' if start == 'c' else start}uh"
    return said(match, " ".join([sound] * match[0].count("-")))


def _read_title_or_road(match: re.Match[str]) -> Piece:
    title, road = _BEFORE_OR_AFTER_NAMES[match[1].lower()]
    before = match.string[max(0, match.start() - 2) : match.start()]
    follows_name = before[:1].isalnum() and _NAME_OF_ROAD.match(word_before(match)) is not None
    if (
        follows_name
        and word_before(match) not in SENTENCE_STARTERS
        and not _NAME_AFTER.match(match.string, match.end())
    ):
        return said(match, road, pause_after_dot(match))
    return said(match, title)


def _read_initial(match: re.Match[str]) -> Piece | None:
    return said(match, spell(match[1])) if _is_initial(match) else None


def _is_initial(match: re.Match[str]) -> bool:
    """“J. Smith”, “Mr. T. is”, “E. coli”, but not “Plan B. Then” or “Who am I. Nobody”."""
    text, before, after = match.string, word_before(match), match.string[match.end() : match.end() + 4]
    if before.lower() in TITLES or (match[1] != "I" and re.match(r"\s[A-Z]\.", after)):
        return True
    starts = re.search(r"(?:^|[.!?:;(\"'])\s*$", text[max(0, match.start() - 4) : match.start()]) is not None
    in_name = before[:1].isupper()
    if match[1] == "I" and not in_name and not re.match(r"\s?[A-Z]\.", after):
        return False
    sentence_follows = re.match(r"\s[a-z]{1,2}\b", after) or (word_after(match) in SENTENCE_STARTERS and not starts)
    return (in_name or starts or not before) and not sentence_follows


def _read_roman(match: re.Match[str]) -> Piece | None:
    value = roman(match[0])
    before = word_before(match)
    if _CLEARLY_ROMAN.fullmatch(match[0]):
        return said(match, ("the " + ordinal(str(value))) if before in _REGNAL else cardinal(str(value)))
    if not value or not before or match.string[match.start() - 1] != " ":
        return None
    if before in _NUMBERED:
        return said(match, cardinal(str(value)))
    if before in _REGNAL:
        title = re.search(r"(\w+)\s+\w+\s$", match.string[max(0, match.start() - 40) : match.start()])
        if match[0] != "I" or (title and title[1] in _RULERS):
            return said(match, "the " + ordinal(str(value)))
        return None
    follows_name = before[0].isupper() and not before.isupper()
    return said(match, cardinal(str(value))) if follows_name and len(match[0]) > 1 and value < 40 else None


_ROMAN_OR_NOT: Final = frozenset({"vi", "xi", "xx", "xxx"})
"""Numerals that, in small letters, are an editor, a letter of Greek or kisses unless something numbered precedes."""


def _read_enumerator(match: re.Match[str]) -> Piece | None:
    """“(i)” at the head of a clause, and small numerals, before which espeak-ng would say “roman”."""
    value = roman(match[0].upper())
    in_brackets = match.string[match.end() : match.end() + 1] == ")"
    head = re.search(r"(?:^|[^\w])\($", match.string[max(0, match.start() - 2) : match.start()])
    single = len(match[0]) == 1 and not (in_brackets and head and match[0] != "x")
    other_word = match[0] in _ROMAN_OR_NOT and not in_brackets and word_before(match).title() not in _NUMBERED
    return said(match, cardinal(str(value))) if value and not single and not other_word else None


def _read_short_name(match: re.Match[str]) -> Piece:
    return said(match, _SHORT_NAMES.get(match[1].lower(), match[1]))


def _read_range_of_names(match: re.Match[str]) -> Piece:
    first, last = (_SHORT_NAMES.get(name.lower(), name) for name in (match[1], match[3]))
    return said(match, f"{first} {match[2] or 'to'} {last}")


def _read_shorthand(match: re.Match[str]) -> Piece | None:
    spoken = WHOLE.get(match[0].lower())
    return said(match, spoken) if spoken else None


def _read_bare_abbreviation(match: re.Match[str]) -> Piece | None:
    key = match[0].lower()
    if key == "st" and match[0] == "St" and word_after(match)[:1].isupper():
        return said(match, "Saint")
    if key not in WITHOUT_DOT or match[0].isupper():
        return None
    return said(match, TITLES.get(key) or ABBREVIATIONS[key])


def _read_single_letter(match: re.Match[str]) -> Piece | None:
    letter, text = match[0], match.string
    if letter not in "Aa":
        return said(match, letter.upper())
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    in_formula = letter == "A" and (after in {"-", "+", "*", "/", ":"} or text[match.end() : match.end() + 2] == " =")
    is_marked = after == ")" or in_formula  # “a) first”, “A: I do.”, “A = b”
    if before.isdigit() or after.isdigit() or is_marked:
        return said(match, spell(letter))
    is_name = letter == "A" and before == " " and word_before(match) and not word_after(match)[:1].isupper()
    at_start = re.search(r"[.!?:\n][\"')\s]*$", text[max(0, match.start() - 4) : match.start()])
    return said(match, spell(letter) if is_name and not at_start else "a")


def _read_word(match: re.Match[str]) -> Piece:
    word, text = match[0], match.string
    touches_figure = text[match.start() - 1 : match.start()].isdigit() or text[match.end() : match.end() + 1].isdigit()
    if touches_figure and len(word) <= 2:
        return said(match, spell(word))
    counts_years = word in {"AD", "BC", "CE", "BCE"} and (word_before(match).isdigit() or word_after(match).isdigit())
    if counts_years or (word == "WHO" and word_before(match).lower() == "the"):
        return said(match, spell(word))
    return said(match, read_word(word, shouted=is_shouted(match)))


ADDRESS_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(?:https?|ftp|file)://[^\s<>\"]{1,2000}|www\.[^\s<>\"]{1,500}"), _read_address_match),
    (
        re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}"),
        _read_address_match,
    ),
    (
        re.compile(
            rf"(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}\.){{1,6}}(?:{_ENDING_DOMAINS})(?![A-Za-z0-9]|\.[A-Za-z])(?:/[^\s<>\"]{{0,500}})?"
        ),
        _read_address_match,
    ),
)
"""Web and e-mail addresses; they may start with a figure too."""

WORD_RULES: Final[tuple[Rule, ...]] = (
    *ADDRESS_RULES,
    (re.compile(r"(?<=\d)x(?=\d)|(?<=[\d\"] )x(?= \d)"), lambda match: said(match, "by")),
    MONTH_RULE,
    (re.compile(rf"(?<=, )([A-Z]{{2}})(?![{_LETTER}\d'&/-])(?:\.(?=\s|$))?"), _read_state),
    (re.compile(r"(?<=\d )([NSEW])\.?(?=\s[A-Z][a-z])"), _read_compass),
    (re.compile(rf"[A-Z]{{1,3}}(?:&[A-Z]{{1,3}}){{1,3}}(?![{_LETTER}\d])"), _read_joined_letters),
    (re.compile(r"(th|wh|sh|ch|[a-z])-(?:\1-){0,4}(?=\1[a-z])", re.IGNORECASE), _read_stammer),
    (re.compile(rf"[IVXLC]{{1,10}}(?![{_LETTER}\d'])"), _read_roman),
    (re.compile(r"(?:[A-Z][a-z]?\.){2}"), _read_degree),
    (re.compile(r"(?:[A-Za-z]\.){2,12}(?:[A-Z](?![A-Za-z]))?(?![a-z])"), _read_dotted),
    (
        re.compile(
            rf"({_DAY_OR_MONTH})\.?(?:\s?[-–]\s?|\s(to|and|through)\s)({_DAY_OR_MONTH})\b(?:\.(?=,?\s[a-z\d]))?"
        ),
        _read_range_of_names,
    ),
    (re.compile(rf"({_DAY_OR_MONTH})\.?(?=,?\s\d)"), _read_short_name),
    (re.compile(r"(Sat|Sun)\.(?=\s?[-–,]|\s(?:and|or|to|at)\b)"), _read_short_name),
    (re.compile(r"([A-Za-z]{1,7})\.(?![a-z]|[A-Z](?![a-z]))"), _read_abbreviation),
    (re.compile(r"([A-Z])\.(?=\s?[A-Z]|\s[a-z])"), _read_initial),
    (re.compile(rf"[ivx]{{1,6}}(?![{_LETTER}\d'])"), _read_enumerator),
    (re.compile(rf"[A-Za-z]{{1,2}}/[A-Za-z]{{0,2}}(?![{_LETTER}\d])"), _read_shorthand),
    (re.compile(rf"[A-Za-z]{{1,6}}(?![{_LETTER}\d'])"), _read_shorthand),
    (re.compile(rf"[A-Za-z]{{2,6}}(?![{_LETTER}\d'.])"), _read_bare_abbreviation),
    (re.compile(rf"[A-Za-z](?![{_LETTER}'])"), _read_single_letter),
    (re.compile(rf"[{_LETTER}]+(?:'[{_LETTER}]+)*"), _read_word),
)
"""In order of trial; the last one takes any word."""
