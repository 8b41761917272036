"""What a face does while others speak: it looks at who speaks, nods, raises its brows, blinks, breathes on.

A face that says something has its curves from what it says (:mod:`.animation`). One that listens has nothing of its
own to say, but is seen for as long: its curves follow from what the others say. Sources: Dittmann and Llewellyn 1968,
“Relationship between vocalizations and head nods as listener responses” (nods at the ends of the speaker's phrases);
Kendon 1967, “Some functions of gaze-direction in social interaction” (who listens looks at the other for longer);
Goodwin 1981, “Conversational Organization” (gaze goes to a new speaker soon after the turn has changed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.face_animation import Curve, FaceAnimation
from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Speech
from .curves import sample_curve
from .life import HEAD_CHANNELS, LIVES, Life, make_life

FloatArray = npt.NDArray[np.float64]

HEAD_TURN: Final = 15.0
"""Degrees that the head turns at weight 1 of a head channel, as rigs are mapped (``face_rig.bone_names``)."""

EYES_TURN: Final = 30.0
"""Degrees that the eyes turn at weight 1 of an ``eyeLook`` channel, about the most that eyes do."""

HEAD_SHARE: Final = 0.6
"""Of a look aside the part that the head does; the eyes do the rest (Freedman and Sparks 1997: heads follow gaze)."""

MOST_HEAD, MOST_EYES = 0.8, 0.7
"""Weights at most, so that nods and glances have room beside a look aside."""

TURN_SECONDS: Final = 0.45
"""The head needs so long to look at another speaker; the eyes half of it."""

TURN_AFTER: Final = 0.25
"""Seconds after a new speaker has begun until a listener looks there."""

LED_OVER: Final = 0.4
"""Seconds in which a face goes from what it showed at the end of its own words to listening, and back."""

NOD_CHANCE: Final = 0.6
"""Share of the speaker's phrase ends at which a listener nods."""

PHRASE_END: Final = 0.15
"""Seconds of silence that end a phrase."""

NODS_APART: Final = 1.2
"""Seconds between two nods at least."""

_STEP: Final = 0.04
"""Seconds between two keys; the rig takes of them what it needs."""

_UNSEEN: Final = 0.005
"""A channel that never goes above this gets no keys."""

_SILENCE_RATE: Final = 100
"""Samples a second of the silence that a listener's own life is made for."""

_PAIRS: Final = (
    ("headYawLeft", "headYawRight"),
    ("headPitchUp", "headPitchDown"),
    ("eyeLookOutLeft", "eyeLookInLeft"),
    ("eyeLookInRight", "eyeLookOutRight"),
    ("eyeLookUpLeft", "eyeLookDownLeft"),
    ("eyeLookUpRight", "eyeLookDownRight"),
)
"""Channels of opposite directions: the subject's left or up, and its right or down."""


