"""The beard and the moustache: locks that grow on the skin, so that they follow the jaw."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
import skin_zones
from geometry import MM, Surface, normalised, smoothstep
from head import Head
from makehuman import Floats
from materials import material
from strands import Lock, curves, follow_skin, grow_strands, taper

FROM: Final = 0.5
"""A person whose beard is less than this has a shadow of it in the skin's colour, and no hairs."""
LOCKS: Final = 800
STEPS: Final = 8
IN_VIEWPORT: Final = 0.0018
"""Radius of a lock's line at its root in metres, where its strands are not shown."""
LOCK: Final = Lock(13, 0.0050, 0.0028, 0.00017, 0.0040, 0.5, 0.3)


def add(head: Head, face: bpy.types.Object, collection: bpy.types.Collection) -> Any | None:
    """Grow the person's beard into the collection, attached to the face; ``None`` for somebody without."""
    if head.person.beard < FROM:
        return None
    lines = _lines(head)
    made = curves("Alphsistant Beard", lines, material("Beard", head.person), collection)
    follow_skin(made, face, head, lines[:, 0])
    eye, _ = head.eye_centre("l")
    taper(made, IN_VIEWPORT, 0.3)
    grow_strands(made, LOCK, eye * [0, 1, 1] + np.array([0, 60, -50]) * MM)
    # Growing them anew in every frame takes 130 ms (4.5): a viewport shows the locks' middle lines, thick.
    made.modifiers["Strands"].show_viewport = False
    return made


def _lines(head: Head) -> Floats:
    """A line for each lock, ``[n, STEPS, 3]``."""
    rng = np.random.default_rng(8)
    skin = head.skin
    surface = Surface(skin.points, skin.faces)
    triangles = np.array(surface.triangles)
    corners = skin.points[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    dense = skin_zones.beard(head)[triangles].mean(1)
    above_lip = skin_zones.moustache(head)[triangles].mean(1)
    chance = area * np.where(dense > 0.28, 0.6 + 0.4 * dense, 0) * (1 + 1.5 * above_lip)
    eye, _ = head.eye_centre("l")
    lines = []
    for index in rng.choice(len(triangles), LOCKS, p=chance / chance.sum()):
        a, b = rng.uniform(size=2) ** [0.5, 1]
        root = corners[index].T @ [1 - a, a * (1 - b), a * b]
        near, normal, _ = surface.nearest(root)
        below = (eye[2] - root[2]) / head.scale
        lip = float(above_lip[index])
        chin = float(smoothstep(0.075, 0.105, below) * np.exp(-((root[0] / 0.045) ** 2))) * (1 - lip)
        length = (
            (0.014 + 0.052 * chin + 0.008 * lip) * (0.6 + 0.4 * dense[index]) * rng.uniform(0.75, 1.15) * head.scale
        )
        want = normalised(
            np.array(
                [
                    np.sign(root[0]) * (0.9 * lip + 0.08) - root[0] * 6 * chin,
                    -0.15 + 0.25 * (1 - chin),
                    -1.0 + 0.45 * lip,
                ]
            )
        )
        want = normalised(want + rng.normal(0, 0.12, 3))
        place, direction = near, normal
        path = [near - normal * 0.4 * MM]
        for k in range(1, STEPS):
            direction = normalised(0.6 * direction + 0.4 * want)
            place = place + direction * length / STEPS
            near, out, _ = surface.nearest(place)
            height, least = float((place - near) @ out), (1 + 3 * k / STEPS) * MM
            if height < least:
                place = near + out * least
            path.append(place)
        lines.append(np.array(path))
    return np.array(lines)
