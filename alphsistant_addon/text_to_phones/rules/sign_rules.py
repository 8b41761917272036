"""Rules for what is neither word nor figure: pauses, markup, brackets, named signs, emoticons, other scripts."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from .abbreviations import read_word
from .characters import script
from .numbers import cardinal
from .pieces import Piece, Rule, said, silent, word_after, word_before
from .sign_names import CURRENCIES, EMOTICONS, GREEK, SILENT, SPOKEN, UNITS
from .stage_directions import STAGE_DIRECTION
from .tables import listed

_CLOSERS: Final = r"[\"')\]}*_»”’]{0,6}"


def read_white_space(match: re.Match[str]) -> Piece:
    """End the sentence at a blank line, and pause briefly at the line breaks of verse and lists."""
    breaks = match[0].count("\n")
    if not breaks:
        return said(match, "")
    line_start = match.string.rfind("\n", 0, match.start()) + 1
    if breaks > 1 or match.string[line_start : line_start + 1] == "#":
        return said(match, "", ".")
    starts_with_capital = match.string[match.end() : match.end() + 1].isupper()
    return said(match, "", "," if starts_with_capital or _is_between_items(match, line_start) else "")


_LONGEST_ITEM: Final = 30
"""Characters of a line that may be an item of a list; wrapped prose has longer lines."""
_RUNS_ON: Final = frozenset(
    listed("a an the of and or but to in on at for with from by as is are was were my your his her our their that if")
)
"""Words that no item of a list ends with."""


def _is_between_items(match: re.Match[str], line_start: int) -> bool:
    """Tell whether short lines stand before and after a line break, as in a list in small letters."""
    text = match.string
    line_after = text[match.end() : match.end() + _LONGEST_ITEM + 1].split("\n", 1)[0]
    if match.start() - line_start > _LONGEST_ITEM or not 0 < len(line_after) <= _LONGEST_ITEM:
        return False
    return text[match.start() - 1 : match.start()].isalnum() and word_before(match).lower() not in _RUNS_ON


def _read_stage_direction(match: re.Match[str]) -> Piece:
    return Piece(match.start(), match.end(), pause_before=",", stage_direction=match[0].strip("*()[]"))


def _read_marks(match: re.Match[str]) -> Piece:
    marks, text = match[0], match.string
    after = text[match.end() : match.end() + 1]
    if "?" in marks or "!" in marks:
        aside = re.match(r"[\"']?\)\s?[a-z,;]", text[match.end() : match.end() + 4])
        return said(match, "", "," if aside else "?" if "?" in marks else "!")
    continues = re.match(rf"{_CLOSERS}\s*[a-z0-9]|[A-Za-z0-9]", text[match.end() : match.end() + 40])
    return said(match, "", "—" if continues and after != "\n" else ".")


_LONGEST_PATH: Final = 60
"""Characters of a path that are looked back at."""


def _read_dot(match: re.Match[str]) -> Piece:
    text = match.string
    before, after = (
        text[match.start() - 1 : match.start()] if match.start() else "",
        text[match.end() : match.end() + 1],
    )
    starts_sentence = before.isalpha() and after.isupper() and not text[match.end() + 1 : match.end() + 2].isupper()
    token = "".join(text[max(0, match.start() - _LONGEST_PATH) : match.start()].rsplit(None, 1)[-1:])
    if after.isalnum() and "/" in token:
        return said(match, "dot")
    if after and after in ",;:":
        return silent(match)  # “scribble, n.: a drawing”
    if after.isalnum() and not starts_sentence and not (before in "\"')]}" and before):
        return said(match, "dot")
    return said(match, "", ".")


_AMOUNT_BEFORE: Final = re.compile(r"\d\s?(?:%|°[CF]?|[ap]\.?m\.?|bn|[kmbt])$", re.IGNORECASE)
"""Before a dash that is read “to”: 5% – 10%, $1M–$2M."""


def _read_dash(match: re.Match[str]) -> Piece:
    """A hyphen joins words in silence; a free-standing one, or any dash between words, is a pause."""
    text, dash = match.string, match[0].strip()
    before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 1]
    if match[0] == "- " and before[:1].isdigit() and before.endswith(" ") and after.isdigit():
        return said(match, "minus")
    if (after.isdigit() or after in CURRENCIES) and _AMOUNT_BEFORE.search(
        text[max(0, match.start() - 6) : match.start()]
    ):
        return said(match, "to")
    if match[0] == "- " and before[-1:].isalpha() and re.match(r"(?:and|or|to)\b", text[match.end() : match.end() + 4]):
        return silent(match)  # pre- and post-war
    joins = dash in "-–" and match[0] == dash
    return silent(match) if joins else said(match, "", "—")


def _read_bracket(match: re.Match[str]) -> Piece:
    before, after = match.string[max(0, match.start() - 1) : match.start()], match.string[match.end() : match.end() + 1]
    if match[0] in "([{":
        return Piece(match.start(), match.end(), pause_before="," if before.isspace() else "")
    return said(match, "", "," if after.isspace() else "")


_PER: Final[dict[str, str]] = {
    **{
        name: one
        for name, (one, _) in UNITS.items()
        if name.isalpha() and len(name) > 1 and name not in {"in", "pt", "ha", "mi"}
    },
    **{
        name: name
        for name in ("day", "week", "month", "year", "hour", "minute", "second", "night", "person", "mile", "hour")
    },
}


def _read_per(match: re.Match[str]) -> Piece:
    return said(match, f"per {_PER[match[1]]}")


_PLAIN_FIGURES_BEFORE: Final = re.compile(r"(?:^|[\s$€£(])[\d.,]+$")
_WORD_NEXT: Final = re.compile(r"[a-z]{2}")


def _read_slash(match: re.Match[str]) -> Piece:
    text = match.string
    before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
    if match[0] != "/":
        return said(match, "", ",")
    if re.match(r"and/or\b", text[max(0, match.start() - 3) : match.end() + 3], re.IGNORECASE):
        return silent(match)
    if _PLAIN_FIGURES_BEFORE.search(text[max(0, match.start() - 12) : match.start()]) and _WORD_NEXT.match(
        text, match.end()
    ):
        return said(match, "per")
    either = re.search(r"\b(?:his|her|he|she|him)$", text[max(0, match.start() - 4) : match.start()], re.IGNORECASE)
    return said(match, "or" if either else "slash" if before.isalnum() or after.isalnum() else "")


def _read_caret(match: re.Match[str]) -> Piece:
    power = {"2": "squared", "3": "cubed"}.get(match[1])
    return said(match, power) if power else Piece(match.start(), match.start() + 1, "to the power of")


def _read_hash(match: re.Match[str]) -> Piece:
    return said(match, "number" if match[1].isdigit() else "hashtag")


_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def _read_raised(match: re.Match[str]) -> Piece:
    """Powers; after a long word a raised figure is a footnote's, which is not read."""
    power = match[0].translate(_RAISED)
    before = match.string[max(0, match.start() - 4) : match.start()]
    if len(before) == 4 and before.isalpha():
        return silent(match)
    name = {"2": "squared", "3": "cubed"}.get(power)
    sign = "minus " if power.startswith("-") else ""
    return said(match, name or f"to the power of {sign}{cardinal(power.strip('-') or '0')}")


