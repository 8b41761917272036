"""What comes through the skin of a face: teeth, gums and tongue that are seen where there should be lips or chin."""

from __future__ import annotations

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

VIEWS = [
    np.array([np.sin(turn) * np.cos(tilt), -np.cos(turn) * np.cos(tilt), np.sin(tilt)])
    for turn, tilt in np.radians([(0, 0), (38, 0), (-38, 0), (0, 25), (0, -25)])
]
"""Directions towards the viewer, in front of the face, to both sides, from above and from below."""


def seen_outside(
    points: np.ndarray, skin: list[tuple[int, ...]], opening: np.ndarray, inner: np.ndarray
) -> dict[int, float]:
    """The vertices of what belongs into the mouth that are seen in front of the skin.

    A vertex is seen from some side when nothing of the skin lies between it and the viewer. It may be, through the
    mouth: where it lies inside the lips' opening as that side sees it.

    Args:
        points: the posed mesh, ``[n, 3]`` in metres.
        skin: faces of the skin, the lips and the mouth's inside.
        opening: vertices around the mouth's opening, in their order.
        inner: vertices of teeth, gums and tongue.

    Returns:
        By vertex, how far outside the opening it is seen at most, in metres.
    """
    tree = BVHTree.FromPolygons([Vector(p) for p in points], skin)
    found: dict[int, float] = {}
    for view in VIEWS:
        right = np.array([-view[1], view[0], 0.0])
        right /= np.linalg.norm(right)
        plane = np.stack([right, np.cross(view, right)], 1)
        outline, places = points[opening] @ plane, points[inner] @ plane
        outside = np.where(inside_polygon(places, outline), 0.0, distance_to_outline(places, outline))
        for vertex, distance in zip(inner[outside > 0], outside[outside > 0], strict=True):
            start = Vector(points[vertex] + view * 1e-5)
            if tree.ray_cast(start, Vector(view))[0] is None:
                found[int(vertex)] = max(found.get(int(vertex), 0.0), float(distance))
    return found


def inside_polygon(places: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Which places ``[n, 2]`` lie inside a closed outline ``[m, 2]`` (odd number of crossings)."""
    a, b = outline, np.roll(outline, -1, 0)
    above = (a[None, :, 1] > places[:, None, 1]) != (b[None, :, 1] > places[:, None, 1])
    rise = np.where(np.abs(b[:, 1] - a[:, 1]) < 1e-12, 1e-12, b[:, 1] - a[:, 1])
    cross = a[None, :, 0] + (places[:, None, 1] - a[None, :, 1]) * ((b - a)[:, 0] / rise)[None]
    return ((above & (places[:, None, 0] < cross)).sum(1) % 2).astype(bool)


def distance_to_outline(places: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Distance of places ``[n, 2]`` to the nearest edge of a closed outline ``[m, 2]``."""
    a, along = outline, np.roll(outline, -1, 0) - outline
    length = np.maximum((along**2).sum(1), 1e-18)
    share = np.clip(((places[:, None] - a[None]) * along[None]).sum(2) / length, 0, 1)
    return np.linalg.norm(a[None] + share[..., None] * along[None] - places[:, None], axis=2).min(1)
