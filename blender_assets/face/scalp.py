"""Where hair grows on the reference woman's head."""

from __future__ import annotations

import numpy as np
from geometry import MM, smoothstep
from makehuman import Floats


def hairline(x: Floats) -> Floats:
    """Height of the hairline above the eyes, over the forehead, at ``x``."""
    height: Floats = 70 * MM - 26 * MM * np.abs(x / 0.1) ** 1.5
    return height


def is_scalp(points: Floats, eye: Floats) -> Floats:
    """How much of a point (0…1) lies under the hair; ``eye`` is the left eye's centre."""
    up = points[:, 2] - eye[2]
    front = -points[:, 1]
    line = np.where(
        front > 55 * MM,
        hairline(points[:, 0]),
        np.where(
            front > 15 * MM,
            # From the temple down to the sideburn in front of the ear.
            np.interp(front, [15 * MM, 26 * MM, 40 * MM, 55 * MM], [-26 * MM, -20 * MM, 24 * MM, 55 * MM]),
            np.interp(front, [-100 * MM, 15 * MM], [-55 * MM, -26 * MM]),
        ),
    )
    return smoothstep(-2 * MM, 5 * MM, up - line)
