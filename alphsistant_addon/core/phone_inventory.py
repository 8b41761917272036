"""The phones that the voice speaks and the aligner finds."""

from __future__ import annotations

from typing import Final

SILENCE: Final = "sil"
"""Symbol of a pause in ``Phone.symbol``."""


VOWELS: Final[tuple[str, ...]] = (
    *("i", "ɪ", "ᵻ", "ɛ", "æ", "ʌ", "ə", "ɜ", "ɑ", "ɔ", "ʊ", "u"),
    *("eɪ", "aɪ", "oʊ", "aʊ", "ɔɪ"),
)
"""Vowels and diphthongs of the phone inventory (General American, IPA; Handbook of the IPA, 1999)."""


CONSONANTS: Final[tuple[str, ...]] = (
    *("p", "b", "t", "d", "k", "ɡ", "ɾ", "ʔ", "tʃ", "dʒ"),
    *("f", "v", "θ", "ð", "s", "z", "ʃ", "ʒ", "h"),
    *("m", "n", "ŋ", "l", "ɹ", "j", "w"),
)
"""Consonants of the phone inventory. Rhotic vowels are two phones (``ɜ ɹ``, ``ə ɹ``), syllabic ones too (``ə l``)."""
