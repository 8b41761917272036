"""Faces with five vowels: VRM 0 and 1, MikuMikuDance, and MikuMikuDance in translation."""

from __future__ import annotations

from typing import Final

from .scheme import Recipe, Scheme, both, same, sided

_GAZE_UP = both("eyeLookUp", "lookUp", 0.5)
_GAZE_DOWN = both("eyeLookDown", "lookDown", 0.5)

FIVE_VOWELS: Final[dict[str, Recipe]] = {
    # A closed mouth is the rest pose of these faces, so p b m need no key.
    "sil": {},
    "PP": {},
    "FF": {"I": 0.15},
    "TH": {"E": 0.30},
    "DD": {"I": 0.35},
    "kk": {"E": 0.35},
    "CH": {"U": 0.45, "I": 0.15},
    "SS": {"I": 0.45},
    "nn": {"I": 0.30},
    "RR": {"U": 0.35, "E": 0.10},
    "aa": {"A": 1.0},
    "E": {"E": 0.9},
    "I": {"I": 0.9},
    "O": {"O": 0.95},
    "U": {"U": 0.95},
}

VRM0: Final = Scheme(
    # VRM 0.x specification, "BlendShapePreset"; VRoid Studio spells them Fcl_MTH_A, Fcl_EYE_Close …
    "VRM 0",
    {
        **same("A", "I", "U", "E", "O"),
        "blink": ("Blink", "Fcl_EYE_Close"),
        "joy": ("Joy", "Fcl_ALL_Joy"),
        "angry": ("Angry", "Fcl_ALL_Angry"),
        "sorrow": ("Sorrow", "Fcl_ALL_Sorrow"),
        "surprised": ("Surprised", "Fcl_ALL_Surprised"),
        "lookUp": ("LookUp",),
        "lookDown": ("LookDown",),
    },
    FIVE_VOWELS,
    {
        **sided("eyeBlink", "blink"),
        **both("mouthSmile", "joy", 0.5),
        **both("browDown", "angry", 0.4),
        **_GAZE_UP,
        **_GAZE_DOWN,
    },
    fewest=4,
)

VRM1: Final = Scheme(
    # VRMC_vrm-1.0 specification, "expressions": aa ih ou ee oh, blink, blinkLeft, lookUp, happy …
    "VRM 1",
    {
        "A": ("aa",),
        "I": ("ih",),
        "U": ("ou",),
        "E": ("ee",),
        "O": ("oh",),
        **same("blink", "happy", "angry", "sad", "surprised", "lookUp", "lookDown"),
    },
    FIVE_VOWELS,
    {
        **sided("eyeBlink", "blink"),
        **both("mouthSmile", "happy", 0.5),
        **both("browDown", "angry", 0.4),
        **_GAZE_UP,
        **_GAZE_DOWN,
    },
    fewest=4,
)

MMD: Final = Scheme(
    # MikuMikuDance's customary morph names (the table of the default models by Animasa).
    "MMD",
    {
        "A": ("あ",),
        "I": ("い",),
        "U": ("う",),
        "E": ("え",),
        "O": ("お",),
        "N": ("ん",),
        "blink": ("まばたき", "まばたき両目"),
        "blinkLeft": ("ウィンク", "ウィンク左", "ウィンク２", "ウインク", "ウインク左", "ウインク２"),
        "blinkRight": ("ウィンク右", "ウィンク２右", "ウインク右", "ウインク２右"),
        "smile": ("にこり", "にっこり", "口角上げ"),
        "mouthDown": ("口角下げ", "への字"),
        "troubled": ("困る",),
        "angry": ("怒り",),
        "browUp": ("上",),
        "surprised": ("びっくり",),
    },
    {**FIVE_VOWELS, "PP": {"N": 1.0}, "nn": {"I": 0.30}},
    {
        "eyeBlinkLeft": {"blinkLeft": 1.0},
        "eyeBlinkRight": {"blinkRight": 1.0},
        **both("mouthSmile", "smile", 0.5),
        **both("mouthFrown", "mouthDown", 0.5),
        **both("browDown", "angry", 0.5),
        **both("browOuterUp", "browUp", 0.5),
        "browInnerUp": {"troubled": 0.7},
    },
)

MMD_TRANSLATED: Final = Scheme(
    # The same morphs as Cats Blender Plugin translates them (its dictionary): い is “Ch”, ん is “Hmm”.
    "MMD (translated)",
    {
        "A": ("Ah",),
        "I": ("Ch",),
        "U": ("U",),
        "E": ("E",),
        "O": ("Oh",),
        "N": ("Hmm", "N"),
        "blink": ("Blink",),
        "blinkLeft": ("Wink",),
        "blinkRight": ("Wink Right", "Wink 2 Right"),
        "smile": ("Cheerful", "Smile", "Grin"),
        "mouthDown": ("Mouth Corner Down",),
        "troubled": ("Sadness", "Troubled", "Worried"),
        "angry": ("Anger", "Angry"),
    },
    MMD.visemes,
    {
        **{channel: MMD.expressions[channel] for channel in ("eyeBlinkLeft", "eyeBlinkRight", "browInnerUp")},
        **both("mouthSmile", "smile", 0.5),
        **both("mouthFrown", "mouthDown", 0.5),
        **both("browDown", "angry", 0.5),
    },
    fewest=4,
    telling=frozenset({"A", "O"}),
)
