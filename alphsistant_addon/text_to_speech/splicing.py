"""A piece of a spoken sound exchanged for another reading of the same sentence, cut where nobody hears it.

Both readings have the same phones beside the piece that is exchanged. Each of them is a place where one reading could
go over into the other; chosen is the one where both sound most alike and are quiet, not far from the piece (the join
cost of unit selection: Hunt and Black 1996). There the two are laid over each other in phase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Speech, Word
from .sound_edits import best_shift

Samples: TypeAlias = npt.NDArray[np.float32]
FloatArray: TypeAlias = npt.NDArray[np.float64]

FADE: Final = 0.012
"""Seconds over which one reading goes into the other."""

SEARCH: Final = 0.006
"""Seconds by which the new reading is moved so that it is in phase with the old one."""

WINDOW: Final = 0.03
"""Seconds of sound around a place that are compared."""

BANDS: Final = 20
"""Bands of the compared spectra, each as wide to the ear as the next up to 6 kHz."""

FURTHEST: Final = 5
"""Phones before and after the piece that are looked at."""

INSIDE: Final = (0.0, 0.25, 0.5, 0.75)
"""Shares of a phone at which it may be cut."""

QUIET: Final = -45.0
"""dB below full scale; a place that is softer counts as silent."""

LOUDER: Final = 0.15
FARTHER: Final = 30.0
"""What a decibel above silence, and a second away from the piece, cost beside a decibel of another spectrum."""

MOST_GAIN: Final = 6.0
"""dB by which the new reading may be made louder or softer to fit the old one."""


@dataclass(frozen=True)
class Spliced:
    """A speech with another piece in it."""

    speech: Speech
    before: FloatArray
    """Moments of the old speech in seconds, rising: its start, both cuts, its end; shape ``[4]``."""
    after: FloatArray
    """The same in the new one."""


@dataclass(frozen=True)
class _Cut:
    """A place where one reading goes over into the other."""

    old: float
    """Seconds of the old reading."""
    new: float
    """Seconds of the new reading."""
    old_phone: int
    new_phone: int
    """The phones that it lies in."""


def splice(old: Speech, new: Speech, old_words: tuple[int, int], new_words: tuple[int, int]) -> Spliced:
    """Put words of one speech in the place of words of another one.

    Args:
        old: what was said, with all its phones and words.
        new: some of it said anew, with other words in the middle; of the same sample rate.
        old_words: the first of the words that go, and the one after the last.
        new_words: the same of those that come.

    Raises:
        ValueError: the sample rates differ.
    """
    if old.sample_rate != new.sample_rate:
        raise ValueError("both readings must have one sample rate")
    gain = _gain(old, new, old_words, new_words)
    new = replace(new, samples=new.samples * np.float32(gain))
    left = _cut(old, new, _pairs(old, new, old_words[0], new_words[0], -1), -1)
    right = _cut(old, new, _pairs(old, new, old_words[1] - 1, new_words[1] - 1, 1), 1)
    samples, left, right = _joined(old, new, left, right)
    first = left.old - left.new
    second = left.old + right.new - left.new - right.old
    before = np.array([0.0, left.old, max(right.old, left.old + 1e-4), max(old.duration, right.old + 2e-4)])
    after = np.array([0.0, left.old, max(right.new + first, left.old + 1e-4), before[-1] + second])
    duration = len(samples) / old.sample_rate
    phones = _phones(old, new, (left, right), (first, second), duration)
    words = _words(old, new, (old_words, new_words), (left, right), (first, second))
    return Spliced(replace(old, samples=samples, phones=phones, words=words), before, after)


def _pairs(old: Speech, new: Speech, old_word: int, new_word: int, step: int) -> list[tuple[int, int]]:
    """Return the phones beside the piece that both readings have, the nearest first."""
    i, j = _phone_beside(old, old_word, step), _phone_beside(new, new_word, step)
    found: list[tuple[int, int]] = []
    while 0 <= i < len(old.phones) and 0 <= j < len(new.phones) and len(found) < FURTHEST:
        if old.phones[i].symbol != new.phones[j].symbol:
            # One reading has a pause where the other has none.
            if old.phones[i].symbol == SILENCE and not found:
                i += step
                continue
            if new.phones[j].symbol == SILENCE and not found:
                j += step
                continue
            break
        found.append((i, j))
        i, j = i + step, j + step
    return found


def _phone_beside(speech: Speech, word: int, step: int) -> int:
    """Return the last phone before a word, or the first one after it."""
    edge = speech.words[word].start if step < 0 else speech.words[word].end
    middles = [(phone.start + phone.end) / 2.0 for phone in speech.phones]
    if step < 0:
        return max((i for i, middle in enumerate(middles) if middle < edge), default=-1)
    return next((i for i, middle in enumerate(middles) if middle > edge), len(middles))


def _cut(old: Speech, new: Speech, pairs: Sequence[tuple[int, int]], step: int) -> _Cut:
    """Return the cheapest place to go over; both ends of the sounds where there is no phone beside the piece."""
    places = [cut for pair in pairs for cut in _places(old, new, *pair, step)]
    if not places:
        if step < 0:
            return _Cut(0.0, 0.0, 0, 0)
        return _Cut(old.duration, new.duration, len(old.phones) - 1, len(new.phones) - 1)
    start = (places[0].old, places[0].new)
    return min(places, key=lambda cut: _cost(old, new, cut, start))


def _places(old: Speech, new: Speech, i: int, j: int, step: int) -> list[_Cut]:
    """Return where a phone may be cut; a pause near the piece, so that it keeps its length."""
    first, second = old.phones[i], new.phones[j]
    if first.symbol == SILENCE:
        reach = min(first.duration, second.duration) / 2.0
        if step < 0:
            return [_Cut(first.end - reach, second.end - reach, i, j)]
        return [_Cut(first.start + reach, second.start + reach, i, j)]
    shares = [1.0 - share for share in INSIDE] if step < 0 else INSIDE
    return [
        _Cut(first.start + share * first.duration, second.start + share * second.duration, i, j) for share in shares
    ]


def _cost(old: Speech, new: Speech, cut: _Cut, start: tuple[float, float]) -> float:
    """Return how much a cut would be heard, in decibels of another spectrum."""
    one, other = _spectrum(old, cut.old), _spectrum(new, cut.new)
    level = 10.0 * np.log10(max(float((10.0 ** (one / 10.0)).sum()), 1e-12))
    away = max(abs(cut.old - start[0]), abs(cut.new - start[1]))
    return float(np.sqrt(np.mean((one - other) ** 2)) + LOUDER * max(level - QUIET, 0.0) + FARTHER * away)


def _spectrum(speech: Speech, seconds: float) -> FloatArray:
    """Return the power around a moment in dB below full scale, in :data:`BANDS`; no lower than 70 dB below."""
    length = round(WINDOW * speech.sample_rate)
    first = round(seconds * speech.sample_rate) - length // 2
    padded = np.pad(speech.samples, length)
    piece = padded[first + length : first + 2 * length].astype(np.float64) * np.hanning(length)
    power = np.abs(np.fft.rfft(piece)) ** 2 / length**2 * 8.0
    frequencies = np.fft.rfftfreq(length, 1.0 / speech.sample_rate)
    mel = 2595.0 * np.log10(1.0 + frequencies / 700.0)
    band = np.floor(mel / (2595.0 * np.log10(1.0 + 6000.0 / 700.0)) * BANDS).astype(int)
    summed = np.bincount(np.minimum(band, BANDS), power, BANDS + 1)[:BANDS]
    return np.asarray(10.0 * np.log10(np.maximum(summed, 1e-7)))


def _gain(old: Speech, new: Speech, old_words: tuple[int, int], new_words: tuple[int, int]) -> float:
    """Return by what the new reading is to be multiplied: its words beside the piece are as loud as the old ones."""
    before = min(old_words[0], new_words[0], 2)
    behind = min(len(old.words) - old_words[1], len(new.words) - new_words[1], 2)
    pairs = [(old_words[0] - k, new_words[0] - k) for k in range(1, before + 1)]
    pairs += [(old_words[1] + k, new_words[1] + k) for k in range(behind)]
    if not pairs:
        return 1.0
    powers = np.array([[_power(old, old.words[i]), _power(new, new.words[j])] for i, j in pairs]).sum(axis=0)
    if powers.min() <= 0.0:
        return 1.0
    limit = 10.0 ** (MOST_GAIN / 20.0)
    return float(np.clip(np.sqrt(powers[0] / powers[1]), 1.0 / limit, limit))


def _power(speech: Speech, word: Word) -> float:
    """Return the mean power of a word."""
    piece = speech.samples[round(word.start * speech.sample_rate) : round(word.end * speech.sample_rate)]
    return float(np.square(piece, dtype=np.float64).mean()) if len(piece) else 0.0


def _joined(old: Speech, new: Speech, left: _Cut, right: _Cut) -> tuple[Samples, _Cut, _Cut]:
    """Return the samples, and the cuts as they were moved to be in phase, on whole samples."""
    rate = old.sample_rate
    a, b = (int(np.clip(round(cut.old * rate), 0, len(old.samples))) for cut in (left, right))
    c, d = (int(np.clip(round(cut.new * rate), 0, len(new.samples))) for cut in (left, right))
    half = round(FADE * rate / 2)
    c += _shift(old.samples, new.samples, a, c, half, rate)
    d += _shift(old.samples, new.samples, b, d, half, rate)
    d = max(d, c)
    out = _faded(old.samples, new.samples[:d], a, c, half)
    moved = a - c + d  # where the second cut is now
    samples = _faded(np.concatenate((out, new.samples[d : d + half])), old.samples, moved, b, half)
    return samples, replace(left, old=a / rate, new=c / rate), replace(right, old=b / rate, new=d / rate)


def _shift(old: Samples, new: Samples, a: int, c: int, half: int, rate: int) -> int:
    """Return by how many samples the new reading fits better at a cut."""
    reach = round(SEARCH * rate)
    size = 2 * half + reach
    if a < size or a + size > len(old) or c < size + reach or c + size + reach > len(new):
        return 0
    wanted = old[a - size : a + size]
    if float(np.abs(wanted).max()) < 10.0 ** (QUIET / 20.0):
        return 0
    return best_shift(wanted, new, c - size, reach)


def _faded(first: Samples, second: Samples, a: int, c: int, half: int) -> Samples:
    """Return one sound up to ``a`` and the other from ``c`` on, laid over each other around it."""
    half = min(half, a, len(first) - a, c, len(second) - c)
    if half <= 0:
        return np.concatenate((first[:a], second[c:]))
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(2 * half, dtype=np.float32) + 0.5) / (2 * half))
    both = first[a - half : a + half] * (1.0 - ramp) + second[c - half : c + half] * ramp
    faded: Samples = np.concatenate((first[: a - half], both, second[c + half :])).astype(np.float32)
    return faded


def _phones(
    old: Speech, new: Speech, cuts: tuple[_Cut, _Cut], shifts: tuple[float, float], duration: float
) -> tuple[Phone, ...]:
    """Return the phones of both readings at their new times, without gaps, up to the end of the sound."""
    (left, right), (first, second) = cuts, shifts
    earlier = old.phones[: left.old_phone]
    middle = [
        replace(p, start=p.start + first, end=p.end + first) for p in new.phones[left.new_phone : right.new_phone + 1]
    ]
    later = [replace(p, start=p.start + second, end=p.end + second) for p in old.phones[right.old_phone + 1 :]]
    if middle:
        end = old.phones[right.old_phone].end + second if right.old_phone < len(old.phones) else duration
        middle[-1] = replace(middle[-1], end=end)
    made: list[Phone] = []
    for phone in (*earlier, *middle, *later):
        start = made[-1].end if made else 0.0
        if phone.end > start + 1e-6:
            made.append(replace(phone, start=start))
    made[-1] = replace(made[-1], end=duration)
    return tuple(made)


def _words(
    old: Speech,
    new: Speech,
    ranges: tuple[tuple[int, int], tuple[int, int]],
    cuts: tuple[_Cut, _Cut],
    shifts: tuple[float, float],
) -> tuple[Word, ...]:
    """Return the words of both readings at their new times."""
    (first, last), (new_first, new_last) = ranges
    (left, right), (earlier, later) = cuts, shifts
    words: list[Word] = []
    for place, word in enumerate(old.words[:first]):
        other = new_first - (first - place)
        if word.end > left.old + 1e-6 and other >= 0:
            start = word.start if word.start <= left.old else new.words[other].start + earlier
            word = replace(word, start=start, end=new.words[other].end + earlier)  # noqa: PLW2901  # the same word
        words.append(word)
    words += [replace(w, start=w.start + earlier, end=w.end + earlier) for w in new.words[new_first:new_last]]
    for place, word in enumerate(old.words[last:]):
        other = new_last + place
        start, end = word.start + later, word.end + later
        if word.start < right.old - 1e-6 and other < len(new.words):
            start = new.words[other].start + earlier
            end = end if word.end >= right.old else new.words[other].end + earlier
        words.append(replace(word, start=start, end=end))
    return tuple(words)
