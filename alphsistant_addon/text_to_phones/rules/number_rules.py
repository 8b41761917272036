"""Rules for everything that holds figures: money, measures, times, dates, telephones, years."""

from __future__ import annotations

import re
from typing import Final

from ..sentence_ends import pause_after_dot
from .abbreviations import STATES, spell
from .numbers import SCALES, cardinal, decade, decimal, digits, fraction, label, ordinal, plural, year
from .pieces import Piece, Rule, said, word_after, word_before
from .sign_names import CURRENCIES, UNITS
from .tables import listed

MONTHS: Final = listed(
    "January February March April May June July August September October November December",
)
_MONTH: Final = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|" + "|".join(MONTHS) + r")\b\.?"
_UNTIL_DATE: Final = re.compile(
    rf"\s?[-–]\s?(?={_MONTH}\s\d|\d{{1,2}}(?:st|nd|rd|th)?\s{_MONTH.replace('<month>', '<other_month>')})"
)
"""Between two dates: Dec. 28 – Jan. 3, 28 May – 3 June."""
_LAST_DAY: Final = 31
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
_PLAIN_UNITS: Final = "|".join(re.escape(unit) for unit in sorted(UNITS.keys() - {"in", "x"}, key=len, reverse=True))
_SIGN: Final = r"(?:(?<![\w)\]%°])(?P<sign>[-+±~]))?"
"""The sign of a number, not a dash after a word."""
_MONEY_BEFORE: Final = rf"(?:(?P<money>{_SYMBOLS}|(?:{_CODES})(?=\s?\d))\s?)?"
_UP_TO: Final = rf"(?:(?:-|\s?–\s?)(?:{_SYMBOLS})?(?P<last>{_NUMBER})(?![-–.,]?\d))?"
"""The end of a range, unless it goes on as a telephone number does."""
_LETTER_OF_SCALE: Final = r"(?:k|M|mn|bn|B|(?(money)(?:K|m|b|T|tn)|(?!)))"
"""Letters for thousand and more; some only after a sign of money."""
_SCALE: Final = (
    r"(?:\s(?P<scale>thousand|million|billion|trillion)\b" rf"|(?P<letter>{_LETTER_OF_SCALE})(?![A-Za-z\d]))?"
)
_DOTTED_UNIT: Final = (
    r"(?P<dotted>in|ft|yd|mi|lbs?|oz|tbsps?|tsps?|qts?|gals?|mins?|secs?|hrs?|wks?|yrs?)\.(?=\s+[a-z\d=]|[,;)])"
)
"""A unit with a dot, where the sentence goes on."""
_UNIT: Final = rf"(?P<unit>{_PLAIN_UNITS}|in(?=\.(?:\s|$))|x(?=\s[a-z]{{2}}|[.,!?)/]|$))(?![A-Za-z\d²³]|\.[A-Z]\.)"
"""“in” needs its dot and “x” a word or the end after it; “53 B.C.” holds no unit."""
_UNIT_OR_MONEY_AFTER: Final = (
    rf"(?:(?P<hyphen>-)?\s?(?:{_DOTTED_UNIT}|{_UNIT})" rf"|\s?(?P<money_after>{_SYMBOLS}|{_CODES})(?![A-Za-z\d]))?"
)
_AMOUNT: Final = re.compile(f"{_SIGN}{_MONEY_BEFORE}(?P<first>{_NUMBER}){_UP_TO}{_SCALE}{_UNIT_OR_MONEY_AFTER}")
"""A number, or a range of numbers, with what it counts: “-$5–10 million”, “5-km”."""


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
_HIGHWAYS: Final = frozenset(listed("highway hwy i interstate route rte road"))
"""After these, “101 N” is a road to the north, not newtons."""
_COUNTED_IN_BILLIONS: Final = frozenset(
    listed(
        "people users humans views downloads streams dollars euros pounds yen years parameters tokens records stars",
        "cells neurons transactions messages devices customers visits",
    )
)
"""Before these, “4B” is four billion; else, without money or decimals, it is a number and a letter."""
_SIGN_WORDS: Final = {"-": "minus ", "+": "plus ", "±": "plus or minus ", "~": "about "}


