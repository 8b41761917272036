"""A part of a finished mouth made again: one word has other phones, and the curves beside it stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.face_animation import Curve, FaceAnimation
from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Speech
from .animation import animate
from .channels import VISEME_CHANNELS
from .coarticulation import STEP
from .curves import fit_keys, sample_curve
from .dials import holds
from .style import Style

FloatArray = npt.NDArray[np.float64]

REACH: Final = 0.25
"""Seconds before and after a changed phone within which the mouth may be another one: rounding leads by .2 s."""

BLEND: Final = 0.08
"""Seconds over which the new mouth goes over into the old one, outside of that."""

AROUND: Final = 1.5
"""Seconds of speech on either side that are looked at, so that loudness is compared with what is heard around."""

TOLERANCE: Final = 0.01
"""Largest error of the new keys; they are thinned out when they are composed for the rig."""


def splice_mouth(
    face: FaceAnimation,
    speech: Speech,
    spans: Sequence[tuple[float, float]],
    *,
    style: Style | str = "neutral",
    frame_rate: float | None = None,
) -> FaceAnimation:
    """Return the animation with the mouth made again in some spans, and all other keys as they are.

    Args:
        face: as it was, with all times as they are now.
        speech: phones and sound of all of it, as they are now.
        spans: start and end in seconds of the phones that have changed.
        style: of the mouth, as ``animate`` takes it.
        frame_rate: of the film, frames per second.
    """
    channels = dict(face.channels)
    for start, end in spans:
        channels |= _spliced(channels, speech, (start, end), style, frame_rate)
    return FaceAnimation(channels, face.duration)


def _spliced(
    channels: dict[str, Curve],
    speech: Speech,
    span: tuple[float, float],
    style: Style | str,
    frame_rate: float | None,
) -> dict[str, Curve]:
    """Return the channels of the mouth with new keys in one span."""
    first = max(0.0, np.floor((span[0] - AROUND) / STEP) * STEP)
    last = min(speech.duration, span[1] + AROUND)
    made = animate(_part_of(speech, first, last), style=style, frame_rate=frame_rate)
    # The mouth moves a little before the sound and after it: keys there may be before 0.
    low = np.floor((span[0] - REACH - BLEND) / STEP) * STEP
    high = np.ceil((span[1] + REACH + BLEND) / STEP) * STEP
    times = low + np.arange(round((high - low) / STEP) + 1) * STEP
    inside = np.clip(np.minimum(times - low, high - times) / BLEND, 0.0, 1.0)
    share = inside * inside * (3.0 - 2.0 * inside)
    moved = {name: Curve(curve.times + first, curve.weights) for name, curve in made.channels.items()}
    edges = {
        name: {round((at - low) / STEP) for closed, *hold in holds(moved) if closed == name for at in hold}
        for name in VISEME_CHANNELS
    }
    empty = Curve(np.zeros(0), np.zeros(0))
    found: dict[str, Curve] = {}
    for name in VISEME_CHANNELS:
        old, new = channels.get(name, empty), moved.get(name, empty)
        if len(old.times) == len(new.times) == 0:
            continue
        values = share * sample_curve(new, times) + (1.0 - share) * sample_curve(old, times)
        required = {0, len(times) - 1, *(edge for edge in edges[name] if 0 <= edge < len(times))}
        keys = _fitted(times, values, required)
        before, after = old.times < low - STEP / 2, old.times > high + STEP / 2
        found[name] = Curve(
            np.concatenate((old.times[before], keys.times, old.times[after])),
            np.concatenate((old.weights[before], keys.weights, old.weights[after])),
        )
    return found


def _fitted(times: FloatArray, values: FloatArray, required: set[int]) -> Curve:
    """Return few keys, those at both ends among them: the old curve goes on from there."""
    fitted = fit_keys(times, values, TOLERANCE, required)
    ends = np.array([times[0], times[-1]])
    missing = ends[~np.isin(ends, fitted.times)]
    every = np.concatenate((fitted.times, missing))
    weights = np.concatenate((fitted.weights, np.zeros(len(missing))))  # left out only where all around is 0
    order = np.argsort(every)
    return Curve(every[order], weights[order])


def _part_of(speech: Speech, start: float, end: float) -> Speech:
    """Return a part of a speech, by seconds; neighbouring pauses become one."""
    phones: list[Phone] = []
    for phone in speech.phones:
        first, last = max(phone.start, start) - start, min(phone.end, end) - start
        if last <= first:
            continue
        if phones and phones[-1].symbol == phone.symbol == SILENCE:
            phones[-1] = replace(phones[-1], end=last)
        else:
            phones.append(replace(phone, start=first, end=last))
    samples = speech.samples[round(start * speech.sample_rate) : round(end * speech.sample_rate)]
    return Speech(samples, speech.sample_rate, tuple(phones), (), "")
