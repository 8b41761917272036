"""Labels of phones as aligners write them (ARPAbet, IPA) → phones of the inventory."""

from __future__ import annotations

import re
from typing import Final

from ..core.phone_inventory import VOWELS
from ..listening.ipa import from_ipa

SILENT_LABELS: Final = frozenset(
    {"", "sil", "sp", "spn", "silence", "<eps>", "<sil>", "<p:>", "<p>", "pau", "h#", "#", "_", "-", "<unk>", "brth"}
)
"""What stands for a pause or for noise, in lower case (Montreal Forced Aligner, MAUS, TIMIT, Festival)."""

FROM_ARPABET: Final[dict[str, tuple[str, ...]]] = {
    "IY": ("i",), "IH": ("ɪ",), "IX": ("ᵻ",), "EH": ("ɛ",), "AE": ("æ",), "AH": ("ʌ",), "AX": ("ə",), "AXR": ("ə", "ɹ"),
    "ER": ("ɜ", "ɹ"), "AA": ("ɑ",), "AO": ("ɔ",), "UH": ("ʊ",), "UW": ("u",), "UX": ("u",), "EY": ("eɪ",),
    "AY": ("aɪ",), "OW": ("oʊ",), "AW": ("aʊ",), "OY": ("ɔɪ",), "P": ("p",), "B": ("b",), "T": ("t",), "D": ("d",),
    "K": ("k",), "G": ("ɡ",), "DX": ("ɾ",), "NX": ("n",), "Q": ("ʔ",), "CH": ("tʃ",), "JH": ("dʒ",), "F": ("f",),
    "V": ("v",), "TH": ("θ",), "DH": ("ð",), "S": ("s",), "Z": ("z",), "SH": ("ʃ",), "ZH": ("ʒ",), "HH": ("h",),
    "HV": ("h",), "M": ("m",), "EM": ("ə", "m"), "N": ("n",), "EN": ("ə", "n"), "NG": ("ŋ",), "ENG": ("ə", "ŋ"),
    "L": ("l",), "EL": ("ə", "l"), "R": ("ɹ",), "Y": ("j",), "W": ("w",), "WH": ("w",),
}  # fmt: skip
"""ARPAbet as the CMU Pronouncing Dictionary and TIMIT write it; an unstressed AH is ə."""


def is_silence(label: str) -> bool:
    """Say whether a label stands for a pause, a breath or noise."""
    return label.strip().lower() in SILENT_LABELS


def phones_of_label(label: str) -> tuple[tuple[str, int], ...] | None:
    """Return the symbols of one label with their stresses (as :class:`Phone` has them); ``None`` if it is no phone."""
    text = label.strip()
    found = re.fullmatch(r"([A-Z]{1,3})([0-2]?)", text)
    if found is not None and found[1] in FROM_ARPABET:
        stress = int(found[2] or 0)
        symbols = ("ə",) if (found[1], found[2]) == ("AH", "0") else FROM_ARPABET[found[1]]
        return _stressed(symbols, stress)
    symbols = from_ipa(text)
    if not symbols or re.search(r"[\s]", text):
        return None
    return _stressed(symbols, 1 if "ˈ" in text else 2 if "ˌ" in text else 0)


def _stressed(symbols: tuple[str, ...], stress: int) -> tuple[tuple[str, int], ...]:
    return tuple((symbol, stress if symbol in VOWELS else 0) for symbol in symbols)
