"""Dates as people write them, and the days they fall on."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)


def weekday_of(said: str, today: dt.date) -> str | None:
    """Answer “what day was july 4, 1776”, without a sign at its end; ``None`` if it is no such question.

    Args:
        said: the question, in small letters.
        today: decides the year where none is said, and whether it was or will be.
    """
    match = re.fullmatch(r"(?:what|which) (?:day|weekday|day of the week) (?:is|was|will be) (?:the )?(.+)", said)
    day = read_date(match[1], today.year) if match else None
    if day is None:
        return None
    verb = "was" if day < today else "is" if day == today else "will be"
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year} {verb} a {WEEKDAYS[day.weekday()]}."


def read_date(text: str, year: int) -> dt.date | None:
    """Read “July 4, 1776”, “the 24th of December” or “2026-12-24”; without a year the given one is meant."""
    months = "|".join(month.lower() for month in MONTHS)
    forms = (
        rf"(?P<month>{months}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>\d{{4}}))?",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{months})(?:,? (?P<year>\d{{4}}))?",
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    )
    match = next((found for form in forms if (found := re.fullmatch(form, text))), None)
    if match is None:
        return None
    month = int(match["month"]) if match["month"].isdigit() else months.split("|").index(match["month"]) + 1
    try:
        return dt.date(int(match["year"] or year), month, int(match["day"]))
    except ValueError:  # there is no 31st of June
        return None
