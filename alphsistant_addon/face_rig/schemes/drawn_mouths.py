"""Sets of mouths from drawn animation: Preston Blair, Fleming-Dobbs, Rhubarb."""

from __future__ import annotations

from typing import Final

from .scheme import Scheme, same

PRESTON_BLAIR: Final = Scheme(
    # Preston Blair, "Animation" (1948): the ten mouths, under Papagayo's names.
    "Preston Blair",
    same("AI", "E", "O", "U", "etc", "L", "WQ", "MBP", "FV", "rest"),
    {
        "sil": {"rest": 1.0},
        "PP": {"MBP": 1.0},
        "FF": {"FV": 1.0},
        "TH": {"L": 0.8},
        "DD": {"etc": 0.9},
        "kk": {"etc": 0.9},
        "CH": {"etc": 0.6, "WQ": 0.3},
        "SS": {"etc": 0.9},
        "nn": {"L": 0.8},
        "RR": {"WQ": 0.4, "etc": 0.3},
        "aa": {"AI": 1.0},
        "E": {"E": 1.0},
        "I": {"E": 0.8},
        "O": {"O": 1.0},
        "U": {"U": 1.0},
    },
    fewest=5,
)

FLEMING_DOBBS: Final = Scheme(
    # Fleming and Dobbs, "Animating Facial Features and Expressions" (1998), under Papagayo's names.
    "Fleming-Dobbs",
    same("rest", "MBP", "FV", "TH", "NLTDR", "GK", "SH", "EHSZ", "AA", "IY", "O"),
    {
        "sil": {"rest": 1.0},
        "PP": {"MBP": 1.0},
        "FF": {"FV": 1.0},
        "TH": {"TH": 1.0},
        "DD": {"NLTDR": 1.0},
        "kk": {"GK": 1.0},
        "CH": {"SH": 1.0},
        "SS": {"EHSZ": 0.9},
        "nn": {"NLTDR": 1.0},
        "RR": {"NLTDR": 0.7},
        "aa": {"AA": 1.0},
        "E": {"EHSZ": 1.0},
        "I": {"IY": 1.0},
        "O": {"O": 1.0},
        "U": {"O": 0.6},
    },
    fewest=5,
)

RHUBARB: Final = Scheme(
    # Rhubarb Lip Sync, README, "Mouth shapes": A–F after Hanna-Barbera, G H X extended.
    "Rhubarb",
    same("A", "B", "C", "D", "E", "F", "G", "H", "X"),
    {
        "sil": {"X": 1.0},
        "PP": {"A": 1.0},
        "FF": {"G": 1.0},
        "TH": {"H": 0.6},
        "DD": {"B": 0.9},
        "kk": {"B": 0.9},
        "CH": {"B": 0.5, "F": 0.4},
        "SS": {"B": 1.0},
        "nn": {"H": 0.7},
        "RR": {"E": 0.6},
        "aa": {"D": 1.0},
        "E": {"C": 1.0},
        "I": {"B": 1.0},
        "O": {"E": 1.0},
        "U": {"F": 1.0},
    },
    fewest=6,
    # A to H may number anything.
    telling=frozenset({"X"}),
)
