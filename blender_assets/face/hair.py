"""A side-parted bob out of solid locks: each grows from the scalp along a field of directions, then is lofted."""

from __future__ import annotations

from typing import Final

import bpy
import look
import numpy as np
import skeleton
from geometry import MM, Face, Part, Surface, grid_faces, normalised, smoothstep, still
from head import Head
from makehuman import Floats
from mesh import mesh_object
from scalp import hairline, is_scalp

PARTING: Final = 0.022
HEM: Final = -0.098
"""Where the bob ends, in z from the eyes."""
STEPS: Final = 12
ACROSS: Final = 6


FRINGE: Final = (
    (-62, 7.0, 20, 24, 0.6),
    (-50, 8.0, 28, 26, 0.6),
    (-38, 9.0, 36, 26, 0.6),
    (-26, 10.0, 50, 26, 0.6),
    (-14, 11.0, 62, 28, 0.5),
    (-2, 12.0, 78, 28, 0.32),
    (10, 13.0, 90, 30, 0.16),
    (19, 14.0, 95, 30, 0.04),
    (25, 12.0, 66, 28, 0.3),
    (34, 10.0, 50, 28, 0.5),
    (46, 9.0, 36, 26, 0.6),
    (58, 8.0, 26, 24, 0.6),
)
"""Locks along the hairline: x of the root in mm, layer in mm, way across the forehead in mm, width in mm, dip."""


CROWN: Final = (
    *((x, 25, 9.0) for x in (-40, -20, 0, 20, 40)),
    *((x, 55, 12.0) for x in (-48, -30, -11, 9, 28, 46)),
    *((x, 82, 14.0) for x in (-34, -16, 2, 20, 36)),
)
"""Locks down the back of the head: x of the root and its height over the eyes in mm, layer in mm."""


def _roots(skin: Part, eye: Floats, spacing: float, rng: np.random.Generator) -> Floats:
    """Points spread evenly over the scalp, at least ``spacing`` metres apart."""
    chosen: list[Floats] = []
    triangles = [(f[0], f[i], f[i + 1]) for f in skin.faces for i in range(1, len(f) - 1)]
    corners = skin.points[np.array(triangles)]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    under = is_scalp(corners.mean(1), eye) > 0.5
    under &= (np.abs(corners.mean(1)[:, 0]) < 0.086) & (corners.mean(1)[:, 2] > eye[2] - 0.06)
    area = np.where(under, area, 0)
    for index in rng.choice(len(corners), 6000, p=area / area.sum()):
        a, b = rng.uniform(size=2) ** [0.5, 1]
        point = corners[index].T @ [1 - a, a * (1 - b), a * b]
        if all(np.linalg.norm(point - other) > spacing for other in chosen):
            chosen.append(point)
    return np.array(chosen)


def _grow(
    root: Floats,
    scalp: Surface,
    eye: Floats,
    *,
    layer: float,
    hem: float,
    swing: float = 0,
    sweep: float = 0,
    dip: float = 0,
) -> Floats:
    """A lock's middle line from its root down to the hem, ``[STEPS, 3]``.

    ``sweep`` metres of it cross the forehead, the lower the more ``dip`` there is.
    """
    side = 1.0 if root[0] > PARTING else -1.0
    step = 5 * MM
    place, direction = root.copy(), None
    line = [root]
    walked = 0.0
    for _ in range(90):
        near, normal, distance = scalp.nearest(place)
        up = float(np.clip((place[2] - eye[2] - 0.02) / 0.08, 0, 1))
        front = float(np.clip((-place[1] - 0.075) / 0.04, 0, 1))
        behind = float(smoothstep(-0.03, 0.05, place[1]))
        want = np.array(
            [side * (0.95 * up + 0.10) * (1 - 0.85 * behind), 0.30 * up + 0.10 + 0.75 * front, -1.0 + 0.35 * up]
        )
        if walked < sweep:
            across = 1 - walked / sweep
            want = want * (1 - across) + np.array([side * 0.95, -0.05, -0.30 - dip]) * across
        want += swing * np.array([0.10, 0.22, 0.0])
        below = float(smoothstep(eye[2] - 0.045, eye[2] + HEM, place[2]))
        want += below * np.array([-0.55 * np.sign(place[0]), -0.10, 0])  # the tips curl in
        if distance < 22 * MM:
            want -= normal * float(normal @ want)
        want = normalised(want)
        direction = want if direction is None else normalised(0.6 * direction + 0.4 * want)
        place = place + direction * step
        walked += step
        near, normal, distance = scalp.nearest(place)
        height = float((place - near) @ normal)
        goal = layer * min(1.0, 0.25 + walked / 0.03) * (1 - 0.25 * below)
        if height < goal:
            place = near + normal * goal
        elif height > goal and place[2] > eye[2] - 0.01:
            place = near + normal * (goal + 0.3 * (height - goal))
        line.append(place)
        if place[2] < eye[2] + hem:
            break
    points = np.array(line)
    for _ in range(3):
        points[1:-1] = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, along[-1], STEPS)
    return np.stack([np.interp(at, along, points[:, i]) for i in range(3)], 1)


