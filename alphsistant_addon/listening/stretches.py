"""``without_stretches``: phones that last longer than phones do give the rest back as a pause.

Breath, laughter and room noise beside a word are no phones of it, yet an aligner gives them to the nearest one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.phone_inventory import SILENCE
from ..core.speech import Phone
from .phone_decoding import limit_consonants
from .sound_level import STEP, levels

LONGEST_SILENCE: Final = 0.2
"""Seconds of silence within one phone, from which it is a pause; the closure of a stop is shorter."""

BELOW_PEAK: Final = 45.0
"""Sound further below the loudest moment than this (dB) is silence even to a whispered vowel."""

SHORTEST_PHONE: Final = 0.03


def without_stretches(phones: Sequence[Phone], samples: npt.NDArray[np.float32], sample_rate: int) -> tuple[Phone, ...]:
    """Return the phones with no consonant over 0.25 s, and none that reaches over a silence.

    Args:
        phones: in order, without gaps, from 0 to the end of the sound.
        samples: mono samples in −1…1, shape ``[n]``.
        sample_rate: Hz.
    """
    heard = levels(samples, sample_rate)
    is_silent = heard < heard.max(initial=-np.inf) - BELOW_PEAK
    return tuple(limit_consonants([part for phone in phones for part in _without_silence(phone, is_silent)]))


def _without_silence(phone: Phone, is_silent: npt.NDArray[np.bool_]) -> list[Phone]:
    """Split a phone in which there is a long silence: the longer of the two sounds is the phone's."""
    first, last = round(phone.start / STEP), round(phone.end / STEP)
    if phone.symbol == SILENCE or phone.duration <= LONGEST_SILENCE:
        return [phone]
    loud = np.concatenate(([first - 1], first + np.flatnonzero(~is_silent[first:last]), [last]))
    gaps = np.diff(loud)
    widest = int(gaps.argmax())
    if gaps[widest] * STEP <= LONGEST_SILENCE:
        return [phone]
    opens = max((int(loud[widest]) + 1) * STEP, phone.start + SHORTEST_PHONE)
    closes = min(int(loud[widest + 1]) * STEP, phone.end - SHORTEST_PHONE)
    if opens - phone.start >= phone.end - closes:
        return [*_without_silence(replace(phone, end=opens), is_silent), Phone(SILENCE, opens, phone.end)]
    return [Phone(SILENCE, phone.start, closes), *_without_silence(replace(phone, start=closes), is_silent)]
