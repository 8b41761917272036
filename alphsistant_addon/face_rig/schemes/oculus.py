"""The 15 visemes of Meta (Oculus), as Ready Player Me and VRChat spell them too."""

from __future__ import annotations

from typing import Final

from .scheme import Scheme, same

OCULUS: Final = Scheme(
    # Meta Horizon documentation, "Viseme Reference"; Ready Player Me, "Oculus OVR LipSync"; VRChat, "Avatar visemes".
    "Oculus",
    {
        **same("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa"),
        "E": ("E",),
        "I": ("I", "ih"),
        "O": ("O", "oh"),
        "U": ("U", "ou"),
    },
    {v: {v: 1.0} for v in ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")},
    fewest=4,
)
