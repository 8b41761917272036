"""Parts of the face mesh, and the small geometry they share: loops, rigid fits, tubes, points bound to the skin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from makehuman import Floats
from mathutils import Vector
from mathutils.bvhtree import BVHTree

MM: Final = 0.001
Face = tuple[int, ...]


@dataclass
class Part:
    """A piece of the mesh: ``points [n, 3]``, ``offsets [keys, n, 3]``, faces, ``colours [n, 3]`` (linear RGB).

    ``materials`` has one material name per face. ``zones [n, 4]`` are what the skin's material asks for, 0…1; ``uvs``
    the places of each face's corners in the UV map. A part without them has zones of 0 and lies outside the map.
    """

    points: Floats
    offsets: Floats
    faces: list[Face]
    materials: list[str]
    colours: Floats
    zones: Floats | None = None
    uvs: list[tuple[tuple[float, float], ...]] = field(default_factory=list)


def still(points: Floats, keys: int) -> Floats:
    """Offsets of a part that no key moves."""
    return np.zeros((keys, len(points), 3))


class EdgeLoops:
    """The edge loops of a mesh of quads."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self.neighbours: dict[int, set[int]] = defaultdict(set)
        self._faces_at: dict[int, list[Face]] = defaultdict(list)
        for face in faces:
            for a, b in zip(face, (*face[1:], face[0]), strict=True):
                self.neighbours[a].add(b)
                self.neighbours[b].add(a)
            for a in face:
                self._faces_at[a].append(face)

    def walk(self, start: int, towards: int) -> list[int]:
        """Vertices of the edge loop from ``start`` through ``towards``, until it ends or closes."""
        loop = [start, towards]
        while True:
            before, here = loop[-2:]
            beside = {v for face in self._faces_at[here] if before in face for v in face}
            ahead = self.neighbours[here] - beside
            if len(ahead) != 1:
                return loop
            following = ahead.pop()
            if following == start:
                return loop
            loop.append(following)


def edge_loop(faces: Sequence[Face], start: int, towards: int) -> list[int]:
    """Vertices of one edge loop; see :class:`EdgeLoops`."""
    return EdgeLoops(faces).walk(start, towards)


def rigid_fit(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Least-squares rotation and shift: ``after ≈ before @ rotation.T + shift`` (Kabsch, Acta Cryst. A32, 1976)."""
    centre_before, centre_after = before.mean(0), after.mean(0)
    u, _, vt = np.linalg.svd((before - centre_before).T @ (after - centre_after))
    flip = np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))])
    rotation = vt.T @ flip @ u.T
    return rotation, centre_after - centre_before @ rotation.T


def follow_rigidly(points: Floats, helper: Floats, helper_offsets: Floats) -> Floats:
    """Offsets ``[keys, n, 3]`` that move ``points`` as a rigid body the way each key moves the helper mesh."""
    offsets = still(points, len(helper_offsets))
    for key, moved in enumerate(helper_offsets):
        if np.abs(moved).max() > 0.05 * MM:
            rotation, shift = rigid_fit(helper, helper + moved)
            offsets[key] = points @ rotation.T + shift - points
    return offsets


def grid_faces(rows: int, columns: int, first: int = 0, *, closed: bool = False) -> list[Face]:
    """Quads of a grid of points stored row by row; ``closed`` joins the last column to the first."""
    faces = []
    for r in range(rows - 1):
        for c in range(columns if closed else columns - 1):
            d = (c + 1) % columns
            faces.append(
                (
                    first + r * columns + c,
                    first + r * columns + d,
                    first + (r + 1) * columns + d,
                    first + (r + 1) * columns + c,
                )
            )
    return faces


def normalised(vectors: Floats) -> Floats:
    """Unit vectors along the last axis."""
    lengths: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return lengths


def smoothstep(low: float, high: float, x: Floats | float) -> Floats:
    """0 below ``low``, 1 above ``high``, smooth between; ``low > high`` turns it round."""
    t = np.clip((np.asarray(x) - low) / (high - low), 0, 1)
    result: Floats = t * t * (3 - 2 * t)
    return result


class Surface:
    """A triangulated surface to cast rays at and to bind points to."""

    def __init__(self, points: Floats, faces: Sequence[Face]) -> None:
        self.points = points
        self.triangles = [(f[0], f[i], f[i + 1]) for f in faces for i in range(1, len(f) - 1)]
        self.tree = BVHTree.FromPolygons([Vector(p) for p in points], self.triangles)

    def cast(self, origin: Floats, direction: Floats) -> Floats | None:
        """First hit of a ray, or ``None``."""
        hit = self.tree.ray_cast(Vector(origin), Vector(direction))[0]
        return None if hit is None else np.array(hit)

    def meet(self, origin: Floats, direction: Floats) -> Floats:
        """First hit of a ray that has to hit."""
        hit = self.cast(origin, direction)
        if hit is None:
            raise ValueError(f"the ray from {origin} misses the surface")
        return hit

    def nearest(self, point: Floats) -> tuple[Floats, Floats, float]:
        """Nearest surface point, the normal there, and the distance."""
        place, normal, _, distance = self.tree.find_nearest(Vector(point))
        return np.array(place), np.array(normal), distance

    def nearest_all(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """:meth:`nearest` for ``points [n, 3]``: places ``[n, 3]``, normals ``[n, 3]``, distances ``[n]``."""
        found = [self.tree.find_nearest(Vector(point)) for point in points]
        places = np.array([place for place, *_ in found])
        return places, np.array([normal for _, normal, *_ in found]), np.array([distance for *_, distance in found])

    def bind(self, point: Floats) -> tuple[tuple[int, int, int], Floats]:
        """The nearest triangle's corners and their weights at the nearest point."""
        triangle, weights = self.bind_triangle(point)
        return self.triangles[triangle], weights

    def bind_triangle(self, point: Floats) -> tuple[int, Floats]:
        """The nearest triangle's number and the weights of its corners at the nearest point."""
        place, _, index, _ = self.tree.find_nearest(Vector(point))
        a, b, c = self.points[list(self.triangles[index])]
        edges = np.stack([b - a, c - a], 1)
        v, w = np.linalg.lstsq(edges, np.array(place) - a, rcond=None)[0]
        return index, np.array([1 - v - w, v, w])

    def carried(self, points: Floats, offsets: Floats) -> Floats:
        """Offsets ``[keys, n, 3]`` of points glued to this surface, whose own vertices move by ``offsets``."""
        result = np.zeros((len(offsets), len(points), 3))
        for i, point in enumerate(points):
            corners, weights = self.bind(point)
            result[:, i] = np.einsum("kcd,c->kd", offsets[:, list(corners)], weights)
        return result
