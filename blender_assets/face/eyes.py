"""The eyes: a ball with pupil, iris and painted catchlights, turned by the eyeLook keys as the helper eye is."""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import Face, Part, follow_rigidly, grid_faces, normalised, smoothstep
from head import Head
from makehuman import Floats

SCLERA: Final = np.array([0.80, 0.79, 0.78])


def eye(head: Head, side: str) -> list[Part]:
    """An eyeball with pupil, iris and two painted catchlights, turned by the eyeLook keys as the helper eye is."""
    centre, radius = head.eye_centre(side)
    iris_colour, iris_inner = np.array(head.person.iris), np.array(head.person.iris_inner)
    rim = iris_colour * [0.22, 0.17, 0.20]
    rng = np.random.default_rng(7)  # the same iris on both sides
    segments = 36
    pupil, iris = 0.23, 0.60
    # Doubled rings keep the borders crisp under subdivision.
    angles = [0.09, pupil, pupil + 0.012, 0.33, 0.44, 0.54, iris, iris + 0.03, 0.74, 0.90, 1.15, 1.40, 1.70]
    points: list[list[float]] = [[0, 0, 1]]
    colours: list[Floats] = [np.array([0.004, 0.004, 0.005])]
    streaks = rng.uniform(0.86, 1.14, segments)
    for ring, angle in enumerate(angles):
        for k in range(segments):
            turn = 2 * np.pi * k / segments
            x, y = np.cos(turn), np.sin(turn)
            points.append([np.sin(angle) * x, np.sin(angle) * y, np.cos(angle)])
            if ring < 2:
                colour = colours[0]
            elif angle <= iris:
                inner = smoothstep(0.46, 0.24, angle)
                colour = iris_colour + (iris_inner - iris_colour) * inner * 0.55
                # Light falls in from above and gathers below, as behind a cornea.
                colour = colour * streaks[k] * (1.1 - 0.6 * y)
                colour = colour + (rim - colour) * smoothstep(0.49, iris, angle)
                if ring == 2:
                    colour = colour * 0.6
            else:
                colour = SCLERA * (1 - 0.45 * smoothstep(0.15, 0.62, np.sin(angle) * y))
                colour = colour * (1 - np.array([0.08, 0.26, 0.26]) * smoothstep(0.75, 1.3, angle))
            colours.append(colour)
    local = np.array(points)
    polar = np.arccos(np.clip(local[:, 2], -1, 1))
    local *= (radius * (1 + 0.03 * np.clip(1 - (polar / 0.6) ** 2, 0, 1)) * 0.997)[:, None]
    faces: list[Face] = [(0, 1 + k, 1 + (k + 1) % segments) for k in range(segments)]
    faces += grid_faces(len(angles), segments, 1, closed=True)
    mean_angle = [polar[list(f)].mean() for f in faces]
    materials = ["Pupil" if a < pupil else "Iris" if a < iris + 0.02 else "Sclera" for a in mean_angle]
    # Catchlights: two small discs just above the cornea.
    for angle, turn, size, rise in ((0.30, 2.25, 0.088, 1.036), (0.33, 5.5, 0.042, 1.034)):
        first = len(local)
        axis = np.array([np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.cos(angle)])
        across = normalised(np.cross([0, 1.0, 0], axis))
        along = np.cross(axis, across)
        ring_points = [axis] + [
            axis + size * (across * np.cos(a) + along * np.sin(a))
            for a in np.linspace(0, 2 * np.pi, 10, endpoint=False)
        ]
        local = np.concatenate([local, normalised(np.array(ring_points)) * radius * rise])
        faces += [(first, first + 1 + k, first + 1 + (k + 1) % 10) for k in range(10)]
        materials += ["Catchlight"] * 10
        colours += [np.array([0.9, 0.93, 0.95])] * 11
    # Local axes: x the subject's left, y up, z out of the eye.
    world = np.stack([local[:, 0], -local[:, 2], local[:, 1]], 1) + centre
    helper = head.mh.groups[f"helper-{side}-eye"]
    turned = follow_rigidly(world, head.mh.points[helper], head.offsets[:, helper])
    return [Part(world, turned, faces, materials, np.array(colours))]
