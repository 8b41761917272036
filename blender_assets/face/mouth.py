"""Teeth, gums and tongue, and the lips' sealing: what makes a mouth read as one that speaks."""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import MM, Face, Part, edge_loop, follow_rigidly, grid_faces, normalised, smoothstep, still
from head import Head
from makehuman import Floats, Ints

UPPER_CONTACT: Final = 520
"""Vertex of the base mesh where the upper lip touches the lower one on the midline."""

# Crown width × height × depth in mm from the midline outwards, after Wheeler's Dental Anatomy (mean adult crowns),
# a little enlarged in front as drawn faces do.
UPPER_TEETH: Final = (
    (9.0, 10.2, 6.6),
    (7.0, 9.0, 6.0),
    (7.6, 9.6, 7.4),
    (7.0, 8.0, 8.4),
    (6.8, 7.4, 8.6),
    (9.6, 7.0, 10.0),
)
LOWER_TEETH: Final = (
    (5.6, 8.4, 5.6),
    (6.1, 8.6, 5.8),
    (6.9, 9.2, 7.0),
    (7.0, 8.0, 7.4),
    (7.0, 7.4, 8.0),
    (10.4, 7.0, 9.8),
)
ENAMEL: Final = (0.80, 0.77, 0.69)
GUM: Final = (0.55, 0.17, 0.17)
TONGUE: Final = (0.66, 0.25, 0.25)
UPPER_FRONT: Final = 4.2 * MM
UPPER_EDGE: Final = -2.0 * MM
"""Where the upper incisors' front and edge lie from the lips' line of contact, in y and z."""
TONGUE_TIP: Final = (11.0 * MM, 3.5 * MM)
"""Where the tongue's tip and back lie from the lips' line of contact, in y and z."""
RING: Final = 10
LEVELS: Final = ((-0.25, 0.80, 0.92), (0.05, 0.86, 1.0), (0.45, 1.0, 0.82), (0.80, 1.0, 0.55), (0.97, 0.90, 0.34))
"""Rings of a tooth: height (0 gum, 1 edge), width, depth, as shares of the crown's."""


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


class Arch:
    """The dental arch in plan: half an ellipse, walked by distance from the midline."""

    def __init__(self, front: float, half_width: float, length: float) -> None:
        angle = np.linspace(0, np.pi / 2, 400)
        self.points = np.stack([half_width * np.sin(angle), front + length * (1 - np.cos(angle))], 1)
        self.walked = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(self.points, axis=0), axis=1))])

    def at(self, distance: float) -> tuple[Floats, Floats, Floats]:
        """Place, tangent (towards the subject's left) and outward normal at a signed distance, each ``[3]``, z 0."""
        side = 1.0 if distance >= 0 else -1.0

        def place(d: float) -> Floats:
            return np.array([np.interp(d, self.walked, self.points[:, i]) for i in (0, 1)])

        here, ahead, behind = (place(abs(distance) + step) for step in (0, 0.3 * MM, -0.3 * MM))
        tangent = normalised(ahead - behind)
        tangent = np.array([tangent[0], side * tangent[1], 0])
        return np.array([side * here[0], here[1], 0]), tangent, np.array([tangent[1], -tangent[0], 0])


