"""The brows: overlapping tapered clumps, glued to the skin."""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import MM, Face, Part, Surface, grid_faces, normalised
from head import Head
from makehuman import Floats

BROW_LINE: Final = np.array([[-17.0, 20.0], [-9.0, 23.2], [3.0, 26.4], [13.0, 26.0], [22.0, 21.5], [27.0, 17.0]])
"""The left brow from the nose outwards: x, z in mm from the eye's centre."""


def brow(head: Head, side: str) -> Part:
    """A brow of overlapping tapered clumps, glued to the skin."""
    centre, _ = head.eye_centre(side)
    surface = Surface(head.skin.points, head.skin.faces)
    mirror = 1 if side == "l" else -1
    rng = np.random.default_rng(11)  # the same brow on both sides
    spans = np.linspace(0, 1, len(BROW_LINE))

    def line(t: float) -> Floats:
        return np.array([np.interp(t, spans, BROW_LINE[:, i]) for i in (0, 1)])

    points: list[Floats] = []
    faces: list[Face] = []
    count = 30
    for k in range(count):
        t = 0.93 * k / (count - 1)
        thick = float(np.interp(t, [0, 0.15, 0.6, 1], [4.6, 5.8, 4.6, 1.6]))
        ahead = normalised(line(min(t + 0.06, 1)) - line(max(t - 0.06, 0)))
        across = np.array([-ahead[1], ahead[0]])
        # Upper clumps comb down, lower ones up; at the nose they stand more upright.
        place = 0.85 * (1 if k % 2 else -1) * rng.uniform(0.35, 1.0)
        lean = float(np.interp(t, [0, 0.25, 1], [0.95, 0.30, 0.05])) - 0.28 * place
        comb = normalised(ahead + across * lean)
        root = line(t) + across * place * thick * 0.42
        length = float(np.interp(t, [0, 0.3, 1], [6.0, 9.5, 6.0])) * rng.uniform(0.9, 1.12)
        first = len(points)
        steps = np.linspace(0, 1, 5)
        for step in steps:
            middle = root + comb * length * step - across * 0.5 * step * step * lean * 1.6
            half = thick * 0.36 * (0.55 + 0.45 * np.sin(np.pi * min(step * 1.6, 1))) * (1 - step**2.2) + 0.05
            for d in (-1, 0, 1):
                x, z = middle + across * half * d
                hit = surface.meet(
                    np.array([centre[0] + mirror * x * MM, centre[1] - 0.1, centre[2] + z * MM]), np.array([0, 1.0, 0])
                )
                _, normal, _ = surface.nearest(hit)
                rise = (0.12 if d else 0.75 * (1 - 0.6 * step)) - (0.35 if step == 0 else 0)
                points.append(hit + normal * rise * MM)
        strip = grid_faces(len(steps), 3, first)
        faces += strip if side == "l" else [f[::-1] for f in strip]
    at = np.array(points)
    colours = np.array(head.person.brow) * np.ones((len(at), 1))
    return Part(at, surface.carried(at, head.skin.offsets), faces, ["Brows"] * len(faces), colours)
