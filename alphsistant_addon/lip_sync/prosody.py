"""Loudness and pitch of speech on a regular grid, in plain numpy."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.speech import Phone
from .visemes import ARTICULATIONS, Manner

FloatArray = npt.NDArray[np.float64]

HOP: Final = 0.010
"""Seconds between two values of loudness and pitch."""

LOUDNESS_WINDOW: Final = 0.025
PITCH_WINDOW: Final = 0.040
LOWEST_PITCH: Final = 70.0
HIGHEST_PITCH: Final = 400.0
VOICED: Final = 0.45
"""Autocorrelation at the pitch period, relative to lag 0, from which a frame counts as voiced."""

OCTAVE_COST: Final = 0.06

FLOOR_DB: Final = -80.0


_BLOCK: Final = 4096
"""Frames that are looked at in one go: those of 20 minutes at once would take gigabytes."""


def _count(samples: npt.NDArray[np.float32], sample_rate: float) -> int:
    return int(len(samples) / sample_rate / HOP) + 1


def _frames(
    samples: npt.NDArray[np.float32], sample_rate: float, window: float, wanted: npt.NDArray[np.int64]
) -> FloatArray:
    """Centred frames of the given numbers (rising), one every :data:`HOP` seconds, shape ``[k, window]``.

    There are zeros beyond the ends.
    """
    size = max(2, round(window * sample_rate))
    # Sample 0 is the middle of frame 0.
    starts = np.minimum((wanted * HOP * sample_rate).astype(np.int64) - size // 2, len(samples) + 1)
    first, last = int(starts[0]), int(starts[-1]) + size
    part = np.zeros(last - first)
    inside = slice(max(first, 0), min(last, len(samples)))
    part[inside.start - first : max(inside.stop, inside.start) - first] = samples[inside]
    return np.asarray(np.lib.stride_tricks.sliding_window_view(part, size)[starts - first])


def loudness(samples: npt.NDArray[np.float32], sample_rate: int) -> FloatArray:
    """Level in decibels relative to full scale, every :data:`HOP` seconds, shape ``[n]``."""
    power = np.empty(_count(samples, sample_rate))
    for begin in range(0, len(power), _BLOCK):
        wanted = np.arange(begin, min(begin + _BLOCK, len(power)))
        power[wanted] = np.mean(_frames(samples, sample_rate, LOUDNESS_WINDOW, wanted) ** 2, axis=1)
    return np.asarray(10.0 * np.log10(power + 10.0 ** (FLOOR_DB / 10.0)))


def pitch(samples: npt.NDArray[np.float32], sample_rate: int, where: npt.NDArray[np.bool_] | None = None) -> FloatArray:
    """Fundamental frequency in Hz every :data:`HOP` seconds, 0 where unvoiced, shape ``[n]``.

    The normalised autocorrelation of Boersma (1993, IFA Proceedings 17), without its path search: enough to know
    where the voice rises, which is all the brows and the head ask.

    Args:
        samples: mono samples in −1…1.
        sample_rate: Hz.
        where: shape ``[n]``, the moments that are asked for; the rest are 0. All of them by default.
    """
    # Pitch is far below 2 kHz: averaging neighbouring samples first makes the transforms several times smaller.
    step = max(1, sample_rate // 8000)
    small = np.asarray(samples[: len(samples) // step * step], dtype=np.float32).reshape(-1, step).mean(axis=1)
    rate = sample_rate / step
    heights = np.zeros(_count(small, rate))
    asked = np.arange(len(heights)) if where is None else np.flatnonzero(where[: len(heights)])
    for begin in range(0, len(asked), _BLOCK):
        wanted = asked[begin : begin + _BLOCK]
        heights[wanted] = _pitch_of(_frames(small, rate, PITCH_WINDOW, wanted), rate)
    return heights


def _pitch_of(frames: FloatArray, rate: float) -> FloatArray:
    """Fundamental frequency of each frame in Hz, 0 where it is unvoiced."""
    frames = frames - frames.mean(axis=1, keepdims=True)
    size = frames.shape[1]
    window = np.hanning(size)
    shortest, longest = int(rate / HIGHEST_PITCH), min(int(rate / LOWEST_PITCH), size - 1)
    # Only lags up to the longest period are read: what wraps around is beyond them.
    length = -(-(size + longest) // 32) * 32
    spectrum = np.fft.rfft((frames * window).astype(np.float32), length)
    power = spectrum.real**2 + spectrum.imag**2
    correlation = np.fft.irfft(power, length)[:, : longest + 1]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, length)) ** 2, length)[: longest + 1]
    normal = correlation / np.maximum(correlation[:, :1], 1e-12) / (own / own[0])
    # A small bonus for short periods avoids octave errors downwards (Boersma's octave cost, larger because lags are
    # whole samples here).
    scores = normal[:, shortest:] - OCTAVE_COST * np.log2(np.arange(shortest, longest + 1) / shortest)
    best = np.argmax(scores, axis=1)
    voiced = (np.take_along_axis(normal[:, shortest:], best[:, None], axis=1)[:, 0] > VOICED) & (
        correlation[:, 0] > 1e-6
    )
    return np.where(voiced, rate / (best + shortest), 0.0)


def vowel_loudness(phones: tuple[Phone, ...], levels: FloatArray) -> dict[int, float]:
    """Level of each vowel relative to the median vowel, in decibels, by index into ``phones``."""
    peaks: dict[int, float] = {}
    for index, phone in enumerate(phones):
        if ARTICULATIONS[phone.symbol].manner is Manner.VOWEL:
            first = min(int(phone.start / HOP), len(levels) - 1)
            peaks[index] = float(np.max(levels[first : max(first + 1, int(phone.end / HOP) + 1)]))
    if not peaks:
        return {}
    median = float(np.median(list(peaks.values())))
    return {index: peak - median for index, peak in peaks.items()}