def _read_amount(match: re.Match[str]) -> Piece | None:
    if match.string[match.start() - 1 : match.start()].isalnum():
        return None  # B2B, H2O: no unit or scale follows the figure of a name
    first, last = match["first"], match["last"]
    if _is_label(match):
        return Piece(match.start(), match.end("first"), label(first))
    scale = SCALES.get(match["scale"] or match["letter"] or "", "")
    sign = _SIGN_WORDS.get(match["sign"] or "", "")
    currency = CURRENCIES.get(match["money"] or match["money_after"] or "")
    written_unit = match["unit"] or match["dotted"] or ""
    if written_unit in {"N", "W"} and word_before(match).lower() in _HIGHWAYS:
        return Piece(match.start(), match.end("first"), _quantity(first))
    unit = UNITS.get(written_unit)
    one = bool(match["hyphen"]) or _is_attribute(match)  # a five-dollar bill, a 5 km run
    if currency and not last and not scale:
        return said(match, sign + _money(first, (currency[0], currency[0 if one else 1], *currency[2:])))
    as_year = not (currency or unit or scale or sign) and _is_year(first, match)
    words = [year(first) if as_year else _quantity(first)]
    if last:
        words += ["to", _last_of_range(last, as_year=as_year)]
    words.append(scale)
    if currency:
        words.append(currency[0 if one else 1])
    elif unit:
        words.append(unit[0] if one or (first in {"1", *_VULGAR} and not last and not scale) else unit[1])
    return said(match, sign + " ".join(filter(None, words)))


def _is_label(match: re.Match[str]) -> bool:
    """Tell whether a figure and a letter are a name: “221B”, “gate 4M”, but not “$5B”, “1.5B”, “8B people”."""
    if not match["letter"] or match["money"] or match["last"] or not match["first"].isdigit():
        return False
    if word_before(match).lower() in _PLACES:
        return True
    return match["letter"] == "B" and word_after(match).lower() not in _COUNTED_IN_BILLIONS


def _last_of_range(figures: str, *, as_year: bool) -> str:
    if as_year and figures.isdigit() and len(figures) == 4:
        return year(figures)
    if as_year and figures.isdigit() and len(figures) == 2 and figures.startswith("0"):
        return f"oh {cardinal(figures[1])}"  # 2005–06
    return _quantity(figures)


def _read_label(match: re.Match[str]) -> Piece:
    return said(match, label(match[0]))


_CALLING: Final = frozenset(listed("call calls called calling dial dials dialed dialing phone phoned text ring"))


def _read_short_telephone(match: re.Match[str]) -> Piece | None:
    return said(match, digits(match[0])) if word_before(match).lower() in _CALLING else None


def _read_postal_code(match: re.Match[str]) -> Piece | None:
    return said(match, ", ".join(map(digits, match[0].split("-")))) if word_before(match) in STATES else None


def _read_inches(match: re.Match[str]) -> Piece | None:
    """“a 10" pipe”; not where the sign closes a quotation."""
    before = match.string[max(0, match.start() - _LONGEST_QUOTATION) : match.start()]
    if len(_QUOTE.findall(before)) % 2:
        return None
    one = match[1] == "1" or _is_attribute(match)
    return said(match, f"{_quantity(match[1])} {'inch' if one else 'inches'}")


_QUOTE: Final = re.compile(r"(?<!\d)\"")
_LONGEST_QUOTATION: Final = 200
_TENS: Final = {
    "10": "tens",
    "100": "hundreds",
    "1000": "thousands",
    "10000": "tens of thousands",
    "100000": "hundreds of thousands",
    "1000000": "millions",
}


