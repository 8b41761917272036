"""``LiveMotion``: what a face does at this moment while somebody talks with it: speaks, listens, thinks, waits.

A take has its curves from beginning to end. A live face has no end: what it says comes part by part, between the parts
it lives on, and what begins is blended with what was shown before. Everything is in weights of channels; what a rig
makes of them is :mod:`..face_rig.rig_moment`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.face_animation import FaceAnimation
from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Speech
from .channels import ARKIT_CHANNELS, VISEME_CHANNELS
from .curves import sample_curve
from .life import HEAD_CHANNELS, LIVES, Life, make_life

FloatArray = npt.NDArray[np.float64]

LIVE_CHANNELS: Final[tuple[str, ...]] = (*VISEME_CHANNELS, *ARKIT_CHANNELS, *HEAD_CHANNELS)
"""The channels of a live face, in the order of its weights."""

TABLE_RATE: Final = 120.0
"""Moments a second at which curves are read beforehand: twice as many as the face is moved."""

MOUTH_FADE: Final = 0.09
"""Seconds in which the mouth goes from what it showed to what it shall show. With two ticks of 1/60 s it is closed
within the .12 s that an interruption may take."""

REST_FADE: Final = 0.3
"""The same for eyes, brows, head and mood, which do not jump."""

STRETCH: Final = 20.0
"""Seconds of life between two parts that are made at once; then the next ones are, with another seed."""

_MOUTH: Final = np.array([name.startswith(("viseme_", "jaw")) for name in LIVE_CHANNELS])
_PLACES: Final = {name: index for index, name in enumerate(LIVE_CHANNELS)}
_SILENCE_RATE: Final = 100
"""Samples a second of the silence for which life between two parts is made."""

LIFE_OF_STATE: Final[dict[str, str]] = {
    "idle": "idle",
    "listening": "listener",
    "thinking": "idle",
    "speaking": "listener",
}
"""State of a conversation → the way of living (:data:`LIVES`) of a face that says nothing at this moment."""

AT_REST: Final = "at rest"
"""The state in which nothing lives: what was shown is led to rest, before the face is left alone."""

THINKING_LOOK: Final[dict[str, float]] = {
    "eyeLookUpLeft": 0.35,
    "eyeLookUpRight": 0.35,
    "eyeLookOutLeft": 0.25,
    "eyeLookInRight": 0.25,
    "browInnerUp": 0.15,
    "headRollLeft": 0.20,
    "headPitchUp": 0.15,
}
"""Who looks for an answer looks away from the other (Glenberg, Schroeder and Robertson 1998,
“Averting the gaze disengages the environment and facilitates remembering”).
Which way, and the weights, are a choice of ours."""
_OTHER_LOOKS: Final = ("eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookOutRight")
"""The eyes look one way only."""


class CurveTable:
    """A part's curves read beforehand, so that one moment costs a look into a table."""

    def __init__(self, animation: FaceAnimation) -> None:
        """Read the curves of all channels that a live face has."""
        curves = {name: curve for name, curve in animation.channels.items() if name in _PLACES and len(curve.times)}
        self.start = min([0.0, *(float(curve.times[0]) for curve in curves.values())])
        """Seconds from the start of the sound; below 0 where the mouth opens before it."""
        self.end = max([animation.duration, *(float(curve.times[-1]) for curve in curves.values())])
        times = self.start + np.arange(int(np.ceil((self.end - self.start) * TABLE_RATE)) + 2) / TABLE_RATE
        self._weights = np.zeros((len(times), len(LIVE_CHANNELS)))
        for name, curve in curves.items():
            self._weights[:, _PLACES[name]] = np.clip(sample_curve(curve, times), 0.0, 1.0)

    def at(self, seconds: float) -> FloatArray:
        """Return the weights at a moment, shape ``[channels]``; before and after the curves those of their ends."""
        position = (min(max(seconds, self.start), self.end) - self.start) * TABLE_RATE
        first = int(position)
        share = position - first
        return np.asarray((1.0 - share) * self._weights[first] + share * self._weights[first + 1])


