"""How far the lips of a mesh are apart, on any face.

The mesh itself says where its mouth opens: pairs of points that lie together at rest and are torn apart by the shape
key of the open mouth. The opening is how far they are apart, as a share of what it is with that key at 1; the widest
tenth of the pairs is left out.
"""

from __future__ import annotations

from typing import Any, Final, Self, TypeAlias

import bpy
import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

SEALED: Final = 0.1
"""Opening below which lips count as closed."""

TOGETHER: Final = 0.25
"""Longest distance of a pair at rest, as a share of how far the open mouth moves its lips."""


class Mouth:
    """Pairs of points across the mouth of a mesh object, and how far they are apart closed and wide open."""

    def __init__(self, thing: Any, pairs: IntArray, rest: FloatArray, wide: FloatArray) -> None:
        self.thing = thing
        self.pairs = pairs
        self.rest = rest
        self.wide = wide

    @classmethod
    def of(cls, thing: Any, opener: str) -> Self | None:
        """Return the mouth that the shape key ``opener`` opens; ``None`` where it tears no lips apart."""
        block = thing.data.shape_keys.key_blocks[opener]
        rest, wide = shape_of(block.relative_key), shape_of(block)
        pairs = _pairs(thing.data, rest, wide)
        if not len(pairs):
            return None
        distances = [np.linalg.norm(shape[pairs[:, 0]] - shape[pairs[:, 1]], axis=1) for shape in (rest, wide)]
        return cls(thing, pairs, *distances)

    def opening(self, points: FloatArray) -> float:
        """Return how far the lips are apart: 0 at rest, 1 with the mouth wide open. ``points`` has shape ``[n, 3]``."""
        apart = np.linalg.norm(points[self.pairs[:, 0]] - points[self.pairs[:, 1]], axis=1)
        return float(np.percentile((apart - self.rest) / (self.wide - self.rest), 90))

    def opening_at(self, scene: Any, frame: float) -> float:
        """Go to a frame and return the opening of the evaluated mesh there.

        Raises:
            AlphsistantError: a modifier has removed points of the lips.
        """
        scene.frame_set(int(frame // 1), subframe=frame % 1)
        evaluated = self.thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
        mesh = evaluated.to_mesh()
        flat: npt.NDArray[np.float32] = np.empty(3 * len(mesh.vertices), dtype=np.float32)
        mesh.vertices.foreach_get("co", flat)
        evaluated.to_mesh_clear()
        points = flat.reshape(-1, 3).astype(float)
        if len(points) <= self.pairs.max():
            raise AlphsistantError(
                f"A modifier of “{self.thing.name}” removes points of the lips: turn it off to check."
            )
        # Subdivision keeps the points it started from, and keeps them first.
        return self.opening(points)


def shape_of(block: Any) -> FloatArray:
    """Return the points of a shape key, ``[n, 3]``, in the mesh's own space."""
    points: npt.NDArray[np.float32] = np.empty(3 * len(block.data), dtype=np.float32)
    block.data.foreach_get("co", points)
    return points.reshape(-1, 3).astype(float)


def _pairs(mesh: Any, rest: FloatArray, wide: FloatArray) -> IntArray:
    """Find pairs in the mesh's largest piece that lie together at rest and that the open mouth tears apart."""
    from mathutils.kdtree import KDTree  # noqa: PLC0415

    moved = np.linalg.norm(wide - rest, axis=1)
    most = float(moved.max(initial=0.0))
    if most <= 0.0:
        return np.zeros((0, 2), dtype=np.int64)
    piece = _largest_piece(mesh)
    lower = np.flatnonzero((moved >= 0.5 * most) & piece)
    upper = np.flatnonzero((moved <= 0.3 * most) & piece)
    tree = KDTree(len(lower))
    for index in lower:
        tree.insert(rest[index], int(index))
    tree.balance()
    found = [(int(index), near[1]) for index in upper if (near := tree.find(rest[index]))[1] is not None]
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    together = np.linalg.norm(rest[pairs[:, 0]] - rest[pairs[:, 1]], axis=1)
    apart = np.linalg.norm(wide[pairs[:, 0]] - wide[pairs[:, 1]], axis=1)
    torn = (together <= TOGETHER * most) & (apart - together >= 0.4 * most)
    found_apart: npt.NDArray[np.int64] = pairs[torn]
    return found_apart


def _largest_piece(mesh: Any) -> npt.NDArray[np.bool_]:
    """Tell which vertices belong to the mesh's largest connected piece: skin, not teeth or tongue."""
    edges: npt.NDArray[np.int32] = np.empty(2 * len(mesh.edges), dtype=np.int32)
    mesh.edges.foreach_get("vertices", edges)
    first, second = edges.reshape(-1, 2).T
    label = np.arange(len(mesh.vertices))
    while True:  # each pass hands the lowest label on; pointers to labels double the reach
        before = label.copy()
        lowest = np.minimum(label[first], label[second])
        np.minimum.at(label, first, lowest)
        np.minimum.at(label, second, lowest)
        label = label[label]
        if (label == before).all():
            return np.asarray(label == np.bincount(label).argmax())
