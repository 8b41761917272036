"""Characters: what is removed unseen, what is another spelling of a plain sign, and which script a letter is of."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import Final

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_LINE_BREAKS: Final = frozenset("\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_EMOJI_JOINERS: Final = frozenset({"\u200d", *map(chr, range(0xE0020, 0xE0080))})
"""Zero-width joiner and tag characters: format characters that are parts of emoji (UTS 51)."""
_EXPANDED: Final = ("<compat>", "<square>", "<circle>", "<font>", "<wide>", "<narrow>", "<noBreak>")
"""Decompositions (UAX 44, table 14) that keep the sound; `super` and `fraction` have rules of their own."""

_PLAIN: Final[dict[str, str]] = {
    **dict.fromkeys("‘’‛ʼʻʹ′ˈ", "'"),
    **dict.fromkeys("“”„‟«»‹›″〝〞「」『』", '"'),
    **dict.fromkeys("‐‑−⁃", "-"),
    **dict.fromkeys("‒–", "–"),
    **dict.fromkeys("—―⸺⸻", "—"),
    **dict.fromkeys("。۔।॥", "."),
    **dict.fromkeys("、،", ","),
    "؛": ";",
    "؟": "?",
    **dict.fromkeys("⁄∕", "/"),
    "∶": ":",
    "∗": "*",
    **dict.fromkeys("ºª", "°"),
}
"""One sign for many spellings of it, each of length one, so that places in the text stay the same."""

_ACUTE: Final = re.compile(r"(?<=[A-Za-z])[`´](?=[A-Za-z])")
"""Accents typed for the apostrophe: “don´t”."""
_LATIN: Final = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER (?:[A-Z]+ )*?([A-Z])(?: WITH .*)?")
_SCRIPT: Final = re.compile(
    r"(?:(?:MODIFIER|HALFWIDTH|FULLWIDTH) )?(.+?)"
    r"(?: (?:SMALL|CAPITAL|LETTER|SYLLABLE|SYLLABICS|IDEOGRAPH|IDEOGRAM|VOWEL|SIGN|DIGIT|NUMBER|CHARACTER|UNIFIED"
    r"|COMPATIBILITY|HIEROGLYPH|RADICAL|PRESENTATION|LIGATURE|MARK|INDEPENDENT|CONSONANT|FINAL|INITIAL|IDEOGRAPHIC)\b.*|-.*)?"
)
_COMBINING_LIMIT: Final = 4
"""Marks kept on one letter; what goes beyond (“zalgo”) is ornament, and slow to normalise."""
_MANY_MARKS: Final = re.compile(rf"([\u0300-\u036f]{{{_COMBINING_LIMIT}}})[\u0300-\u036f]+")


def clean(text: str) -> str:
    """Remove what nobody sees (control characters, zero-width and bidi marks) and expand ligatures and squared units.

    What is left is the text as a subtitle may show it; :class:`.sentences.Sentence` cuts its ``written`` from it.
    """
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text.replace("\r\n", "\n").replace("\r", "\n"))
    text = unicodedata.normalize("NFC", _MANY_MARKS.sub(r"\1", text))
    return "".join(map(_visible, text))


def plain(cleaned: str) -> str:
    """Give each character its plainest form (quotes, dashes, spaces, digits, letters); the length stays the same."""
    return _ACUTE.sub("'", "".join(map(_plain, cleaned)))


def script(letter: str) -> str:
    """Name the script of a letter as Unicode does: “Cyrillic”, “Arabic”, “Chinese” for Han ideographs."""
    name = unicodedata.name(letter, "")
    match = _SCRIPT.fullmatch(name)
    family = match[1] if match else ""
    return {"CJK": "Chinese", "LATIN": "phonetic letters", "": "unknown"}.get(family, family.title())


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    if character in _LINE_BREAKS:
        return "\n"
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cs"} or (category == "Cf" and character not in _EMOJI_JOINERS):
        return ""
    decomposition = unicodedata.decomposition(character)
    if "\u0300" <= character <= "\u036f":
        return ""  # a mark that no letter of Unicode's has: ornament
    if decomposition.startswith(_EXPANDED) and character != "№":
        expanded = unicodedata.normalize("NFKC", character)
        return expanded if len(expanded) > 1 and not expanded.startswith(" ") else character
    return character


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character.isascii():
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.digit(character))
    if unicodedata.decomposition(character).startswith((*_EXPANDED, "<sub>")):
        simpler = unicodedata.normalize("NFKC", character)
        return _plain(simpler) if len(simpler) == 1 and simpler != character else character
    return _plain_letter(character) if category.startswith("L") else character


def _plain_letter(letter: str) -> str:
    if letter <= "\u017f":  # Latin-1 and Latin Extended-A: espeak-ng reads these, and their accents matter
        return letter
    match = _LATIN.fullmatch(unicodedata.name(letter, ""))
    if not match:
        return letter
    return match[1].lower() if letter.islower() else match[1]
