"""The people of the cast, one record each: targets that shape the head, and how skin, eyes and hair look.

All share one topology and one set of keys. Colours are linear RGB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Colour = tuple[float, float, float]


def both(name: str, weight: float) -> dict[str, float]:
    """The weights of a target that has a left and a right half, written with ``*`` for the side."""
    return {name.replace("*", side): weight for side in "lr"}


@dataclass(frozen=True)
class Person:
    """One head of the cast."""

    shape: Mapping[str, float]
    """Weights of MakeHuman's targets."""
    resting_lids: float = 0.13
    resting_smile: float = 0.14
    """Shares of the blink and the smile that the face keeps at rest: the base mesh stares and sulks."""
    age: float = 0.25
    """How old the skin looks, 0 a child's to 1 an old person's."""
    teeth: float = 1.0
    """Size of the teeth against an adult woman's."""
    collar: float = 0.0
    """Metres by which the collar sits higher than the reference woman's."""
    skin: Colour = (0.74, 0.45, 0.335)
    iris: Colour = (0.045, 0.165, 0.150)
    iris_inner: Colour = (0.30, 0.22, 0.07)
    brow: Colour = (0.085, 0.035, 0.020)
    brow_thickness: float = 1.0
    lash: float = 1.0
    """Length of the lashes against the reference woman's."""
    hair: str = "bob"
    hair_colour: Colour = (0.135, 0.052, 0.027)
    beard: float = 0.0
    """How much of a beard grows, 0 none to 1 full."""
    shirt: Colour = (0.035, 0.125, 0.150)


REFERENCE: Final[dict[str, float]] = {
    "macrodetails/caucasian-female-young": 0.5,
    "macrodetails/asian-female-young": 0.3,
    "macrodetails/african-female-young": 0.2,
    "macrodetails/proportions/female-young-averagemuscle-averageweight-idealproportions": 0.5,
    "head/head-oval": 0.5,
    "head/head-age-decr": 0.65,
    "mouth/mouth-upperlip-volume-incr": 0.3,
    "mouth/mouth-lowerlip-volume-incr": 0.3,
    "mouth/mouth-angles-up": 0.3,
    "mouth/mouth-scale-horiz-decr": 0.1,
    "nose/nose-scale-horiz-decr": 0.35,
    "nose/nose-scale-vert-decr": 0.25,
    "nose/nose-point-up": 0.35,
    "nose/nose-width2-decr": 0.3,
    "chin/chin-width-decr": 0.3,
    "chin/chin-height-decr": 0.2,
    "neck/neck-scale-horiz-decr": 0.35,
    "neck/neck-scale-depth-decr": 0.25,
    "neck/neck-scale-vert-decr": 0.25,
    **both("eyes/*-eye-scale-incr", 1.4),
    **both("eyes/*-eye-height2-incr", 0.3),
    **both("cheek/*-cheek-bones-incr", 0.2),
}
"""The reference woman: what is measured in millimetres on a face (brow line, hairline, zones, where the bust ends)
is drawn on her and carried to everybody by vertex number. The three origins add up to 1."""

_ADULT: Final = 0.5
"""Share of the well-proportioned adult in MakeHuman's young bodies, as in the reference woman."""

