"""The eyes: a white ball with a clear cornea, a recessed iris and a pupil behind it, and the wet line on the lower lid.

The ball turns with the eyeLook keys as the data's helper eye does; the wet line follows the lid.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import MM, Face, Part, follow_rigidly, grid_faces, normalised, smoothstep
from head import Head
from lashes import lid_columns
from makehuman import Floats
from materials import EYE_UV

SEGMENTS: Final = 40
LIMBUS: Final = 0.53
"""Angle from the eye's axis to the edge of the iris, radians."""
RINGS: Final = (0.04, 0.10, 0.16, 0.21, 0.30, 0.40, 0.48, LIMBUS, 0.565, 0.61, 0.70, 0.88, 1.10, 1.35, 1.70)
"""Rings of the ball, from the middle of the cornea backwards, radians."""
BULGE: Final = 0.075
"""How far the cornea stands out, as a share of the ball's radius."""
DISC: Final = (1.0, 0.88, 0.74, 0.60, 0.47, 0.385)
"""Rings of the iris, as shares of its radius; the last is the pupil's edge."""
PUPIL_DEPTH: Final = 0.16
"""How far the pupil's floor lies behind the limbus, as a share of the ball's radius."""
SCLERA: Final = np.array([0.80, 0.775, 0.75])
BLACK: Final = np.array([0.003, 0.003, 0.003])
WET: Final = np.array([0.80, 0.74, 0.72])


def eye(head: Head, side: str) -> list[Part]:
    """The eyeball of side ``l`` or ``r`` and its wet line."""
    return [_ball(head, side), _wet_line(head, side)]


def _ball(head: Head, side: str) -> Part:
    centre, radius = head.eye_centre(side)
    turns = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    x, y = np.cos(turns), np.sin(turns)
    points: list[list[float]] = [[0.0, 0.0, 1 + BULGE]]
    colours: list[Floats] = [BLACK]
    uvs: list[tuple[float, float]] = [EYE_UV]
    streaks = np.random.default_rng(7).uniform(0.86, 1.14, SEGMENTS)  # the same iris on both sides
    for angle in RINGS:
        bulge = 1 + BULGE * max(1 - (angle / 0.60) ** 2, 0.0) ** 1.25
        for k in range(SEGMENTS):
            points.append([np.sin(angle) * x[k] * bulge, np.sin(angle) * y[k] * bulge, np.cos(angle) * bulge])
            colours.append(_painted(head, angle, float(y[k]), float(streaks[k])))
            reach = 0.5 * angle / LIMBUS
            uvs.append((EYE_UV[0] + reach * x[k], EYE_UV[1] + reach * y[k]))
    faces: list[Face] = [(0, 1 + k, 1 + (k + 1) % SEGMENTS) for k in range(SEGMENTS)]
    faces += grid_faces(len(RINGS), SEGMENTS, 1, closed=True)
    clear = 1 + RINGS.index(LIMBUS) * SEGMENTS  # vertices before this one lie inside the limbus
    materials = ["Cornea" if min(f) < clear and max(f) < clear + SEGMENTS else "Sclera" for f in faces]

    # The iris is a shallow funnel, slightly wider than the hole it is seen through; the pupil is a well behind it.
    edge, level = np.sin(LIMBUS) * 1.03, np.cos(LIMBUS)
    first = len(points)
    for share in DISC:
        for k in range(SEGMENTS):
            points.append([edge * share * x[k], edge * share * y[k], level - 0.03 * (1 - share)])
            uvs.append((EYE_UV[0] + 0.5 * share * x[k], EYE_UV[1] + 0.5 * share * y[k]))
            colours.append(np.array(head.person.iris))
    disc = [f[::-1] for f in grid_faces(len(DISC), SEGMENTS, first, closed=True)]
    well = len(points)
    for share, depth in ((DISC[-1], 0.03 * (1 - DISC[-1])), (DISC[-1] + 0.02, PUPIL_DEPTH)):
        points += [[edge * share * x[k], edge * share * y[k], level - depth] for k in range(SEGMENTS)]
    points.append([0.0, 0.0, level - PUPIL_DEPTH])
    floor = len(points) - 1
    uvs += [EYE_UV] * (len(points) - well)
    colours += [BLACK] * (len(points) - well)
    pupil = [f[::-1] for f in grid_faces(2, SEGMENTS, well, closed=True)]
    second = well + SEGMENTS
    pupil += [(floor, second + k, second + (k + 1) % SEGMENTS) for k in range(SEGMENTS)]
    faces += disc + pupil
    materials += ["Iris"] * len(disc) + ["Pupil"] * len(pupil)

    # Local axes: x the subject's left, y up, z out of the eye.
    local = np.array(points) * radius * 0.997
    world = np.stack([local[:, 0], -local[:, 2], local[:, 1]], 1) + centre
    helper = head.mh.groups[f"helper-{side}-eye"]
    moves = follow_rigidly(world, head.mh.points[helper], head.offsets[:, helper])
    return Part(
        world, moves, faces, materials, np.clip(np.array(colours), 0, 1), uvs=[tuple(uvs[v] for v in f) for f in faces]
    )


def _painted(head: Head, angle: float, up: float, streak: float) -> Floats:
    """The ball's colour at an angle from its axis: an eye is painted on it for views that do not draw it clear."""
    iris, inner = np.array(head.person.iris), np.array(head.person.iris_inner)
    if angle < 0.20:
        return BLACK
    if angle < LIMBUS:
        colour = iris + (inner - iris) * smoothstep(0.46, 0.22, angle) * 0.6
        # Light falls in from above and gathers below, as behind a cornea.
        colour = colour * streak * (1.1 - 0.5 * up)
        return colour + (iris * 0.12 - colour) * smoothstep(0.42, 0.52, angle)
    shaded = SCLERA * (1 - 0.42 * smoothstep(0.10, 0.62, np.sin(angle) * up))
    shaded = shaded * (1 - np.array([0.08, 0.24, 0.26]) * smoothstep(0.75, 1.3, angle))
    return shaded + (np.array([0.16, 0.17, 0.18]) - shaded) * smoothstep(0.62, LIMBUS, angle) * 0.85


def _wet_line(head: Head, side: str) -> Part:
    """A thin clear tube where the ball meets the lower lid."""
    centre, _ = head.eye_centre(side)
    columns = lid_columns(head.mh, side, 1)
    roots = np.array([column[0] for column in columns])
    path = head.mh.points[roots]
    path = path + (centre - path) * 0.055 + np.array([0, -0.3, -0.1]) * MM
    along = np.linspace(0, 1, len(roots))
    thick = np.interp(along, [0, 0.12, 0.9, 1], [0.10, 0.26, 0.26, 0.10]) * MM
    tangents = normalised(np.gradient(path, axis=0))
    outward = normalised(np.cross(tangents, [0, 0, 1.0]))
    upward = np.cross(outward, tangents)
    turns = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    ring = outward[:, None] * np.cos(turns)[:, None] + upward[:, None] * np.sin(turns)[:, None]
    points = (path[:, None] + ring * thick[:, None, None]).reshape(-1, 3)
    moves = np.repeat(head.offsets[:, roots], len(turns), 1)
    faces = grid_faces(len(roots), len(turns), closed=True)
    return Part(points, moves, faces, ["Wet"] * len(faces), WET * np.ones((len(points), 1)))
