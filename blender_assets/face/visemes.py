"""Which ARKit keys make each viseme, and how the lips are then closed or placed by solving instead of summing.

The fifteen are Oculus's visemes (developer reference "Viseme Reference"), spelt as Ready Player Me spells them. The
weights were found by looking at renders; a key without a side stands for its left and right twin.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import MM, smoothstep
from makehuman import Floats
from mouth import LipSolver

VISEMES: Final[dict[str, dict[str, float]]] = {
    "sil": {},
    "PP": {"mouthRollLower": 0.30, "mouthRollUpper": 0.34, "mouthPress": 0.25, "mouthPucker": 0.10},
    "FF": {"jawOpen": 0.05, "mouthRollLower": 0.55, "mouthUpperUp": 0.22, "mouthDimple": 0.10},
    "TH": {"jawOpen": 0.14, "mouthLowerDown": 0.25, "mouthUpperUp": 0.30, "tongueOut": 0.60, "tongueTipUp": 0.45},
    "DD": {"jawOpen": 0.14, "mouthLowerDown": 0.35, "mouthUpperUp": 0.35, "tongueTipUp": 0.90},
    "kk": {"jawOpen": 0.20, "mouthLowerDown": 0.25, "mouthUpperUp": 0.35, "mouthStretch": 0.15, "tongueBackUp": 0.9},
    "CH": {"jawOpen": 0.05, "mouthFunnel": 0.60, "mouthLowerDown": 0.30, "mouthUpperUp": 0.20, "mouthPucker": 0.20},
    "SS": {"jawOpen": 0.02, "mouthLowerDown": 0.85, "mouthUpperUp": 0.40, "mouthSmile": 0.25, "mouthStretch": 0.25},
    "nn": {"jawOpen": 0.07, "mouthLowerDown": 0.30, "mouthUpperUp": 0.30, "mouthSmile": 0.15, "tongueTipUp": 0.90},
    "RR": {"jawOpen": 0.10, "mouthFunnel": 0.40, "mouthPucker": 0.30, "mouthUpperUp": 0.15, "tongueBackUp": 0.4},
    "aa": {"jawOpen": 0.52, "mouthLowerDown": 0.20, "mouthUpperUp": 0.35},
    "E": {"jawOpen": 0.24, "mouthSmile": 0.25, "mouthStretch": 0.25, "mouthLowerDown": 0.30, "mouthUpperUp": 0.35},
    "I": {"jawOpen": 0.10, "mouthSmile": 0.35, "mouthStretch": 0.40, "mouthLowerDown": 0.35, "mouthUpperUp": 0.35},
    "O": {"jawOpen": 0.27, "mouthPucker": 0.60, "mouthFunnel": 0.25},
    "U": {"jawOpen": 0.13, "mouthPucker": 1.0, "mouthFunnel": 0.15},
}

SEAL_OVERLAP: Final = 2.4 * MM
"""How far the lips are pressed past each other in PP, so that they stay shut while another viseme fades in or out."""


def tongue_between_teeth(points: Floats, moved: Floats, teeth_edge: Floats) -> Floats:
    """What brings the tip of a moved tongue just past the upper teeth's edge, below it."""
    from_back = (points[:, 1].max() - points[:, 1]) / np.ptp(points[:, 1])
    now = points + moved
    tip = now[from_back > 0.9]
    top = np.array([0, tip[:, 1].min(), tip[:, 2].max()])
    return (np.add(teeth_edge, [0, -6.0 * MM, -0.6 * MM]) - top) * smoothstep(0.25, 0.95, from_back)[:, None]


def sided(name: str, names: list[str]) -> list[str]:
    """The keys a name of the table stands for."""
    return [name] if name in names else [f"{name}Left", f"{name}Right"]


def close_with_jaw(names: list[str], skin: Floats, offsets: Floats, lips: LipSolver) -> None:
    """Make ``mouthClose`` undo ``jawOpen`` at the lips exactly: sealed at every pair of equal weights."""
    jaw, close = names.index("jawOpen"), names.index("mouthClose")
    opened = skin + offsets[jaw, : len(skin)] + offsets[close, : len(skin)]
    offsets[close, : len(skin)] += lips.seal(opened, overlap=0.6 * MM, lower_part=0.8)


def viseme_offsets(
    names: list[str], points: Floats, offsets: Floats, lips: LipSolver, tongue: slice, teeth_edge: Floats
) -> dict[str, Floats]:
    """Offsets ``[points, 3]`` of each viseme; the skin's points come first.

    ``tongue``: its points; ``teeth_edge``: middle of the upper incisors' cutting edge, front side.
    """
    result = {}
    skin_points = lips.count
    skin = points[:skin_points]
    for viseme, weights in VISEMES.items():
        total = np.zeros_like(points)
        for name, weight in weights.items():
            for key in sided(name, names):
                total += weight * offsets[names.index(key)]
        if viseme == "PP":
            total[:skin_points] += lips.seal(skin + total[:skin_points], SEAL_OVERLAP)
        if viseme == "FF":
            # The lower lip's edge comes to rest on the upper teeth.
            for _ in range(6):
                row = (skin + total[:skin_points])[lips.lower]
                goal = row.copy()
                goal[:, 1] = teeth_edge[1] - 0.9 * MM + 0.012 * (row[:, 0] / 0.02) ** 2 * 0.5
                goal[:, 2] = teeth_edge[2] + 2.0 * MM
                part = smoothstep(20 * MM, 11 * MM, np.abs(row[:, 0]))[:, None]
                total[:skin_points] += lips.spread(np.zeros_like(row), (goal - row) * part)
        if viseme in {"O", "U"}:
            total[:skin_points] += lips.round_off(skin + total[:skin_points], narrower=0.92 if viseme == "O" else 0.88)
        if viseme == "TH":
            total[tongue] += tongue_between_teeth(points[tongue], total[tongue], teeth_edge)
        result[f"viseme_{viseme}"] = total
    return result
