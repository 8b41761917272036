"""Teeth, gums and tongue, and the lips' sealing: what makes a mouth read as one that speaks."""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import MM, Face, Part, follow_rigidly, grid_faces, normalised, smoothstep, still
from head import Head
from makehuman import Floats

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
LOWER_FRONT: Final = 8.2 * MM
LOWER_EDGE: Final = -0.6 * MM
"""The same of the lower incisors."""
TONGUE_TIP: Final = (11.0 * MM, 3.5 * MM)
"""Where the tongue's tip and back lie from the lips' line of contact, in y and z."""
RING: Final = 10
LEVELS: Final = ((-0.25, 0.80, 0.92), (0.05, 0.86, 1.0), (0.45, 1.0, 0.82), (0.80, 1.0, 0.55), (0.97, 0.90, 0.34))
"""Rings of a tooth: height (0 gum, 1 edge), width, depth, as shares of the crown's."""


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


def teeth(
    arch: Arch, sizes: tuple[tuple[float, float, float], ...], edge: float, up: float, scale: float
) -> tuple[Part, Part]:
    """One jaw's teeth and gum, unmoved by keys.

    Args:
        arch: in plan.
        sizes: of the crowns, see :data:`UPPER_TEETH`.
        edge: z of the biting edge.
        up: 1 for the upper jaw, −1 for the lower.
        scale: size of the teeth against an adult's.
    """
    sizes = tuple((width * scale, height * scale, depth * scale) for width, height, depth in sizes)
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
        # The chin is close below the lower teeth.
        deep, back = (7.0, 0.1) if up > 0 else (3.4, -1.4)
        gum_rows.append(
            [
                base + normal * -1.4 * MM - height * 0.2,
                base + normal * 0.25 * MM + height * 0.1,
                base + normal * 0.75 * MM + height * 1.6,
                base + normal * back * MM + height * deep,
                base - normal * depth * MM + height * (deep - 1.0),
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


def jaws(head: Head, contact: Floats) -> list[Part]:
    """Upper and lower teeth with gums. ``contact``: where the lips meet; the lower jaw follows the helper's teeth."""
    helper = head.mh.groups["helper-lower-teeth"]
    size = head.person.teeth * head.scale
    upper = teeth(
        Arch(contact[1] + UPPER_FRONT, 28.5 * size * MM, 43 * size * MM),
        UPPER_TEETH,
        contact[2] + UPPER_EDGE,
        1,
        size,
    )
    lower = teeth(
        Arch(contact[1] + LOWER_FRONT, 25.0 * size * MM, 41 * size * MM), LOWER_TEETH, contact[2] + LOWER_EDGE, -1, size
    )
    for part in upper:
        part.offsets = still(part.points, len(head.names))
    for part in lower:
        part.offsets = follow_rigidly(part.points, head.mh.points[helper], head.offsets[:, helper])
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