def _read_tens(match: re.Match[str]) -> Piece | None:
    """“1000s of people”; “100s” of nothing are seconds."""
    spoken = _TENS.get(match[1].replace(",", ""))
    of_something = word_after(match).lower() == "of"
    return said(match, spoken) if spoken and (of_something or len(match[1]) > 3) else None


def _read_plural(match: re.Match[str]) -> Piece:
    return said(match, plural(cardinal(match[1])))


def _read_out_of(match: re.Match[str]) -> Piece:
    return said(match, f"{decimal(match[1])} out of {cardinal(match[2])}")


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
    said_number = f"{cardinal(whole)} and {words}" if whole else words
    if not match["dotted"]:
        return said(match, said_number)
    one, many = UNITS[match["dotted"]]
    return said(match, f"{said_number} {many if whole else one}")


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
    return said(match, " ".join(words), pause_after_dot(match, any_capital=True) if match[0].endswith(".") else "")


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


def _days(first: str, last: str | None) -> str | None:
    """Read a day of a month, or days from the first to the last; nothing where no month has such days."""
    if last is None:
        return ordinal(first) if 1 <= int(first) <= _LAST_DAY else None
    return f"{ordinal(first)} to {ordinal(last)}" if 1 <= int(first) < int(last) <= _LAST_DAY else None


def _said_date(match: re.Match[str], day_and_month: str) -> Piece:
    """Piece for a date with its year, and “to” where another date follows as the end of a range."""
    words = f"{day_and_month}, {year(match['year'])}" if match["year"] else day_and_month
    until = _UNTIL_DATE.match(match.string, match.end())
    return Piece(match.start(), until.end(), f"{words} to") if until else said(match, words)


def _read_month_day(match: re.Match[str]) -> Piece | None:
    days = _days(match["day"], match["last"])
    return _said_date(match, f"{_month_name(match['month'])} {days}") if days else None


def _read_day_month(match: re.Match[str]) -> Piece | None:
    days = _days(match["first"] or match["day"], match["day"] if match["first"] else None)
    if not days:
        return None
    article = "" if word_before(match).lower() == "the" else "the "
    return _said_date(match, f"{article}{days} of {_month_name(match['month'])}")


def _read_telephone(match: re.Match[str]) -> Piece | None:
    if re.fullmatch(r"\d\d0-\d{4}", match[0]):
        return None  # rather a range: 100-1000
    groups = ", ".join(map(digits, re.findall(r"\d+", match[0])))
    return said(match, f"plus {groups}" if match[0].startswith("+") else groups)


def _read_version(match: re.Match[str]) -> Piece:
    groups = match[0].split(".")
    return said(match, (" dot " if len(groups) > 3 else " point ").join(cardinal(group) for group in groups))


def _read_feet(match: re.Match[str]) -> Piece:
    """“6'2"”, “a 6' ladder”."""
    feet, inches = match[1], match[2]
    one = word_before(match).lower() in {"a", "an"}
    words = f"{cardinal(feet)} {'foot' if one or feet == '1' else 'feet'}"
    if not inches:
        return said(match, words)
    return said(match, f"{words} {cardinal(inches)} {'inch' if one or inches == '1' else 'inches'}")


def _read_decade(match: re.Match[str]) -> Piece:
    return said(match, decade(match[1]))


def _read_young_decade(match: re.Match[str]) -> Piece:
    """“the '00s” and “the '10s” are of this century."""
    return said(match, decade(f"20{match[1]}"))


