"""Rules for everything that holds figures: money, measures, times, dates, telephones, years."""

from __future__ import annotations

import re
from typing import Final

from ..sentence_ends import pause_after_dot
from .abbreviations import spell
from .numbers import SCALES, cardinal, decade, decimal, digits, fraction, ordinal, year
from .pieces import Piece, Rule, said, word_before
from .sign_names import CURRENCIES, UNITS
from .tables import listed

MONTHS: Final = listed(
    "January February March April May June July August September October November December",
)
_MONTH: Final = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|" + "|".join(MONTHS) + r")\b\.?"
_YEAR_WORDS: Final = frozenset(
    listed(
        "in since year by until till from to after before during circa around about late early mid spring summer",
        "autumn fall winter of and between through annual class anno ad copyright",
    )
) | {month.lower() for month in MONTHS}
_VULGAR: Final = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_VULGAR_PARTS: Final = dict(
    zip(
        _VULGAR,
        listed(
            "1/2 1/3 2/3 1/4 3/4 1/5 2/5 3/5 4/5 1/6 5/6 1/7 1/8 3/8 5/8 7/8 1/9 1/10",
        ),
        strict=True,
    )
)
_NUMBER: Final = (
    r"(?:\d{1,3}(?:,\d{3}){1,6}(?!\d)|\d{1,3}(?: \d{3}){0,3} 000(?!\d)|\d{1,20})"
    rf"(?:\.\d{{1,20}})?[{_VULGAR}]?"
    rf"|(?<![\w.])\.\d{{1,20}}|[{_VULGAR}]"
)
_SYMBOLS: Final = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True) if not sign.isalpha())
_CODES: Final = "|".join(code for code in CURRENCIES if code.isalpha())
_UNIT: Final = (
    r"(?:(?P<dotted>in|ft|yd|mi|lbs?|oz|mins?|secs?|hrs?|yrs?)\.(?=\s+[a-z\d]|[,;])"
    rf"|(?P<unit>{'|'.join(re.escape(unit) for unit in sorted(UNITS.keys() - {'in', 'x'}, key=len, reverse=True))}"
    r"|in(?=\.(?:\s|$))|x(?=\s[a-z]{2}|[.,!?)]|$))(?![A-Za-z\d²³]))"
)
_AMOUNT: Final = re.compile(
    rf"(?:(?<![\w)\]%°])(?P<sign>[-+±~]))?(?:(?P<money>{_SYMBOLS}|(?:{_CODES})(?=\s?\d))\s?)?(?P<first>{_NUMBER})"
    rf"(?:(?:-|\s?–\s?)(?:{_SYMBOLS})?(?P<last>{_NUMBER})(?![-–.,]?\d))?"
    r"(?:\s(?P<scale>thousand|million|billion|trillion)\b"
    r"|(?P<letter>k|M|mn|bn|B|(?(money)(?:K|m|b|T|tn)|(?!)))(?![A-Za-z\d]))?"
    rf"(?:(?P<hyphen>-)?\s?{_UNIT}|\s?(?P<money_after>{_SYMBOLS}|{_CODES})(?![A-Za-z\d]))?"
)


def _quantity(number: str) -> str:
    if number[-1] not in _VULGAR_PARTS:
        return decimal(number)
    top, bottom = _VULGAR_PARTS[number[-1]].split("/")
    part = fraction(top, bottom)
    if len(number) == 1:
        return part
    return f"{decimal(number[:-1])} and {part.replace('one ', 'a ', 1) if top == '1' else part}"


def _is_year(number: str, match: re.Match[str]) -> bool:
    if len(number) != 4 or not number.isdigit() or not "1010" <= number <= "2099":
        return False
    return number >= "1600" or word_before(match).lower() in _YEAR_WORDS


def _is_attribute(match: re.Match[str]) -> bool:
    after = match.string[match.end() : match.end() + 2]
    return word_before(match).lower() in {"a", "an"} and after[:1] in {" ", "-"} and after[1:].isalpha()


def _money(number: str, currency: tuple[str, str, str, str]) -> str:
    one, many, cent, cents = currency
    whole, _, rest = number.replace(",", "").replace(" ", "").partition(".")
    if len(rest) != 2 or not rest.isdigit() or not cent:
        return f"{_quantity(number)} {one if number == '1' else many}"
    parts = []
    if whole.strip("0"):
        parts.append(f"{cardinal(whole)} {one if whole == '1' else many}")
    if rest != "00" or not parts:
        parts.append(f"{cardinal(str(int(rest)))} {cent if rest == '01' else cents}")
    return " and ".join(parts)


_PLACES: Final = frozenset(
    listed("apartment apartments apt flat room rooms gate seat suite unit door building block platform exhibit bus"),
)
"""After these, “4B” is a number and a letter, not four billion."""
_SIGN_WORDS: Final = {"-": "minus ", "+": "plus ", "±": "plus or minus ", "~": "about "}


