"""The lips as rings and spokes: what closes, rounds and shapes them by solving instead of by summing keys.

Around the mouth the base mesh is a regular grid: ring 0 is where the lips touch, ring 6 the border of their red, and
38 spokes run outwards from it. A shape is asked for on a ring or two; the skin between and around follows as a thin
plate would (the displacement's Laplacian is least in the sense of least squares).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import MM, EdgeLoops, Face, edge_loop, smoothstep
from makehuman import Floats, Ints

UPPER_CONTACT: Final = 520
"""Vertex of the base mesh where the upper lip touches the lower one on the midline."""
BORDER: Final = 6
"""The ring on which the red of the lips ends."""


def lip_contacts(faces: list[Face], points: Floats, used: Ints) -> tuple[Ints, Ints]:
    """The upper and the lower lip's row of contact, each from the right corner to the left.

    The two are halves of one ring around the mouth. ``used`` are the base mesh's numbers of the ``points``.
    """
    middle = int(np.flatnonzero(used == UPPER_CONTACT)[0])
    beside = {v for face in faces if middle in face for v in face} - {middle}
    left = max((v for v in beside if abs(points[v, 2] - points[middle, 2]) < 0.7 * MM), key=lambda v: points[v, 0])
    ring = edge_loop(faces, middle, left)
    half, quarter = len(ring) // 2, len(ring) // 4
    upper = [*ring[-quarter:], *ring[: quarter + 1]]
    lower = ring[half + quarter : half - quarter - 1 : -1]
    return np.array(upper), np.array(lower)


class Lips:
    """The rings around one head's mouth, and the plate that carries what they do to the skin.

    ``upper`` and ``lower`` are the rows of contact, each from the right corner to the left (:func:`lip_contacts`).
    ``rings[k]`` are the vertices of ring ``k``: first the upper lip's spokes, then the lower's, in the rows' order.
    ``across`` is where each spoke stands, −1 at the right corner to 1 at the left; ``halves`` are 1 above and −1 below.
    """

    REACH: Final = 11
    """Rings of skin that take part."""
    INSIDE: Final = 3
    """Rings on the inner side of the lips that take part."""

    def __init__(self, points: Floats, faces: list[Face], upper: Ints, lower: Ints, inside: Floats) -> None:
        self.upper, self.lower, self.count = upper, lower, len(points)
        loops = EdgeLoops(faces)
        neighbours = [loops.neighbours[v] for v in range(len(points))]
        contact = {int(v) for v in (*upper, *lower)}
        spokes = []
        for start in (*upper, *lower):
            ways = [loops.walk(int(start), v) for v in neighbours[int(start)] - contact]
            spokes.append(min(ways, key=lambda way: inside[way[3 : BORDER + 1]].mean())[: BORDER + 1])
        self.rings = np.array(spokes).T
        self.half_width = float(np.abs(points[self.rings[0], 0]).max())
        self.across: Floats = points[self.rings[0], 0] / self.half_width
        # The lower row turns round the corners: what lies before its end there belongs to the upper half.
        row = self.across[len(upper) :]
        before_end = (np.arange(len(row)) < row.argmin()) | (np.arange(len(row)) > row.argmax())
        self.halves: Floats = np.concatenate([np.ones(len(upper)), np.where(before_end, 1.0, -1.0)])

        steps = _steps(neighbours, contact)
        inner = inside > 0.5
        reach = np.where(inner, self.INSIDE, self.REACH)
        self._region = np.flatnonzero(steps <= reach)
        near = np.flatnonzero(steps <= reach + 2)
        number = {int(v): i for i, v in enumerate(near)}
        laplacian = np.eye(len(near))
        for i, v in enumerate(near):
            beside = [number[w] for w in neighbours[int(v)] if w in number]
            laplacian[i, beside] = -1 / len(beside)
        plate = laplacian.T @ laplacian
        keep = [number[int(v)] for v in self._region]
        self._plate = plate[np.ix_(keep, keep)]
        self._place = {int(v): i for i, v in enumerate(self._region)}
        self._followers: dict[tuple[int, ...], tuple[Ints, Ints, Floats]] = {}

    def _following(self, rings: tuple[int, ...]) -> tuple[Ints, Ints, Floats]:
        """Led and following members of the region, and the matrix from the moves of the first to the second's."""
        if rings not in self._followers:
            led = np.array([self._place[int(v)] for ring in rings for v in self.rings[ring]])
            free = np.setdiff1d(np.arange(len(self._region)), led)
            matrix = -np.linalg.solve(self._plate[np.ix_(free, free)], self._plate[np.ix_(free, led)])
            self._followers[rings] = led, free, matrix
        return self._followers[rings]

    def spread(self, moves: dict[int, Floats]) -> Floats:
        """Offsets ``[count, 3]`` of the whole skin from moves ``[spokes, 3]`` of some rings."""
        led, free, matrix = self._following(tuple(moves))
        wanted = np.concatenate(list(moves.values()))
        offsets = np.zeros((self.count, 3))
        offsets[self._region[led]] = wanted
        offsets[self._region[free]] = matrix @ wanted
        return offsets

    def place(self, points: Floats, goals: dict[int, Floats]) -> Floats:
        """Offsets ``[count, 3]`` that bring rings of ``points`` to places ``[spokes, 3]``."""
        return self.spread({ring: goal - points[self.rings[ring]] for ring, goal in goals.items()})

    def seal(self, points: Floats, overlap: float, lower_part: float = 0.5) -> Floats:
        """Offsets that bring the two rows of ``points`` together, past each other by ``overlap`` metres in z.

        ``lower_part`` of the way is the lower lip's. The overlap fades towards the corners.
        """
        meet, press = self._meeting(points, overlap, lower_part)
        return self.place(points, {0: np.concatenate([meet[0] - press[0], meet[1] + press[1]])})

    def _meeting(self, points: Floats, overlap: float, lower_part: float) -> tuple[list[Floats], list[Floats]]:
        """Where each row's vertices meet the other lip, and how far to press on from there."""
        rows = [points[self.upper], points[self.lower]]
        across = [np.maximum.accumulate(row[:, 0]) for row in rows]
        width = np.abs(rows[0][:, 0]).max()
        meet, press = [], []
        for this, other, own in ((0, 1, 1 - lower_part), (1, 0, lower_part)):
            facing = np.stack([np.interp(across[this], across[other], rows[other][:, i]) for i in range(3)], 1)
            facing[:, 0] = rows[this][:, 0]
            meet.append(rows[this] * (1 - own) + facing * own)
            past = overlap / 2 * smoothstep(1.0, 0.75, np.abs(rows[this][:, 0]) / width)
            press.append(np.stack([np.zeros_like(past), np.zeros_like(past), past], 1))
        return meet, press


def _steps(neighbours: list[set[int]], start: set[int]) -> Ints:
    """How many edges away each vertex is from a set of them."""
    steps = np.full(len(neighbours), len(neighbours))
    steps[list(start)] = 0
    front, step = start, 0
    while front:
        step += 1
        front = {w for v in front for w in neighbours[v] if steps[w] > step}
        steps[list(front)] = step
    return steps


def soften_corners(points: Floats, faces: list[Face], upper: Ints) -> None:
    """Smooth the small knots of the base mesh at the corners of the mouth, in place."""
    neighbours: dict[int, set[int]] = {}
    corners = points[upper[[0, -1]]]
    away = np.linalg.norm(points[:, None] - corners[None], axis=2).min(1)
    amount = np.exp(-((away / (3.5 * MM)) ** 2))
    near = set(np.flatnonzero(away < 8 * MM).tolist())
    for face in faces:
        for a, b in zip(face, (*face[1:], face[0]), strict=True):
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
    for _ in range(6):
        means = {v: points[list(neighbours[v])].mean(0) for v in near}
        for v, mean in means.items():
            points[v] += 0.5 * amount[v] * (mean - points[v])
