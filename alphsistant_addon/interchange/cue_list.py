"""Lists of mouth cues as text: a time and a mouth in each line, as Rhubarb's TSV and as people copy them out of others.

Between the two may stand tabs, commas, semicolons or blanks. A time is seconds (``1.25``), or ``HH:MM:SS.fff``,
``MM:SS.fff``, or ``HH:MM:SS:FF`` with frames; a second time is the cue's end. Lines that begin with ``#`` and a head
without a time are passed over.
"""

from __future__ import annotations

import re
from typing import Final

from ..core.errors import AssetError
from .timed_cue import TimedCue, check_order, with_ends

_TIME: Final = r"\d+(?:[:;]\d+){0,3}(?:[.,]\d+)?"
_LINE: Final = re.compile(rf"\s*({_TIME})(?:[\t ,;]+({_TIME}))?[\t ,;]+\"?([A-Za-z][\w-]*)\"?[\s,;]*")


def read(text: str, frame_rate: float) -> list[TimedCue]:
    """Read a list. ``AssetError`` if a line after the first is no cue."""
    starts: list[tuple[float, str]] = []
    ends: list[float | None] = []
    for number, line in enumerate(text.splitlines()):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            if number == 0:
                continue
            raise AssetError(f"Line {number + 1} is no mouth cue: “{line.strip()[:40]}”. Write a time and a mouth.")
        starts.append((_seconds(found[1], frame_rate), found[3]))
        ends.append(_seconds(found[2], frame_rate) if found[2] else None)
    cues = [
        TimedCue(cue.name, cue.start, cue.end if end is None else end)
        for cue, end in zip(with_ends(starts), ends, strict=True)
    ]
    return check_order(cues)


def _seconds(time: str, frame_rate: float) -> float:
    parts = re.split("[:;]", time.replace(",", "."))
    frames = float(parts.pop()) if len(parts) == 4 else 0.0
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60.0 + float(part)
    return seconds + frames / frame_rate
