"""Phones → visemes: which shapes a phone makes, and how much of the mouth it claims.

The 15 visemes are those of Meta's Lip Sync ("Viseme Reference", Meta Horizon developer documentation), in the spelling
of Ready Player Me. Which phone makes which shape follows that reference; what it leaves open (American flaps, glottal
stops, reduced vowels, glides, diphthongs) follows the articulation given in the Handbook of the IPA (1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from ..core.phone_inventory import CONSONANTS, SILENCE, VOWELS
from .channels import VISEMES

VISEME_INDEX: Final[dict[str, int]] = {name: index for index, name in enumerate(VISEMES)}

OPENING: Final[dict[str, float]] = {
    "aa": 1.0,
    "O": 0.7,
    "E": 0.6,
    "I": 0.4,
    "U": 0.35,
    "kk": 0.3,
    "RR": 0.3,
    "TH": 0.25,
    "DD": 0.25,
    "nn": 0.25,
    "CH": 0.25,
    "SS": 0.15,
    "FF": 0.1,
    "PP": 0.0,
    "sil": 0.0,
}
"""How far each viseme parts the lips, relative to ``aa``; the weights by which "opening" is measured everywhere."""


class Manner(Enum):
    """What a phone asks of the visible mouth (JALI: Edwards et al. 2016, section 4.2, habits and conventions)."""

    REST = "rest"
    PARTED = "parted"  # a short pause or a breath: lips apart, no sound
    VOWEL = "vowel"
    SEAL = "seal"  # p b m: lips closed, whatever the neighbours
    LABIODENTAL = "labiodental"  # f v: lower lip against the upper teeth
    SIBILANT = "sibilant"  # jaw nearly closed
    TONGUE = "tongue"  # made behind the lips, which stay with the vowels around
    GLIDE = "glide"  # w j ɹ: a lip or tongue shape of their own, passed through quickly
    TRANSPARENT = "transparent"  # h ʔ: made in the throat; the mouth already has its neighbour's shape


@dataclass(frozen=True, slots=True)
class Shape:
    """One viseme at a weight; ``viseme`` is a short name of :data:`VISEMES`."""

    viseme: str
    weight: float


@dataclass(frozen=True, slots=True)
class Articulation:
    """How a phone looks: its shapes in order (two for a diphthong) and how much of the mouth it claims."""

    manner: Manner
    shapes: tuple[Shape, ...]
    claim: float = 1.0
    """0…1; the rest is left to the vowels around (Öhman 1966: consonants are laid over a stream of vowels)."""
    beside: tuple[Shape, ...] = ()
    """Shapes laid over the whole of the phone at the same time, where people do what no viseme shows alone."""


DIPHTHONG_SPLIT: Final = 0.55
"""Where in a diphthong the second shape takes over (JALI's habit: the first vowel is held a little longer)."""

ROUNDED: Final[frozenset[str]] = frozenset({"O", "U", "CH", "RR"})
"""Visemes with protruded lips: they start early."""


def _vowel(*shapes: tuple[str, float], beside: tuple[tuple[str, float], ...] = ()) -> Articulation:
    return Articulation(
        Manner.VOWEL, tuple(Shape(*shape) for shape in shapes), beside=tuple(Shape(*shape) for shape in beside)
    )


def _consonant(
    manner: Manner, viseme: str, weight: float, claim: float, beside: tuple[tuple[str, float], ...] = ()
) -> Articulation:
    return Articulation(manner, (Shape(viseme, weight),), claim, tuple(Shape(*shape) for shape in beside))


ARTICULATIONS: Final[dict[str, Articulation]] = {
    SILENCE: Articulation(Manner.REST, (Shape("sil", 1.0),)),
    # Vowels: ``aa`` beside a spread or rounded shape is the jaw, which people lower without spreading as far.
    "ɑ": _vowel(("aa", 0.70)),
    "æ": _vowel(("E", 0.65), beside=(("aa", 0.35),)),
    "ʌ": _vowel(("aa", 0.60)),
    "ɔ": _vowel(("O", 0.60), beside=(("U", 0.20),)),
    "ɛ": _vowel(("E", 0.75), beside=(("aa", 0.10),)),
    "ə": _vowel(("E", 0.40), beside=(("aa", 0.20), ("U", 0.10))),
    "ɜ": _vowel(("RR", 0.80), beside=(("aa", 0.10),)),
    "ɪ": _vowel(("I", 0.50), beside=(("aa", 0.20),)),
    "ᵻ": _vowel(("I", 0.35), beside=(("aa", 0.25),)),
    "i": _vowel(("I", 0.55), beside=(("aa", 0.25),)),
    "ʊ": _vowel(("U", 0.30), beside=(("aa", 0.10),)),
    "u": _vowel(("U", 0.45)),
    "eɪ": _vowel(("E", 0.85), ("I", 0.60), beside=(("aa", 0.20),)),
    "aɪ": _vowel(("aa", 0.55), ("I", 0.80), beside=(("E", 0.20),)),
    "oʊ": _vowel(("O", 0.50), ("U", 0.35)),
    "aʊ": _vowel(("aa", 0.90), ("U", 0.40)),
    "ɔɪ": _vowel(("O", 0.50), ("I", 0.60)),
    # Lips.
    "p": _consonant(Manner.SEAL, "PP", 1.0, 1.0),
    "b": _consonant(Manner.SEAL, "PP", 1.0, 1.0),
    "m": _consonant(Manner.SEAL, "PP", 1.0, 1.0),
    "f": _consonant(Manner.LABIODENTAL, "FF", 0.85, 1.0),
    "v": _consonant(Manner.LABIODENTAL, "FF", 0.85, 1.0),
    # Teeth nearly together, and the lips of ʃ ʒ tʃ dʒ protruded.
    "s": _consonant(Manner.SIBILANT, "SS", 0.80, 0.90),
    "z": _consonant(Manner.SIBILANT, "SS", 0.60, 0.90),
    "ʃ": _consonant(Manner.SIBILANT, "CH", 0.50, 0.65, beside=(("aa", 0.10),)),
    "ʒ": _consonant(Manner.SIBILANT, "CH", 0.50, 0.65, beside=(("aa", 0.10),)),
    "tʃ": _consonant(Manner.SIBILANT, "CH", 0.50, 0.65, beside=(("aa", 0.10),)),
    "dʒ": _consonant(Manner.SIBILANT, "CH", 0.50, 0.65, beside=(("aa", 0.10),)),
    # Tongue.
    "θ": _consonant(Manner.TONGUE, "TH", 0.55, 0.80),
    "ð": _consonant(Manner.TONGUE, "TH", 0.55, 0.80),
    "t": _consonant(Manner.TONGUE, "DD", 0.75, 0.68),
    "d": _consonant(Manner.TONGUE, "DD", 0.75, 0.68),
    "ɾ": _consonant(Manner.TONGUE, "DD", 0.75, 0.68),
    "n": _consonant(Manner.TONGUE, "nn", 0.70, 0.60),
    "l": _consonant(Manner.TONGUE, "nn", 0.70, 0.60),
    "k": _consonant(Manner.TONGUE, "kk", 0.85, 0.60, beside=(("aa", 0.10),)),
    "ɡ": _consonant(Manner.TONGUE, "kk", 0.85, 0.60, beside=(("aa", 0.10),)),
    "ŋ": _consonant(Manner.TONGUE, "kk", 0.85, 0.60, beside=(("aa", 0.10),)),
    # Glides. A w all but closes the lips, which no viseme shows alone.
    "ɹ": _consonant(Manner.GLIDE, "RR", 0.60, 0.75, beside=(("U", 0.10),)),
    "w": _consonant(Manner.GLIDE, "U", 0.50, 0.95, beside=(("PP", 0.48),)),
    "j": _consonant(Manner.GLIDE, "I", 0.45, 0.75, beside=(("U", 0.10),)),
    # Throat.
    "h": Articulation(Manner.TRANSPARENT, ()),
    "ʔ": Articulation(Manner.TRANSPARENT, ()),
}
"""Every symbol of the phone inventory. Weights are peaks in neutral speech, chosen on half of the filmed people of
``tests/benchmarks/lip_sync_people.py`` so that the shipped face opens and narrows as they do, and judged on the others;
the seal needs the whole of its shape in every style."""

if set(ARTICULATIONS) != {SILENCE, *VOWELS, *CONSONANTS}:
    raise RuntimeError("ARTICULATIONS and the phone inventory of data.py differ")
