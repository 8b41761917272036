"""Microsoft's 22 visemes, as MPFB and other makers of faces name them."""

from __future__ import annotations

from typing import Final

from .scheme import Recipe, Scheme

_SOUNDS: Final[tuple[str, ...]] = (
    # Microsoft Speech API 5, “SPVISEMES”; Azure's viseme IDs are the same numbers. The sounds are in SAPI's letters.
    *("sil", "ae_ax_ah", "aa", "ao", "ey_eh_uh", "er", "y_iy_ih_ix", "w_uw", "ow", "aw", "oy", "ay", "h", "r", "l"),
    *("s_z", "sh_ch_jh_zh", "th_dh", "f_v", "d_t_n", "k_g_ng", "p_b_m"),
)
"""By number, 0 to 21."""

_OTHER_ORDER: Final[dict[str, str]] = {"ae_ax_ah": "aa_ah_ax"}
"""MPFB (pack “visemes01”) and the Vitruvian figure of CharMorph call number 1 ``aa_ah_ax_01``."""

_VISEMES: Final[dict[str, Recipe]] = {
    "sil": {"sil": 1.0},
    "PP": {"p_b_m": 1.0},
    "FF": {"f_v": 1.0},
    "TH": {"th_dh": 1.0},
    "DD": {"d_t_n": 1.0},
    "kk": {"k_g_ng": 1.0},
    "CH": {"sh_ch_jh_zh": 1.0},
    "SS": {"s_z": 1.0},
    # n and l: the tongue is seen best in Microsoft's l.
    "nn": {"l": 0.9},
    "RR": {"r": 1.0},
    "aa": {"aa": 1.0},
    "E": {"ey_eh_uh": 1.0},
    "I": {"y_iy_ih_ix": 1.0},
    "O": {"ow": 1.0},
    "U": {"w_uw": 1.0},
}


def _spellings(number: int, sounds: str) -> tuple[str, ...]:
    """Return a viseme's names: with its number; the sounds alone too where there are two of them or more."""
    names = [f"{sound}_{number:02d}" for sound in (sounds, _OTHER_ORDER.get(sounds, sounds))]
    return (*dict.fromkeys(names), *((sounds,) if "_" in sounds else ()))


MICROSOFT: Final = Scheme(
    "Microsoft",
    {sounds: _spellings(number, sounds) for number, sounds in enumerate(_SOUNDS)},
    _VISEMES,
    fewest=3,
)

MICROSOFT_NUMBERS: Final = Scheme(
    # “viseme_0” to “viseme_21”. Fewer numbers may be Meta's fifteen, or anything.
    "Microsoft (numbers)",
    {sounds: (f"viseme_{number}", f"viseme_{number:02d}") for number, sounds in enumerate(_SOUNDS)},
    _VISEMES,
    fewest=14,
)