def _read_named(match: re.Match[str]) -> Piece | None:
    return said(match, SPOKEN[match[0]]) if match[0] in SPOKEN else None


def _read_angle(match: re.Match[str]) -> Piece:
    if len(word_before(match)) > 1 and len(word_after(match)) > 1 and not word_before(match)[-1].isdigit():
        return said(match, "", ",")  # a path through menus
    return said(match, SPOKEN[match[0]])


def _read_pause(match: re.Match[str]) -> Piece:
    after = match.string[match.end() : match.end() + 1]
    return said(match, "", match[0][0] if not after or after.isspace() or after in "\"')*_" else ",")


def _read_contraction(match: re.Match[str]) -> Piece:
    return said(match, read_word(match[0]))


def read_other_script(match: re.Match[str]) -> Piece:
    """Name lone Greek letters; leave out letters of other scripts and remember which script it was."""
    letters = match[0]
    greek = GREEK.get(letters[0].lower())
    if greek and len(letters) == 1:
        return said(match, greek)
    return Piece(match.start(), match.end(), lost_script=script(letters[0]))


def read_unknown(text: str, place: int) -> Piece:
    """Leave out one sign, and remember it when it is not one that is only seen."""
    sign = text[place]
    unseen = sign in SILENT or unicodedata.category(sign) in {"Cf", "Mn", "Me", "Mc", "Sk"}
    return Piece(place, place + 1, lost_sign="" if unseen else sign)


