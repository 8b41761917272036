"""Sums as people say and write them: “7 plus 5”, “12 × (3 + 4)”, “fifteen percent of 80”, “the square root of 2”.

A parser of its own, by recursive descent: nothing is evaluated as Python.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

Number: TypeAlias = Fraction | float

UNITS: Final[dict[str, int]] = {
    name: value
    for value, name in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
            *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
        )
    )
}
TENS: Final[dict[str, int]] = {
    name: 10 * value
    for value, name in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
SCALES: Final[dict[str, int]] = {"thousand": 10**3, "million": 10**6, "billion": 10**9}

OPERATORS: Final[tuple[tuple[str, str], ...]] = (
    (r"to the power of|\*\*|\^", "^"),
    (r"multiplied by|times|\*|×|·", "*"),
    (r"divided by|over|÷|/", "/"),
    (r"percent of|per cent of|% of", "%"),
    (r"plus|\+|and", "+"),
    (r"minus|less|-|−|–", "-"),
    (r"squared|²", "²"),
    (r"cubed|³", "³"),
    (r"(?:the )?square root of|√", "√"),
)
"""What is said or typed, and the sign it stands for here."""

LARGEST: Final = 10**15
"""Results beyond this are not told."""
MOST_POWER: Final = 64
"""Exponents beyond this are refused."""
MOST_BITS: Final = 4096
"""Of a fraction's numerator or denominator, beyond which it is not raised to a power: that could take for ever."""
MOST_TOKENS: Final = 40

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d[\d,]*(?:\.\d+)?|\.\d+)|(?P<bracket>[()])|"
    + "|".join(rf"(?P<op{i}>{pattern})(?![a-z])" for i, (pattern, _) in enumerate(OPERATORS))
    + r"|(?P<word>[a-z]+(?:-[a-z]+)*))"
)


class NoSumError(Exception):
    """The text is no sum that can be worked out."""


@dataclass(slots=True)
class _Tokens:
    """A sum cut into numbers and signs, read from left to right."""

    items: list[Number | str]
    place: int = 0

    def peek(self) -> Number | str | None:
        return self.items[self.place] if self.place < len(self.items) else None

    def take(self) -> Number | str:
        item = self.peek()
        if item is None:
            raise NoSumError
        self.place += 1
        return item


def read_number(text: str) -> Fraction | None:
    """Read “12”, “1,250.5” or “two hundred and five”; ``None`` if it is no number."""
    text = text.strip().lower()
    if re.fullmatch(r"-?\d[\d,]*(\.\d+)?", text):
        return Fraction(text.replace(",", ""))
    total, group, seen, scale = 0, 0, False, 10**12
    for word in re.split(r"[\s-]+", text.replace(" and ", " ")):
        if word in UNITS or word in TENS:
            value = UNITS.get(word, 0) or TENS.get(word, 0)
            if not _may_follow(group % 100, value):
                return None
            group += value
        elif word == "hundred" and 0 < group < 100:
            group *= 100
        elif word in SCALES and group and SCALES[word] < scale:
            scale = SCALES[word]
            total += group * scale
            group = 0
        elif word in {"a", "an"} and not seen:
            group = 1
        else:
            return None
        seen = True
    return Fraction(total + group) if seen else None


def _may_follow(before: int, value: int) -> bool:
    """Whether a number goes on so: “ninety five” does, “nineteen ninety” is a year and “five six” are two numbers."""
    return before == 0 or (before >= 20 and before % 10 == 0 and 0 < value < 10)


def work_out(text: str) -> Number:
    """Return the value of a sum.

    Raises:
        NoSumError: it is none, has no value, or is too large.
    """
    tokens = _Tokens(_tokens(text.lower()))
    if not any(isinstance(item, str) and item not in "()" for item in tokens.items):
        raise NoSumError  # a number alone is no sum
    try:
        value = _sum(tokens)
        is_told = _size(value) <= LARGEST
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise NoSumError from error
    if tokens.peek() is not None or not is_told:
        raise NoSumError
    return value


