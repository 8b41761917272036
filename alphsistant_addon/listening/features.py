"""Sound → what the acoustic model is given: log-mel bands every 10 ms, relative to a running level.

The level is taken off *before* the logarithm and its floor, so loudness makes no difference. Everything is causal: a
frame needs no sound after its own window, and :class:`FeatureStream`, fed in pieces of any length, gives the frames
that :func:`features` gives in one go.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

from .layer_product import product

Array = npt.NDArray[np.float32]

RATE: Final = 16_000
"""Hz of the samples."""
HOP: Final = 160
"""Samples between frames: 10 ms."""
WINDOW: Final = 400
"""Samples of a frame's Hann window: 25 ms."""
FFT: Final = 512
BANDS: Final = 40
LOWEST, HIGHEST = 60.0, 7600.0
"""Hz of the mel bands' ends."""

FRAMES_PER_SECOND: Final = RATE // HOP

FLOOR: Final = 1e-4
"""Power of a band, relative to the level, under which nothing is told apart: −40 dB."""
SPREAD: Final = 2.5
"""Natural logarithms of power are divided by this."""
QUIET: Final = float(np.log(FLOOR) / SPREAD)
"""What a band shows in silence."""

RISE, FALL = 0.08, 0.0015
"""Share by which the level follows each frame (10 ms): up within .12 s, down within 6.7 s."""
DEEPEST: Final = 14.0
"""The level falls as if nothing were quieter than this (60 dB) below it: digital silence at any gain is one silence."""
MIDDLE_LEVEL: Final = -0.5
"""Level (log of mean band power) before anything was heard: speech at −26 dB below full scale."""
FAINTEST: Final = 1e-12
"""Power added so that digital silence has a logarithm."""
LEVEL_PERCENTILE: Final = 95.0
"""A whole recording's level starts where this share of its frames is below."""

BLOCK: Final = 4096
"""Frames that are transformed at once, so that a long recording needs little memory."""


@functools.cache
def _bank() -> Array:
    """Triangular mel filters (O'Shaughnessy 1987), shape ``[BANDS, FFT / 2 + 1]``."""
    lowest, highest = (2595.0 * float(np.log10(1.0 + hertz / 700.0)) for hertz in (LOWEST, HIGHEST))
    corners = 700.0 * (10.0 ** (np.linspace(lowest, highest, BANDS + 2) / 2595.0) - 1.0)
    hertz = np.arange(FFT // 2 + 1) * RATE / FFT
    rising = (hertz - corners[:-2, None]) / (corners[1:-1] - corners[:-2])[:, None]
    falling = (corners[2:, None] - hertz) / (corners[2:] - corners[1:-1])[:, None]
    return np.asarray(np.clip(np.minimum(rising, falling), 0.0, None), np.float32)


_HANN: Final = np.hanning(WINDOW).astype(np.float32)


def band_powers(samples: Array) -> Array:
    """Return the mel band powers of every whole window; frame ``k`` starts at sample ``k * HOP``.

    Args:
        samples: at :data:`RATE`, in −1…1, shape ``[n]``.
    """
    count = max(0, (len(samples) - WINDOW) // HOP + 1)
    if count == 0:
        return np.zeros((0, BANDS), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    powers = np.empty((count, BANDS), np.float32)
    for first in range(0, count, BLOCK):
        spectrum = np.abs(np.fft.rfft(windows[first : first + BLOCK] * _HANN, FFT)).astype(np.float32)
        powers[first : first + BLOCK] = product(spectrum * spectrum, _bank())
    return powers


def follow_level(powers: Array, start: float) -> npt.NDArray[np.float64]:
    """Return the running level of each frame: the log of mean band power, up quickly and down slowly."""
    heard = np.log(powers.mean(axis=1, dtype=np.float64) + FAINTEST)
    levels = np.empty(len(heard))
    level = start
    for index, value in enumerate(heard.tolist()):
        level += RISE * (value - level) if value > level else FALL * max(value - level, -DEEPEST)
        levels[index] = level
    return levels


def level_of(samples: Array) -> float:
    """Return the level at which a whole recording's features start."""
    powers = band_powers(_padded(samples)).mean(axis=1, dtype=np.float64)
    return float(np.log(np.percentile(powers, LEVEL_PERCENTILE) + FAINTEST)) if len(powers) else MIDDLE_LEVEL


def dynamic_range(samples: Array) -> float:
    """Return the dB between the loud moments of a recording and its quiet ones (95 and 5 in 100 of its frames)."""
    powers = band_powers(_padded(samples)).mean(axis=1, dtype=np.float64)
    if len(powers) == 0:
        return 0.0
    quiet, loud = np.percentile(10.0 * np.log10(powers + FAINTEST), (5.0, 95.0))
    return float(loud - quiet)


def relative(powers: Array, levels: npt.NDArray[np.float64]) -> Array:
    """Band powers and levels → features, 0 at the level and :data:`QUIET` in silence."""
    scale = np.exp(-levels).astype(np.float32)[:, None]
    return np.asarray(np.log(powers * scale + np.float32(FLOOR)) / np.float32(SPREAD), np.float32)


def features(samples: Array, start_level: float | None = None) -> Array:
    """Return the features of a whole recording, shape ``[len(samples) // HOP, BANDS]``.

    Args:
        samples: at :data:`RATE`, in −1…1.
        start_level: level before the first frame; the recording's own by default.
    """
    padded = _padded(samples)
    powers = band_powers(padded)
    start = level_of(samples) if start_level is None else start_level
    return relative(powers, follow_level(powers, start))


def _padded(samples: Array) -> Array:
    """Put half a window around, so that frame ``k`` is centred on ``(k + .5) * HOP``."""
    count = len(samples) // HOP
    before = (WINDOW - HOP) // 2
    padded = np.zeros(max(before + len(samples), (count - 1) * HOP + WINDOW), np.float32)
    padded[before : before + len(samples)] = samples
    return padded[: (count - 1) * HOP + WINDOW] if count else padded[:0]


class FeatureStream:
    """Features of sound that comes in pieces."""

    def __init__(self, start_level: float = MIDDLE_LEVEL) -> None:
        """Start before the first sample."""
        self.level = start_level
        self._rest: Array = np.zeros((WINDOW - HOP) // 2, np.float32)
        self._done = 0

    def push(self, samples: Array) -> Array:
        """Take the next samples and return the frames that are complete, shape ``[k, BANDS]``."""
        self._rest = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        powers = band_powers(self._rest)
        if len(powers) == 0:
            return powers
        self._rest = self._rest[len(powers) * HOP :]
        self._done += len(powers)
        levels = follow_level(powers, self.level)
        self.level = float(levels[-1])
        return relative(powers, levels)

    def finish(self, count: int) -> Array:
        """Return the frames that are left of ``count`` samples, as if silence followed; nothing may be pushed then."""
        done = self._done
        missing = (count // HOP - done - 1) * HOP + WINDOW - len(self._rest)
        return (
            self.push(np.zeros(max(missing, 0), np.float32))
            if count // HOP > done
            else np.zeros((0, BANDS), np.float32)
        )
