"""Numbers in words, by num2words, in American English without “and”, commas or hyphens."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from num2words import num2words

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LONGEST: Final = 15
"""Digits of the longest number read as one; beyond, nobody follows the names and the digits are read instead."""
_FRACTIONS: Final = {2: ("half", "halves"), 4: ("quarter", "quarters")}
SCALES: Final[dict[str, str]] = {
    "k": "thousand",
    "K": "thousand",
    "thousand": "thousand",
    "m": "million",
    "M": "million",
    "mn": "million",
    "million": "million",
    "b": "billion",
    "B": "billion",
    "bn": "billion",
    "billion": "billion",
    "T": "trillion",
    "tn": "trillion",
    "trillion": "trillion",
}


@lru_cache(maxsize=4096)
def _words(number: int, form: str) -> str:
    words: str = num2words(number, lang="en", to=form)
    return " ".join(word for word in words.replace("-", " ").replace(",", " ").split() if word != "and")


def digits(figures: str) -> str:
    """Read figures one by one: ``"007"`` → “zero zero seven”."""
    return " ".join(_DIGITS[int(figure)] for figure in figures)


def cardinal(figures: str) -> str:
    """Read a whole number; a leading zero or more than 15 figures are read figure by figure."""
    if len(figures) > _LONGEST or (len(figures) > 1 and figures.startswith("0")):
        return digits(figures)
    return _words(int(figures), "cardinal")


def ordinal(figures: str) -> str:
    """Read “21” as “twenty first”."""
    return _words(int(figures[:_LONGEST]), "ordinal")


def year(figures: str) -> str:
    """Read “1984” as “nineteen eighty four”, “2005” as “two thousand five”."""
    return _words(int(figures), "year")


def decade(figures: str) -> str:
    """Read the “1990” of “1990s” as “nineteen nineties”, the “80” of “80s” as “eighties”."""
    return plural(year(figures) if len(figures) == 4 else cardinal(figures))


def plural(number: str) -> str:
    """Say several of a number in words: “twenty” → “twenties”, “six” → “sixes”."""
    if number.endswith("y"):
        return number[:-1] + "ies"
    return number + ("es" if number.endswith("x") else "s")


def label(figures: str) -> str:
    """Read the figures of a house or a flight: “221” → “two twenty one”, “1420” → “fourteen twenty”."""
    first, last = figures[:-2], figures[-2:]
    if len(figures) not in {3, 4} or figures.startswith("0") or figures.endswith("000"):
        return cardinal(figures)
    if last == "00":
        return f"{cardinal(first)} hundred"
    return f"{cardinal(first)} {'oh ' + cardinal(last[1]) if last.startswith('0') else cardinal(last)}"


def decimal(figures: str) -> str:
    """Read a number with commas between thousands and a decimal point: “1,234.05”."""
    whole, point, rest = figures.replace(",", "").replace(" ", "").partition(".")
    words = cardinal(whole) if whole else ""
    return f"{words} point {digits(rest)}".strip() if point and rest else words


def fraction(numerator: str, denominator: str) -> str:
    """Read 1 and 2 as “one half”, 3 and 4 as “three quarters”."""
    top, bottom = int(numerator), int(denominator)
    singular, plural = _FRACTIONS.get(bottom) or (ordinal(denominator), ordinal(denominator) + "s")
    return f"{cardinal(numerator)} {singular if top == 1 else plural}"
