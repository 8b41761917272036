"""Phones → one drawn mouth for each frame: held, quick ones dropped, closures kept.

A drawn mouth changes at once and stays for at least two frames of film ("on twos"), or it flickers. Where two shapes
are quicker than that, the weaker one is dropped; a closed mouth and teeth on the lip are what a viewer misses first
(Preston Blair, "Animation", 1948: the accents are the vowels, and the closed mouths must be seen).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.speech import Phone
from .channels import VISEMES
from .coarticulation import SHORTEST_PAUSE
from .visemes import ARTICULATIONS, DIPHTHONG_SPLIT, Manner

FloatArray = npt.NDArray[np.float64]

HOLDS_PER_SECOND: Final = 12.0
"""A drawing stays at least for so long: two frames of film at 24 per second, five at 60."""

LEAST_HOLD: Final = 2
"""Frames that it stays at least, however few there are in a second."""

CLOSED: Final = 100.0
"""Worth of the frame in which p, b or m must be closed: above all that a second of other sounds is worth."""

WORTH: Final[dict[Manner, float]] = {
    Manner.SEAL: 3.0,
    Manner.LABIODENTAL: 3.0,
    Manner.VOWEL: 1.0,
    Manner.GLIDE: 1.2,
    Manner.SIBILANT: 0.8,
    Manner.TONGUE: 0.5,
    Manner.REST: 1.0,
    Manner.PARTED: 1.0,
    Manner.TRANSPARENT: 0.0,
}
"""How much is lost, for each frame, where another mouth is drawn than that of the sound."""

STRESSED: Final = 1.5
"""Factor for a vowel with primary stress."""

GLIDES_OFF: Final = 0.7
"""Factor for the second shape of a diphthong."""

CHANGE: Final = 0.15
"""Worth of not changing the drawing, so that it does not change for a quarter of a frame."""


@dataclass(frozen=True, slots=True)
class MouthCue:
    """A drawing that is shown from a frame on; frame 0 begins with the sound."""

    frame: int
    shape: str


def mouth_cues(
    phones: Sequence[Phone],
    duration: float,
    frame_rate: float,
    shapes: Mapping[str, str],
    *,
    hold: int | None = None,
) -> list[MouthCue]:
    """Choose the drawing of each frame.

    Args:
        phones: in order, seconds.
        duration: seconds; the last frame is the one in which it ends.
        frame_rate: frames per second, above 0.
        shapes: short viseme name → drawing, all 15; a phone's symbol as a key goes before its viseme.
        hold: frames that each drawing stays at least, 1 or more, :func:`hold_at` the rate by default; the last one may
            be cut by the end.

    Returns:
        Changes of the drawing, the first at frame 0. Of all ways to draw it, the one that loses least: frames of other
        sounds than drawn, weighed by :data:`WORTH`. Each p, b and m closes the mouth in the frame of its middle.
    """
    frames = max(1, int(np.ceil(duration * frame_rate - 1e-6)))
    names = list(dict.fromkeys(shapes[viseme] for viseme in VISEMES))
    names += [name for key, name in shapes.items() if key not in VISEMES and name not in names]
    gains = _gains(phones, frames, frame_rate, shapes, names)
    path = _best_path(gains, hold if hold is not None else hold_at(frame_rate))
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    return [MouthCue(int(frame), names[path[frame]]) for frame in starts]


def hold_at(frame_rate: float) -> int:
    """Return the frames that a drawing stays at least."""
    return max(LEAST_HOLD, round(frame_rate / HOLDS_PER_SECOND))


def _gains(
    phones: Sequence[Phone], frames: int, frame_rate: float, shapes: Mapping[str, str], names: Sequence[str]
) -> FloatArray:
    """Say what each drawing is worth in each frame, shape ``[frames, drawings]``."""
    gains = np.zeros((frames, len(names)))
    rest = names.index(shapes["sil"])
    gains[:, rest] += 1e-6  # where nothing is said
    for number, phone in enumerate(phones):
        articulation = ARTICULATIONS[phone.symbol]
        inside = 0 < number < len(phones) - 1
        if articulation.manner is Manner.REST and inside and phone.duration < SHORTEST_PAUSE:
            continue  # too short to close for: the drawing before it stays
        if not articulation.shapes:
            continue  # made in the throat
        worth = WORTH[articulation.manner] * (STRESSED if phone.stress == 1 else 1.0)
        edges = [phone.start, phone.end]
        if len(articulation.shapes) == 2:
            edges.insert(1, phone.start + DIPHTHONG_SPLIT * phone.duration)
        for place, shape in enumerate(articulation.shapes):
            column = names.index(shapes.get(phone.symbol, shapes[shape.viseme]))
            start, end = edges[place] * frame_rate, edges[place + 1] * frame_rate
            _add(gains[:, column], start, end, worth * (1.0 if place == 0 else GLIDES_OFF))
        if articulation.manner is Manner.SEAL:
            middle = min(max(int((phone.start + phone.end) / 2.0 * frame_rate), 0), frames - 1)
            gains[middle, names.index(shapes["PP"])] += CLOSED
    return gains


def _add(column: FloatArray, start: float, end: float, worth: float) -> None:
    """Add the worth to each frame by the share of it that lies between two times in frames."""
    first, last = max(int(start), 0), min(int(np.ceil(end)), len(column))
    for frame in range(first, last):
        column[frame] += worth * max(0.0, min(end, frame + 1) - max(start, frame))


def _best_path(gains: FloatArray, hold: int) -> npt.NDArray[np.int64]:
    """Return the drawing of each frame that is worth most together, each held for ``hold`` frames or to the end.

    Dynamic programming: a run begins with ``hold`` frames at once, after which it grows by single frames.
    """
    length, count = gains.shape
    gains = np.concatenate((gains, np.zeros((hold - 1, count))))  # the last drawing may be cut by the end
    sums = np.concatenate((np.zeros((1, count)), np.cumsum(gains, axis=0)))
    worth = np.full((len(gains), count), -np.inf)  # of all frames so far, if this drawing may end here
    begun = np.zeros((len(gains), count), dtype=bool)
    best = np.zeros(len(gains), dtype=np.int64)
    for frame in range(hold - 1, len(gains)):
        start = frame - hold + 1
        before = worth[start - 1].max() if start > 0 else 0.0
        fresh = before + sums[frame + 1] - sums[start] - CHANGE
        grown = worth[frame - 1] + gains[frame] if frame > 0 else np.full(count, -np.inf)
        begun[frame] = fresh > grown
        worth[frame] = np.maximum(fresh, grown)
        best[frame] = int(np.argmax(worth[frame]))
    path = np.zeros(len(gains), dtype=np.int64)
    frame = len(gains) - 1
    shape = best[frame]
    while frame >= 0:
        if not begun[frame, shape]:
            path[frame] = shape
            frame -= 1
            continue
        start = frame - hold + 1
        path[start : frame + 1] = shape
        frame = start - 1
        shape = best[frame]
    return path[:length]
