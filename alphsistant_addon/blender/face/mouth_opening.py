"""How far the lips of a mesh are apart, on any face.

The mesh itself says where its mouth opens: pairs of points that lie together at rest and are torn apart by the shape
key of the open mouth. The opening is how far they are apart, as a share of what it is with that key at 1; the widest
tenth of the pairs is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

MOST_PIECES: Final = 20
"""Pieces of a mesh that are looked at one by one; in a mesh of single triangles each would be one."""

MOST_POINTS: Final = 4000
"""Points whose neighbours are looked at."""

NEIGHBOURS: Final = 24
"""Of a point; an imported mesh has several points at the same place."""


class Mouth:
    """Pairs of points across the mouth of a mesh object, and how far they are apart closed and wide open."""

    def __init__(self, thing: Any, pairs: IntArray, rest: FloatArray, wide: FloatArray) -> None:
        self.thing = thing
        self.pairs = pairs
        self.rest = rest
        self.wide = wide

    @classmethod
    def of(cls, thing: Any, opener: str | Mapping[str, float]) -> Self | None:
        """Return the mouth that a shape key opens, or several by weight; ``None`` where they tear no lips apart."""
        weights = {opener: 1.0} if isinstance(opener, str) else opener
        blocks = thing.data.shape_keys.key_blocks
        keys = [(blocks[name], weight) for name, weight in weights.items() if name in blocks]
        if not keys:
            return None
        rest = shape_of(keys[0][0].relative_key)
        wide = rest + sum(weight * (shape_of(block) - shape_of(block.relative_key)) for block, weight in keys)
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
    """Find pairs that lie together at rest and that the open mouth tears apart.

    The largest piece of the mesh in which there are some is the skin, in front of teeth and tongue. Where the lips are
    no one piece (imported meshes are often cut at every seam), pairs are looked for in the whole mesh.
    """
    moves = wide - rest
    for piece in _pieces(mesh, np.linalg.norm(moves, axis=1) > 0.0):
        pairs = _pairs_within(np.flatnonzero(piece), rest, moves)
        if len(pairs):
            return pairs
    return _pairs_of_neighbours(rest, moves)


def _pairs_of_neighbours(rest: FloatArray, moves: FloatArray) -> IntArray:
    """Find points beside each other at rest that move apart, whatever pieces they belong to and whatever else moves."""
    from mathutils.kdtree import KDTree  # noqa: PLC0415

    moving = np.flatnonzero(np.linalg.norm(moves, axis=1) > 0.0)
    moving = moving[:: -(-len(moving) // MOST_POINTS) or 1]
    tree = KDTree(len(rest))
    for index, point in enumerate(rest):
        tree.insert(point, index)
    tree.balance()
    found = [(int(index), near[1]) for index in moving for near in tree.find_n(rest[index], NEIGHBOURS)]
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    together = np.linalg.norm(rest[pairs[:, 0]] - rest[pairs[:, 1]], axis=1)
    torn = np.linalg.norm(moves[pairs[:, 0]] - moves[pairs[:, 1]], axis=1)
    are_lips = (torn > 0.0) & (together <= TOGETHER * torn)
    are_lips &= torn >= 0.4 * torn[are_lips].max(initial=0.0)
    lips: IntArray = pairs[are_lips]
    return lips


def _pairs_within(where: IntArray, rest: FloatArray, moves: FloatArray) -> IntArray:
    """Find pairs of a lower and an upper lip among some points."""
    from mathutils.kdtree import KDTree  # noqa: PLC0415

    nothing = np.zeros((0, 2), dtype=np.int64)
    far = np.linalg.norm(moves[where], axis=1)
    most = float(far.max(initial=0.0))
    if most <= 0.0:
        return nothing
    # The upper lip may stay or be raised, but does not go along with the lower one.
    along = moves[where] @ (moves[where[far.argmax()]] / most)
    lower, upper = where[along >= 0.5 * most], where[along <= 0.3 * most]
    tree = KDTree(len(lower))
    for index in lower:
        tree.insert(rest[index], int(index))
    tree.balance()
    found = [(int(index), near[1]) for index in upper if (near := tree.find(rest[index]))[1] is not None]
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    between = rest[pairs[:, 0]] - rest[pairs[:, 1]]
    together = np.linalg.norm(between, axis=1)
    apart = np.linalg.norm(between + moves[pairs[:, 0]] - moves[pairs[:, 1]], axis=1)
    torn: IntArray = pairs[(together <= TOGETHER * most) & (apart - together >= 0.4 * most)]
    return torn


def _pieces(mesh: Any, moves: npt.NDArray[np.bool_]) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield the vertices of each connected piece in which some vertices move, the largest piece first."""
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
            break
    sizes = np.bincount(label)
    of_interest = np.unique(label[moves])
    for name in of_interest[np.argsort(-sizes[of_interest], kind="stable")][:MOST_PIECES]:
        yield np.asarray(label == name)
