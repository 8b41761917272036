"""Lists of mouth cues as text: a time and a mouth in each line, as Rhubarb's TSV and as people copy them out of others.

Between the two may stand tabs, commas, semicolons or blanks. A time is seconds (``1.25``), or ``HH:MM:SS.fff``,
``MM:SS.fff``, or ``HH:MM:SS:FF`` with frames (``HH:MM:SS;FF`` where it drops frames); a second time is the cue's end.
Lines that begin with ``#`` and a head without a time are passed over.
"""

from __future__ import annotations

import re
from typing import Final

from ..core.errors import AssetError
from .timed_cue import TimedCue, check_order, with_ends

_TIME: Final = r"\d+(?:[:;]\d+){0,3}(?:[.,]\d+)?"
_LINE: Final = re.compile(rf"\s*({_TIME})(?:[\t ,;]+({_TIME}))?[\t ,;]+\"?([A-Za-z][\w-]*)\"?[\s,;]*")

SLOWED: Final = 1.001
"""Film and video of NTSC are slower by this than the rate that their timecode counts: 30/1.001 is 29.97."""


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
    """Return the seconds of a time; with frames it is timecode (SMPTE ST 12-1), which counts frames from 0."""
    parts = [float(part) for part in re.split("[:;]", time.replace(",", "."))]
    frames = parts.pop() if len(parts) == 4 else None
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60.0 + part
    if frames is None:
        return seconds
    is_slowed = abs(frame_rate * SLOWED - round(frame_rate * SLOWED)) < 0.01
    counted = round(frame_rate) if is_slowed else frame_rate  # a second of timecode at 29.97 has 30 frames
    total = seconds * counted + frames
    if is_slowed and counted % 30 == 0 and ";" in time:
        minutes = int(seconds // 60)
        total -= (minutes - minutes // 10) * counted // 15  # two numbers a minute are passed over, at 60 four
    return total / frame_rate
