"""``RigMoment``: one moment of a face through its :class:`RigMap`, for a face that is moved while it is heard.

``RigMap.apply`` makes the keys of a take; this gives the same values at a single moment, without keys.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..lip_sync.visemes import OPENING
from .bone_names import Bone
from .bone_rotations import direction
from .rig_map import RigMap

FloatArray = npt.NDArray[np.float64]

_HEAD_TURNS = (
    ("pitch", "headPitchDown", "headPitchUp"),
    ("yaw", "headYawLeft", "headYawRight"),
    ("roll", "headRollLeft", "headRollRight"),
)
"""Axis of a head bone, with the channels of its positive and negative sense (as in ``bone_rotations``)."""


class RigMoment:
    """A mapping made ready to be asked 60 times a second."""

    def __init__(self, rig: RigMap, channels: Sequence[str]) -> None:
        """Take the mapping; ``channels`` names the weights that :meth:`values` and :meth:`angles` are given."""
        place = {channel: number for number, channel in enumerate(channels)}
        rows = [row for row in rig.rows if row.channel in place]
        self.keys: tuple[tuple[str, str], ...] = tuple(dict.fromkeys((row.mesh, row.key) for row in rows))
        """Mesh and shape key of each value, in order."""
        self.bones: tuple[Bone, ...] = rig.bones
        """The bone of each row of angles, in order."""
        number = {key: index for index, key in enumerate(self.keys)}
        self._shares = np.zeros((len(self.keys), len(channels)))
        self._limits = np.ones(len(self.keys))
        self.is_mouth = np.zeros(len(self.keys), dtype=bool)
        """Which keys belong to the mouth: those start from rest, the others from where the user has set them."""
        for row in rows:
            index = number[row.mesh, row.key]
            self._shares[index, place[row.channel]] += row.weight * row.gain
            self.is_mouth[index] |= row.channel.startswith(("viseme_", "jaw"))
        for key, index in number.items():
            self._limits[index] = min(row.limit for row in rows if (row.mesh, row.key) == key)
        self._turns = np.array([_turns_of(bone, place) for bone in rig.bones]).reshape(-1, 3, len(channels))
        self._is_jaw = np.array([bone.part == "jaw" for bone in rig.bones], dtype=bool)
        self._radians = np.radians([bone.degrees for bone in rig.bones])

    def values(self, weights: FloatArray) -> FloatArray:
        """Return the value of each of :attr:`keys`, 0…its limit, for the channels' weights of shape ``[channels]``."""
        return np.clip(self._shares @ weights, 0.0, self._limits)

    def angles(self, weights: FloatArray) -> FloatArray:
        """Return the turn of each of :attr:`bones` about its own X, Y and Z in radians, shape ``[bones, 3]``."""
        turned = self._turns @ weights
        if self._is_jaw.any():
            # A jaw opens no further than its angle, however many visemes open it.
            turned[self._is_jaw] = np.clip(turned[self._is_jaw], -1.0, 1.0)
        return np.asarray(turned * self._radians[:, None])


def _turns_of(bone: Bone, place: dict[str, int]) -> FloatArray:
    """Return the share of each channel in the bone's turn about X, Y and Z, shape ``[3, channels]``."""
    shares = np.zeros((3, len(place)))
    if bone.part == "jaw":
        for viseme, share in OPENING.items():
            if f"viseme_{viseme}" in place:
                shares[:, place[f"viseme_{viseme}"]] += share * direction(bone.pitch)
        return shares
    for axis, positive, negative in _HEAD_TURNS:
        for channel, sense in ((positive, 1.0), (negative, -1.0)):
            if channel in place:
                shares[:, place[channel]] += sense * direction(getattr(bone, axis))
    return shares
