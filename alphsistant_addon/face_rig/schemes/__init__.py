"""The names under which faces carry their shapes: one module for each scheme or family of schemes, as typed tables.

A *scheme* lists its shapes with every spelling met in the field, and one *recipe* per channel: which of its shapes, at
which weight, make that channel. Spellings come from the makers' own documents and files, named at each table. Weights
of mixed shapes are ours; those for ARKit were judged on renders of the shipped face, the others were not rendered.
"""

from __future__ import annotations

from typing import Final

from .arkit import ARKIT
from .character_creator import CHARACTER_CREATOR_BLEND, CHARACTER_CREATOR_DIRECT
from .daz import DAZ
from .drawn_mouths import FLEMING_DOBBS, PRESTON_BLAIR, RHUBARB
from .facs import FACS
from .makehuman import MAKEHUMAN
from .mb_lab import MB_LAB
from .microsoft import MICROSOFT, MICROSOFT_NUMBERS
from .oculus import OCULUS
from .plain_words import PLAIN_WORDS
from .scheme import Scheme
from .vrm_and_mmd import MMD, MMD_TRANSLATED, VRM0, VRM1

SCHEMES: Final[tuple[Scheme, ...]] = (
    *(OCULUS, CHARACTER_CREATOR_DIRECT, MICROSOFT, DAZ, MB_LAB, ARKIT, CHARACTER_CREATOR_BLEND, FACS, MAKEHUMAN),
    *(FLEMING_DOBBS, PRESTON_BLAIR, RHUBARB, VRM1, VRM0, MMD, MMD_TRANSLATED, MICROSOFT_NUMBERS, PLAIN_WORDS),
)
"""In the order in which they are preferred when a mesh offers several equally well."""

SUBSTITUTES: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "TH": (("DD", 1.0), ("nn", 1.0)),
    "DD": (("nn", 1.0), ("kk", 0.8)),
    "nn": (("DD", 1.0), ("kk", 0.8)),
    "kk": (("DD", 1.0), ("nn", 1.0)),
    "CH": (("SS", 0.9), ("U", 0.5)),
    "SS": (("DD", 0.8), ("I", 0.5)),
    "RR": (("U", 0.5), ("O", 0.4)),
    "FF": (("PP", 0.6),),
    "aa": (("E", 1.0), ("O", 1.0)),
    "E": (("I", 1.0), ("aa", 0.6)),
    "I": (("E", 0.8), ("aa", 0.35)),
    "O": (("U", 0.9), ("aa", 0.6)),
    "U": (("O", 0.7), ("aa", 0.3)),
}
"""What stands in for a viseme a face lacks, best first, with its weight. PP and sil have the rest pose."""
