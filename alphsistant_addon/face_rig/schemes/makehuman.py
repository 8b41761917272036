"""The expression units of MakeHuman and MPFB."""

from __future__ import annotations

from typing import Final

from .scheme import Scheme, both, sided

MAKEHUMAN: Final = Scheme(
    # The expression units of MakeHuman and MPFB (targets/expression/units), which MPFB names "!ex-mouth-open";
    # MPFB's face units carry ARKit names behind the same prefix and are found as ARKit.
    "MakeHuman",
    {
        "open": ("mouth-open",),
        "compression": ("mouth-compression",),
        "cornerPuller": ("mouth-corner-puller",),
        "depression": ("mouth-depression",),
        "depressionRetraction": ("mouth-depression-retraction",),
        "elevation": ("mouth-elevation",),
        "eversion": ("mouth-eversion",),
        "part": ("mouth-parling", "mouth-parting"),
        "partLater": ("mouth-part-later",),
        "protrusion": ("mouth-protusion", "mouth-protrusion"),
        "pursing": ("mouth-pursing",),
        "retraction": ("mouth-retraction",),
        "eyeClosure": ("eye-closure",),
        "browDown": ("eyebrows-down",),
        "browOuterUp": ("eyebrows-extern-up",),
        "browInnerUp": ("eyebrows-inner-up",),
    },
    {
        "sil": {},
        "PP": {"compression": 0.8},
        "FF": {"retraction": 0.3, "part": 0.25},
        "TH": {"open": 0.15, "part": 0.5},
        "DD": {"open": 0.12, "part": 0.4},
        "kk": {"open": 0.25, "part": 0.3},
        "CH": {"eversion": 0.5, "protrusion": 0.4, "part": 0.3},
        "SS": {"retraction": 0.3, "part": 0.6},
        "nn": {"open": 0.10, "part": 0.4},
        "RR": {"protrusion": 0.5, "open": 0.12},
        "aa": {"open": 0.9},
        "E": {"open": 0.45, "retraction": 0.35},
        "I": {"open": 0.18, "retraction": 0.6, "part": 0.4},
        "O": {"open": 0.45, "protrusion": 0.6},
        "U": {"open": 0.12, "pursing": 0.5, "protrusion": 0.6},
    },
    {
        **sided("eyeBlink", "eyeClosure"),
        **sided("browDown", "browDown"),
        **sided("browOuterUp", "browOuterUp"),
        "browInnerUp": {"browInnerUp": 1.0},
        **both("mouthSmile", "cornerPuller", 0.5),
        **both("mouthFrown", "depression", 0.5),
    },
    fewest=2,
)
