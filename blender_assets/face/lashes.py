"""The lashes: tapered clumps on the helper's lash cards, which follow the lids."""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import Face, Part, edge_loop, grid_faces, smoothstep
from head import Head, eye_centre
from makehuman import Floats, MakeHuman

LASH: Final = np.array([0.020, 0.011, 0.009])


def _lash_card(mh: MakeHuman, side: str, card: int) -> list[list[int]]:
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


LASH_CARDS: Final = ((2, 15, 1.0, 0.36), (1, 9, 0.45, 0.16))
"""Upper and lower: number of the helper card, clumps, their length and the lid line's, as shares of the card's."""


def lashes(head: Head, side: str) -> list[Part]:
    """Upper and lower lashes: a dark line along the lid, out of which tapered clumps grow."""
    return [_lash_row(head.mh, head.offsets, side, row) for row in LASH_CARDS]


def _lash_row(mh: MakeHuman, offsets: Floats, side: str, row: tuple[int, int, float, float]) -> Part:
    card, clumps, reach, line = row
    columns = _lash_card(mh, side, card)
    points: list[Floats] = []
    moves: list[Floats] = []
    faces: list[Face] = []

    def add(rows: list[list[tuple[float, float]]]) -> None:
        """A strip through places on the card: ``s`` along the lid and ``t`` from root to tip, both 0…1."""
        faces.extend(grid_faces(len(rows), len(rows[0]), len(points)))
        for s, t in (place for row in rows for place in row):
            x, y = np.clip(s, 0, 1) * (len(columns) - 1), t * (len(columns[0]) - 1)
            i, j = min(int(x), len(columns) - 2), min(int(y), len(columns[0]) - 2)
            corners = [columns[i + di][j + dj] for di in (0, 1) for dj in (0, 1)]
            weights = np.outer((1 - x + i, x - i), (1 - y + j, y - j)).ravel()
            points.append(weights @ mh.points[corners])
            moves.append(np.einsum("kcd,c->kd", offsets[:, corners], weights))

    along = np.linspace(0, 1, 19)
    thick = [line * float(smoothstep(-0.05, 0.25, s) * 0.8 + 0.2) * (1 + 0.5 * s) for s in along]
    add([[(s, 0.0), (s, 0.5 * w), (s, w)] for s, w in zip(along, thick, strict=True)])
    for k in range(clumps):
        s = 0.10 + 0.88 * k / (clumps - 1)
        half = 0.36 / clumps * (1.0 if card == 2 else 0.6)
        lean = 0.06 * (s - 0.35)  # outer clumps lean outwards
        tip = reach * (0.55 + 0.45 * s) * (0.86 if k % 2 else 1.0)
        steps = (0.0, 0.4, 0.75, 1.0)
        add([[(s + lean * t * t + d * half * (1 - t) ** 0.7, t * tip) for d in (-1, 1)] for t in steps])
    at = np.array(points)
    return Part(at, np.stack(moves, 1), faces, ["Lashes"] * len(faces), LASH * np.ones((len(at), 1)))
