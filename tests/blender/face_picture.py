"""A small grey picture of a mouth by casting rays: enough to tell how different two shapes look, without a renderer."""

from __future__ import annotations

import numpy as np
from face_data import FaceData
from mathutils import Vector
from mathutils.bvhtree import BVHTree

WIDTH, HEIGHT = 58, 70
"""Pixels."""
TALL = 0.068
"""Metres from the picture's lower to its upper edge, of an adult's face."""
LIGHTS = np.array([[0.45, -0.75, 0.5], [-0.8, -0.5, 0.1], [0.0, -0.9, -0.3]])
STRENGTHS = (0.86, 0.32, 0.14)


def grey_picture(points: np.ndarray, person: FaceData) -> np.ndarray:
    """The mouth from the front, ``[HEIGHT, WIDTH]``, 0 black to 1 white (display values).

    Each pixel is the mean of four rays; smooth shading in the colours of the mesh under three fixed lights.
    """
    triangles = np.array([(f[0], f[i], f[i + 1]) for f in person.faces for i in range(1, len(f) - 1)])
    tree = BVHTree.FromPolygons(points.tolist(), triangles.tolist())
    corners = points[triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(points)
    for k in range(3):
        np.add.at(normals, triangles[:, k], facing)
    upper, lower = (person.points[row[len(row) // 2]] for row in (person.upper, person.lower))
    lip = (upper + lower) / 2
    tall = TALL * np.ptp(person.points[person.upper, 0]) / 0.039
    columns, rows = 2 * WIDTH, 2 * HEIGHT
    x = ((np.arange(columns) + 0.5) / columns - 0.5) * tall * WIDTH / HEIGHT + lip[0]
    z = (0.5 - (np.arange(rows) + 0.5) / rows) * tall + lip[2]
    ahead = Vector((0, 1, 0))
    hits = [tree.ray_cast(Vector((across, -1, height)), ahead) for height in z for across in x]
    met = np.array([hit[2] is not None for hit in hits])
    corner = triangles[[hit[2] for hit in hits if hit[2] is not None]]
    places = np.array([hit[0] for hit in hits if hit[2] is not None])
    # Barycentric weights are the areas of the three triangles that the place makes with the corners.
    away = points[corner] - places[:, None]
    areas = np.stack([np.linalg.norm(np.cross(away[:, i - 2], away[:, i - 1]), axis=1) for i in range(3)], 1)
    weights = areas / np.maximum(areas.sum(1, keepdims=True), 1e-18)
    normal = (normals[corner] * weights[..., None]).sum(1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    normal *= np.where(normal[:, 1:2] > 0, -1, 1)
    lights = LIGHTS / np.linalg.norm(LIGHTS, axis=1, keepdims=True)
    light = 0.115 + np.clip(normal @ lights.T, 0, 1) @ STRENGTHS
    colour = (person.colours[corner] * weights[..., None]).sum(1) * light[:, None]
    picture = np.zeros(rows * columns)
    picture[met] = np.clip(colour, 0, 1) @ [0.2126, 0.7152, 0.0722]
    return (picture.reshape(HEIGHT, 2, WIDTH, 2).mean((1, 3))) ** (1 / 2.2)
