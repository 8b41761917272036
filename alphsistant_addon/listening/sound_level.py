"""How loud a recording is from moment to moment."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

STEP: Final = 0.005
"""Seconds from one value to the next."""

WINDOW: Final = 0.015
"""Seconds over which each is taken."""

_BLOCK: Final = 4096
"""Values that are worked out at a time: sums of squares of a whole hour would need gigabytes."""


def levels(samples: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float64]:
    """Return the level in dB every :data:`STEP` seconds, over :data:`WINDOW`, shape ``[m]``.

    Args:
        samples: mono samples in −1…1, shape ``[n]``, at least one.
        sample_rate: Hz.
    """
    count = int(len(samples) / sample_rate / STEP) + 1
    found = np.empty(count)
    for begin in range(0, count, _BLOCK):
        middles = np.arange(begin, min(begin + _BLOCK, count)) * STEP
        first = np.clip(((middles - WINDOW / 2) * sample_rate).astype(np.int64), 0, len(samples) - 1)
        last = np.clip(((middles + WINDOW / 2) * sample_rate).astype(np.int64), first + 1, len(samples))
        part = np.asarray(samples[first[0] : last[-1]], dtype=np.float64)
        energy = np.concatenate(([0.0], np.cumsum(part**2)))
        power = (energy[last - first[0]] - energy[first - first[0]]) / (last - first)
        found[begin : begin + len(middles)] = 10.0 * np.log10(power + 1e-12)
    return found
