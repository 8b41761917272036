"""Edits of a spoken sound that are not heard as cuts: a word silenced, words moved in time, a pause of another length.

All of them work on mono samples ``float32 [n]`` in −1…1. Where nothing is changed the samples stay bit for bit.
Numpy only: Blender's own process does this while an animator drags a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.float32]
FloatArray: TypeAlias = npt.NDArray[np.float64]

FADE: Final = 0.012
"""Seconds over which sound goes into silence, or one sound into another."""

HOP: Final = 0.012
"""Seconds between two pieces of a stretched sound; a piece is twice as long, two periods of a deep voice."""

SEARCH: Final = 0.008
"""Seconds around its place in which a piece is looked for that goes on where the last one ends."""

SAME: Final = 0.0005
"""Seconds; stretches whose length changes by less are copied."""

_QUIET: Final = 0.03
"""Seconds at the middle of a pause that a longer one is filled with."""


def silenced(samples: Samples, sample_rate: int, spans: Sequence[tuple[float, float]]) -> Samples:
    """Return the sound with silence in some spans (seconds), faded just before and after them."""
    gain = np.ones(len(samples), dtype=np.float32)
    seconds = np.arange(len(samples)) / sample_rate
    for start, end in spans:
        away = np.maximum(start - seconds, seconds - end)  # below 0 inside
        np.minimum(gain, np.clip(away / FADE, 0.0, 1.0), out=gain, casting="same_kind")
    return np.asarray(samples * gain, dtype=np.float32)


def stretched(samples: Samples, sample_rate: int, before: FloatArray, after: FloatArray) -> Samples:
    """Return the sound with the moments ``before`` at the moments ``after``, its pitch unchanged.

    Stretches between two moments are made longer or shorter by overlapping pieces of the sound that fit each other
    (WSOLA: Verhelst and Roelands 1993). Those that keep their length are copied.

    Args:
        samples: the sound, ``float32 [n]``.
        sample_rate: Hz.
        before: seconds, rising, the first 0 and the last the length of the sound, shape ``[k]``.
        after: seconds, rising, shape ``[k]``.
    """
    old = np.clip(np.round(before * sample_rate).astype(int), 0, len(samples))
    new = np.round(after * sample_rate).astype(int)
    old[-1] = len(samples)
    made: list[Samples] = []
    for i in range(len(old) - 1):
        length, wanted = int(old[i + 1] - old[i]), int(new[i + 1] - new[i])
        if abs(wanted - length) <= SAME * sample_rate:
            piece = samples[old[i] : old[i] + wanted]  # rounded edges: a sample more or less
            made.append(np.pad(piece, (0, wanted - len(piece))))
        else:
            made.append(_overlapped(samples, int(old[i]), int(old[i + 1]), wanted, sample_rate))
    return np.concatenate(made)


def with_pause(samples: Samples, sample_rate: int, start: float, end: float, seconds: float) -> Samples:
    """Return the sound with the pause from ``start`` to ``end`` (seconds) made ``seconds`` long.

    A longer pause goes on with the sound of its own middle, so that the background of a room does not stop. Where there
    is no pause, the sound is faded out before silence and in after it.
    """
    first, last = round(start * sample_rate), round(end * sample_rate)
    wanted = round(seconds * sample_rate)
    change = wanted - (last - first)
    middle = (first + last) // 2
    fade = min(round(FADE * sample_rate), max((last - first) // 2, 0))
    if change == 0:
        return samples
    if change < 0:
        left = middle + change // 2
        return _joined(samples[: left + fade // 2], samples[left - change + fade // 2 - fade :], fade)
    reach = min(round(_QUIET * sample_rate), (last - first) // 2 - fade)
    if reach < fade or fade == 0:
        hush = round(FADE * sample_rate)
        earlier, behind = samples[:middle].copy(), samples[middle:].copy()
        ramp = np.linspace(0.0, 1.0, min(hush, len(earlier), len(behind)), dtype=np.float32)
        earlier[len(earlier) - len(ramp) :] *= ramp[::-1]
        behind[: len(ramp)] *= ramp
        return np.concatenate((earlier, np.zeros(change, dtype=np.float32), behind))
    piece = samples[middle - reach : middle + reach]
    filling = np.pad(piece, (0, change + 2 * fade), mode="reflect")[len(piece) :]
    return _joined(_joined(samples[:middle], filling[: change + fade], fade), samples[middle - fade :], fade)


def _joined(left: Samples, right: Samples, fade: int) -> Samples:
    """Put two sounds together; the last samples of one go into the first of the other over so many."""
    if fade <= 0:
        return np.concatenate((left, right))
    ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    both = left[-fade:] * (1.0 - ramp) + right[:fade] * ramp
    return np.concatenate((left[:-fade], both, right[fade:]))


def _overlapped(samples: Samples, start: int, end: int, wanted: int, sample_rate: int) -> Samples:
    """Return the samples from ``start`` to ``end`` in another length; both ends are exactly theirs."""
    count = max(1, round(wanted / (HOP * sample_rate)))
    edges = np.round(np.linspace(0, wanted, count + 1)).astype(int)  # of the pieces' middles, in the new sound
    targets = np.round(np.linspace(start, end, count + 1)).astype(int)
    hop = int(np.diff(edges).max()) + 1
    reach = round(SEARCH * sample_rate)
    padded = np.pad(samples, hop + reach)
    shift = hop + reach
    out = np.zeros(wanted, dtype=np.float32)
    place = int(targets[0])
    for k in range(count):
        length = int(edges[k + 1] - edges[k])
        follows = padded[place + shift : place + shift + length]
        following = int(targets[k + 1])
        if k + 1 < count:
            following += best_shift(follows, padded, following + shift - length, reach)
        leads = padded[following + shift - length : following + shift]
        ramp = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)
        out[edges[k] : edges[k + 1]] = follows * (1.0 - ramp) + leads * ramp
        place = following
    return out


def best_shift(wanted: Samples, samples: Samples, place: int, reach: int) -> int:
    """Return by how many samples to move so that what is there is most like what is wanted."""
    window = samples[place - reach : place + reach + len(wanted)].astype(np.float64)
    products = np.correlate(window, wanted.astype(np.float64), mode="valid")
    squares = np.concatenate(([0.0], np.cumsum(window * window)))
    power = squares[len(wanted) :] - squares[: -len(wanted)]
    return int(np.argmax(products / np.sqrt(np.maximum(power, 1e-9)))) - reach
