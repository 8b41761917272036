"""The expressions of MB-Lab (ManuelBastioniLAB): ``Expressions_mouthOpen_max`` and the like."""

from __future__ import annotations

from typing import Final

from ...lip_sync.channels import ARKIT_DIRECTIONS
from .scheme import Scheme, both, sided

MB_LAB: Final = Scheme(
    # MB-Lab 1.7, the shape keys of a finished character. Most come in two directions, “max” and “min”.
    "MB-Lab",
    {
        "open": ("mouthOpen_max",),
        "half": ("mouthOpenHalf_max",),
        "round": ("mouthOpenO_max",),
        "pucker": ("mouthOpenLarge_min",),
        "teethClosed": ("mouthOpenTeethClosed_max",),
        "closed": ("mouthClosed_max",),
        "bite": ("mouthBite_max",),
        "smile": ("mouthSmile_max",),
        "smileLeft": ("mouthSmileL_max",),
        "smileRight": ("mouthSmileR_max",),
        "frown": ("mouthSmile_min",),
        "tongueOut": ("tongueOut_max",),
        "tongueTipUp": ("tongueTipUp_max",),
        "eyeClosedLeft": ("eyeClosedL_max",),
        "eyeClosedRight": ("eyeClosedR_max",),
        "eyeWideLeft": ("eyeClosedL_min",),
        "eyeWideRight": ("eyeClosedR_min",),
        "squintLeft": ("eyeSquintL_max",),
        "squintRight": ("eyeSquintR_max",),
        "browUpLeft": ("browOutVertL_max",),
        "browUpRight": ("browOutVertR_max",),
        "browDownLeft": ("browSqueezeL_max",),
        "browDownRight": ("browSqueezeR_max",),
        "browsMiddleUp": ("browsMidVert_max",),
        "sneerLeft": ("cheekSneerL_max",),
        "sneerRight": ("cheekSneerR_max",),
        "puff": ("mouthInflated_max",),
        "jawForward": ("jawOut_max",),
        "jawLeft": ("jawHoriz_max",),
        "jawRight": ("jawHoriz_min",),
        "mouthLeft": ("mouthHoriz_max",),
        "mouthRight": ("mouthHoriz_min",),
    },
    {
        "sil": {},
        "PP": {"closed": 0.9},
        "FF": {"bite": 0.85},
        "TH": {"half": 0.25, "tongueOut": 0.35},
        "DD": {"half": 0.25, "tongueTipUp": 0.6},
        "kk": {"half": 0.35},
        "CH": {"teethClosed": 0.35, "round": 0.4},
        "SS": {"teethClosed": 0.6},
        "nn": {"half": 0.2, "tongueTipUp": 0.6},
        "RR": {"round": 0.45},
        "aa": {"open": 1.0},
        "E": {"half": 0.7, "smile": 0.15},
        "I": {"teethClosed": 0.5, "smile": 0.35},
        "O": {"round": 0.95},
        "U": {"round": 0.4, "pucker": 0.6},
    },
    {
        **sided("eyeBlink", "eyeClosed"),
        **sided("eyeWide", "eyeWide"),
        **sided("eyeSquint", "squint"),
        **sided("mouthSmile", "smile"),
        **both("mouthFrown", "frown", 0.5),
        **sided("browOuterUp", "browUp"),
        **sided("browDown", "browDown"),
        "browInnerUp": {"browsMiddleUp": 1.0},
        **sided("noseSneer", "sneer"),
        "cheekPuff": {"puff": 1.0},
        **{name: {name: 1.0} for name in ("tongueOut", "jawForward", *ARKIT_DIRECTIONS)},
    },
    fewest=2,
    optional=frozenset({"tongueOut", "tongueTipUp"}),
)
