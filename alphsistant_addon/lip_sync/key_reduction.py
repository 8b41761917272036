"""Few, plain keys: a curve that was composed for a rig, with as few keys as a picture of each frame needs.

Animators edit keys at extremes and at the ends of holds, not samples of a curve ("few simple curves": Edwards et al.
2016, JALI, section 5). So keys begin at the turning points; more come where the played curve is too far off on a frame
that is drawn, and those that are not needed go again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.face_animation import Curve
from .curves import play, worst_per_interval

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MOST_PASSES: Final = 40
"""Each pass adds one key between any two; far more than a phrase needs."""

PRUNING: Final = 3
"""How often all keys are tried without."""

_GAP: Final = 1.0
"""Seconds between two curves that are looked at together."""

_APART: Final = 4
"""A key bends the curve over two intervals on either side, so every fourth one can be judged by itself."""


def few_keys(times: FloatArray, curves: Sequence[FloatArray], tolerance: FloatArray) -> list[Curve]:
    """Return few keys of each curve that are played back within a tolerance.

    All curves are looked at together, as one long one with gaps: numpy costs as much for ten numbers as for a thousand.

    Args:
        times: seconds at which there may be a key, strictly increasing, shape ``[n]``.
        curves: values there, 0 or more, each of shape ``[n]``.
        tolerance: largest difference there, shape ``[n]``; infinite where nobody looks.

    Returns:
        For each curve keys at some of the times, with its own values; none for a curve that may as well be 0.
    """
    line = _Line()
    places = [line.add(times, values, tolerance) for values in curves]
    if line.length:
        line.reduce()
    return [Curve(*line.keys_of(place)) if place is not None else Curve(np.zeros(0), np.zeros(0)) for place in places]


class _Line:
    """Curves one after the other, with times that go on rising."""

    def __init__(self) -> None:
        self.length = 0
        self._end = 0.0
        self._parts: list[tuple[FloatArray, FloatArray, FloatArray, BoolArray, BoolArray]] = []
        self._offsets: dict[int, float] = {}

    def add(self, times: FloatArray, values: FloatArray, tolerance: FloatArray) -> slice | None:
        """Add the part of a curve that moves; return where it is, ``None`` for one that may as well be 0."""
        if len(times) == 0 or not np.any(values != 0.0):
            return None
        if values[0] == values[-1] == 0.0 and bool(np.all(values <= tolerance)):
            return None
        first, last = _moving_part(values)
        times, values, tolerance = times[first : last + 1], values[first : last + 1], tolerance[first : last + 1]
        is_key = np.zeros(len(times) + 2, dtype=bool)
        looked_at = tolerance[np.isfinite(tolerance)]
        turning = _turning_points(values, float(np.median(looked_at)) if len(looked_at) else 1.0)
        is_key[[index + 1 for index in turning]] = True
        is_key[[0, 1, -2, -1]] = True
        # A key on either side at the same value keeps the ends flat, as Blender plays the first and the last key.
        stays = np.zeros(len(is_key), dtype=bool)
        stays[[0, 1, -2, -1]] = True
        at = np.concatenate(([times[0] - _GAP], times, [times[-1] + _GAP]))
        offset = self._end + _GAP - at[0]
        self._parts.append(
            (at + offset, np.pad(values, 1, mode="edge"), np.pad(tolerance, 1, mode="edge"), is_key, stays)
        )
        place = slice(self.length + 1, self.length + 1 + len(times))
        self._offsets[place.start] = offset
        self._end = float(at[-1] + offset)
        self.length += len(at)
        return place

    def reduce(self) -> None:
        """Choose the keys of all curves."""
        columns = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        self._times, self._values, self._tolerance, self._is_key, self._stays = columns
        for _ in range(MOST_PASSES):
            worst = self._worst()
            if len(worst) == 0:
                break
            self._is_key[worst] = True
        for _ in range(PRUNING):
            if not self._prune():
                break

    def keys_of(self, place: slice) -> tuple[FloatArray, FloatArray]:
        """Return times and values of the keys of one curve."""
        is_key = self._is_key[place]
        times, values = self._times[place][is_key] - self._offsets[place.start], self._values[place][is_key]
        if np.all(values == values[0]):
            return times[:1], values[:1]
        return times, values

    def _excess(self, is_key: BoolArray) -> FloatArray:
        """Return how many times the tolerance the played curve is off, at each sample; above 1 is too far."""
        played = play(self._times[is_key], self._values[is_key], self._times)
        return np.asarray(np.abs(played - self._values) / self._tolerance)

    def _worst(self) -> npt.NDArray[np.int64]:
        """Return the worst sample that is too far off between each two neighbouring keys."""
        excess = self._excess(self._is_key)
        worst = worst_per_interval(excess, np.flatnonzero(self._is_key))
        return worst[excess[worst] > 1.0]

    def _prune(self) -> bool:
        """Take out the keys that are not needed; say whether there were any."""
        gone = False
        for offset in range(_APART):
            keys = np.flatnonzero(self._is_key)
            places = np.arange(2 + offset, len(keys) - 2, _APART)
            places = places[~self._stays[keys[places]]]
            if len(places) == 0:
                continue
            without = self._is_key.copy()
            without[keys[places]] = False
            excess = self._excess(without)
            # Two keys on either side of one that is tried; none of these stretches reaches into another.
            edges = np.stack((keys[places - 2], keys[places + 2]), axis=1).ravel()
            worst = np.maximum.reduceat(excess, edges)[::2]
            needless = keys[places[worst <= 1.0]]
            self._is_key[needless] = False
            gone = gone or len(needless) > 0
        return gone


def _moving_part(values: FloatArray) -> tuple[int, int]:
    """Return the first and last sample of a curve without the parts before and after that stand at 0."""
    moving = np.flatnonzero(values != 0.0)
    return max(int(moving[0]) - 1, 0), min(int(moving[-1]) + 1, len(values) - 1)


def _turning_points(values: FloatArray, least: float) -> list[int]:
    """Return the peaks and valleys that differ from their neighbours by at least so much."""
    found: list[int] = []
    low = high = 0
    rising = 0
    for index, value in enumerate(values.tolist()):
        if value > values[high]:
            high = index
        if value < values[low]:
            low = index
        if rising >= 0 and value < values[high] - least:
            if rising or high:
                found.append(high)
            rising, low, high = -1, index, index
        elif rising <= 0 and value > values[low] + least:
            if rising or low:
                found.append(low)
            rising, low, high = 1, index, index
    return found