def teeth(arch: Arch, sizes: tuple[tuple[float, float, float], ...], edge: float, up: float) -> tuple[Part, Part]:
    """One jaw's teeth and gum, unmoved by keys. ``edge``: z of the biting edge; ``up``: +1 upper, −1 lower jaw."""
    points: list[Floats] = []
    faces: list[Face] = []
    margin: list[tuple[float, float, float]] = []  # along the arch, z of the gum's margin, crown depth
    for side in (-1, 1):
        along = 0.0
        for number, (width, height, depth) in enumerate(sizes):
            centre, tangent, normal = arch.at(side * (along + width / 2) * MM)
            along += width
            # Cutting edges are thin and long; from the premolars on the crowns are blunt.
            blunt = max(0, number - 2) * 0.16
            canine = 0.5 if number == 2 else 0.0
            level_edge = edge + up * (0.25 if number == 1 else 0.0) * MM
            first = len(points)
            for level, wide, deep in LEVELS:
                z = level_edge + up * height * (1 - level) * MM
                deep_here = min(1.0, deep + blunt * smoothstep(0.2, 1.0, level))
                wide_here = wide - (0.14 * canine if level > 0.9 else 0)
                for k in range(RING):
                    a = 2 * np.pi * k / RING
                    c, s = np.cos(a), np.sin(a)
                    # A superellipse: squarer than an ellipse, so neighbours meet as teeth do.
                    x = np.sign(c) * abs(c) ** 0.7 * width * 1.05 / 2 * wide_here
                    y = np.sign(s) * abs(s) ** 0.75 * depth / 2 * deep_here
                    # The front face stays nearly upright; the thinning happens behind.
                    back = depth / 2 * (1 - deep_here) * 0.72 + 0.5 * max(0.0, level - 0.5)
                    points.append(centre + tangent * x * MM + normal * (y + back - depth / 2) * MM + [0, 0, z])
            tip = level_edge - up * (0.15 + 0.7 * canine) * MM
            points.append(np.mean(points[-RING:], 0) * [1, 1, 0] + [0, 0, tip])
            faces += grid_faces(len(LEVELS), RING, first, closed=True)
            top = first + (len(LEVELS) - 1) * RING
            faces += [(top + k, top + (k + 1) % RING, len(points) - 1) for k in range(RING)]
            for share, rise in ((-0.5, -1.1), (-0.25, 0.1), (0.0, 0.35), (0.25, 0.1)):
                margin.append(
                    (side * (along - width / 2 + share * width), level_edge + up * (height + rise) * MM, depth)
                )
        margin.append((side * along, edge + up * (sizes[-1][1] - 1) * MM, sizes[-1][2]))
    enamel = np.array(points)
    gum_rows: list[list[Floats]] = []
    for along_mm, z, depth in sorted(set(margin)):
        centre, _, normal = arch.at(along_mm * MM)
        height = np.array([0, 0, up * MM])
        base = np.add(centre, [0, 0, z])
        gum_rows.append(
            [
                base + normal * -1.4 * MM - height * 0.2,
                base + normal * 0.25 * MM + height * 0.1,
                base + normal * 0.75 * MM + height * 1.6,
                base + normal * 0.1 * MM + height * 7.0,
                base - normal * depth * MM + height * 6.0,
                base - normal * (depth + 0.7) * MM + height * 1.5,
                base - normal * (depth - 1.5) * MM + height * 0.2,
            ]
        )
    gum = np.array(gum_rows).reshape(-1, 3)
    gum_faces = grid_faces(len(gum_rows), len(gum_rows[0]))
    if up < 0:
        gum_faces = [f[::-1] for f in gum_faces]
        faces = [f[::-1] for f in faces]
    shade = smoothstep(-0.2, 0.5, (up * (enamel[:, 2] - edge)) / (10 * MM))[:, None]
    enamel_colours = np.array(ENAMEL) * (1 - 0.12 * shade * [0.3, 1.0, 1.6])
    # Further back, less light comes in: painted, as no engine but Cycles sees the cheeks' shadow.
    depth_in = smoothstep(8 * MM, 38 * MM, enamel[:, 1] - enamel[:, 1].min())[:, None]
    enamel_colours = enamel_colours * (1 - 0.6 * depth_in)
    gum_depth = smoothstep(8 * MM, 38 * MM, gum[:, 1] - gum[:, 1].min())[:, None]
    return (
        Part(enamel, still(enamel, 0), faces, ["Teeth"] * len(faces), enamel_colours),
        Part(gum, still(gum, 0), gum_faces, ["Gums"] * len(gum_faces), np.array(GUM) * (1 - 0.55 * gum_depth)),
    )


def jaws(contact: Floats, helper_lower: Floats, helper_offsets: Floats) -> list[Part]:
    """Upper and lower teeth with gums. ``contact``: where the lips meet; the lower jaw follows the helper."""
    keys = len(helper_offsets)
    upper = teeth(Arch(contact[1] + UPPER_FRONT, 28.5 * MM, 43 * MM), UPPER_TEETH, contact[2] + UPPER_EDGE, 1)
    lower = teeth(Arch(contact[1] + 7.4 * MM, 25.0 * MM, 41 * MM), LOWER_TEETH, contact[2] - 0.6 * MM, -1)
    for part in upper:
        part.offsets = still(part.points, keys)
    for part in lower:
        part.offsets = follow_rigidly(part.points, helper_lower, helper_offsets)
    return [*upper, *lower]