def emoticon_rule(*, speak: bool) -> Rule:
    """Rule for faces made of punctuation, spoken or dropped like emoji."""
    faces = "|".join(re.escape(face) for face in sorted(EMOTICONS, key=len, reverse=True))

    def read(match: re.Match[str]) -> Piece:
        return face_piece(match.string, match.start(), match.end(), EMOTICONS[match[0]] if speak else "")

    return re.compile(rf"(?<![^\s(])(?:{faces})(?![^\s.,!?)])"), read


def face_piece(text: str, start: int, end: int, name: str) -> Piece:
    """Piece for an emoji; between a word and a capital it stands for the full stop that many leave out."""
    capital = re.match(r"\s+[\"']?[A-Z](?![A-Z])", text[end : end + 8])
    return Piece(start, end, name, "." if capital else "," if name else "", pause_before="," if name else "")


_KEYS: Final = frozenset(listed("ctrl control alt shift cmd command option opt win fn meta super"))


def _read_key_plus(match: re.Match[str]) -> Piece | None:
    """“Ctrl+C”: the plus between keys is not said."""
    return silent(match) if word_before(match).lower() in _KEYS else None


_HTML: Final = "|".join(
    listed(
        "a abbr article aside audio b big blockquote body br button caption center cite code dd del details div dl dt",
        "em figure figcaption font footer form h[1-6] head header hr html i iframe img input ins kbd label li link",
        "main mark meta nav ol option p pre q s script section select small span strike strong style sub summary sup",
        "svg table tbody td textarea tfoot th thead title tr u ul video",
    )
)
"""Elements of HTML (WHATWG, HTML Living Standard, section 4); other words in angle brackets are spoken."""
SIGN_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(?<=[\w.])'s(?![^\W_])", re.IGNORECASE), lambda match: said(match, "'s")),
    (re.compile(r"'(?:tis|twas|em|n'|til|cause|bout)(?![^\W\d_])", re.IGNORECASE), _read_contraction),
    (STAGE_DIRECTION, _read_stage_direction),
    (re.compile(r"\+\s?(?=[^\W_])"), _read_key_plus),
    (re.compile(rf"</?(?:!|(?:{_HTML})(?![\w-]))[^<>\n]{{0,200}}>|<\|[a-z_]{{1,40}}\|>", re.IGNORECASE), silent),
    (
        re.compile(r"\]\([^()\s]{1,500}\)|!(?=\[)|\[(?=[^\[\]\n]{0,200}\]\()|\[\d{1,3}\]|\(s\)"),
        silent,
    ),  # links, citations
    (re.compile(r"!="), lambda match: said(match, "is not equal to")),
    (re.compile(r"[<>]=(?!=)"), lambda match: said(match, SPOKEN["≤" if match[0][0] == "<" else "≥"])),
    (re.compile(r"==+|=>|->|<-"), lambda match: said(match, "equals" if match[0] == "==" else "")),
    (re.compile(r"[.…]*[!?][!?.…]*|\.\.+|…+\.*"), _read_marks),
    (re.compile(r"\."), _read_dot),
    (re.compile(r"[,;]+:*|:(?!:)"), _read_pause),
    (re.compile(r"::+"), silent),
    (re.compile(r"(?:--+|—+|–|-)(?:\s(?=\S))?"), _read_dash),
    (re.compile(r"[()\[\]{}]"), _read_bracket),
    (re.compile(r"(?<=\d)\*(?=\d)|(?<=\d )\*(?= \d)|(?<=\b[a-z])\*(?=[a-z]\b)"), lambda match: said(match, "times")),
    (re.compile(r"(?<![^\s(])\^(?=[A-Z]\b)"), lambda match: said(match, "control")),
    (re.compile(r"\^([23])(?!\d)|\^(?=[\dA-Za-z])()"), _read_caret),
    (re.compile(r"(?<![^\W_])#(?=([^\W_]))"), _read_hash),
    (re.compile(r"(?<=\b[A-G])#"), lambda match: said(match, "sharp")),
    (re.compile(rf"(?<=[\w%])/({'|'.join(_PER)})(?![A-Za-z])"), _read_per),
    (re.compile(r"/|\|+"), _read_slash),
    (re.compile(r"(?<![^\s\d])[<>](?=[\s\d])"), _read_angle),
    (re.compile(r"°\s?[CF]\b"), lambda match: said(match, UNITS[match[0][0] + match[0][-1]][1])),
    (re.compile(r"⁻?[⁰¹²³⁴-⁹]{1,8}"), _read_raised),
    (re.compile(r"[^\w\s<>#'\"]"), _read_named),
)
"""In order of trial."""
