"""Dials that change finished curves: strength by group of visemes, smoothing, lead, hold; and layers of channels.

They work on channels, before these are composed for a rig, so one dial does the same on every face. A closed mouth is
never weakened, smoothed or held open: p b m f v are put back as they were after everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.errors import AlphsistantError
from ..core.face_animation import Curve, FaceAnimation
from .channels import VISEME_CHANNELS
from .coarticulation import SEAL_RAMP, STEP, SUM_LIMIT
from .curves import fit_keys, sample_curve

FloatArray = npt.NDArray[np.float64]

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "jaw": ("viseme_aa",),
    "lips": ("viseme_E", "viseme_I", "viseme_SS"),
    "rounding": ("viseme_O", "viseme_U", "viseme_CH", "viseme_RR"),
    "tongue": ("viseme_TH", "viseme_DD", "viseme_kk", "viseme_nn"),
}
"""Visemes by what one sees of them: the open jaw, spread lips, rounded lips, the tongue behind parted lips."""

LAYERS: Final[Mapping[str, tuple[str, ...]]] = {
    "mouth": ("viseme_", "jaw"),
    "brows": ("brow",),
    "blinks": ("eyeBlink",),
    "gaze": ("eyeLook",),
    "head": ("head",),
    "mood": ("",),
}
"""Layers by how the names of their channels begin, the first that fits; all else is mood."""

HELD: Final[Mapping[str, float]] = {"viseme_PP": 0.99, "viseme_FF": 0.79}
"""Weight from which two neighbouring keys of the same value hold a closure."""

TOLERANCE: Final = 0.005
"""Largest error of the keys of a changed channel; they are thinned out when they are composed for the rig."""


@dataclass(frozen=True, slots=True)
class Dials:
    """How a take's curves are changed; as it stands it changes nothing."""

    jaw: float = 1.0
    lips: float = 1.0
    rounding: float = 1.0
    tongue: float = 1.0
    """Factors on the visemes of :data:`GROUPS`, 0…2."""
    smoothing: float = 0.0
    """Seconds over which the mouth is averaged, 0…0.3."""
    lead: float = 0.0
    """Seconds by which the mouth is earlier than the sound; negative is later, −0.2…0.2."""
    hold: float = 0.0
    """Seconds that each shape stays at its height, 0…0.2."""

    def __post_init__(self) -> None:
        """Refuse dials beyond their ends."""
        for name, low, high in (
            *((group, 0.0, 2.0) for group in GROUPS),
            ("smoothing", 0.0, 0.3),
            ("lead", -0.2, 0.2),
            ("hold", 0.0, 0.2),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise AlphsistantError(f"The dial {name} must be between {low:g} and {high:g}, not {value:g}.")


def layer_of(channel: str) -> str:
    """Return the layer of a channel."""
    return next(name for name, starts in LAYERS.items() if channel.startswith(starts))


def without_layers(face: FaceAnimation, layers: Iterable[str]) -> FaceAnimation:
    """Return the animation without the channels of some layers."""
    off = set(layers)
    kept = {name: curve for name, curve in face.channels.items() if layer_of(name) not in off}
    return FaceAnimation(kept, face.duration)


def turn_dials(face: FaceAnimation, dials: Dials) -> FaceAnimation:
    """Return the animation as the dials change it; every weight stays within 0…1."""
    channels = dict(face.channels)
    mouth = [name for name in VISEME_CHANNELS if name in channels]
    factors = {name: getattr(dials, group) for group, names in GROUPS.items() for name in names}
    if mouth and (dials.smoothing or dials.hold or any(factors[name] != 1.0 for name in mouth if name in factors)):
        channels |= _changed(channels, mouth, factors, dials, face.duration)
    if dials.lead:
        for name in channels:
            if layer_of(name) == "mouth":
                channels[name] = Curve(channels[name].times - dials.lead, channels[name].weights)
    return FaceAnimation(channels, face.duration)


def _changed(
    channels: Mapping[str, Curve], mouth: list[str], factors: Mapping[str, float], dials: Dials, duration: float
) -> dict[str, Curve]:
    """Return the mouth's channels with strength, hold and smoothing, and closures as they were."""
    times = np.arange(int(np.ceil(duration / STEP)) + 1, dtype=np.float64) * STEP
    before = np.stack([sample_curve(channels[name], times) for name in mouth], axis=1)
    after = before * np.array([factors.get(name, 1.0) for name in mouth])
    if dials.hold:
        after = _held(after, round(dials.hold / STEP))
    if dials.smoothing:
        after = _smoothed(after, round(dials.smoothing / STEP))
    after /= np.maximum(after.sum(axis=1, keepdims=True) / SUM_LIMIT, 1.0)
    edges: dict[str, set[int]] = {name: set() for name in mouth}
    for name, start, end in holds(channels):
        first, last = (int(np.clip(round(at / STEP), 0, len(times) - 1)) for at in (start, end))
        reach = round(SEAL_RAMP / STEP)
        window = slice(max(first - reach, 0), last + reach + 1)
        away = np.maximum(np.maximum(first - np.arange(len(times)), np.arange(len(times)) - last), 0)[window]
        share = np.clip(1.0 - away / reach, 0.0, 1.0)
        share = (share * share * (3.0 - 2.0 * share))[:, None]
        after[window] = share * before[window] + (1.0 - share) * after[window]
        edges[name] |= {first, last}
    # One closure's ramp may have reached into another: each has the last word on itself.
    for _, start, end in holds(channels):
        inside = (times >= start - 1e-9) & (times <= end + 1e-9)
        after[inside] = before[inside]
    return {
        name: fit_keys(times, np.clip(after[:, column], 0.0, 1.0), TOLERANCE, edges[name])
        for column, name in enumerate(mouth)
    }


def holds(channels: Mapping[str, Curve]) -> list[tuple[str, float, float]]:
    """Return channel, start and end in seconds of each closure of the lips and of each lip on the teeth."""
    found = []
    for channel, weight in HELD.items():
        curve = channels.get(channel)
        if curve is not None:
            same = np.flatnonzero((curve.weights[:-1] >= weight) & (np.abs(np.diff(curve.weights)) < 1e-6))
            found += [(channel, float(curve.times[key]), float(curve.times[key + 1])) for key in same.tolist()]
    return found


def _held(weights: FloatArray, samples: int) -> FloatArray:
    """Widen every peak by so many samples: the largest weight within half of them on either side."""
    reach = samples // 2
    padded = np.pad(weights, ((reach, reach), (0, 0)), mode="edge")
    return np.asarray(np.max([padded[shift : shift + len(weights)] for shift in range(2 * reach + 1)], axis=0))


def _smoothed(weights: FloatArray, samples: int) -> FloatArray:
    """Average over so many samples, twice, which makes a triangle of the average and leaves no corners."""
    reach = max(samples // 4, 1)
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    for _ in range(2):
        padded = np.pad(weights, ((reach, reach), (0, 0)), mode="edge")
        weights = np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)
    return weights
