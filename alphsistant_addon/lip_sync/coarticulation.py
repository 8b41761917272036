"""Phones → dense viseme weights: consonants laid over a stream of vowels, lips sealed where they must be.

Sources: Öhman 1966 ("Coarticulation in VCV utterances": consonants are superimposed on a vowel-to-vowel movement),
Cohen and Massaro 1993 (overlapping, normalised dominance), Edwards et al. 2016 (JALI: seals, sibilants, early rounding,
merged neighbours). Times in seconds; weights have the shape ``[frames, 15]`` in the order of ``VISEMES``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.phone_inventory import SILENCE
from ..core.speech import Phone
from .channels import VISEMES
from .visemes import ARTICULATIONS, DIPHTHONG_SPLIT, ROUNDED, VISEME_INDEX, Manner

FloatArray = npt.NDArray[np.float64]

STEP: Final = 0.005
"""Seconds between two dense frames."""

RAMP: Final = 0.120
"""Seconds from one shape to the next (JALI section 4.3: 120 ms), where the passages before and after leave them."""

ROUNDING_LEAD: Final = 0.200
"""Lips begin to round up to this long before a rounded vowel (JALI), where only consonants are in between."""

ROUNDING_SHARE: Final = 0.25
"""Share of the mouth that a tongue consonant or s z gives up to a rounded vowel near it ("stew": the s is rounded)."""

ROUND_RAMP: Final = 0.200
"""Seconds from an unrounded shape to a rounded one. Filmed lips are slow to round: of the way to a w they have a fifth
0.10 s and half 0.04 s before the sound."""

UNROUND_LAG: Final = 0.030
"""The passage from a rounded shape to an unrounded one takes as long, and its middle is this much after the sound."""

LOOK_AHEAD: Final = 0.150
LOOK_AHEAD_SHARE: Final = 0.40
"""Before that passage the lips begin to round during so many seconds, and come this far: filmed people look ahead over
a phone or two. ʃ ʒ tʃ dʒ begin early enough without it."""

GLIDE_LEAD: Final[dict[Manner, float]] = {Manner.GLIDE: 0.090, Manner.SIBILANT: 0.050}
"""Rounded consonants are this much earlier than their sound: w ɹ, and ʃ ʒ tʃ dʒ."""

LEAD_INTO_VOWEL: Final = 0.3
"""They take no more than this share of a vowel before them: "far" still opens."""

SHORTEST_PAUSE: Final = 0.10
"""Pauses shorter than this within speech are passed over: the mouth does not snap shut between two words."""

LONGEST_PARTED: Final = 0.80
"""In pauses up to this long within speech the lips stay parted."""

PARTED_WEIGHT: Final = 0.45
"""Weight of ``E`` then."""

BREATH_PAUSE: Final = 0.35
BREATH_PHRASE: Final = 0.6
"""In a pause of at least .35 s before a phrase of at least .6 s the lips part for a breath."""

BREATH_WEIGHT: Final = 0.50
"""Weight of ``E`` in a breath."""

BREATH_START, BREATH_FULL = 0.70, 0.30
"""Seconds before the phrase at which the lips begin to part and are parted; they stay so into its first sound."""

BREATH_SEAL: Final = 0.08
"""Before p b m f v the breath ends this much earlier."""

REST_ONSET: Final = 0.015
"""The mouth starts to open this much before the sound after a pause, and closes as much after it."""

ROUND_VOWELS: Final = [VISEME_INDEX["O"], VISEME_INDEX["U"]]

SEAL_RAMP: Final = 0.065
"""Lips close and part within this time around a seal."""

SEALS: Final[dict[str, tuple[float, float]]] = {
    **dict.fromkeys("pb", (0.0, 0.72)),
    "m": (0.0, 1.0),
    **dict.fromkeys("fv", (0.0, 1.0)),
}
"""From where to where lips are closed (p b m) or on the teeth (f v), as shares of the phone's duration. Filmed lips
close before the sound of p and b stops; what follows is the burst and its breath, which m has not."""

SILENT: Final = frozenset({Manner.REST, Manner.PARTED})

SUM_LIMIT: Final = 0.98
"""Visemes together move the mesh no further than this much of one of them."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """One shape held from ``start`` to ``end``; a diphthong is two gestures, equal neighbours are one."""

    viseme: int
    start: float
    end: float
    weight: float
    claim: float
    manner: Manner
    hold: tuple[float, float] | None = None
    """When the lips must be closed (p b m) or on the teeth (f v)."""
    beside: tuple[tuple[int, float], ...] = ()
    """Visemes and weights laid over it for its whole length."""
    is_second: bool = False
    """Whether it is the second half of a diphthong."""
    ramp: float | None = None
    """Seconds that the passage to this gesture takes, where that does not follow from durations (a breath)."""

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start

    @property
    def weights(self) -> FloatArray:
        """Weights of all visemes at its height, shape ``[15]``."""
        weights = np.zeros(len(VISEMES))
        for viseme, weight in ((self.viseme, self.weight), *self.beside):
            weights[viseme] += weight
        return weights


@dataclass(frozen=True)
class Trajectory:
    """Dense weights, and the frames between which a shape must be held exactly."""

    times: FloatArray
    weights: FloatArray
    holds: tuple[tuple[int, int, int], ...]
    """(viseme, first frame, last frame) of each seal."""


def make_gestures(phones: Sequence[Phone], amplitudes: Sequence[float], breath: float = 1.0) -> list[Gesture]:
    """Phones → gestures, with one amplitude factor per phone (loudness and stress) and an amount of breath."""
    gestures: list[Gesture] = []
    waiting: float | None = None
    for index, (phone, amplitude) in enumerate(zip(phones, amplitudes, strict=True)):
        articulation = ARTICULATIONS[phone.symbol]
        if phone.duration <= 0.0:
            continue
        start = phone.start if waiting is None else waiting
        waiting = None
        is_inside = 0 < index < len(phones) - 1
        if articulation.manner is Manner.REST and is_inside and gestures and phone.duration < SHORTEST_PAUSE:
            waiting = (start + phone.end) / 2.0
            gestures[-1] = replace(gestures[-1], end=waiting)
            continue
        if articulation.manner is Manner.REST:
            gestures += _pause(phones, index, start, breath)
            continue
        if articulation.manner is Manner.TRANSPARENT:
            following = phones[index + 1] if index + 1 < len(phones) else None
            if following is not None and ARTICULATIONS[following.symbol].manner is Manner.VOWEL:
                waiting = start  # the mouth already has the coming vowel's shape
            elif gestures:
                gestures[-1] = replace(gestures[-1], end=phone.end)
            else:
                waiting = start
            continue
        for gesture in _articulate(phone, start, amplitude):
            if gestures and _are_alike(gestures[-1], gesture):
                gestures[-1] = _merge(gestures[-1], gesture)
            else:
                gestures.append(gesture)
    return gestures


def _articulate(phone: Phone, start: float, amplitude: float) -> list[Gesture]:
    """Return the one or two gestures of a phone that makes a shape of its own."""
    articulation = ARTICULATIONS[phone.symbol]
    bounds = [start, phone.end]
    if len(articulation.shapes) == 2:
        bounds.insert(1, start + DIPHTHONG_SPLIT * (phone.end - start))
    gain = amplitude if articulation.manner in (Manner.VOWEL, Manner.GLIDE) else 1.0
    return [
        Gesture(
            VISEME_INDEX[shape.viseme],
            first,
            last,
            shape.weight * gain,
            articulation.claim,
            articulation.manner,
            _hold(phone) if phone.symbol in SEALS else None,
            tuple((VISEME_INDEX[other.viseme], other.weight * gain) for other in articulation.beside),
            is_second=number == 1,
        )
        for number, (shape, first, last) in enumerate(zip(articulation.shapes, bounds[:-1], bounds[1:], strict=True))
    ]


def _pause(phones: Sequence[Phone], index: int, start: float, breath: float) -> list[Gesture]:
    """What the lips do in a pause: parted in a short one, otherwise closed, and open for the breath before a phrase."""
    end = phones[index].end
    is_inside = 0 < index < len(phones) - 1
    if is_inside and end - start <= LONGEST_PARTED:
        return [Gesture(VISEME_INDEX["E"], start, end, PARTED_WEIGHT, 1.0, Manner.PARTED)]
    shut = Gesture(VISEME_INDEX["sil"], start, end, 1.0, 1.0, Manner.REST)
    phrase_end = next((p.start for p in phones[index + 1 :] if p.symbol == SILENCE), phones[-1].end)
    if breath <= 0.0 or end - start < BREATH_PAUSE or phrase_end - end < BREATH_PHRASE:
        return [shut]
    opening = min(BREATH_START - BREATH_FULL, (end - start) / 2.0)
    middle = max(end - (BREATH_START + BREATH_FULL) / 2.0, start + opening / 2.0)
    weight = min(BREATH_WEIGHT * breath, 1.0)
    parted = Gesture(VISEME_INDEX["E"], middle, end, weight, 1.0, Manner.PARTED, ramp=opening)
    gestures = [replace(shut, end=middle), parted]
    if ARTICULATIONS[phones[index + 1].symbol].manner in (Manner.SEAL, Manner.LABIODENTAL):
        gestures[1] = replace(parted, end=end - BREATH_SEAL)
        gestures.append(replace(shut, start=end - BREATH_SEAL))
    return gestures


def _hold(phone: Phone) -> tuple[float, float]:
    start, end = SEALS[phone.symbol]
    return phone.start + start * phone.duration, phone.start + end * phone.duration


def _are_alike(first: Gesture, second: Gesture) -> bool:
    if {first.manner, second.manner} & SILENT:
        return False
    return first.viseme == second.viseme and (first.manner is second.manner or first.hold is second.hold is None)


def _merge(first: Gesture, second: Gesture) -> Gesture:
    """One gesture for two equal neighbours, at the stronger weight."""
    hold = (first.hold[0], second.hold[1]) if first.hold and second.hold else None
    stronger = first if first.weight >= second.weight else second
    # A glide that melts into its vowel is a vowel to its neighbours.
    manner = Manner.VOWEL if Manner.VOWEL in (first.manner, second.manner) else first.manner
    claim = max(first.claim, second.claim)
    return replace(stronger, start=first.start, end=second.end, claim=claim, manner=manner, hold=hold)


def _smooth(u: FloatArray) -> FloatArray:
    """Rise from 0 to 1 with flat ends."""
    u = np.clip(u, 0.0, 1.0)
    return np.asarray(u * u * (3.0 - 2.0 * u))


def _ramp(before: Gesture, after: Gesture) -> tuple[float, float]:
    """Start and end of the passage from one gesture to the next."""
    boundary = before.end
    if after.ramp is not None:
        return boundary - after.ramp / 2.0, boundary + after.ramp / 2.0
    if before.manner in SILENT or after.manner in SILENT:
        boundary += -REST_ONSET if before.manner in SILENT else REST_ONSET
    if VISEMES[after.viseme] in ROUNDED:
        lead = GLIDE_LEAD.get(after.manner, 0.0)
        boundary -= min(lead, LEAD_INTO_VOWEL * before.duration) if before.manner is Manner.VOWEL else lead
    unrounds = _ends_to_round(before, after)
    boundary += UNROUND_LAG if unrounds else 0.0
    rounds = _begins_to_round(before, after)
    half = (ROUND_RAMP if unrounds or rounds else RAMP) / 2.0
    if rounds and before.hold is not None:
        boundary -= half - RAMP / 2.0  # lips round while they are closed, and part rounded
    return boundary - half, boundary + half


def _begins_to_round(before: Gesture, after: Gesture) -> bool:
    """Say whether the lips round between two gestures of speech; within a diphthong the first half is shown first."""
    is_new = VISEMES[after.viseme] in ROUNDED and VISEMES[before.viseme] not in ROUNDED
    return is_new and not after.is_second and before.manner not in SILENT


def _ends_to_round(before: Gesture, after: Gesture) -> bool:
    """Say whether the lips leave a rounded shape; a seal does not wait for them."""
    is_left = VISEMES[before.viseme] in ROUNDED and VISEMES[after.viseme] not in ROUNDED
    return is_left and not after.is_second and after.manner not in SILENT and after.hold is None


def _ramps(gestures: Sequence[Gesture]) -> list[tuple[float, float]]:
    """Passages between neighbours, in order, so that the shares of all gestures are ≥ 0 and sum to 1."""
    ramps: list[tuple[float, float]] = []
    for before, after in itertools.pairwise(gestures):
        start, end = _ramp(before, after)
        if ramps:
            start = max(start, ramps[-1][0] + STEP)
            end = max(end, ramps[-1][1] + STEP)
        ramps.append((start, max(end, start + STEP)))
    return ramps


def _vowel_stream(gestures: Sequence[Gesture], times: FloatArray) -> FloatArray:
    """The vowels alone, one gliding into the next under the consonants between them; shape ``[frames, 15]``."""
    stream = np.zeros((len(times), len(VISEMES)))
    previous: Gesture | None = None
    held_from = 0
    for gesture in gestures:
        if gesture.manner in SILENT:
            if previous is not None:
                stream[held_from:] = previous.weights
                stream[_frame(gesture.end, times) :] = 0.0
                held_from = _frame(gesture.start, times)
            previous = None
            continue
        if gesture.manner is not Manner.VOWEL:
            continue
        if previous is None:
            previous = gesture
            continue
        start, end = _vowel_passage(previous, gesture)
        first, last = _frame(start, times), _frame(end, times) + 1
        stream[held_from:first] = previous.weights
        share = _smooth((times[first:last] - start) / (end - start))[:, None]
        stream[first:last] = (1.0 - share) * previous.weights + share * gesture.weights
        previous, held_from = gesture, last
    if previous is not None:
        stream[held_from:] = previous.weights
    return stream


def _vowel_passage(before: Gesture, after: Gesture) -> tuple[float, float]:
    """When the mouth goes from one vowel to the next: across the consonants, early for rounded lips."""
    start, end = before.end, after.start
    if VISEMES[after.viseme] in ROUNDED and VISEMES[before.viseme] not in ROUNDED:
        start = max(start, end - ROUNDING_LEAD)
        end = max(start, end - 0.3 * (end - start))
    if end - start < RAMP:
        middle = 0.5 * (start + end)
        start, end = middle - RAMP / 2.0, middle + RAMP / 2.0
    return max(start, before.start), min(end, after.end)


def _frame(seconds: float, times: FloatArray) -> int:
    return min(max(round(seconds / STEP), 0), len(times) - 1)


def make_trajectory(
    phones: Sequence[Phone],
    duration: float,
    amplitudes: Sequence[float],
    gains: FloatArray,
    shortest_hold: float = 0.0,
    breath: float = 1.0,
) -> Trajectory:
    """Dense viseme weights of a phone sequence.

    Args:
        phones: in order, without gaps.
        duration: seconds; the last frame is at or after it.
        amplitudes: factor on each vowel and glide, one per phone.
        gains: factor on each viseme, shape ``[15]`` (:meth:`Style.gains`).
        shortest_hold: seals last at least this long (one frame of the film, so that a frame shows each).
        breath: factor on how far the lips part for a breath before a phrase; 0 is not at all.
    """
    times: FloatArray = np.arange(int(np.ceil(duration / STEP)) + 1, dtype=np.float64) * STEP
    gestures = make_gestures(phones, amplitudes, breath)
    stream = _vowel_stream(gestures, times)
    weights = np.zeros_like(stream)
    ramps = _ramps(gestures)
    for index, gesture in enumerate(gestures):
        rise = ramps[index - 1] if index > 0 else (-2.0, -1.0)
        fall = ramps[index] if index < len(ramps) else (times[-1] + 1.0, times[-1] + 2.0)
        window = slice(_frame(rise[0], times), _frame(fall[1], times) + 1)
        at = times[window]
        share = _smooth((at - rise[0]) / (rise[1] - rise[0])) - _smooth((at - fall[0]) / (fall[1] - fall[0]))
        claim = np.full(len(at), gesture.claim)
        if gesture.manner in (Manner.TONGUE, Manner.SIBILANT):
            claim -= ROUNDING_SHARE * stream[window][:, ROUND_VOWELS].sum(axis=1)
        weights[window] += (share * claim)[:, None] * gesture.weights
        weights[window] += (share * (1.0 - claim))[:, None] * stream[window]
    _look_ahead(gestures, ramps, times, weights)
    weights *= gains
    weights /= np.maximum(weights.sum(axis=1, keepdims=True) / SUM_LIMIT, 1.0)
    return Trajectory(times, weights, _apply_holds(gestures, times, weights, shortest_hold))


def _look_ahead(
    gestures: Sequence[Gesture], ramps: Sequence[tuple[float, float]], times: FloatArray, weights: FloatArray
) -> None:
    """Let the lips begin to round before the passage to a rounded shape, changing ``weights`` in place.

    The lead grows until the passage begins, and gives way to it: at its end the weights are what they were.
    """
    for (before, after), (start, end) in zip(itertools.pairwise(gestures), ramps, strict=True):
        if not _begins_to_round(before, after) or after.manner is Manner.SIBILANT:
            continue
        first = start - LOOK_AHEAD
        window = slice(_frame(first, times), _frame(end, times) + 1)
        at = times[window]
        lead = _smooth((at - first) / (end - first)) * (1.0 - _smooth((at - start) / (end - start)))
        weights[window] += LOOK_AHEAD_SHARE * lead[:, None] * (after.weights - weights[window])


def _apply_holds(
    gestures: Sequence[Gesture], times: FloatArray, weights: FloatArray, shortest_hold: float
) -> tuple[tuple[int, int, int], ...]:
    """Close the lips (or bring them to the teeth) for the whole of every hold, changing ``weights`` in place."""
    holds: list[tuple[int, int, int]] = []
    for gesture in gestures:
        if gesture.hold is None:
            continue
        start, end = gesture.hold
        missing = shortest_hold - (end - start)
        if missing > 0.0:
            start, end = start - missing / 2.0, end + missing / 2.0
        first, last = _frame(start, times), _frame(end, times)
        if holds and first <= holds[-1][2] and holds[-1][0] != gesture.viseme:
            first = min(holds[-1][2] + 1, last)
        holds.append((gesture.viseme, first, last))
        edge = round(SEAL_RAMP / STEP)
        window = slice(max(first - edge, 0), min(last + edge, len(times) - 1) + 1)
        frames = np.arange(window.start, window.stop)
        distance = np.maximum(np.maximum(first - frames, frames - last), 0)
        share = _smooth(1.0 - distance / edge)[:, None]
        target = np.zeros(len(VISEMES))
        target[gesture.viseme] = gesture.weight
        weights[window] = (1.0 - share) * weights[window] + share * target
    # A neighbour's ramp may have reached into a hold: the hold has the last word.
    for viseme, first, last in holds:
        weights[first : last + 1] = 0.0
        weights[first : last + 1, viseme] = next(g.weight for g in gestures if g.viseme == viseme and g.hold)
    return tuple(holds)
