"""Which ARKit keys make each viseme, and how the lips are then closed or placed by solving instead of summing.

The fifteen are Oculus's visemes (developer reference "Viseme Reference"), spelt as Ready Player Me spells them. The
weights were found by looking at renders; a key without a side stands for its left and right twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from expressions import rounded
from geometry import MM, smoothstep
from lips import BORDER, Lips
from makehuman import Floats

VISEMES: Final[dict[str, dict[str, float]]] = {
    "sil": {},
    "PP": {"mouthRollLower": 0.65, "mouthRollUpper": 0.60, "mouthPress": 0.6, "mouthPucker": 0.08},
    "FF": {"jawOpen": 0.03, "mouthRollLower": 0.75, "mouthUpperUp": 0.50, "mouthDimple": 0.10},
    "TH": {"jawOpen": 0.20, "mouthLowerDown": 0.45, "mouthUpperUp": 0.20, "tongueOut": 0.55, "tongueTipUp": 0.45},
    "DD": {"jawOpen": 0.14, "mouthLowerDown": 0.50, "mouthUpperUp": 0.50, "tongueTipUp": 1.0},
    "kk": {"jawOpen": 0.30, "mouthLowerDown": 0.25, "mouthUpperUp": 0.20, "tongueBackUp": 1.0},
    "CH": {"jawOpen": 0.04},
    "SS": {"mouthLowerDown": 0.85, "mouthUpperUp": 0.35, "mouthSmile": 0.20, "mouthStretch": 0.40},
    "nn": {"jawOpen": 0.07, "mouthLowerDown": 0.20, "mouthUpperUp": 0.18, "tongueTipUp": 1.0},
    "RR": {"jawOpen": 0.10, "tongueBackUp": 0.4},
    "aa": {"jawOpen": 0.68, "mouthLowerDown": 0.20, "mouthUpperUp": 0.30},
    "E": {"jawOpen": 0.30, "mouthSmile": 0.30, "mouthStretch": 0.30, "mouthLowerDown": 0.30, "mouthUpperUp": 0.35},
    "I": {"jawOpen": 0.07, "mouthSmile": 0.65, "mouthStretch": 0.45, "mouthLowerDown": 0.45, "mouthUpperUp": 0.40},
    "O": {"jawOpen": 0.34},
    "U": {"jawOpen": 0.10},
}


@dataclass(frozen=True)
class Round:
    """An oval mouth; see :func:`expressions.rounded`. Distances in millimetres of an adult woman's mouth."""

    width: float
    top: float
    bottom: float
    forward: float
    red: float = 0.9


ROUND: Final = {
    "CH": Round(width=0.72, top=4.4, bottom=5.6, forward=5.5),
    "RR": Round(width=0.76, top=2.2, bottom=3.4, forward=4.0),
    "O": Round(width=0.68, top=4.0, bottom=10.5, forward=4.5),
    "U": Round(width=0.44, top=0.6, bottom=1.8, forward=7.5),
}

SEAL_OVERLAP: Final = 2.4 * MM
"""How far the lips are pressed past each other in PP, so that they stay shut while another viseme fades in or out."""


def tongue_between_teeth(points: Floats, moved: Floats, teeth_edge: Floats) -> Floats:
    """What brings the tip of a moved tongue just past the upper teeth's edge, below it."""
    from_back = (points[:, 1].max() - points[:, 1]) / np.ptp(points[:, 1])
    now = points + moved
    tip = now[from_back > 0.9]
    top = np.array([0, tip[:, 1].min(), tip[:, 2].max()])
    return (np.add(teeth_edge, [0, -8.5 * MM, -0.8 * MM]) - top) * smoothstep(0.25, 0.95, from_back)[:, None]


def sided(name: str, names: list[str]) -> list[str]:
    """The keys a name of the table stands for."""
    return [name] if name in names else [f"{name}Left", f"{name}Right"]


def close_with_jaw(names: list[str], skin: Floats, offsets: Floats, lips: Lips) -> None:
    """Make ``mouthClose`` undo ``jawOpen`` at the lips exactly: sealed at every pair of equal weights."""
    jaw, close = names.index("jawOpen"), names.index("mouthClose")
    opened = skin + offsets[jaw, : len(skin)] + offsets[close, : len(skin)]
    offsets[close, : len(skin)] += lips.seal(opened, overlap=0.6 * MM, lower_part=0.8)


def viseme_offsets(
    names: list[str], points: Floats, offsets: Floats, lips: Lips, scale: float, *, tongue: slice, teeth_edge: Floats
) -> dict[str, Floats]:
    """Offsets ``[points, 3]`` of each viseme; the skin's points come first.

    ``scale``: size of the head; ``tongue``: its points; ``teeth_edge``: middle of the upper incisors' cutting edge,
    front side.
    """
    result = {}
    skin = points[: lips.count]
    for viseme, weights in VISEMES.items():
        total = np.zeros_like(points)
        for name, weight in weights.items():
            for key in sided(name, names):
                total += weight * offsets[names.index(key)]
        moved = total[: lips.count]
        if viseme == "PP":
            moved += lips.seal(skin + moved, SEAL_OVERLAP)
        if viseme == "FF":
            moved += lip_on_teeth(skin + moved, lips, teeth_edge)
        if viseme in ROUND:
            oval = ROUND[viseme]
            goals = rounded(
                lips,
                skin[lips.rings[0]],
                skin[lips.rings[BORDER]],
                width=oval.width,
                top=oval.top * scale * MM,
                bottom=oval.bottom * scale * MM,
                forward=oval.forward * scale * MM,
                red=oval.red,
            )
            moved += lips.place(skin + moved, dict(zip((0, BORDER), goals, strict=True)))
        if viseme == "TH":
            total[tongue] += tongue_between_teeth(points[tongue], total[tongue], teeth_edge)
        result[f"viseme_{viseme}"] = total
    return result


def lip_on_teeth(skin: Floats, lips: Lips, teeth_edge: Floats) -> Floats:
    """Offsets of the skin that lay the lower lip's edge on the upper teeth."""
    row = skin[lips.rings[0]]
    goal = row.copy()
    goal[:, 1] = teeth_edge[1] - 0.9 * MM + 0.006 * (row[:, 0] / 0.02) ** 2
    goal[:, 2] = teeth_edge[2] + 2.0 * MM
    part = smoothstep(20 * MM, 11 * MM, np.abs(row[:, 0])) * (np.arange(len(row)) >= len(lips.upper))
    return lips.place(skin, {0: row + part[:, None] * (goal - row)})
