"""How curves composed for a rig get few, plain keys: where the frames are, what must be exact, how far off the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.face_animation import Curve, FaceAnimation
from ..lip_sync.curves import sample_curve
from ..lip_sync.dials import holds
from ..lip_sync.key_reduction import few_keys

FloatArray = npt.NDArray[np.float64]

TOLERANCES: Final = (0.05, 0.07, 0.085, 0.1)
"""Largest difference of a key on a frame, tried in turn until the keys are few enough; the last one in any case."""

KEYS_PER_SECOND: Final = 100.0
"""What animators accept over all curves (facts of the field: OpenFaceFX 95)."""

STEP_TOLERANCE: Final = 0.03
"""Difference from which a stepped key is worth a change."""

EXACT: Final = {"viseme_PP": 0.002, "viseme_FF": 0.02}
"""Largest difference where lips are sealed, and where they are on the teeth."""


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """Where the whole frames of a film are, in seconds of the animation."""

    rate: float
    """Frames per second."""
    first: float = 0.0
    """Seconds at which any one of them is."""
    whole: bool = False
    """Whether keys are on whole frames only; else the edges of holds are exact in time."""
    stepped: bool = False
    """Whether each key holds its value to the next one, as drawn mouths do."""
    every: int = 1
    """How many frames of the film go into one of these: 2 on twos."""

    def frames(self, start: float, end: float) -> FloatArray:
        """Return the times of all frames from the last one before ``start`` to the first one after ``end``."""
        low = np.floor((start - self.first) * self.rate + 1e-6)
        high = np.ceil((end - self.first) * self.rate - 1e-6)
        return np.asarray(self.first + np.arange(low, high + 1) / self.rate)


@dataclass(frozen=True)
class Samples:
    """Where curves are looked at."""

    times: FloatArray
    """At which there may be a key, shape ``[n]``."""
    read_at: FloatArray
    """Seconds of the animation whose values they show, shape ``[n]``: a seal between two frames is shown on one."""
    exact: FloatArray
    """Largest difference there at a hold, infinite elsewhere, shape ``[n]``."""
    seen: npt.NDArray[np.bool_]
    """Whether this is a whole frame."""
    stepped: bool = False

    def read(self, curve: Curve) -> FloatArray:
        """Return a channel's values."""
        return sample_curve(curve, self.read_at)

    def reduce(self, curves: Sequence[FloatArray], seconds: float, *, others: int = 0) -> list[Curve]:
        """Return few keys of each curve: as many as :data:`KEYS_PER_SECOND` allows where that can be.

        Args:
            curves: values at the times, each of shape ``[n]``; those that are the same get the same keys.
            seconds: length of the animation.
            others: keys that are there beside them.
        """
        if self.stepped:
            return [self._steps(values) for values in curves]
        different = {values.tobytes(): number for number, values in enumerate(curves)}
        budget = max(KEYS_PER_SECOND * seconds - others, 1.0)
        found: dict[bytes, Curve] = {}
        for tolerance in TOLERANCES:
            limits = np.minimum(np.where(self.seen, tolerance, np.inf), self.exact)
            reduced = few_keys(self.times, [curves[number] for number in different.values()], limits)
            found = dict(zip(different, reduced, strict=True))
            if sum(len(found[values.tobytes()].times) for values in curves) <= budget:
                break
        return [found[values.tobytes()] for values in curves]

    def _steps(self, values: FloatArray) -> Curve:
        """Return a key wherever the value has changed since the last one, closures always."""
        if not np.any(values > STEP_TOLERANCE):
            return Curve(np.zeros(0), np.zeros(0))
        kept: list[int] = []
        for index, (value, exact) in enumerate(zip(values.tolist(), self.exact.tolist(), strict=True)):
            if not kept or abs(value - values[kept[-1]]) > min(STEP_TOLERANCE, exact):
                kept.append(index)
        return Curve(self.times[kept], values[kept])


def samples_of(face: FaceAnimation, frames: FrameGrid) -> Samples:
    """Return where the curves of an animation are looked at."""
    starts = [curve.times[0] for curve in face.channels.values() if len(curve.times)]
    ends = [curve.times[-1] for curve in face.channels.values() if len(curve.times)]
    grid = frames.frames(min([0.0, *starts]), max([face.duration, *ends]))
    closures = holds(face.channels)
    times = grid
    if not frames.whole and closures:
        edges = np.array([edge for _, *span in closures for edge in span])
        times = np.unique(np.round(np.concatenate((grid, edges)), 6))
    read_at, exact = times.copy(), np.full(len(times), np.inf)
    for channel, start, end in closures:
        inside = (times >= start - 1e-4) & (times <= end + 1e-4)
        if not inside.any():
            nearest = int(np.argmin(np.abs(times - (start + end) / 2.0)))
            inside[nearest], read_at[nearest] = True, (start + end) / 2.0
        exact[inside] = np.minimum(exact[inside], EXACT[channel])
    nearest_frame = frames.first + np.round((times - frames.first) * frames.rate) / frames.rate
    return Samples(times, read_at, exact, np.abs(times - nearest_frame) < 1e-5, frames.stepped)