@dataclass(frozen=True, slots=True)
class Look:
    """A direction as seen by the face, in degrees from straight ahead."""

    left: float = 0.0
    """To the subject's left; below 0 to its right."""
    up: float = 0.0

    @property
    def weights(self) -> dict[str, float]:
        """Signed weights by the first channel of each pair (:data:`_PAIRS`)."""
        head = [float(np.clip(HEAD_SHARE * angle / HEAD_TURN, -MOST_HEAD, MOST_HEAD)) for angle in (self.left, self.up)]
        rest = [angle - HEAD_TURN * turned for angle, turned in zip((self.left, self.up), head, strict=True)]
        eyes = [float(np.clip(angle / EYES_TURN, -MOST_EYES, MOST_EYES)) for angle in rest]
        return {
            "headYawLeft": head[0],
            "headPitchUp": head[1],
            "eyeLookOutLeft": eyes[0],
            "eyeLookInRight": eyes[0],
            "eyeLookUpLeft": eyes[1],
            "eyeLookUpRight": eyes[1],
        }


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody else says while the face listens."""

    start: float
    """Seconds from the beginning of the listening; below 0 if it had begun before."""
    phones: tuple[Phone, ...]
    text: str
    look: Look
    """Where the speaker is."""

    @property
    def end(self) -> float:
        """Seconds at which the last sound ends."""
        spoken = [phone.end for phone in self.phones if phone.symbol != SILENCE]
        return self.start + (spoken[-1] if spoken else 0.0)


def with_look(animation: FaceAnimation, look: Look) -> FaceAnimation:
    """Return the animation of a face that looks aside all the while; glances, nods and sway go on around that."""
    if look == Look():
        return animation
    times = _times(animation.duration)
    channels = dict(animation.channels)
    for (positive, negative), base in zip(_PAIRS, (look.weights[pair[0]] for pair in _PAIRS), strict=True):
        signed = _signed(channels, positive, negative, times) + base
        _put_signed(channels, positive, negative, times, signed)
    return replace(animation, channels=channels)


def listen(
    duration: float,
    heard: Sequence[Heard],
    *,
    life: Life | None = None,
    seed: int = 0,
    before: Mapping[str, float] | None = None,
    after: Mapping[str, float] | None = None,
) -> FaceAnimation:
    """Return the curves of a face that listens; none of them is the mouth's.

    Args:
        duration: seconds.
        heard: what is said meanwhile, in order; the first of them may have begun before, the last may begin later.
        life: amounts of blinks, gaze, brows and head (a listener's by default).
        seed: same seed, same curves.
        before: weights of channels that the face shows when the listening begins; ``None``: it is seen first then.
        after: weights that it is to show when the listening ends; ``None``: nothing follows.

    Returns:
        Keys every 40 ms, as the head follows several things at once; the mapping to a rig thins them out.
    """
    life = life or LIVES["listener"]
    times = _times(duration)
    rng = np.random.default_rng([seed, 7])
    silence = Speech(
        np.zeros(max(1, round(duration * _SILENCE_RATE)), np.float32),
        _SILENCE_RATE,
        (Phone(SILENCE, 0.0, duration),),
        (),
        "",
    )
    made = make_life(silence, life, seed)
    curves: dict[str, FloatArray] = {name: sample_curve(curve, times) for name, curve in made.items()}
    _add_nods(curves, times, heard, life, rng)
    _add_brows(curves, times, heard, life)
    channels = {name: Curve(times, np.clip(weights, 0.0, 1.0)) for name, weights in curves.items()}
    for positive, negative in _PAIRS:
        signed = _signed(channels, positive, negative, times) + _looks(times, heard, positive)
        _put_signed(channels, positive, negative, times, signed)
    for name in {*channels, *(before or {}), *(after or {})}:
        weights = sample_curve(channels[name], times) if name in channels else np.zeros(len(times))
        weights = _led(weights, times, (before or {}).get(name, 0.0) if before is not None else None)
        weights = _led(weights[::-1], times, (after or {}).get(name, 0.0) if after is not None else None)[::-1]
        channels[name] = Curve(times, weights)
    return FaceAnimation({name: curve for name, curve in channels.items() if curve.weights.max() > _UNSEEN}, duration)


def weights_at(animation: FaceAnimation, seconds: float) -> dict[str, float]:
    """Return what a face shows at a moment beside the mouth; channels at rest are left out."""
    found = {
        name: float(sample_curve(curve, [seconds])[0])
        for name, curve in animation.channels.items()
        if not name.startswith(("viseme_", "jaw")) and len(curve.times)
    }
    return {name: weight for name, weight in found.items() if weight > 0.0}


def _times(duration: float) -> FloatArray:
    count = max(1, int(np.ceil(duration / _STEP)))
    return np.linspace(0.0, duration, count + 1)


def _signed(channels: Mapping[str, Curve], positive: str, negative: str, times: FloatArray) -> FloatArray:
    both = [sample_curve(channels[name], times) if name in channels else 0.0 for name in (positive, negative)]
    return np.zeros(len(times)) + both[0] - both[1]


def _put_signed(
    channels: dict[str, Curve], positive: str, negative: str, times: FloatArray, signed: FloatArray
) -> None:
    for name, weights in ((positive, signed), (negative, -signed)):
        channels.pop(name, None)
        if weights.max(initial=0.0) > 0.0:
            channels[name] = Curve(times, np.clip(weights, 0.0, 1.0))


def _looks(times: FloatArray, heard: Iterable[Heard], channel: str) -> FloatArray:
    """Return the weights of a channel by which the face looks at whoever speaks."""
    seconds = TURN_SECONDS if channel in HEAD_CHANNELS else 0.5 * TURN_SECONDS
    weights = np.zeros(len(times))
    for number, said in enumerate(heard):
        wanted = said.look.weights[channel]
        begin = said.start + TURN_AFTER if number else -np.inf  # at the first speaker it looks already
        share = np.clip((times - begin) / seconds, 0.0, 1.0) if number else np.ones(len(times))
        weights += _smooth(share) * (wanted - weights)
    return weights


def _add_nods(
    curves: dict[str, FloatArray], times: FloatArray, heard: Iterable[Heard], life: Life, rng: np.random.Generator
) -> None:
    """Let the head nod at ends of the speaker's phrases: once at a pause, twice at the end of what is said."""
    if life.head == 0.0:
        return
    last = -NODS_APART
    for said in heard:
        pauses = [phone for phone in said.phones if phone.symbol == SILENCE and phone.duration >= PHRASE_END]
        ends = [said.start + phone.start for phone in pauses if phone.start > 0.0]
        for at in sorted({*ends, said.end}):
            is_last = at >= said.end - 1e-6
            if rng.random() >= NOD_CHANCE or at - last < NODS_APART or not 0.2 < at < times[-1] - 0.3:
                continue
            last = at
            height = float(rng.uniform(0.35, 0.7)) * min(2.0 * life.head, 1.4)
            _add_bump(curves, "headPitchDown", times, at + 0.1, 0.42, height)
            if is_last:
                _add_bump(curves, "headPitchDown", times, at + 0.5, 0.38, 0.6 * height)


def _add_brows(curves: dict[str, FloatArray], times: FloatArray, heard: Iterable[Heard], life: Life) -> None:
    """Let the brows rise a little at the end of a question."""
    for said in heard:
        if said.text.rstrip().endswith("?") and life.brows > 0.0:
            for channel in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"):
                _add_bump(curves, channel, times, said.end + 0.25, 0.9, 0.8 * life.brows)


def _add_bump(
    curves: dict[str, FloatArray], channel: str, times: FloatArray, middle: float, seconds: float, height: float
) -> None:
    phase = np.clip((times - middle) / seconds, -0.5, 0.5)
    bump = height * np.cos(np.pi * phase) ** 2
    curves[channel] = curves.get(channel, np.zeros(len(times))) + bump


def _led(weights: FloatArray, times: FloatArray, start: float | None) -> FloatArray:
    """Lead weights over from what was shown before them; ``None``: nothing was."""
    if start is None:
        return weights
    share = _smooth(np.clip(times / min(LED_OVER, max(0.5 * times[-1], 1e-6)), 0.0, 1.0))
    return np.asarray((1.0 - share) * start + share * weights)


def _smooth(share: FloatArray) -> FloatArray:
    """Without a jerk at either end."""
    return np.asarray(share * share * (3.0 - 2.0 * share))