def _read_amount(match: re.Match[str]) -> Piece | None:
    if match.string[match.start() - 1 : match.start()].isalnum():
        return None  # B2B, H2O: no unit or scale follows the figure of a name
    first, last = match["first"], match["last"]
    if match["letter"] and word_before(match).lower() in _PLACES:
        return Piece(match.start(), match.end("first"), _quantity(first))
    scale = SCALES.get(match["scale"] or match["letter"] or "", "")
    sign = _SIGN_WORDS.get(match["sign"] or "", "")
    currency = CURRENCIES.get(match["money"] or match["money_after"] or "")
    unit = UNITS.get(match["unit"] or match["dotted"] or "")
    one = bool(match["hyphen"]) or _is_attribute(match)  # a five-dollar bill, a 5 km run
    if currency and not last and not scale:
        return said(match, sign + _money(first, (currency[0], currency[0 if one else 1], *currency[2:])))
    as_year = not (currency or unit or scale or sign) and _is_year(first, match)
    words = [year(first) if as_year else _quantity(first)]
    if last:
        words += ["to", year(last) if as_year and len(last) == 4 and last.isdigit() else _quantity(last)]
    words.append(scale)
    if currency:
        words.append(currency[0 if one else 1])
    elif unit:
        words.append(unit[0] if one or (first in {"1", *_VULGAR} and not last and not scale) else unit[1])
    return said(match, sign + " ".join(filter(None, words)))


def _read_ordinal(match: re.Match[str]) -> Piece:
    return said(match, ordinal(match[1].replace(",", "")))


def _read_fraction(match: re.Match[str]) -> Piece:
    whole, top, bottom = match[1], match[2], match[3]
    if (top, bottom) in {("24", "7"), ("9", "11"), ("50", "50"), ("20", "20")}:
        return said(match, f"{cardinal(top)} {cardinal(bottom)}")
    if top == bottom:
        words = f"{cardinal(top)} out of {cardinal(bottom)}"
    elif 1 < int(bottom) <= 100 and 0 < int(top) < 2 * int(bottom) and not bottom.startswith("0"):
        words = fraction(top, bottom)
        if whole:
            words = words.replace("one ", "a ", 1) if top == "1" else words
    else:
        words = f"{cardinal(top)} over {cardinal(bottom)}"
    return said(match, f"{cardinal(whole)} and {words}" if whole else words)


_UNTIL: Final = re.compile(r"\s?[-–]\s?(?=\d{1,2}(?::[0-5]\d|\s?[AaPp]\.?[Mm]\b))")
"""Between two times: 10:30–11:45, 9 am - 5 pm."""


def _read_time(match: re.Match[str]) -> Piece | None:
    piece = _read_one_time(match)
    until = _UNTIL.match(match.string, match.end())
    return Piece(match.start(), until.end(), f"{piece.spoken} to") if piece and until else piece


def _read_one_time(match: re.Match[str]) -> Piece | None:
    hour, minute, second = match["hour"], match["minute"], match["second"]
    if int(hour) > 24:
        return None
    words = [cardinal(str(int(hour))) if int(hour) or not minute else "zero"]
    if minute == "00":
        if not match["half"]:
            words.append("o'clock" if 0 < int(hour) <= 12 else "hundred")
    elif minute:
        words.append(f"oh {cardinal(minute[1])}" if minute.startswith("0") else cardinal(minute))
    if second:
        words.append(f"and {cardinal(str(int(second)))} seconds")
    if not match["half"]:
        return said(match, " ".join(words))
    words.append(spell(match["half"][0] + "m"))
    return said(match, " ".join(words), pause_after_dot(match) if match[0].endswith(".") else "")


def _date(month: int, day: int, written_year: str) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    full = written_year if len(written_year) == 4 else ("20" if int(written_year) < 50 else "19") + written_year
    return f"{MONTHS[month - 1]} {ordinal(str(day))}, {year(full) if full >= '1000' else cardinal(str(int(full)))}"


def _read_iso_date(match: re.Match[str]) -> Piece | None:
    date = _date(int(match["month"]), int(match["day"]), match["year"])
    return said(match, date) if date else None


def _read_slash_date(match: re.Match[str]) -> Piece | None:
    first, second = int(match[1]), int(match[3])
    day_first = first > 12 or match[2] == "."
    date = _date(second, first, match[4]) if day_first else _date(first, second, match[4])
    return said(match, date) if date else None


def _month_name(written: str) -> str:
    return next(month for month in MONTHS if month.startswith(written[:3]))


def _read_month_day(match: re.Match[str]) -> Piece | None:
    if not 1 <= int(match["day"]) <= 31:
        return None
    words = f"{_month_name(match['month'])} {ordinal(match['day'])}"
    return said(match, f"{words}, {year(match['year'])}" if match["year"] else words)


def _read_day_month(match: re.Match[str]) -> Piece | None:
    if not 1 <= int(match["day"]) <= 31:
        return None
    of = "" if match["of"] else " of"
    article = "" if word_before(match).lower() == "the" else "the "
    words = f"{article}{ordinal(match['day'])}{of}{match['of'] or ''} {_month_name(match['month'])}"
    return said(match, f"{words}, {year(match['year'])}" if match["year"] else words)


