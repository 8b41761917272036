"""The brows: single hairs on the skin, combed along the brow's line."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from geometry import MM, normalised, smoothstep
from head import Head
from makehuman import Floats
from materials import material
from strands import curves, follow_skin, taper

BROW_LINE: Final = np.array([[-17.0, 20.0], [-9.0, 23.2], [3.0, 26.4], [13.0, 26.0], [22.0, 21.5], [27.0, 17.0]])
"""The reference woman's left brow from the nose outwards: x, z in mm from the eye's centre."""
HAIRS: Final = 330
"""Of a brow of thickness 1."""
STEPS: Final = 4


def add(head: Head, face: bpy.types.Object, collection: bpy.types.Collection) -> Any:
    """Grow both brows into the collection, attached to the face."""
    lines = np.array([hair for side in "lr" for hair in _brow(head, side)])
    made = curves("Alphsistant Brows", lines, material("Brows", head.person), collection)
    taper(made, 0.13 * MM * (0.8 + 0.2 * head.person.brow_thickness), 0.2)
    follow_skin(made, face, head, lines[:, 0])
    return made


def _brow(head: Head, side: str) -> list[Floats]:
    """The hairs of one brow, ``[STEPS, 3]`` each."""
    centre = head.reference_eye * [1 if side == "l" else -1, 1, 1]
    mirror = 1 if side == "l" else -1
    rng = np.random.default_rng(11 if side == "l" else 12)
    spans = np.linspace(0, 1, len(BROW_LINE))
    thickness = head.person.brow_thickness

    def line(t: float) -> Floats:
        return np.array([np.interp(t, spans, BROW_LINE[:, i]) for i in (0, 1)])

    hairs = []
    for _ in range(round(HAIRS * min(1.4, thickness))):
        t = 0.95 * float(rng.beta(1.05, 1.25))
        if t < 0.10 and rng.uniform() < 0.5:  # the brow's head is thinner
            continue
        thick = float(np.interp(t, [0, 0.12, 0.55, 0.8, 1], [4.8, 6.2, 5.2, 3.4, 1.2])) * (0.8 + 0.25 * thickness)
        place = rng.uniform(-1, 1)
        ahead = normalised(line(min(t + 0.06, 1)) - line(max(t - 0.06, 0)))
        across = np.array([-ahead[1], ahead[0]])
        # Upper hairs comb down, lower ones up; at the nose they stand more upright.
        lean = float(np.interp(t, [0, 0.10, 0.3, 1], [1.6, 0.9, 0.35, 0.05]))
        lean += -0.55 * place * float(smoothstep(0.05, 0.35, t)) + rng.normal(0, 0.10)
        comb = normalised(ahead + across * lean)
        root = line(t) + across * place * thick * 0.5
        length = float(np.interp(t, [0, 0.25, 1], [5.0, 7.5, 5.0])) * rng.uniform(0.7, 1.15) * (0.8 + 0.2 * thickness)
        hair = []
        for share in np.linspace(0, 1, STEPS):
            x, z = root + comb * length * share - across * lean * 0.6 * share**2
            start = np.array([centre[0] + mirror * x * MM, centre[1] - 0.1, centre[2] + z * MM])
            on_skin, normal, _ = head.carry(head.reference_surface.meet(start, np.array([0, 1.0, 0])))
            hair.append(on_skin + normal * (1.1 * share * (1.2 - share) - 0.1) * MM)
        hairs.append(np.array(hair))
    return hairs