def written(value: Number) -> str:
    """Write a value: whole where it is whole, else with at most six decimals, and “about” if that is not all of it."""
    if value == int(value):
        return f"{int(value):,}" if _size(value) >= 10_000 else str(int(value))
    rounded = f"{float(value):.6f}" if _size(value) >= 0.001 else f"{float(value):.9f}"
    rounded = rounded.rstrip("0").rstrip(".")
    is_exact = isinstance(value, Fraction) and Fraction(rounded) == value
    if is_exact:
        return rounded
    short = f"{float(value):.4g}" if _size(value) < 100 else f"{float(value):.2f}"
    return f"about {short.rstrip('0').rstrip('.') if '.' in short and 'e' not in short else short}"


def _size(value: Number) -> float:
    """Return how far from 0 it is; ``OverflowError`` if that is beyond all floats."""
    return abs(float(value))


def _tokens(text: str) -> list[Number | str]:
    items: list[Number | str] = []
    words: list[str] = []

    def end_words() -> None:
        if words:
            number = read_number(" ".join(words))
            if number is None:
                raise NoSumError
            items.append(number)
            words.clear()

    place = 0
    text = text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or len(items) > MOST_TOKENS:
            raise NoSumError
        place = match.end()
        if match["word"]:
            words.append(match["word"])
            continue
        sign = next((sign for i, (_, sign) in enumerate(OPERATORS) if match[f"op{i}"]), "")
        is_and = sign == "+" and match[0].strip() == "and"
        if is_and and words and words[-1] in {"hundred", *SCALES}:
            words.append("and")
            continue
        end_words()
        if match["number"]:
            items.append(Fraction(match["number"].replace(",", "")))
        else:
            items.append(match["bracket"] or sign)
    end_words()
    return items


def _sum(tokens: _Tokens) -> Number:
    value = _product(tokens)
    while tokens.peek() in {"+", "-"}:
        sign = tokens.take()
        other = _product(tokens)
        value = value + other if sign == "+" else value - other
    return value


def _product(tokens: _Tokens) -> Number:
    value = _power(tokens)
    how: dict[str, Callable[[Number, Number], Number]] = {
        "*": lambda a, b: a * b, "/": lambda a, b: a / b, "%": lambda a, b: a * b / 100,
    }  # fmt: skip
    while (sign := tokens.peek()) in how:
        tokens.take()
        value = how[str(sign)](value, _power(tokens))
    return value


def _power(tokens: _Tokens) -> Number:
    if tokens.peek() == "-":
        tokens.take()
        return -_power(tokens)
    value = _atom(tokens)
    while tokens.peek() in {"²", "³"}:
        value = _raised(value, 2 if tokens.take() == "²" else 3)
    if tokens.peek() == "^":
        tokens.take()
        return _raised(value, _power(tokens))
    return value


def _raised(value: Number, exponent: Number) -> Number:
    """Raise to a power; ``NoSumError`` if that has no value, or one that is too large to work out."""
    if not (_size(exponent) <= MOST_POWER and _size(value) <= LARGEST):
        raise NoSumError
    if isinstance(value, Fraction) and max(value.numerator, value.denominator).bit_length() > MOST_BITS:
        raise NoSumError
    result = value ** (int(exponent) if exponent == int(exponent) else float(exponent))
    if isinstance(result, complex):
        raise NoSumError
    return result


def _atom(tokens: _Tokens) -> Number:
    item = tokens.take()
    if item == "√":
        value = _atom(tokens)
        if float(value) < 0.0:
            raise NoSumError
        root = math.isqrt(int(value))
        return Fraction(root) if root * root == value else math.sqrt(value)
    if item == "(":
        value = _sum(tokens)
        if tokens.take() != ")":
            raise NoSumError
        return value
    if isinstance(item, str):
        raise NoSumError
    return item
