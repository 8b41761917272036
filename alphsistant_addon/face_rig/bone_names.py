"""Bones that move with the speech: the jaw where no shape key opens the mouth, and head and neck.

Which bone is meant is read from its name here; which way its axes lie is found in Blender. No numpy: the panel's
properties need this while Blender starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .name_words import split_words

AXES: Final[tuple[str, ...]] = ("+X", "-X", "+Y", "-Y", "+Z", "-Z")
"""A bone's own axes with the sense of the turn."""

JAW_DEGREES: Final = 18.0
"""Turn of the jaw at ``viseme_aa`` 1: a comfortable wide opening (the joint allows about 30)."""

HEAD_DEGREES: Final = 15.0
"""Turn of the head at weight 1 of a head channel."""

NECK_SHARE: Final = 0.4
"""Share of the head's motion that the neck takes where both are bones."""

JAW_VISEMES: Final[tuple[str, ...]] = ("aa", "E", "O", "TH", "DD", "kk", "nn")
"""Visemes that a jaw alone can show; all but ``aa`` only nearly."""

SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    # Rigify, Auto-Rig Pro, VRM, Character Creator, MetaHuman, Source, MakeHuman, MikuMikuDance; the bone to turn first.
    "jaw": (
        *("jaw master", "jaw", "jaw bone", "jaw root", "lower jaw", "jaw lower", "mandible"),
        *("teeth lower", "lower teeth", "teeth b", "下顎", "顎", "あご"),
    ),
    "head": ("head", "head bone", "頭"),
    "neck": ("neck", "neck bone", "neck twist", "首"),
}
"""Part → names of its bone, compared word by word without case, prefixes and numbers; best first."""

_PREFIXES: Final = frozenset(
    {
        *("cc", "base", "mixamorig", "bip", "j", "c", "m", "b", "bn", "bone", "facial", "face", "ctrl", "control"),
        *("def", "org", "joint", "jnt", "valve", "biped", "skel", "rig", "fk"),
    }
)
_SUFFIXES: Final = frozenset({"x", "m", "ctrl", "control", "jnt", "joint", "fk", "bind"})
_HELPERS: Final = frozenset({"def", "org"})
"""Bones that a rig moves by itself (Rigify's deform and original bones): taken only where there is no other."""


@dataclass(frozen=True, slots=True)
class Bone:
    """One bone that channels turn."""

    part: str
    """``jaw``, ``head`` or ``neck``."""
    armature: str
    """Name of the armature object."""
    bone: str
    pitch: str = "+X"
    """Own axis (:data:`AXES`) about which it opens the mouth or nods down."""
    yaw: str = "+Y"
    """Own axis about which it turns to the subject's left; not used by the jaw."""
    roll: str = "-Z"
    """Own axis about which it leans to the subject's left shoulder; not used by the jaw."""
    degrees: float = JAW_DEGREES
    """Turn at weight 1."""


def rank_bones(names: Iterable[str], part: str) -> list[str]:
    """Return the bones whose name means this part (``jaw``, ``head``, ``neck``), best first."""
    ranked: list[tuple[bool, int, int, str]] = []
    known = ["".join(split_words(spelling)) for spelling in SPELLINGS[part]]
    for name in names:
        # Whatever stands before a colon or bar is the name of the character or its file.
        words = [word for word in split_words(re.split(r"[:|]", name)[-1]) if not word.isdigit()]
        for lead in range(len(words)):
            if not _PREFIXES.issuperset(words[:lead]):
                break
            for end in (len(words), len(words) - 1):
                core = "".join(words[lead:end])
                if core in known and _SUFFIXES.issuperset(words[end:]):
                    ranked.append((bool(_HELPERS.intersection(words[:lead])), known.index(core), lead, name))
    return list(dict.fromkeys(name for *_, name in sorted(ranked)))


def describe(bones: Sequence[Bone]) -> list[str]:
    """Say what the bones do, in words for the mapping's sentence."""
    said = []
    for part, noun in (("jaw", "jaw"), ("head", "head")):
        taken = [bone for bone in bones if bone.part == part or (part == "head" and bone.part == "neck")]
        if taken:
            names = ", ".join(f"“{bone.bone}”" for bone in taken)
            angle = f" ({taken[0].degrees:g}° about {taken[0].pitch})" if part == "jaw" else ""
            said.append(f"{noun} by bone{'s' if len(taken) > 1 else ''} {names}{angle}")
    return said


def head_bones(armature: str, axes: Mapping[str, tuple[str, tuple[str, str, str]]]) -> list[Bone]:
    """Make head and neck bones, which share the motion, out of part → (bone name, its pitch, yaw and roll axes)."""
    shares = {"head": 1.0} if "neck" not in axes else {"head": 1.0 - NECK_SHARE, "neck": NECK_SHARE}
    return [
        Bone(part, armature, axes[part][0], *axes[part][1], degrees=HEAD_DEGREES * share)
        for part, share in shares.items()
        if "head" in axes
    ]
