"""The words within a name of a shape key or bone, whatever its case and separators."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
"""A word within a name: jawOpen, JAW_OPEN and “jaw open” are the same two words."""

COPY: Final = re.compile(r"\.(\d{3,})$")
"""Blender's number behind the name of a copy, such as “.001”."""

FACE_WORDS: Final[frozenset[str]] = frozenset(
    {
        *("jaw", "mouth", "eye", "eyes", "brow", "brows", "cheek", "nose", "tongue", "teeth", "lip", "lips", "smile"),
        *("face", "facial", "head", "viseme", "visemes", "lipsync", "talk", "speak"),
    }
)
"""Words that only a face's names have."""

THINGS_WORDS: Final[frozenset[str]] = frozenset({"open", "wide", "stretch", "narrow"})
"""Words that a mouth's names have, and those of doors, boxes and curtains."""

SIDES: Final[dict[str, str]] = {"l": "Left", "left": "Left", "r": "Right", "right": "Right"}


def split_words(name: str) -> list[str]:
    """Return the words of a name in lower case, without Blender's “.001” where that is not the whole name."""
    words = [word.lower() for word in WORD.findall(unicodedata.normalize("NFKC", name))]
    if len(words) > 1 and COPY.search(name):
        words.pop()
    return words


def copy_number(name: str) -> int:
    """Return Blender's number behind the name of a copy: 2 for “Ah.002”; 0 for a name without one."""
    found = COPY.search(name)
    return int(found[1]) if found else 0
