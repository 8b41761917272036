"""Apple's 52 shapes; visemes are mixed from them."""

from __future__ import annotations

from typing import Final

from ...lip_sync.channels import ARKIT_CHANNELS, ARKIT_DIRECTIONS, ARKIT_MIDDLE, ARKIT_SIDED
from .scheme import Scheme, same

_OTHER_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    # Character Creator 4, “Extended” profile: the same shapes in another order of words.
    "browInnerUp": ("Brow_Raise_Inner",),
    "browOuterUp": ("Brow_Raise_Outer",),
    "mouthLowerDown": ("Mouth_Down_Lower",),
    "mouthUpperUp": ("Mouth_Up_Upper",),
    "mouthRollLower": ("Mouth_Roll_In_Lower",),
    "mouthRollUpper": ("Mouth_Roll_In_Upper",),
    "jawLeft": ("Jaw_L",),
    "jawRight": ("Jaw_R",),
    "mouthLeft": ("Mouth_L",),
    "mouthRight": ("Mouth_R",),
    # Daz, Genesis 8.1: facs_jnt_EyesWideLeft.
    "eyeWide": ("eyesWide",),
}

_QUARTERS: Final[dict[str, tuple[str, ...]]] = {
    # Character Creator 4 and Daz's Genesis 9 cut these two into upper and lower, left and right.
    "mouthFunnelUpper": ("mouthFunnelUpper", "Mouth_Funnel_Up"),
    "mouthFunnelLower": ("mouthFunnelLower", "Mouth_Funnel_Down"),
    "mouthPuckerUpper": ("mouthPuckerUpper", "Mouth_Pucker_Up"),
    "mouthPuckerLower": ("mouthPuckerLower", "Mouth_Pucker_Down"),
}

ARKIT: Final = Scheme(
    # Apple, ARKit, “ARFaceAnchor.BlendShapeLocation”.
    "ARKit",
    {
        **{
            shape: (shape, *_OTHER_SPELLINGS.get(shape, ()))
            for shape in (*ARKIT_SIDED, *ARKIT_MIDDLE, *ARKIT_DIRECTIONS)
        },
        **_QUARTERS,
        # Kept beside the 52 by the shipped face; used where a face has them.
        **same("tongueTipUp", "tongueBackUp"),
    },
    {
        "sil": {},
        "PP": {
            "jawOpen": 0.08,
            "mouthClose": 0.16,
            "mouthRollLower": 0.30,
            "mouthRollUpper": 0.40,
            "mouthPress": 0.15,
            "mouthPucker": 0.10,
        },
        "FF": {
            "jawOpen": 0.05,
            "mouthRollLower": 0.60,
            "mouthShrugLower": 0.55,
            "mouthShrugUpper": 0.30,
            "mouthUpperUp": 0.40,
            "mouthDimple": 0.15,
        },
        "TH": {
            "jawOpen": 0.15,
            "mouthLowerDown": 0.25,
            "mouthUpperUp": 0.30,
            "tongueOut": 0.70,
            "tongueTipUp": 0.35,
        },
        "DD": {"jawOpen": 0.10, "mouthLowerDown": 0.40, "mouthUpperUp": 0.35, "tongueTipUp": 0.75},
        "kk": {
            "jawOpen": 0.20,
            "mouthLowerDown": 0.25,
            "mouthUpperUp": 0.35,
            "mouthStretch": 0.15,
            "tongueBackUp": 0.90,
        },
        "CH": {
            "jawOpen": 0.06,
            "mouthFunnel": 0.65,
            "mouthLowerDown": 0.35,
            "mouthUpperUp": 0.25,
            "mouthPucker": 0.15,
        },
        "SS": {
            "jawOpen": 0.02,
            "mouthLowerDown": 0.65,
            "mouthUpperUp": 0.40,
            "mouthSmile": 0.25,
            "mouthStretch": 0.20,
        },
        "nn": {
            "jawOpen": 0.08,
            "mouthLowerDown": 0.35,
            "mouthUpperUp": 0.30,
            "mouthSmile": 0.15,
            "tongueTipUp": 0.75,
        },
        "RR": {
            "jawOpen": 0.12,
            "mouthFunnel": 0.45,
            "mouthPucker": 0.25,
            "mouthUpperUp": 0.20,
            "tongueBackUp": 0.40,
        },
        "aa": {"jawOpen": 0.60, "mouthLowerDown": 0.15, "mouthUpperUp": 0.35},
        "E": {
            "jawOpen": 0.24,
            "mouthSmile": 0.25,
            "mouthStretch": 0.25,
            "mouthLowerDown": 0.35,
            "mouthUpperUp": 0.35,
        },
        "I": {
            "jawOpen": 0.10,
            "mouthSmile": 0.30,
            "mouthStretch": 0.40,
            "mouthLowerDown": 0.40,
            "mouthUpperUp": 0.35,
        },
        "O": {"jawOpen": 0.33, "mouthPucker": 0.50, "mouthFunnel": 0.25, "mouthShrugLower": 0.30},
        "U": {"jawOpen": 0.14, "mouthPucker": 0.90, "mouthFunnel": 0.20},
    },
    {channel: {channel: 1.0} for channel in ARKIT_CHANNELS},
    optional=frozenset({"tongueTipUp", "tongueBackUp", "tongueOut"}),
    parts={
        "mouthFunnel": ("mouthFunnelUpper", "mouthFunnelLower"),
        "mouthPucker": ("mouthPuckerUpper", "mouthPuckerLower"),
    },
)