def _read_telephone(match: re.Match[str]) -> Piece | None:
    if re.fullmatch(r"\d\d0-\d{4}", match[0]):
        return None  # rather a range: 100-1000
    groups = ", ".join(map(digits, re.findall(r"\d+", match[0])))
    return said(match, f"plus {groups}" if match[0].startswith("+") else groups)


def _read_version(match: re.Match[str]) -> Piece:
    groups = match[0].split(".")
    return said(match, (" dot " if len(groups) > 3 else " point ").join(cardinal(group) for group in groups))


def _read_feet(match: re.Match[str]) -> Piece:
    feet, inches = match[1], match[2]
    words = f"{cardinal(feet)} {'foot' if feet == '1' else 'feet'}"
    return said(match, f"{words} {cardinal(inches)} {'inch' if inches == '1' else 'inches'}")


def _read_decade(match: re.Match[str]) -> Piece:
    return said(match, decade(match[1]))


def _read_ratio(match: re.Match[str]) -> Piece:
    return said(match, f"{cardinal(match[1])} to {cardinal(match[2])}")


def _read_serial(match: re.Match[str]) -> Piece:
    return said(match, ", ".join(map(digits, match[0].split("-"))))


def _read_slashed(match: re.Match[str]) -> Piece:
    return said(match, " slash ".join(map(cardinal, match[0].split("/"))))


def _read_scientific(match: re.Match[str]) -> Piece:
    sign = "minus " if match[2] == "-" else ""
    return said(match, f"{decimal(match[1])} times ten to the power of {sign}{cardinal(match[3])}")


def _read_figures(match: re.Match[str]) -> Piece:
    goes_on = match.string[match.start() - 1 : match.start()].isdigit()  # the rest of a very long run
    return said(match, digits(match[0].replace(".", "")) if goes_on else decimal(match[0]))


_YEAR_AFTER: Final = r"(?:,?\s(?P<year>[12]\d{3})(?![\d,.:]\d|\d))?"
NUMBER_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d\d)\2(?P<day>\d\d)(?!\d)(?:T(?=\d))?"), _read_iso_date),
    (re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|(?<=/)\d{2})(?![\d/]|[.-]\d)"), _read_slash_date),
    (
        re.compile(
            r"(?:\+\d{1,3}[ .-]?|1[ .-])?(?:\(\d{2,4}\)[ .-]?|\d{3}[ .-])\d{3}[.-]\d{4}(?![\d-])"
            r"|0\d{1,4}(?:[ -]\d{2,8}){1,4}(?![\d-])|\d{3}-\d{4}(?![\d-])"
            r"|\+\d{1,3}(?:[ .-]\d{2,5}){2,5}(?!\d)|\+\d{7,15}(?!\d)"
        ),
        _read_telephone,
    ),
    (re.compile(r"\d{1,4}(?:\.\d{1,4}){2,7}(?!\.?\d)"), _read_version),
    (re.compile(r"\d{1,6}(?:-\d{1,7}){2,6}(?![-\d])"), _read_serial),
    (re.compile(r"\d{1,4}(?:/\d{1,4}){2,6}(?![/\d])"), _read_slashed),
    (re.compile(r"(?<![A-Za-z])(\d{1,15}(?:\.\d{1,15})?)[eE]([-+]?)(\d{1,3})(?!\w)"), _read_scientific),
    (
        re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?P<of>\sof)?\s{_MONTH}{_YEAR_AFTER}"),
        _read_day_month,
    ),
    (
        re.compile(
            r"(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?!\d)(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?)"
        ),
        _read_time,
    ),
    (
        re.compile(
            r"(?P<hour>\d{1,2})(?:\.(?P<minute>[0-5]\d))?(?P<second>(?!))?\s?(?P<half>[AaPp])(?:\.[Mm]\.|[Mm]\b)"
        ),
        _read_time,
    ),
    (re.compile(r"(\d{1,4}):(\d{1,4})(?![\d:])"), _read_ratio),
    (re.compile(r"(\d{1,2})(?:'\s?|\s?ft\.?\s)(\d{1,2})(?:\"|''|\s?in\b(?:\.(?=\s[a-z]))?)"), _read_feet),
    (re.compile(r"'?((?:1[1-9]|20)\d0|[2-9]0)'?s\b"), _read_decade),
    (re.compile(r"(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:st|nd|rd|th)\b"), _read_ordinal),
    (re.compile(r"(?:(\d{1,4})\s)?(\d{1,4})/(\d{1,4})(?![\d/]|\.\d)"), _read_fraction),
    (_AMOUNT, _read_amount),
    (re.compile(r"\d{1,20}(?:(?<!\d{20})\.\d{1,20})?"), _read_figures),
)
"""In order of trial; the last one takes any figures."""

MONTH_RULE: Final[Rule] = (
    re.compile(
        rf"{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d/:%]|[.,]\d|\s?(?:[ap]\.?m|percent)\b){_YEAR_AFTER}"
    ),
    _read_month_day,
)
MONEY_RULE: Final[Rule] = (re.compile(rf"(?=(?:US|A|C)\$\d|(?:{_CODES})\s?\d)" + _AMOUNT.pattern), _read_amount)
"""Money that starts with letters: “US$5”, “EUR 20”."""