def _loft(line: Floats, scalp: Surface, width: float, thick: float, colour: Floats, grain: Floats) -> Part:
    """A flattened, ridged, tapered lock around a line."""
    points, colours = [], []
    tangents = normalised(np.gradient(line, axis=0))
    normals = np.array([scalp.nearest(p)[1] for p in line])
    for _ in range(2):
        normals[1:-1] = (normals[:-2] + normals[1:-1] + normals[2:]) / 3
    for i, (place, tangent) in enumerate(zip(line, tangents, strict=True)):
        t = i / (STEPS - 1)
        outward = normalised(normals[i] - tangent * float(tangent @ normals[i]))
        across = np.cross(tangent, outward)
        size = (0.45 + 0.55 * float(smoothstep(0, 0.3, t))) * (
            1 - 0.6 * float(smoothstep(0.5, 1.0, t)) if i < STEPS - 1 else 0.08
        )
        for k in range(ACROSS):
            x = 2 * k / (ACROSS - 1) - 1
            bulge = (1 - x * x) + 0.16 * np.cos(x * np.pi * 2.5)
            points.append(place + across * x * width * size / 2 + outward * (bulge - 0.35) * thick * size)
            ridge = 0.80 + 0.35 * bulge + grain[k]
            colours.append(colour * ridge * (0.75 + 0.45 * float(smoothstep(0, 0.5, t))))
        points.append(place - outward * thick * 0.4 * size)
        colours.append(colour * 0.5)
    faces: list[Face] = grid_faces(STEPS, ACROSS + 1, closed=True)
    at = np.array(points)
    return Part(at, still(at, 0), faces, ["Hair"] * len(faces), np.array(colours))


def _cap(skin: Part, eye: Floats, colour: Floats) -> Part:
    """The scalp itself, lifted and hair-coloured: nothing shines through between the locks.

    Its outermost faces go down into the skin, so that it ends along the hairline and not at the last whole face.
    """
    amount = is_scalp(skin.points, eye)
    faces = [
        f for f in skin.faces if any(amount[v] > 0.02 for v in f) and all(abs(skin.points[v, 0]) < 0.088 for v in f)
    ]
    used = np.array(sorted({v for f in faces for v in f}))
    number = {v: i for i, v in enumerate(used)}
    normals = np.zeros_like(skin.points)
    for f in skin.faces:
        a, b, c = skin.points[list(f[:3])]
        normals[list(f)] += np.cross(b - a, c - a)
    lifted = skin.points[used] + normalised(normals[used]) * (4.5 * MM * amount[used, None] - 0.4 * MM)
    faces = [tuple(number[v] for v in f) for f in faces]
    return Part(lifted, still(lifted, 0), faces, ["Hair"] * len(faces), colour * np.ones((len(used), 1)))


def add(head: Head, rig: bpy.types.Object, collection: bpy.types.Collection) -> None:
    """Put the person's hair into the collection; it follows the rig's head as a whole."""
    made = mesh_object("Alphsistant Hair", locks(head), look.material, subdivision=1)
    collection.objects.link(made)
    skeleton.weigh(made, "head", np.ones(len(made.data.vertices)))
    skeleton.bend(made, rig)


def locks(head: Head) -> list[Part]:
    """The cap and the locks, from the inner layer outwards."""
    mh, skin, eye, colour = head.mh, head.skin, head.eye_centre("l")[0], np.array(head.person.hair_colour)
    rng = np.random.default_rng(5)
    faces = [f for f in mh.faces_of("body") if all(mh.points[v, 2] > 0.02 and abs(mh.points[v, 0]) < 0.25 for v in f)]
    scalp = Surface(mh.points, faces)
    parts = [_cap(skin, eye, colour * 0.62)]
    for spacing, layer, width, thick, shade in ((0.024, 7.0, 30, 5.0, 0.8), (0.027, 12.5, 26, 6.0, 1.0)):
        for root in _roots(skin, eye, spacing, rng):
            hem = HEM + rng.uniform(-8, 8) * MM
            line = _grow(
                root, scalp, eye, layer=(layer + rng.uniform(-1.2, 1.2)) * MM, hem=hem, swing=rng.normal(0, 0.25)
            )
            parts.append(
                _loft(
                    line,
                    scalp,
                    width * MM * rng.uniform(0.8, 1.15),
                    thick * MM,
                    colour * shade * rng.uniform(0.85, 1.18),
                    rng.normal(0, 0.06, ACROSS),
                )
            )
    for x, rise, layer in CROWN:
        root = scalp.meet(np.array([x * MM, eye[1] + 0.35, eye[2] + rise * MM]), np.array([0, -1.0, 0]))
        line = _grow(root, scalp, eye, layer=layer * MM, hem=HEM + rng.uniform(-6, 8) * MM)
        parts.append(
            _loft(line, scalp, 32 * MM, 6.0 * MM, colour * rng.uniform(0.9, 1.15), rng.normal(0, 0.06, ACROSS))
        )
    for x, layer, sweep, width, dip in FRINGE:
        height = hairline(np.array(x * MM)) - 1 * MM + 5 * MM * float(np.exp(-(((x - 22) / 5) ** 2)))
        root = scalp.meet(np.array([x * MM, eye[1] - 0.1, eye[2] + height]), np.array([0, 1.0, 0]))
        line = _grow(root, scalp, eye, layer=layer * MM, hem=HEM + rng.uniform(4, 16) * MM, sweep=sweep * MM, dip=dip)
        parts.append(
            _loft(line, scalp, width * MM, 6.5 * MM, colour * rng.uniform(0.95, 1.2), rng.normal(0, 0.06, ACROSS))
        )
    return parts
