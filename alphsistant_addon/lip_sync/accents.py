"""Which vowels are accented: louder and higher than those around them."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.speech import Phone, Speech
from .prosody import HOP, FloatArray, loudness, pitch
from .visemes import ARTICULATIONS, Manner

ACCENT_GAP: Final = 0.9
"""Seconds between two accents at least."""


ACCENT_LEVEL: Final = 0.5
"""Standard deviations above the clip's mean from which a stressed vowel is an accent."""


LEAST_TONE_SPREAD: Final = 0.08
"""Octaves (about a semitone): a voice that varies less than this speaks in one tone."""


LEAST_LEVEL_SPREAD: Final = 1.0
"""Decibels: a voice that varies less than this speaks at one level."""


def find_accents(speech: Speech) -> list[tuple[float, float]]:
    """Seconds and strengths (0…1) of the vowels that stand out in pitch and loudness, in order of time."""
    vowels = [
        phone
        for phone in speech.phones
        if ARTICULATIONS[phone.symbol].manner is Manner.VOWEL and phone.duration > 0.0 and phone.stress == 1
    ]
    if not vowels:
        return []
    levels = loudness(speech.samples, speech.sample_rate)
    in_vowels = np.zeros(len(levels), dtype=bool)
    for vowel in vowels:
        in_vowels[int(vowel.start / HOP) : int(vowel.end / HOP) + 1] = True
    heights = pitch(speech.samples, speech.sample_rate, in_vowels)
    tones = np.array([_peak(np.log2(np.maximum(heights, 1.0)), vowel) for vowel in vowels])
    voiced = tones > 0.0
    # An unvoiced vowel says nothing about pitch: it counts as an average one.
    tones = np.where(voiced, tones, tones[voiced].mean() if voiced.any() else 0.0)
    loudest = np.array([_peak(levels, vowel) for vowel in vowels])
    scores = _standardise(tones, LEAST_TONE_SPREAD) + _standardise(loudest, LEAST_LEVEL_SPREAD)
    scores = scores / 2.0 if len(vowels) > 1 else np.ones(1)
    chosen: list[tuple[float, float]] = []
    for index in np.argsort(-scores):
        middle = 0.5 * (vowels[index].start + vowels[index].end)
        if scores[index] < ACCENT_LEVEL:
            break
        if all(abs(middle - other) >= ACCENT_GAP for other, _ in chosen):
            chosen.append((middle, float(np.clip(scores[index] / 2.0, 0.3, 1.0))))
    return sorted(chosen)


def _peak(values: FloatArray, phone: Phone) -> float:
    first = min(int(phone.start / HOP), len(values) - 1)
    return float(values[first : max(first + 1, int(phone.end / HOP))].max())


def _standardise(values: FloatArray, least: float) -> FloatArray:
    """Distances from the mean in standard deviations; differences too small to hear count for little."""
    return np.asarray((values - values.mean()) / max(float(values.std()), least))
