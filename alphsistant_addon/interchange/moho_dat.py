"""Switch data of Moho, as Papagayo writes it too: frames from 1 on, and the drawing from there on."""

from __future__ import annotations

import re
from typing import Final

from ..core.errors import AssetError
from ..lip_sync.mouth_cues import mouth_cues
from .mouth_sets import SETS
from .spoken import Spoken
from .timed_cue import TimedCue, check_order, with_ends

HEAD: Final = "MohoSwitch1"


def write(spoken: Spoken) -> str:
    """Return Preston Blair's mouths by frame at the film's frame rate, which Moho has to be set to."""
    cues = mouth_cues(spoken.phones, spoken.duration, spoken.frame_rate, SETS["blair"].shapes)
    lines = [f"{cue.frame + 1} {cue.shape}" for cue in cues]
    end = round(spoken.duration * spoken.frame_rate) + 1
    if cues[-1].shape != "rest" and end > cues[-1].frame + 1:
        lines.append(f"{end} rest")
    return "\n".join([HEAD, *lines, ""])


def read(text: str, frame_rate: float) -> list[TimedCue]:
    """Read switch data; the frame rate is not in the file. ``AssetError`` if it is damaged."""
    head, *lines = text.splitlines() or [""]
    if head.strip() != HEAD:
        raise AssetError(f"This is no switch data of Moho: it does not begin with “{HEAD}”.")
    starts = []
    for line in filter(str.strip, lines):
        found = re.fullmatch(r"\s*(-?\d{1,7})\s+(\S+)\s*", line)
        if found is None:
            raise AssetError(f"The switch data is damaged: “{line.strip()[:40]}” is no frame with a mouth.")
        starts.append((max(int(found[1]) - 1, 0) / frame_rate, found[2]))
    return check_order(with_ends(starts, 1.0 / frame_rate))
