"""Sparse keys: how they are played back, and how few of them follow a given curve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.face_animation import Curve

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MAX_PASSES: Final = 12
"""Each pass may split every interval once; 12 passes reach any sample of a phrase."""


def _slopes(times: FloatArray, weights: FloatArray) -> FloatArray:
    """Slope at each key under auto-clamped handles: flat at extremes and ends, never steep enough to overshoot.

    Blender's ``HD_AUTO_ANIM`` handles (manual: "Auto Clamped"): the mean of the two neighbours' slopes, limited so
    that a handle of a third of the interval stays within the neighbour's value.
    """
    slopes = np.zeros_like(weights)
    if len(times) < 3:
        return slopes
    secants = np.diff(weights) / np.diff(times)
    before, after = secants[:-1], secants[1:]
    limit = 3.0 * np.minimum(np.abs(before), np.abs(after))
    mean = 0.5 * (before + after)
    slopes[1:-1] = np.where(before * after > 0.0, np.sign(mean) * np.minimum(np.abs(mean), limit), 0.0)
    return slopes


def play(times: FloatArray, weights: FloatArray, at: FloatArray) -> FloatArray:
    """Return the values of keys at some seconds, as Blender plays auto-clamped handles; constant outside the keys."""
    if len(times) == 1:
        return np.full(len(at), weights[0])
    slopes = _slopes(times, weights)
    left = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    width = times[left + 1] - times[left]
    u = np.clip((at - times[left]) / width, 0.0, 1.0)
    v = 1.0 - u
    # Cubic Bézier with handles at a third of the interval.
    first = weights[left]
    last = weights[left + 1]
    second = first + slopes[left] * width / 3.0
    third = last - slopes[left + 1] * width / 3.0
    return np.asarray(v**3 * first + 3 * v * v * u * second + 3 * v * u * u * third + u**3 * last)


def sample_curve(curve: Curve, times: npt.ArrayLike) -> FloatArray:
    """Weights of a curve at the given seconds, as Blender plays auto-clamped handles; constant outside the keys."""
    at = np.asarray(times, dtype=np.float64)
    if len(curve.times) == 0:
        return np.zeros(at.shape)
    return play(curve.times, curve.weights, at.ravel()).reshape(at.shape)


def fit_keys(times: FloatArray, weights: FloatArray, tolerance: float, required: Iterable[int] = ()) -> Curve:
    """Return few keys whose playback stays within ``tolerance`` of the samples and never overshoots.

    Args:
        times: seconds, strictly increasing, shape ``[n]``.
        weights: 0…1, shape ``[n]``; an empty curve is returned when all are 0.
        tolerance: largest allowed difference.
        required: indices that must become keys (the two ends of a seal).
    """
    active = np.flatnonzero(weights > 0.0)
    if len(active) == 0:
        return Curve(np.zeros(0), np.zeros(0))
    first, last = max(int(active[0]) - 1, 0), min(int(active[-1]) + 1, len(times) - 1)
    is_key = np.zeros(len(times), dtype=bool)
    is_key[[first, last]] = True
    # The ends of every rest at 0, so that a channel is truly still between its bumps.
    silent = weights <= 0.0
    is_key[1:][silent[1:] & ~silent[:-1]] = True
    is_key[:-1][silent[:-1] & ~silent[1:]] = True
    is_key[list(required)] = True
    # Peaks and valleys: auto-clamped handles are flat there, as the curve is.
    rise = np.sign(np.diff(weights))
    turning = np.flatnonzero(rise[:-1] * rise[1:] < 0) + 1
    is_key[turning[_is_prominent(weights, turning, tolerance)]] = True
    is_key[:first] = False
    is_key[last + 1 :] = False
    for _ in range(MAX_PASSES):
        keys = np.flatnonzero(is_key)
        played = play(times[keys], weights[keys], times[first : last + 1])
        error = np.abs(played - weights[first : last + 1])
        worst = worst_per_interval(error, keys - first) + first
        worst = worst[error[worst - first] > tolerance]
        if len(worst) == 0:
            break
        is_key[worst] = True
    keys = np.flatnonzero(is_key)
    return Curve(times[keys], np.clip(weights[keys], 0.0, 1.0))


def _is_prominent(weights: FloatArray, turning: IntArray, tolerance: float) -> npt.NDArray[np.bool_]:
    """Which turning points differ from the one before or after by more than the tolerance."""
    if len(turning) < 2:
        return np.ones(len(turning), dtype=bool)
    step = np.abs(np.diff(weights[turning])) > tolerance
    prominent = np.ones(len(turning), dtype=bool)
    prominent[1:-1] = step[:-1] | step[1:]
    return prominent


def worst_per_interval(error: FloatArray, keys: IntArray) -> IntArray:
    """Index of the largest error between each two neighbouring keys."""
    interval = np.repeat(np.arange(len(keys) - 1), np.diff(keys))
    order = np.lexsort((error[keys[0] : keys[-1]], interval))
    last_of_interval = np.flatnonzero(np.diff(interval[order], append=-1))
    return np.asarray(order[last_of_interval] + keys[0], dtype=np.int64)
