"""The words within a name of a shape key or bone, whatever its case and separators."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
"""A word within a name: jawOpen, JAW_OPEN and “jaw open” are the same two words."""

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
    """The words of a name in lower case, without Blender's “.001”: jawOpen, JAW_OPEN and “jaw open” are the same."""
    words = [word.lower() for word in WORD.findall(unicodedata.normalize("NFKC", name))]
    # Blender's ".001".
    if len(words) > 1 and re.search(r"\.\d{3}$", name):
        words.pop()
    return words