def tongue(head: Head, contact: Floats) -> Part:
    """The helper tongue with two more keys, ``tongueTipUp`` and ``tongueBackUp`` (all are in ``head.names``)."""
    mh, names = head.mh, head.names
    helper = mh.groups["helper-tongue"]
    points, offsets = mh.points[helper], head.offsets[:, helper]
    shift = (0, contact[1] + TONGUE_TIP[0] - points[:, 1].min(), contact[2] + TONGUE_TIP[1] - points[:, 2].max())
    points = np.add(points, shift)
    first = int(helper[0])
    faces = [tuple(v - first for v in f) for f in mh.faces_of("helper-tongue")]
    from_back = (points[:, 1].max() - points[:, 1]) / np.ptp(points[:, 1])
    tip = smoothstep(0.45, 1.0, from_back)
    back = np.exp(-(((from_back - 0.42) / 0.2) ** 2))
    up = offsets[names.index("tongueTipUp")]
    up[:, 2] = 12.0 * MM * tip
    up[:, 1] = -2.0 * MM * tip
    lift = offsets[names.index("tongueBackUp")]
    lift[:, 2] = 10.0 * MM * back - 1.5 * MM * tip
    lift[:, 1] = 6.0 * MM * tip
    groove = np.exp(-((points[:, 0] / (2.2 * MM)) ** 2)) * smoothstep(0.25, 0.6, from_back)
    dark = smoothstep(0.75, 0.1, from_back)
    colours = np.array(TONGUE) * (1 - 0.18 * groove[:, None]) * (1 - 0.6 * dark[:, None])
    return Part(points, offsets, faces, ["Tongue"] * len(faces), colours)


class LipSolver:
    """Moves the lips' contact rows where they should meet; the lips around follow, fading with distance."""

    REACH: Final = 6.5 * MM

    def __init__(self, points: Floats, jaw_open: Floats, upper: Ints, lower: Ints) -> None:
        self.upper, self.lower, self.count = upper, lower, len(points)
        corner = points[[upper[0], upper[-1]]].mean(0)
        near = np.linalg.norm(points - [0, corner[1] - 6 * MM, corner[2]], axis=1) < 60 * MM
        self.near = np.flatnonzero(near)
        at = points[self.near]
        self.weights = []
        distances = []
        for row in (upper, lower):
            gap = np.linalg.norm(at[:, None] - points[row][None], axis=2)
            closeness = 1 / (gap + 0.3 * MM) ** 4
            self.weights.append(closeness / closeness.sum(1, keepdims=True))
            distances.append(gap.min(1))
        # A vertex belongs to the lip that moves with it when the jaw opens.
        lower_full = jaw_open[lower[len(lower) // 2], 2]
        share = np.clip(jaw_open[self.near, 2] / lower_full, 0, 1)
        self.lower_share = smoothstep(0.25, 0.6, share)
        distance = np.where(self.lower_share > 0.5, distances[1], distances[0])
        self.fade = np.exp(-((np.maximum(distance - 2 * MM, 0) / self.REACH) ** 2))

    def spread(self, upper_moves: Floats, lower_moves: Floats) -> Floats:
        """Offsets ``[count, 3]`` of the whole skin from moves ``[row, 3]`` of the two contact rows."""
        offsets = np.zeros((self.count, 3))
        share = self.lower_share[:, None]
        moves = (self.weights[0] @ upper_moves) * (1 - share) + (self.weights[1] @ lower_moves) * share
        offsets[self.near] = moves * self.fade[:, None]
        return offsets

    def seal(self, points: Floats, overlap: float, lower_part: float = 0.5) -> Floats:
        """Offsets that bring the two rows of ``points`` together, past each other by ``overlap`` metres in z.

        ``lower_part`` of the way is the lower lip's. The overlap fades towards the corners.
        """
        total = np.zeros_like(points)
        # The spread moves every row a little less than asked where rows are dense; a few rounds settle it.
        meet, down = self._meeting(points, overlap, lower_part)
        for _ in range(6):
            now = points + total
            moves = [
                goal - now[row]
                for goal, row in zip((meet[0] - down[0], meet[1] + down[1]), (self.upper, self.lower), strict=True)
            ]
            total += self.spread(moves[0], moves[1])
        return total

    def round_off(self, points: Floats, narrower: float) -> Floats:
        """Offsets that lay the two rows of ``points`` on an ellipse as high as the opening and narrower by a factor."""
        total = np.zeros_like(points)
        rows = (self.upper, self.lower)
        top, bottom = (points[row[len(row) // 2], 2] for row in rows)
        goals = []
        for row, sign in zip(rows, (1, -1), strict=True):
            goal = points[row].copy()
            share = goal[:, 0] / np.abs(goal[:, 0]).max()
            goal[:, 0] *= narrower
            goal[:, 2] = (top + bottom) / 2 + sign * (top - bottom) / 2 * np.sqrt(1 - share**2)
            goals.append(goal)
        for _ in range(6):
            now = points + total
            total += self.spread(goals[0] - now[rows[0]], goals[1] - now[rows[1]])
        return total

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
