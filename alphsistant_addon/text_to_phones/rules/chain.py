"""The chain: at each place of the text, the first rule that reads it makes the next piece."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

import emoji as emoji_data

from .characters import plain
from .number_rules import MONEY_RULE, NUMBER_RULES
from .numbers import cardinal
from .pieces import Piece, Rule
from .sign_names import SPOKEN
from .sign_rules import SIGN_RULES, emoticon_rule, face_piece, read_other_script, read_unknown, read_white_space
from .word_rules import ADDRESS_RULES, WORD_RULES

_WHITE_SPACE: Final = re.compile(r"\s+")


def _read_line_start(match: re.Match[str]) -> Piece:
    return Piece(match.start(), match.end(), pause_before=".")


_LINE_STARTS: Final[tuple[Rule, ...]] = (
    (re.compile(r"```[^\n]{0,40}|~~~[^\n]{0,40}|(?:[-*_=] ?){3,}(?=\n|$)"), _read_line_start),
    (re.compile(r"(?:[-*+•‣◦▪●]|#{1,6})(?=\s)|>+(?!\d)"), _read_line_start),
)
"""Markdown fences, rules, bullets, headings and quotes, at the start of a line only."""
_LIST_NUMBER: Final = re.compile(r"\d{1,3}[.)](?=\s)")
_OTHER_LETTERS: Final = re.compile(r"[^\W\d_A-Za-zÀ-ÖØ-öø-ſ]+")
_SOME_EMOJI: Final = re.compile("[\u203c-\u32ff\U0001f000-\U0001faff\ufe0f\u20e3]")
_LETTER_RULES: Final[tuple[Rule, ...]] = (MONEY_RULE, *WORD_RULES, (_OTHER_LETTERS, read_other_script))
_FIGURE_RULES: Final[tuple[Rule, ...]] = (*ADDRESS_RULES, *NUMBER_RULES)
_MAY_LEAD_A_NUMBER: Final = frozenset("0123456789+-±~.('½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒$€£¥₹₽₩₺₴₪₫₱₿¢")


def pieces(cleaned: str, *, speak_emoji: bool) -> Iterator[Piece]:
    """Cut a cleaned text into pieces without gaps, in one pass from left to right."""
    text = plain(cleaned)
    faces = _emoji(cleaned)
    emoticons = emoticon_rule(speak=speak_emoji)
    place, line_starts = 0, True
    while place < len(text):
        piece = _face(text, place, faces, speak=speak_emoji) or _piece(text, place, emoticons, line_starts=line_starts)
        yield piece
        line_starts = "\n" in text[place : piece.end] or (line_starts and not piece.spoken and text[place].isspace())
        place = piece.end


def _piece(text: str, place: int, emoticons: Rule, *, line_starts: bool) -> Piece:
    first = text[place]
    if match := _WHITE_SPACE.match(text, place):
        return read_white_space(match)
    rules: tuple[Rule, ...] = (emoticons,)
    if line_starts:
        rules += _LINE_STARTS
        if match := _LIST_NUMBER.match(text, place):
            return _list_number(match)
    if first.isalpha():
        rules += _LETTER_RULES
    elif first in _MAY_LEAD_A_NUMBER:
        rules += (*_FIGURE_RULES, *SIGN_RULES)
    else:
        rules += SIGN_RULES
    return _first(rules, text, place) or read_unknown(text, place)


def _first(rules: tuple[Rule, ...], text: str, place: int) -> Piece | None:
    for pattern, read in rules:
        match = pattern.match(text, place)
        if match and match.end() > place and (piece := read(match)) and piece.end > place:
            return piece
    return None


def _list_number(match: re.Match[str]) -> Piece:
    figures = match[0][:-1]
    return Piece(match.start(), match.end(), cardinal(figures), ",", pause_before=".")


def _face(text: str, place: int, faces: Mapping[int, tuple[int, str]], *, speak: bool) -> Piece | None:
    if place not in faces:
        return None
    end, name = faces[place]
    return face_piece(text, place, end, _face_words(name) if speak else "")


def _emoji(cleaned: str) -> dict[int, tuple[int, str]]:
    """Places of emoji: start → end and CLDR short name (by the ``emoji`` package)."""
    if not _SOME_EMOJI.search(cleaned):
        return {}
    return {
        token.value.start: (token.value.end, emoji_data.demojize(token.chars, delimiters=("", "")))
        for token in emoji_data.analyze(cleaned)
        if isinstance(token.value, emoji_data.EmojiMatch) and token.chars not in SPOKEN
    }


@lru_cache(maxsize=1024)
def _face_words(name: str) -> str:
    """Words of an emoji's name: ``woman_technologist_medium_skin_tone`` → “woman technologist medium skin tone”."""
    words = re.sub(r"[_\W]+", " ", name).strip()
    return " ".join(piece.spoken for piece in pieces(words, speak_emoji=False) if piece.spoken)
