"""Keys of bones: the jaw follows the opening of the visemes, head and neck the head channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.face_animation import FaceAnimation
from ..lip_sync.curves import fit_keys, sample_curve
from ..lip_sync.key_reduction import few_keys
from ..lip_sync.life import HEAD_CHANNELS
from ..lip_sync.visemes import OPENING
from .bone_names import Bone
from .plain_keys import FrameGrid, samples_of

FloatArray = npt.NDArray[np.float64]

HEAD_TOLERANCE: Final = 0.1
"""Largest difference of the head's motion on a frame, as a share of the bone's angle."""


@dataclass(frozen=True)
class Turn:
    """Keys of one bone: ``times`` in seconds, shape ``[k]``; ``angles`` about its X, Y, Z in radians, ``[k, 3]``."""

    times: FloatArray
    angles: FloatArray


def turns(bones: Sequence[Bone], face: FaceAnimation, frames: FrameGrid | None = None) -> dict[str, dict[str, Turn]]:
    """Armature → bone → keys. The jaw follows the opening of the visemes, head and neck the head channels."""
    found: dict[str, dict[str, Turn]] = {}
    for bone in bones:
        turn = _jaw_turn(bone, face, frames) if bone.part == "jaw" else _head_turn(bone, face, frames)
        if turn is not None:
            found.setdefault(bone.armature, {})[bone.bone] = turn
    return found


def _jaw_turn(bone: Bone, face: FaceAnimation, frames: FrameGrid | None) -> Turn | None:
    step, tolerance = 0.005, 0.015
    if frames is None:
        times = np.arange(int(np.ceil(face.duration / step)) + 1, dtype=np.float64) * step
        keys = fit_keys(times, _opening(face, times), tolerance)
    else:
        samples = samples_of(face, frames)
        (keys,) = samples.reduce([_opening(face, samples.read_at)], face.duration)
    if len(keys.times) == 0:
        return None
    return Turn(keys.times, keys.weights[:, None] * np.radians(bone.degrees) * direction(bone.pitch))


def _opening(face: FaceAnimation, times: FloatArray) -> FloatArray:
    """Return how far the visemes open the mouth at some seconds, 0…1."""
    opening = np.zeros(len(times))
    for viseme, share in OPENING.items():
        curve = face.channels.get(f"viseme_{viseme}")
        if curve is not None and share > 0.0:
            opening += share * sample_curve(curve, times)
    return np.clip(opening, 0.0, 1.0)


def _head_turn(bone: Bone, face: FaceAnimation, frames: FrameGrid | None) -> Turn | None:
    moving = [face.channels[name] for name in HEAD_CHANNELS if name in face.channels]
    if not moving:
        return None
    times = np.unique(np.concatenate([curve.times for curve in moving]))
    if frames is not None:
        times = _few_times(face, frames.frames(times[0], times[-1]), stepped=frames.stepped)
    angles = np.zeros((len(times), 3))
    for axis, weights in zip((bone.pitch, bone.yaw, bone.roll), _head_weights(face, times), strict=True):
        angles += weights[:, None] * direction(axis)
    return Turn(times, angles * np.radians(bone.degrees))


def _head_weights(face: FaceAnimation, times: FloatArray) -> list[FloatArray]:
    """Return pitch down, yaw to the left and roll to the left at some seconds, −1…1."""

    def weight(channel: str) -> FloatArray:
        curve = face.channels.get(channel)
        return np.zeros(len(times)) if curve is None else sample_curve(curve, times)

    pairs = (("headPitchDown", "headPitchUp"), ("headYawLeft", "headYawRight"), ("headRollLeft", "headRollRight"))
    return [weight(positive) - weight(negative) for positive, negative in pairs]


def _few_times(face: FaceAnimation, times: FloatArray, *, stepped: bool) -> FloatArray:
    """Return the frames at which the head needs keys; each key is one of all its curves, three or four a bone."""
    if stepped:
        return times
    # Two is added, as curves are thinned out that are never below 0.
    raised = [weights + 2.0 for weights in _head_weights(face, times)]
    curves = few_keys(times, raised, np.full(len(times), HEAD_TOLERANCE))
    return np.asarray(np.unique(np.concatenate([curve.times for curve in curves])))


def direction(axis: str) -> FloatArray:
    """Return the unit vector of a bone's own axis such as ``-X``, shape ``[3]``."""
    direction = np.zeros(3)
    direction["XYZ".index(axis[1])] = -1.0 if axis[0] == "-" else 1.0
    return direction
