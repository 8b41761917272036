"""Units and what they are worth: “how many centimetres are 3 feet”, “20 degrees Celsius in Fahrenheit”."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ..text_generation.arithmetic import read_number, written


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a dimension: value in the dimension's base = ``factor`` · number + ``offset``."""

    name: str
    """In the plural, as it is spoken."""
    dimension: str
    factor: Fraction
    spellings: str
    """Pattern of its names and signs."""
    offset: Fraction = Fraction(0)
    singular: str = ""


def _unit(name: str, dimension: str, factor: str, spellings: str, offset: str = "0", singular: str = "") -> Unit:
    return Unit(name, dimension, Fraction(factor), spellings, Fraction(offset), singular or name.removesuffix("s"))


UNITS: Final[tuple[Unit, ...]] = (
    _unit("millimetres", "length", "0.001", r"mm|milli(?:meter|metre)s?"),
    _unit("centimetres", "length", "0.01", r"cm|centi(?:meter|metre)s?"),
    _unit("metres", "length", "1", r"m|(?:meter|metre)s?"),
    _unit("kilometres", "length", "1000", r"km|kilo(?:meter|metre)s?"),
    _unit("inches", "length", "0.0254", r"in|inch(?:es)?", singular="inch"),
    _unit("feet", "length", "0.3048", r"ft|foot|feet", singular="foot"),
    _unit("yards", "length", "0.9144", r"yd|yards?"),
    _unit("miles", "length", "1609.344", r"mi|miles?"),
    _unit("grams", "mass", "0.001", r"g|grams?|grammes?"),
    _unit("kilograms", "mass", "1", r"kg|kilos?|kilograms?|kilogrammes?"),
    _unit("tonnes", "mass", "1000", r"t|tonnes?|metric tons?"),
    _unit("ounces", "mass", "0.028349523125", r"oz|ounces?"),
    _unit("pounds", "mass", "0.45359237", r"lbs?|pounds?"),
    _unit("stone", "mass", "6.35029318", r"st|stones?", singular="stone"),
    _unit("seconds", "time", "1", r"s|secs?|seconds?"),
    _unit("minutes", "time", "60", r"mins?|minutes?"),
    _unit("hours", "time", "3600", r"h|hrs?|hours?"),
    _unit("days", "time", "86400", r"days?"),
    _unit("weeks", "time", "604800", r"weeks?"),
    _unit("millilitres", "volume", "0.001", r"ml|milli(?:liter|litre)s?"),
    _unit("litres", "volume", "1", r"l|(?:liter|litre)s?"),
    _unit("US gallons", "volume", "3.785411784", r"gal|(?:us )?gallons?", singular="US gallon"),
    _unit("US pints", "volume", "0.473176473", r"(?:us )?pints?", singular="US pint"),
    _unit("US cups", "volume", "0.2365882365", r"(?:us )?cups?", singular="US cup"),
    _unit("degrees Celsius", "temperature", "1", r"°? ?c|(?:degrees? )?(?:celsius|centigrade)",
          singular="degree Celsius"),
    _unit("degrees Fahrenheit", "temperature", "5/9", r"°? ?f|(?:degrees? )?fahrenheit", "-160/9",
          singular="degree Fahrenheit"),
    _unit("kelvins", "temperature", "1", r"k|kelvins?", "-273.15"),
    _unit("kilometres per hour", "speed", "5/18", r"km/h|kph|kilo(?:meter|metre)s per hour",
          singular="kilometre per hour"),
    _unit("miles per hour", "speed", "0.44704", r"mph|miles per hour", singular="mile per hour"),
    _unit("metres per second", "speed", "1", r"m/s|(?:meter|metre)s per second", singular="metre per second"),
    _unit("degrees", "angle", "1", r"degrees?|°"),
    _unit("radians", "angle", "57.29577951308232", r"rad|radians?"),
)  # fmt: skip
"""Exact by definition (BIPM, *The International System of Units*, 9th edition, 2019; NIST Handbook 44, appendix C)."""

_NUMBER: Final = r"(?P<number>-?\d[\d,]*(?:\.\d+)?|[a-z]+(?:[ -][a-z]+)*?)"
_ASKED: Final = r"(?:what is |what's |what are |convert |how much is |how much are )?"
_VERB: Final = r"(?:are there in|are in|make up|make|in|is|are|has)"
_FORMS: Final[tuple[re.Pattern[str], ...]] = (
    re.compile(rf"{_ASKED}{_NUMBER} ?(?P<of>[a-z°/]+(?: [a-z]+)*?) (?:in|to|into|as) (?P<to>[a-z°/]+(?: [a-z]+)*)"),
    re.compile(rf"how many (?P<to>[a-z°/]+(?: [a-z]+)*?) {_VERB} {_NUMBER} (?P<of>[a-z°/]+(?: [a-z]+)*)"),
)


def convert(text: str) -> str | None:
    """Answer a question about units, in small letters without a sign at its end; ``None`` if it is none."""
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is None:
            continue
        number, of, to = read_number(match["number"]), find_unit(match["of"]), find_unit(match["to"])
        if number is None or of is None or to is None or of.dimension != to.dimension:
            continue
        value = (number * of.factor + of.offset - to.offset) / to.factor
        return f"{amount(number, of)} {'is' if number == 1 else 'are'} {amount(value, to)}."
    return None


def find_unit(name: str) -> Unit | None:
    """Find a unit by one of its names or signs."""
    return next((unit for unit in UNITS if re.fullmatch(unit.spellings, name.strip())), None)


def amount(number: Fraction, unit: Unit) -> str:
    """Write a number with its unit."""
    return f"{written(number)} {unit.singular if number == 1 else unit.name}"