PEOPLE: Final[dict[str, Person]] = {
    "ada": Person(
        {
            "macrodetails/caucasian-female-young": 0.45,
            "macrodetails/asian-female-young": 0.3,
            "macrodetails/african-female-young": 0.25,
            "macrodetails/proportions/female-young-averagemuscle-averageweight-idealproportions": _ADULT,
            "head/head-oval": 0.4,
            "head/head-age-decr": 0.3,
            "mouth/mouth-upperlip-volume-incr": 0.22,
            "mouth/mouth-lowerlip-volume-incr": 0.22,
            "mouth/mouth-angles-up": 0.25,
            "nose/nose-scale-horiz-decr": 0.15,
            "nose/nose-scale-vert-decr": 0.1,
            "nose/nose-point-up": 0.15,
            "chin/chin-width-decr": 0.2,
            "chin/chin-prominent-incr": 0.25,
            "neck/neck-scale-horiz-decr": 0.3,
            "neck/neck-scale-depth-decr": 0.15,
            "neck/neck-scale-vert-decr": 0.15,
            **both("eyes/*-eye-scale-incr", 0.7),
            **both("eyes/*-eye-height2-incr", 0.2),
            **both("cheek/*-cheek-bones-incr", 0.3),
            "asym/asym-brown-1-l": 0.12,
            "asym/asym-mouth-1-l": 0.10,
            "asym/asym-nose-1-r": 0.10,
            "asym/asym-eye-2-l": 0.08,
        },
        resting_lids=0.08,
        resting_smile=0.12,
        skin=(0.66, 0.40, 0.29),
        iris=(0.075, 0.095, 0.045),
        iris_inner=(0.24, 0.15, 0.05),
        brow=(0.030, 0.015, 0.010),
        brow_thickness=0.9,
        lash=0.9,
        hair_colour=(0.060, 0.026, 0.015),
    ),
    "kofi": Person(
        {
            "macrodetails/african-male-young": 0.8,
            "macrodetails/caucasian-male-young": 0.2,
            "macrodetails/proportions/male-young-averagemuscle-averageweight-idealproportions": _ADULT,
            "head/head-rectangular": 0.3,
            "chin/chin-jaw-drop-incr": 0.15,
            "chin/chin-width-incr": 0.2,
            "neck/neck-scale-horiz-incr": 0.1,
            **both("eyes/*-eye-scale-incr", 0.6),
            **both("eyes/*-eye-height2-incr", 0.4),
            **both("cheek/*-cheek-bones-incr", 0.4),
            "mouth/mouth-angles-up": 0.2,
            "asym/asym-jaw-1-l": 0.15,
            "asym/asym-nose-1-l": 0.12,
        },
        resting_lids=0.05,
        resting_smile=0.06,
        age=0.35,
        teeth=1.06,
        collar=0.016,
        skin=(0.20, 0.095, 0.055),
        iris=(0.035, 0.016, 0.008),
        iris_inner=(0.06, 0.03, 0.012),
        brow=(0.008, 0.006, 0.005),
        brow_thickness=1.25,
        lash=0.6,
        hair="short",
        hair_colour=(0.012, 0.009, 0.008),
        beard=0.25,
        shirt=(0.30, 0.28, 0.24),
    ),
    "edith": Person(
        {
            "macrodetails/caucasian-female-old": 0.75,
            "macrodetails/asian-female-old": 0.25,
            "head/head-age-incr": 0.6,
            "head/head-oval": 0.3,
            **both("eyes/*-eye-bag-incr", 0.35),
            **both("eyes/*-eye-scale-incr", 0.55),
            **both("eyes/*-eye-height2-incr", 0.35),
            "mouth/mouth-angles-up": 0.35,
            "neck/neck-double-incr": 0.25,
            "asym/asym-mouth-1-l": 0.2,
            "asym/asym-brown-1-r": 0.2,
        },
        resting_lids=0.04,
        resting_smile=0.06,
        age=1.0,
        teeth=0.98,
        collar=0.020,
        skin=(0.70, 0.47, 0.37),
        iris=(0.07, 0.13, 0.20),
        iris_inner=(0.20, 0.22, 0.18),
        brow=(0.20, 0.18, 0.16),
        brow_thickness=0.8,
        lash=0.55,
        hair="bun",
        hair_colour=(0.42, 0.41, 0.40),
        shirt=(0.20, 0.05, 0.07),
    ),
    "finn": Person(
        {
            "macrodetails/caucasian-male-child": 0.6,
            "macrodetails/asian-male-child": 0.4,
            "head/head-round": 0.35,
            **both("eyes/*-eye-scale-incr", 0.7),
            **both("eyes/*-eye-height2-incr", 0.2),
            **both("cheek/*-cheek-volume-incr", 0.35),
            "mouth/mouth-angles-up": 0.25,
            **both("ears/*-ear-wing-incr", 0.25),
            "asym/asym-nose-1-l": 0.1,
            "asym/asym-brown-1-r": 0.12,
        },
        resting_lids=0.05,
        resting_smile=0.15,
        age=0.0,
        teeth=0.86,
        collar=-0.004,
        skin=(0.78, 0.50, 0.37),
        iris=(0.06, 0.03, 0.015),
        iris_inner=(0.14, 0.08, 0.03),
        brow=(0.02, 0.013, 0.010),
        brow_thickness=0.75,
        lash=0.8,
        hair="mop",
        hair_colour=(0.030, 0.018, 0.012),
        shirt=(0.50, 0.16, 0.05),
    ),
    "rorik": Person(
        {
            "macrodetails/caucasian-male-young": 1.0,
            "macrodetails/universal-male-young-maxmuscle-averageweight": 1.0,
            "head/head-square": 0.5,
            "head/head-age-incr": 0.25,
            "chin/chin-jaw-drop-incr": 0.25,
            "chin/chin-width-incr": 0.5,
            "chin/chin-prominent-incr": 0.4,
            "forehead/forehead-nubian-incr": 0.3,
            "eyebrows/eyebrows-trans-forward": 0.7,
            "eyebrows/eyebrows-angle-down": 0.4,
            "eyebrows/eyebrows-trans-down": 0.2,
            "nose/nose-scale-horiz-incr": 0.35,
            "nose/nose-hump-incr": 0.3,
            "nose/nose-scale-depth-incr": 0.05,
            "nose/nose-width1-incr": 0.5,
            "nose/nose-point-width-incr": 0.5,
            "neck/neck-scale-horiz-incr": 0.4,
            **both("cheek/*-cheek-bones-incr", 0.7),
            **both("eyes/*-eye-bag-incr", 0.3),
            **both("eyes/*-eye-scale-incr", 0.5),
            **both("eyes/*-eye-height2-incr", 0.3),
            "asym/asym-nose-2-l": 0.35,
            "asym/asym-brown-2-r": 0.25,
            "asym/asym-jaw-1-r": 0.2,
        },
        resting_lids=0.06,
        resting_smile=0.02,
        age=0.7,
        teeth=1.08,
        collar=0.022,
        skin=(0.66, 0.39, 0.28),
        iris=(0.10, 0.20, 0.28),
        iris_inner=(0.25, 0.28, 0.25),
        brow=(0.10, 0.035, 0.014),
        brow_thickness=1.7,
        lash=0.5,
        hair="mane",
        hair_colour=(0.16, 0.055, 0.018),
        beard=1.0,
        shirt=(0.09, 0.055, 0.03),
    ),
}
"""The cast; the first is the face that the add-on adds by default."""
