"""The visemes of Daz's Genesis figures; their other shapes bear Apple's names behind ``facs_bs_`` and the like."""

from __future__ import annotations

from typing import Final

from .scheme import Scheme, both, sided


def _spellings(viseme: str) -> tuple[str, ...]:
    """Return the names of one viseme: Genesis 3 and 8, Genesis 8.1 and 9 (``facs_ctrl_vAA``), Genesis 2."""
    return f"eCTRLv{viseme}", f"v{viseme}", f"CTRLv{viseme}", f"VSM{viseme}", f"CTRLVSM{viseme}"


_VISEMES: Final = ("AA", "EE", "EH", "ER", "F", "IH", "IY", "K", "L", "M", "OW", "S", "SH", "T", "TH", "UW", "W")

DAZ: Final = Scheme(
    # Daz Studio, Genesis 2 to 9, “Pose Controls / Head / Visemes”: 17 dials.
    "Daz",
    {
        **{viseme: _spellings(viseme) for viseme in _VISEMES},
        "eyesClosed": ("eCTRLEyesClosed",),
        "smile": ("eCTRLMouthSmile", "eCTRLMouthSmileSimple"),
        "frown": ("eCTRLMouthFrown",),
        "browUp": ("eCTRLBrowUp", "eCTRLBrowUp-Down"),
        "browInnerUp": ("eCTRLBrowInnerUp", "eCTRLBrowInnerUp-Down"),
    },
    {
        "sil": {},
        "PP": {"M": 1.0},
        "FF": {"F": 1.0},
        "TH": {"TH": 1.0},
        "DD": {"T": 1.0},
        "kk": {"K": 1.0},
        "CH": {"SH": 1.0},
        "SS": {"S": 1.0},
        "nn": {"L": 0.9},
        "RR": {"ER": 1.0},
        "aa": {"AA": 1.0},
        "E": {"EH": 1.0},
        "I": {"IY": 1.0},
        "O": {"OW": 1.0},
        "U": {"UW": 1.0},
    },
    {
        **sided("eyeBlink", "eyesClosed"),
        **sided("mouthSmile", "smile"),
        **both("mouthFrown", "frown", 0.5),
        **sided("browOuterUp", "browUp", 0.6),
        "browInnerUp": {"browInnerUp": 1.0},
    },
    fewest=4,
    jaw_bone=True,
)
