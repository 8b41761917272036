"""Any IPA phone → the phone inventory, by what lips, jaw and tongue do.

The inventory is General American (:mod:`alphsistant_addon.core.phone_inventory`); sounds of other languages are given
their nearest neighbour for the eye: rounded front vowels are rounded vowels, a bilabial fricative closes the lips, a
uvular r does not move them. Places and manners: Handbook of the IPA (1999), chart.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ..core.phone_inventory import CONSONANTS, VOWELS

PAIRS: Final[dict[str, tuple[str, ...]]] = {
    # Diphthongs.
    "eɪ": ("eɪ",), "ei": ("eɪ",), "ej": ("eɪ",), "ɛi": ("eɪ",), "ɛɪ": ("eɪ",), "aɪ": ("aɪ",), "ai": ("aɪ",),
    "aj": ("aɪ",), "ɑɪ": ("aɪ",), "oʊ": ("oʊ",), "əʊ": ("oʊ",), "ou": ("oʊ",), "aʊ": ("aʊ",), "au": ("aʊ",),
    "aw": ("aʊ",), "ɔɪ": ("ɔɪ",),
    "ɔʏ": ("ɔɪ",), "ɔø": ("ɔɪ",), "ɔy": ("ɔɪ",), "oi": ("ɔɪ",), "œy": ("ɔɪ",), "ʌu": ("aʊ",), "ɐi": ("aɪ",),
    "ɪə": ("ɪ", "ə"), "iə": ("i", "ə"), "eə": ("ɛ", "ə"), "ɛə": ("ɛ", "ə"), "ʊə": ("ʊ", "ə"), "uə": ("u", "ə"),
    # Affricates.
    "tʃ": ("tʃ",), "dʒ": ("dʒ",), "tɕ": ("tʃ",), "dʑ": ("dʒ",), "tʂ": ("tʃ",), "dʐ": ("dʒ",), "ts": ("t", "s"),
    "dz": ("d", "z"), "pf": ("p", "f"),
}  # fmt: skip
"""Two signs that are one phone."""

SINGLE: Final[dict[str, tuple[str, ...]]] = {
    # Vowels.
    "a": ("ɑ",), "ɐ": ("ʌ",), "ɒ": ("ɔ",), "e": ("ɛ",), "o": ("ɔ",), "ɚ": ("ə", "ɹ"), "ɝ": ("ɜ", "ɹ"), "ɨ": ("ɪ",),
    "y": ("u",), "ʏ": ("ʊ",), "ø": ("ʊ",), "œ": ("ɔ",), "ɶ": ("ɔ",), "ɯ": ("ɪ",), "ɤ": ("ʌ",), "ɘ": ("ə",),
    "ɵ": ("ʊ",), "ʉ": ("u",), "ɞ": ("ɜ",),
    # Consonants made with the lips.
    "β": ("b",), "ɸ": ("f",), "ʋ": ("v",), "ɱ": ("m",), "ʙ": ("b",), "ɓ": ("b",), "ʍ": ("w",), "ɥ": ("w",),
    # Tip and blade of the tongue.
    "r": ("ɾ",), "ɻ": ("ɹ",), "ɽ": ("ɾ",), "ɺ": ("ɾ",), "ɳ": ("n",), "ɲ": ("n",), "ʎ": ("l",), "ɫ": ("l",), "ɭ": ("l",),
    "ɬ": ("l",), "ɮ": ("l",), "ʟ": ("l",), "ʈ": ("t",), "ɖ": ("d",), "ɗ": ("d",), "ɕ": ("ʃ",), "ʂ": ("ʃ",), "ʑ": ("ʒ",),
    "ʐ": ("ʒ",), "ç": ("ʃ",), "ʝ": ("j",), "ʧ": ("tʃ",), "ʤ": ("dʒ",), "ʨ": ("tʃ",), "ʥ": ("dʒ",), "ʦ": ("t", "s"),
    "ʣ": ("d", "z"),
    # Back of the tongue and throat.
    "g": ("ɡ",), "ɣ": ("ɡ",), "ɠ": ("ɡ",), "x": ("k",), "χ": ("k",), "c": ("k",), "ɟ": ("ɡ",), "q": ("k",), "ɢ": ("ɡ",),
    "ʁ": ("ɡ",), "ʀ": ("ɡ",), "ɰ": ("ɡ",), "ɴ": ("ŋ",), "ħ": ("h",), "ɦ": ("h",), "ʕ": ("h",),
}  # fmt: skip
"""Signs that are not in the inventory as they stand."""

_INVENTORY: Final = frozenset((*VOWELS, *CONSONANTS))
_MARKS: Final = re.compile("[ˈˌːˑʲʰˠˤʷⁿ'’._|^~0-9\u0300-\u036f\u02de-]")


def from_ipa(phone: str) -> tuple[str, ...]:
    """Return the symbols of the inventory that stand for one IPA phone; none for signs that are no sound.

    Args:
        phone: one phone with any marks of stress, length and tone (``ˈaɪ``, ``ɲ``, ``t͡s``).
    """
    # Marks over a letter go; the cedilla is part of one.
    bare = _MARKS.sub("", unicodedata.normalize("NFD", phone).replace("c\u0327", "ç"))
    found: list[str] = []
    at = 0
    while at < len(bare):
        pair, sign = bare[at : at + 2], bare[at]
        if pair in PAIRS:
            found += PAIRS[pair]
            at += 2
            continue
        if sign in _INVENTORY:
            found.append(sign)
        else:
            found += SINGLE.get(sign, ())
        at += 1
    return tuple(found)