_SCRIPTURES: Final = frozenset(
    listed(
        "Genesis Exodus Leviticus Numbers Deuteronomy Joshua Judges Ruth Samuel Kings Chronicles Ezra Nehemiah Esther",
        "Job Psalm Psalms Proverbs Ecclesiastes Isaiah Jeremiah Lamentations Ezekiel Daniel Hosea Joel Amos Obadiah",
        "Jonah Micah Nahum Habakkuk Zephaniah Haggai Zechariah Malachi Matthew Mark Luke John Acts Romans Corinthians",
        "Galatians Ephesians Philippians Colossians Thessalonians Timothy Titus Philemon Hebrews James Peter Jude",
        "Revelation Quran Surah Sura",
    )
)
"""Before chapter and verse: “Romans 13:8”."""


def _read_ratio(match: re.Match[str]) -> Piece:
    to = " " if word_before(match) in _SCRIPTURES else " to "
    return said(match, f"{cardinal(match[1])}{to}{cardinal(match[2])}")


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


_STREET: Final = (
    r"[A-H]?\s(?:[NSEW]\.?\s)?(?:[A-Z][a-z]{1,15}\s){1,2}"
    r"(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Dr|Drive|Ln|Lane|Ct|Court|Way|Place|Pl|Hwy|Highway|Pkwy)\b"
)
"""What follows a house number: a letter, a point of the compass, a name, a kind of road."""
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
        re.compile(
            r"(?:(?P<first>\d{1,2})(?:st|nd|rd|th)?\s?[-–]\s?)?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
            rf"(?:\sof)?\s{_MONTH}{_YEAR_AFTER}"
        ),
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
    (re.compile(r"(?<=\ba )(\d{1,3})'(?=\s[a-z]{2})()"), _read_feet),
    (re.compile(r"(\d{1,3})'(?=\s(?:tall|long|high|wide|deep)\b)()"), _read_feet),
    (re.compile(rf"(\d{{1,3}}(?:\.\d{{1,3}})?[{_VULGAR}]?)\""), _read_inches),
    (re.compile(r"(?<=\dx)(\d{1,2})s\b"), _read_plural),
    (re.compile(r"(1(?:0{1,6}|0{0,2},000|,000,000))s\b"), _read_tens),
    (re.compile(rf"\d{{3,4}}(?={_STREET})|\d{{3}}(?=-[A-Z]\b)|(?<=[A-Z]{{2}})\d{{3,4}}(?![\w.,]\d|\w)"), _read_label),
    (re.compile(r"(?:911|999|988|411|112|110)(?![\d.,:%-]|\s\d)"), _read_short_telephone),
    (re.compile(r"(?:911|999|988|411|112|110)(?=[.,](?:\s|$))"), _read_short_telephone),
    (re.compile(r"\d{5}(?:-\d{4})?(?![\d-])"), _read_postal_code),
    (re.compile(r"(\d{1,3}\.\d{1,2})/(\d{1,3})(?![\d/]|\.\d)"), _read_out_of),
    (re.compile(r"'([01]0)s\b"), _read_young_decade),
    (re.compile(r"'?((?:1[1-9]|20)\d0|[2-9]0)'?s\b"), _read_decade),
    (re.compile(r"(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:st|nd|rd|th)\b"), _read_ordinal),
    (re.compile(r"(?:(\d{1,4})\s)?(\d{1,4})/(\d{1,4})(?![\d/]|\.\d)" rf"(?:[\s-]{_DOTTED_UNIT})?"), _read_fraction),
    (_AMOUNT, _read_amount),
    (re.compile(r"\d{1,20}(?:(?<!\d{20})\.\d{1,20})?"), _read_figures),
)
"""In order of trial; the last one takes any figures."""

MONTH_RULE: Final[Rule] = (
    re.compile(
        rf"{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[-–]\s?(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?(?![\d/:%]|[.,]\d|\s?(?:[ap]\.?m|percent)\b){_YEAR_AFTER}"
    ),
    _read_month_day,
)
MONEY_RULE: Final[Rule] = (re.compile(rf"(?=(?:US|A|C)\$\d|(?:{_CODES})\s?\d)" + _AMOUNT.pattern), _read_amount)
"""Money that starts with letters: “US$5”, “EUR 20”."""
