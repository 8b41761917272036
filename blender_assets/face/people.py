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

PEOPLE: Final[dict[str, Person]] = {
    "ada": Person(REFERENCE),
}
"""The cast; the first is the face that the add-on adds by default."""
