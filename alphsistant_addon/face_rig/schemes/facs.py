"""The Facial Action Coding System."""

from __future__ import annotations

from typing import Final

from .scheme import Scheme, sided

FACS: Final = Scheme(
    # Ekman, Friesen and Hager, "Facial Action Coding System" (2002).
    "FACS",
    {
        **{
            f"AU{number}": (f"AU{number}", f"AU{number:02d}")
            for number in (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 18, 19, 20, 22, 23, 24, 25, 26, 28)
        },
        "AU45": ("AU45", "AU43"),
    },
    {
        "sil": {},
        "PP": {"AU24": 0.6, "AU28": 0.35, "AU23": 0.2},
        "FF": {"AU28": 0.3, "AU10": 0.4, "AU17": 0.4},
        "TH": {"AU25": 0.5, "AU26": 0.2, "AU19": 0.5},
        "DD": {"AU25": 0.6, "AU26": 0.15},
        "kk": {"AU25": 0.5, "AU26": 0.3},
        "CH": {"AU22": 0.7, "AU25": 0.4},
        "SS": {"AU25": 0.6, "AU20": 0.3},
        "nn": {"AU25": 0.5, "AU26": 0.12},
        "RR": {"AU22": 0.4, "AU18": 0.25, "AU25": 0.3, "AU26": 0.15},
        "aa": {"AU25": 0.6, "AU26": 0.9},
        "E": {"AU25": 0.6, "AU26": 0.4, "AU20": 0.3},
        "I": {"AU25": 0.6, "AU26": 0.15, "AU20": 0.5, "AU12": 0.2},
        "O": {"AU25": 0.4, "AU26": 0.55, "AU18": 0.5},
        "U": {"AU25": 0.25, "AU26": 0.2, "AU18": 0.9},
    },
    {
        **sided("eyeBlink", "AU45"),
        "browInnerUp": {"AU1": 1.0},
        **sided("browOuterUp", "AU2"),
        **sided("browDown", "AU4"),
        **sided("eyeWide", "AU5"),
        **sided("cheekSquint", "AU6"),
        **sided("eyeSquint", "AU7"),
        **sided("noseSneer", "AU9"),
        **sided("mouthSmile", "AU12"),
        **sided("mouthFrown", "AU15"),
    },
    fewest=2,
)
