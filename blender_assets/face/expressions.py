"""Keys of the mouth whose shape the data get wrong: their lips are placed ring by ring, the skin around follows.

Distances are those of an adult woman's mouth, in metres; they grow with the head.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from geometry import MM, smoothstep
from lips import BORDER, Lips
from makehuman import Floats

Goals = tuple[Floats, Floats]
"""Places of the row of contact and of the border of the red, ``[spokes, 3]`` each."""


SMILE_SAG: Final = 0.6
"""Share of a smile's lift that the middle of the lips does not take part in: the corners rise, the chin stays."""


def refine(names: list[str], skin: Floats, offsets: Floats, lips: Lips, scale: float) -> None:
    """Reshape the keys of :data:`SHAPES` in place; ``skin [n, 3]`` is the face at rest, ``scale`` the head's size."""
    inner, border = skin[lips.rings[0]], skin[lips.rings[BORDER]]
    for name, shape in SHAPES.items():
        key = offsets[names.index(name), : len(skin)]
        goals = shape(lips, inner, border, scale)
        key += lips.place(skin + key, dict(zip((0, BORDER), goals, strict=True)))
    for side in ("Left", "Right"):
        key = offsets[names.index(f"mouthSmile{side}"), : len(skin)]
        middle = key[lips.rings[0]][np.abs(lips.across) < 0.02, 2].mean()
        lower = np.outer(np.clip(1 - lips.across**2, 0, 1), [0, 0, -SMILE_SAG * middle])
        key += lips.spread({0: lower, BORDER: lower})


def rounded(
    lips: Lips, inner: Floats, border: Floats, *, width: float, top: float, bottom: float, forward: float, red: float
) -> Goals:
    """An oval opening.

    Args:
        lips: whose mouth.
        inner: the row of contact at rest.
        border: the border of the red at rest.
        width: of the opening, as a share of the mouth's.
        top: how far the opening reaches above where the lips meet at rest, in metres.
        bottom: how far below.
        forward: how far the lips are pushed out, in metres.
        red: height of the red, as a share of the height at rest.
    """
    middle = inner[np.abs(lips.across) < 0.02].mean(0)
    oval = np.sqrt(np.clip(1 - lips.across**2, 0, 1))
    goal = inner.copy()
    goal[:, 0] = middle[0] + (inner[:, 0] - middle[0]) * width
    goal[:, 1] = middle[1] + (inner[:, 1] - middle[1]) * width**1.5 - forward
    height = np.where(lips.halves > 0, top, -bottom) * oval
    goal[:, 2] = middle[2] + (top - bottom) / 2 * (1 - oval) + height
    outwards = (border - inner) * [0.5 + 0.5 * width, 0.8, red]
    return goal, goal + outwards


def _pucker(lips: Lips, inner: Floats, border: Floats, scale: float) -> Goals:
    return rounded(lips, inner, border, width=0.64, top=0.2 * MM, bottom=0.2 * MM, forward=7.5 * scale * MM, red=0.88)


def _funnel(lips: Lips, inner: Floats, border: Floats, scale: float) -> Goals:
    top, bottom, forward = np.array([3.6, 5.2, 5.5]) * scale * MM
    return rounded(lips, inner, border, width=0.82, top=top, bottom=bottom, forward=forward, red=0.92)


def _part(side: int, rise: float, border_share: float) -> Callable[[Lips, Floats, Floats, float], Goals]:
    """One side of the upper (``rise`` > 0) or lower lip drawn away from the other in an arch; metres."""

    def goals(lips: Lips, inner: Floats, border: Floats, scale: float) -> Goals:
        own_side = smoothstep(-0.4, 0.4, lips.across * side)
        arch = np.clip(1 - lips.across**2, 0, 1) ** 0.9 * own_side * (lips.halves == np.sign(rise))
        moved = np.outer(arch, [0.0, -0.05 * abs(rise), rise]) * scale
        return inner + moved, border + moved * border_share

    return goals


def _roll(half: int) -> Callable[[Lips, Floats, Floats, float], Goals]:
    """The upper (1) or lower (−1) lip turned in between the teeth and its fellow: its red goes out of sight."""

    def goals(lips: Lips, inner: Floats, border: Floats, scale: float) -> Goals:
        amount = (np.clip(1 - lips.across**2, 0, 1) ** 0.7 * (lips.halves == half))[:, None]
        tucked = inner + np.array([0, 2.6, -0.3 * half]) * scale * MM
        edge = inner * [1, 0, 1] + border * [0, 1, 0]
        edge = edge + np.array([0, 2.2 if half > 0 else -0.2, half * 2.6]) * scale * MM
        return inner + amount * (tucked - inner), border + amount * (edge - border)

    return goals


SHAPES: Final[dict[str, Callable[[Lips, Floats, Floats, float], Goals]]] = {
    "mouthPucker": _pucker,
    "mouthFunnel": _funnel,
    "mouthUpperUpLeft": _part(1, 6.0 * MM, 0.70),
    "mouthUpperUpRight": _part(-1, 6.0 * MM, 0.70),
    "mouthLowerDownLeft": _part(1, -5.5 * MM, 0.75),
    "mouthLowerDownRight": _part(-1, -5.5 * MM, 0.75),
    "mouthRollUpper": _roll(1),
    "mouthRollLower": _roll(-1),
}
"""How the lips lie in a key at full weight, from how they lie at rest."""

DIALS: Final[dict[str, dict[str, float]]] = {
    "smile": {"mouthSmile": 0.95, "mouthUpperUp": 0.6, "mouthLowerDown": 0.35, "cheekSquint": 0.6, "eyeSquint": 0.25},
    "anger": {"browDown": 1.0, "noseSneer": 0.6, "eyeSquint": 0.5, "mouthFrown": 0.4, "mouthPress": 0.6},
    "sadness": {"browInnerUp": 1.0, "mouthFrown": 0.8, "mouthShrugLower": 0.4, "eyeSquint": 0.25},
    "surprise": {"browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 0.8, "jawOpen": 0.22},
}
"""Whole expressions out of the 52 keys, each a key of its own that a property of the rig drives."""


def dial_key(dial: str) -> str:
    """The name of the key that a dial drives: no rig's mapping takes it for a key of speech."""
    return f"dial_{dial}"


def dial_offsets(shapes: dict[str, Floats]) -> dict[str, Floats]:
    """Offsets of the dials' keys, by their names, out of those of the 52."""
    result = {}
    for dial, weights in DIALS.items():
        sided = {side: w for name, w in weights.items() for side in (name, f"{name}Left", f"{name}Right")}
        total = sum(weight * shapes[name] for name, weight in sided.items() if name in shapes)
        result[dial_key(dial)] = np.asarray(total)
    return result
