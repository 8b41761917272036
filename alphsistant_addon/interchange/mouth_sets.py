"""Sets of drawn mouths: which drawing shows a viseme, and which phone a drawing stands for when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..core.errors import AssetError
from ..core.phone_inventory import SILENCE
from ..face_rig.schemes.drawn_mouths import PRESTON_BLAIR, RHUBARB
from ..face_rig.schemes.scheme import Scheme
from ..lip_sync.channels import VISEMES


@dataclass(frozen=True, slots=True)
class MouthSet:
    """One set of drawings."""

    name: str
    """As shown to the user."""
    shapes: Mapping[str, str]
    """Short viseme name (or a phone's symbol, which goes before it) → drawing."""
    phones: Mapping[str, str] = field(default_factory=dict)
    """Drawing → the phone that it is read as."""

    @property
    def drawings(self) -> tuple[str, ...]:
        """All drawings, the mouth at rest first."""
        return tuple(dict.fromkeys(self.shapes.values()))


def _strongest(scheme: Scheme) -> dict[str, str]:
    """For each viseme the drawing that the scheme's recipe shows most."""
    return {viseme: max(scheme.visemes[viseme], key=scheme.visemes[viseme].__getitem__) for viseme in VISEMES}


SETS: Final[dict[str, MouthSet]] = {
    "blair": MouthSet(
        "Preston Blair",
        {**_strongest(PRESTON_BLAIR), "w": "WQ"},
        {
            "AI": "ɑ",
            "E": "ɛ",
            "O": "ɔ",
            "U": "u",
            "etc": "d",
            "L": "l",
            "WQ": "w",
            "MBP": "m",
            "FV": "f",
            "rest": SILENCE,
        },
    ),
    "rhubarb": MouthSet(
        "Rhubarb A–H, X",
        _strongest(RHUBARB),
        # Rhubarb Lip Sync, README, "Mouth shapes": what each of them is drawn for.
        {"A": "m", "B": "s", "C": "ɛ", "D": "ɑ", "E": "ɔ", "F": "u", "G": "f", "H": "l", "X": SILENCE},
    ),
    "character_animator": MouthSet(
        # Adobe Character Animator, user guide, "Set up your puppet: mouth": its visemes and what they are said with.
        "Character Animator",
        {
            "sil": "Neutral",
            "PP": "M",
            "FF": "F",
            "TH": "L",
            "DD": "D",
            "kk": "D",
            "CH": "S",
            "SS": "S",
            "nn": "D",
            "RR": "R",
            "aa": "Aa",
            "E": "Uh",
            "I": "Ee",
            "O": "Oh",
            "U": "W-Oo",
            "l": "L",
        },
        {
            "Neutral": SILENCE,
            "Aa": "ɑ",
            "Ah": "ɑ",
            "D": "d",
            "Ee": "i",
            "F": "f",
            "L": "l",
            "M": "m",
            "Oh": "ɔ",
            "R": "ɹ",
            "S": "s",
            "Uh": "ʌ",
            "W-Oo": "u",
        },
    ),
    "visemes": MouthSet(
        "Fifteen Visemes",
        {viseme: viseme for viseme in VISEMES},
        {
            "sil": SILENCE,
            "PP": "m",
            "FF": "f",
            "TH": "θ",
            "DD": "d",
            "kk": "k",
            "CH": "ʃ",
            "SS": "s",
            "nn": "n",
            "RR": "ɹ",
            "aa": "ɑ",
            "E": "ɛ",
            "I": "i",
            "O": "ɔ",
            "U": "u",
        },
    ),
}
"""By the name that commands use."""


def set_of(drawings: Iterable[str]) -> MouthSet:
    """Return the set that has all these drawings; of several the first in :data:`SETS`.

    Raises:
        AssetError: no set has them all.
    """
    wanted = set(drawings)
    for mouths in SETS.values():
        if wanted <= mouths.phones.keys():
            return mouths
    known = set.intersection(*(wanted - mouths.phones.keys() for mouths in SETS.values()))
    names = ", ".join(sorted(known or wanted)[:5])
    raise AssetError(
        f"These mouths are of no known set (Preston Blair, Rhubarb, Character Animator, visemes): {names}."
    )