class LiveMotion:
    """The motion of one face from its start to its end; times are seconds of any clock that goes on steadily."""

    def __init__(self, life: Life | None = None, seed: int = 0) -> None:
        """Begin at rest. ``life`` are the user's amounts (1 is plain) and mood; ``seed`` is for what is random."""
        self._amounts = life or Life()
        self._mood = self._amounts.mood
        self._seed = seed
        self._source: CurveTable | str | None = None
        """What is shown: a part, or the state in which nothing is said."""
        self._table = CurveTable(FaceAnimation())
        self._began = -np.inf
        """When the source began, or its present stretch of life."""
        self._before = np.zeros(len(LIVE_CHANNELS))
        """What was shown then."""
        self._shown = self._before

    def at(self, now: float, state: str, parts: Iterable[tuple[CurveTable, float]] = ()) -> FloatArray:
        """Return the weights to show at a moment, shape ``[channels]``.

        Args:
            now: seconds, never less than at the last call.
            state: one of :data:`LIFE_OF_STATE`, or :data:`AT_REST`; of no matter while something is said.
            parts: what is heard about this moment, in order, each with the seconds since the start of its sound. The
                last one whose curves reach to this moment counts, as where the parts of a take overlap.
        """
        said, seconds = None, 0.0
        for part, since in parts:
            if part.start <= since < part.end:
                said, seconds = part, since
        source = said if said is not None else state
        if source != self._source or (said is None and now - self._began >= STRETCH):
            self._table = said if said is not None else self._make_life(state)
            self._source, self._began, self._before = source, now, self._shown
        weights = self._table.at(seconds if said is not None else now - self._began)
        if source == "thinking":
            _look_away(weights)
        self._shown = self._led_over(weights, now - self._began)
        return self._shown

    def with_mouth(self, now: float, state: str, visemes: npt.ArrayLike) -> FloatArray:
        """Return the weights of a face that lives as in a state, with a mouth that comes from elsewhere.

        Args:
            now: as for :meth:`at`.
            state: as for :meth:`at`.
            visemes: weights of the 15 visemes, shape ``[15]``.
        """
        weights = self.at(now, state).copy()
        weights[: len(VISEME_CHANNELS)] = visemes
        self._shown = weights
        return weights

    def set_mood(self, mood: str) -> None:
        """Let the face keep a mood between two parts: the one in which the last one ended."""
        if mood != self._mood:
            self._mood = mood
            if isinstance(self._source, str):
                self._source = None  # it is led over now

    def _led_over(self, weights: FloatArray, passed: float) -> FloatArray:
        """Return the weights, led over from what was shown when the source changed ``passed`` seconds ago."""
        if passed >= REST_FADE:
            return weights
        shares = np.where(_MOUTH, passed / MOUTH_FADE, passed / REST_FADE).clip(0.0, 1.0)
        shares = shares * shares * (3.0 - 2.0 * shares)  # without a jerk at either end
        return np.asarray((1.0 - shares) * self._before + shares * weights)

    def _make_life(self, state: str) -> CurveTable:
        """Make some seconds of life without words; each time other ones."""
        if state == AT_REST:
            return CurveTable(FaceAnimation())
        self._seed += 1
        own = LIVES[LIFE_OF_STATE[state]]
        amounts = {
            name: min(getattr(own, name) * getattr(self._amounts, name), 2.0)
            for name in ("blinks", "gaze", "brows", "head", "breath")
        }
        life = Life(mood=self._mood, mood_before=self._mood, mood_amount=self._amounts.mood_amount, **amounts)
        silence = Speech(
            np.zeros(int(STRETCH * _SILENCE_RATE), np.float32), _SILENCE_RATE, (Phone(SILENCE, 0.0, STRETCH),), (), ""
        )
        return CurveTable(FaceAnimation(make_life(silence, life, self._seed), STRETCH))


def _look_away(weights: FloatArray) -> None:
    """Lay the look of somebody who thinks over the weights, in place."""
    for name in _OTHER_LOOKS:
        weights[_PLACES[name]] = 0.0
    for name, weight in THINKING_LOOK.items():
        weights[_PLACES[name]] = max(weights[_PLACES[name]], weight)


def weights_of(channels: Mapping[str, float]) -> FloatArray:
    """Return weights by name as a live face takes them, shape ``[channels]``; unknown names are left out."""
    weights = np.zeros(len(LIVE_CHANNELS))
    for name, weight in channels.items():
        if name in _PLACES:
            weights[_PLACES[name]] = weight
    return weights
