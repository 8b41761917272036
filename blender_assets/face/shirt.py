"""A plain crew-neck shirt, and with it a neat end to the bust: rays from inside the chest find the skin it lies on."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
from geometry import MM, Part, Surface, grid_faces, normalised, smoothstep, still
from head import Head, collar_height
from makehuman import Floats

AROUND: Final = 56
DOWN: Final = 18
EASE: Final = 5.0 * MM
HALF_WIDTH: Final = 0.158
HALF_DEPTH: Final = 0.115


def _lift(head: Head) -> float:
    """How much higher than the reference woman's the collar has to sit to cover the edge of this person's skin."""
    edges: Counter[tuple[int, int]] = Counter()
    for face in head.skin.faces:
        edges.update((min(a, b), max(a, b)) for a, b in zip(face, (*face[1:], face[0]), strict=True))
    border = np.array(sorted({v for edge, faces in edges.items() if faces == 1 for v in edge}))
    drawn = head.reference_skin[border]
    border = border[drawn[:, 2] < collar_height(head.mh, drawn[:, 1], head.reference) + 15 * MM]
    edge = head.skin.points[border]
    above = float((edge[:, 2] - collar_height(head.mh, edge[:, 1])).max()) + 5 * MM
    return max(head.person.collar, above)


def shirt(head: Head) -> list[Part]:
    """Collar and shirt, from the neck down to just above the floor."""
    mh, points = head.mh, head.mh.points
    lift = _lift(head)
    rim = collar_height(mh, points[:, 1]) + 35 * MM + lift  # without the head, whose chin is over the chest
    faces = [
        f for f in mh.faces_of("body") if all(abs(points[v, 0]) < 0.30 and -0.2 < points[v, 2] < rim[v] for v in f)
    ]
    body = Surface(points, faces)
    clavicle = mh.joint("l-clavicle")
    neck = np.array([0, clavicle[1], 0.0])
    centre = np.array([0, clavicle[1] - 6 * MM, clavicle[2] - 0.105])
    turns = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    directions = np.stack([np.sin(turns), -np.cos(turns), np.zeros(AROUND)], 1)

    def on_neck(height: float, ease: float) -> Floats:
        """A ring around the neck, ``height`` above the rim and ``ease`` off the skin."""
        ring = []
        for flat in directions:
            # The neck's surface where it comes through the collar's tilted plane.
            ray = normalised(np.add(flat, [0, 0, 0.34 * flat[1]]))
            origin = np.add(neck, [0, 0, float(collar_height(mh, neck[1])) + height + lift])
            ring.append(body.meet(origin, ray) + flat * ease)
        smooth = np.array(ring)
        for _ in range(6):
            smooth = (np.roll(smooth, 1, 0) + 2 * smooth + np.roll(smooth, -1, 0)) / 4
        return smooth

    collar = [
        on_neck(h * MM, e * MM)
        for h, e in ((-4, 0.4), (4, 0.8), (8, 1.6), (9, 3.2), (7, 4.6), (0, 5.2), (-6, 5.4), (-10, 4.6), (-10, 2.0))
    ]
    seam = on_neck(-3 * MM, 2.6 * MM)
    rows = []
    for k in range(DOWN):
        share = (k + 1) / DOWN
        row = []
        for j, flat in enumerate(directions):
            start = seam[j] - centre
            steep = np.arctan2(start[2], np.linalg.norm(start[:2]))
            elevation = steep + (np.radians(-50) - steep) * share**1.05
            ray = flat * np.cos(elevation) + [0, 0, np.sin(elevation)]
            # The furthest skin within the bust's outline; the arms end in a soft edge.
            limit = 1 / np.sqrt((ray[0] / HALF_WIDTH) ** 2 + (ray[1] / HALF_DEPTH) ** 2 + (ray[2] / 0.5) ** 2)
            hit = body.cast(centre + ray * 0.24, -ray)
            radius = float(np.linalg.norm(hit - centre)) + EASE if hit is not None else limit
            soft = 12 * MM
            radius = -soft * np.log(np.exp(-radius / soft) + np.exp(-limit / soft))
            row.append(centre + ray * radius)
        smooth = np.array(row)
        blend = smoothstep(0, 0.25, share)
        rows.append(smooth if k else smooth * blend + (1 - blend) * smooth)
    grid = np.array([seam, *rows])
    for _ in range(4):
        inner = grid.copy()
        inner[1:-1] = (grid[:-2] + grid[2:] + np.roll(grid, 1, 1)[1:-1] + np.roll(grid, -1, 1)[1:-1]) / 4
        grid[1:-1] = 0.4 * grid[1:-1] + 0.6 * inner[1:-1]
    parts = []
    for name, rings, shade in (("Collar", np.array(collar), 0.8), ("Shirt", grid, 1.0)):
        flat_points = rings.reshape(-1, 3)
        ring_faces = [f[::-1] for f in grid_faces(len(rings), AROUND, closed=True)]
        colours = np.array(head.person.shirt) * shade * np.ones((len(flat_points), 1))
        parts.append(Part(flat_points, still(flat_points, 0), ring_faces, [name] * len(ring_faces), colours))
    return parts
