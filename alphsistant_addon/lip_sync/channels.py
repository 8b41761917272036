"""The channels that speech moves, by name and nothing else: panels list them while Blender starts."""

from __future__ import annotations

from typing import Final

VISEMES: Final[tuple[str, ...]] = (
    *("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR"),
    *("aa", "E", "I", "O", "U"),
)
"""Short names, in the order of Meta's reference (see :mod:`.visemes`); the channel of ``aa`` is ``viseme_aa``."""

VISEME_CHANNELS: Final[tuple[str, ...]] = tuple(f"viseme_{name}" for name in VISEMES)

ARKIT_SIDED: Final[tuple[str, ...]] = (
    *("browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp"),
    *("eyeSquint", "eyeWide", "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile"),
    *("mouthStretch", "mouthUpperUp", "noseSneer"),
)
"""The ARKit shapes that come in pairs (Apple, ``ARFaceAnchor.BlendShapeLocation``)."""

ARKIT_MIDDLE: Final[tuple[str, ...]] = (
    *("browInnerUp", "cheekPuff", "jawForward", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker"),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "tongueOut"),
)

ARKIT_DIRECTIONS: Final[tuple[str, ...]] = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")
"""Here left and right are directions, not sides."""

ARKIT_CHANNELS: Final[tuple[str, ...]] = (
    *(f"{shape}{side}" for shape in ARKIT_SIDED for side in ("Left", "Right")),
    *ARKIT_MIDDLE,
    *ARKIT_DIRECTIONS,
)
"""All 52."""
