"""*Close Them*: where a face's own shape for p b m leaves the lips open, its keys that close them are added to it.

Ready Player Me's ``viseme_PP`` is such a shape: a tenth of the open mouth is left between the lips.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import bpy
import numpy as np

from ... import face_rig
from ...core.errors import AssetError
from ...face_rig import RigMap, Row
from .find import Face, shape_keys
from .mouth_opening import SEALED, FloatArray, Mouth, shape_of

CLOSERS: Final[tuple[tuple[str, ...], ...]] = (
    ("mouthClose",),
    ("mouthPressLeft", "mouthPressRight"),
    ("mouthRollLower", "mouthRollUpper"),
)
"""ARKit's shapes that bring the lips together, tried in this order; those in one bracket go together."""

WANTED: Final = 0.5 * SEALED
"""Opening at which nothing more is added: in a take, curves and other sounds take a little of the closure away."""

STEP: Final = 0.05
"""Of a key's value."""

WORTH_IT: Final = 0.01
"""Keys that close the lips by less than this share of the open mouth are left alone."""


@dataclass(frozen=True)
class Closing:
    """The result for one face."""

    rig: RigMap
    mesh: str
    before: float
    """Opening of the lips at p b m, as a share of the open mouth."""
    after: float
    added: Mapping[str, float]
    """Shape key of the mesh → what was added to its value at p b m."""

    @property
    def sentence(self) -> str:
        """Say what was measured and done."""
        if not self.added:
            return f"The lips of “{self.mesh}” close at p, b and m ({_percent(self.before)} open): nothing was changed."
        keys = ", ".join(f"“{key}” {value:.2f}" for key, value in self.added.items())
        end = "." if self.after <= SEALED else ": its keys close them no further."
        return (
            f"At p, b and m “{self.mesh}” now has {keys} too: its lips were {_percent(self.before)} open, "
            f"and are {_percent(self.after)}{end}"
        )


def close(face: Face) -> Closing:
    """Measure the lips at p b m on the mesh, and add the keys that close them to the mapping; the mesh is not changed.

    Raises:
        AssetError: no mesh has a mouth that can be measured, or its lips are open and it has no key to close them.
    """
    for name in face.meshes:
        shape_keys(name)
    mouth = _mouth(face)
    mesh = mouth.thing.name
    basis, motions = _motions(mouth.thing)
    pose = basis.copy()
    for row in _rows(face.rig, "viseme_PP", mesh):
        pose += min(row.weight * row.gain, row.limit) * motions[row.key]
    before = after = mouth.opening(pose)
    named = face_rig.match({mesh: list(motions)})
    amounts: dict[tuple[str, ...], float] = {}
    added: dict[str, float] = {}
    for channels in CLOSERS:
        shares = _shares(named, channels, mesh)
        if after <= WANTED or not shares:
            continue
        motion = sum((share * motions[key] for key, share in shares.items()), np.zeros_like(basis))
        amount, reached = _smallest_amount(mouth, pose, motion)
        if reached > after - WORTH_IT:
            continue
        pose, after, amounts[channels] = pose + amount * motion, reached, amount
        added |= {key: added.get(key, 0.0) + amount * share for key, share in shares.items()}
    if not added and before > SEALED:
        raise AssetError(
            f"The lips of “{mesh}” stay {_percent(before)} open at p, b and m, and it has no key that closes them "
            "(such as mouthClose or mouthPress): sculpt its shape for p, b and m further."
        )
    return Closing(_with_closers(face, amounts), mesh, before, after, added)


def _mouth(face: Face) -> Mouth:
    """Return the mouth of the first mesh on which a key opens one."""
    for name in face.meshes:
        rows = _rows(face.rig, "viseme_aa", name)
        for row in sorted(rows, key=lambda row: -row.weight * row.gain):
            mouth = Mouth.of(bpy.data.objects[name], row.key)
            if mouth is not None:
                return mouth
    raise AssetError(
        "The lips could not be measured: no shape key of this face opens a mouth, or its lips are far apart at rest."
    )


def _rows(rig: RigMap, channel: str, mesh: str) -> list[Row]:
    return [row for row in rig.rows if row.channel == channel and row.mesh == mesh]


def _motions(thing: Any) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the basis, ``[n, 3]``, and for each key how far it moves each point, ``[n, 3]``."""
    keys = thing.data.shape_keys
    blocks = keys.key_blocks[1:]
    return shape_of(keys.reference_key), {
        block.name: shape_of(block) - shape_of(block.relative_key) for block in blocks
    }


def _shares(rig: RigMap, channels: Iterable[str], mesh: str) -> dict[str, float]:
    """Return the keys that make some channels on a mesh, with their weights."""
    shares: dict[str, float] = {}
    for channel in channels:
        for row in _rows(rig, channel, mesh):
            shares[row.key] = shares.get(row.key, 0.0) + row.weight
    return shares


def _smallest_amount(mouth: Mouth, pose: FloatArray, motion: FloatArray) -> tuple[float, float]:
    """Return the smallest amount that closes the lips, or the best there is, and the opening that it leaves."""
    best = 0.0, mouth.opening(pose)
    for amount in np.arange(STEP, 1.0 + STEP / 2, STEP):
        opening = mouth.opening(pose + amount * motion)
        if opening < best[1]:
            best = float(amount), opening
        if opening <= WANTED:
            break
    return best


def _with_closers(face: Face, amounts: Mapping[tuple[str, ...], float]) -> RigMap:
    """Add the closing keys to PP on every mesh that has them: a moustache goes along with its lip."""
    rig = face.rig
    for mesh in face.meshes:
        blocks = bpy.data.objects[mesh].data.shape_keys.key_blocks
        named = face_rig.match({mesh: [block.name for block in blocks[1:]]})
        for channels, amount in amounts.items():
            for row in (row for channel in channels for row in _rows(named, channel, mesh)):
                more = amount * row.weight
                old = next((r for r in _rows(rig, "viseme_PP", mesh) if r.key == row.key), None)
                if old is None:
                    made = replace(row, channel="viseme_PP", weight=round(more, 4))
                else:
                    made = replace(old, weight=round(old.weight * old.gain + more, 4), gain=1.0)
                rig = rig.with_row(made)
    return rig


def _percent(opening: float) -> str:
    return f"{max(opening, 0.0):.0%}"
