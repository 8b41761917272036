"""The lashes: single hairs along the data's lash cards, attached to the lids."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from geometry import MM, edge_loop
from head import Head, eye_centre
from makehuman import Floats, MakeHuman
from materials import material
from strands import curves, follow_skin, taper

LASH_CARDS: Final = ((2, 100, 1.1, 1.6), (1, 54, 0.55, -0.3))
"""Upper and lower: number of the helper's card, hairs, their length as a share of the card's, rise of tips in mm."""
STEPS: Final = 5


def lid_columns(mh: MakeHuman, side: str, card: int) -> list[list[int]]:
    """Columns of a helper lash card, each from the lid outwards, sorted from the nose outwards."""
    faces = mh.faces_of(f"helper-{side}-eyelashes-{card}")
    centre, _ = eye_centre(mh, mh.points, side)
    count: dict[int, int] = {}
    for face in faces:
        for v in face:
            count[v] = count.get(v, 0) + 1
    corners = sorted((v for v, n in count.items() if n == 1), key=lambda v: np.linalg.norm(mh.points[v] - centre))
    start, other = corners[:2]
    beside = [v for f in faces if start in f for v in f if v != start]
    roots = next(
        loop
        for v in beside
        if sum(start in f and v in f for f in faces) == 1 and (loop := edge_loop(faces, start, v))[-1] == other
    )
    columns = []
    for root in roots:
        inward = next(
            v
            for f in faces
            if root in f
            for v in f
            if v not in roots and (f.index(v) - f.index(root)) % len(f) in (1, len(f) - 1)
        )
        columns.append(edge_loop(faces, root, inward))
    return sorted(columns, key=lambda column: abs(mh.points[column[0], 0]))


def add(head: Head, face: bpy.types.Object, collection: bpy.types.Collection) -> Any:
    """Grow upper and lower lashes of both eyes into the collection, attached to the face."""
    rows = [(side, row) for side in "lr" for row in LASH_CARDS]
    lines = np.array([hair for side, row in rows for hair in _row(head, side, *row)])
    made = curves("Alphsistant Lashes", lines, material("Lashes", head.person), collection)
    taper(made, 0.12 * MM, 0.15)
    follow_skin(made, face, head, lines[:, 0])
    return made


def _row(head: Head, side: str, card: int, hairs: int, reach: float, rise: float) -> list[Floats]:
    """The hairs of one lid, ``[STEPS, 3]`` each."""
    columns = lid_columns(head.mh, side, card)
    rng = np.random.default_rng(3 + card)
    length = reach * head.person.lash

    def on_card(s: float, t: float) -> Floats:
        """The place ``s`` along the lid and ``t`` from root to tip, both 0…1; beyond the tip the card goes on."""
        x, y = float(np.clip(s, 0, 1)) * (len(columns) - 1), t * (len(columns[0]) - 1)
        i, j = min(int(x), len(columns) - 2), min(int(y), len(columns[0]) - 2)
        corners = [columns[i + di][j + dj] for di in (0, 1) for dj in (0, 1)]
        result: Floats = np.outer((1 - x + i, x - i), (1 - y + j, y - j)).ravel() @ head.mh.points[corners]
        return result

    lines = []
    for k in range(hairs):
        s = 0.03 + 0.95 * (k + rng.uniform(-0.4, 0.4)) / hairs
        # Three hairs lean together, and outer ones lean outwards.
        clump = round(s * hairs / 3.2) / hairs * 3.2
        lean = 0.05 * (s - 0.35) + 0.55 * (clump - s)
        # Longest past the middle of the lid, as real ones are.
        arch = 0.55 + 0.5 * np.sin(np.pi * min(1, 0.18 + 0.72 * s)) * (0.75 + 0.35 * s)
        tip = length * arch * rng.uniform(0.72, 1.05)
        line = []
        for t in np.linspace(0, 1, STEPS):
            curl = np.array([0, -0.4 * t, rise * head.person.lash * t**2]) * MM
            line.append(on_card(s + lean * t**2, t * tip) + curl)
        lines.append(np.array(line))
    return lines
