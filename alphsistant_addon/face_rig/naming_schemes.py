"""The names under which faces carry their shapes, scheme by scheme, and how each scheme makes our channels.

A *scheme* lists its shape keys with every spelling met in the field, and one *recipe* per channel: which of its keys,
at which weight, make that channel's shape. Side marks need no spellings of their own: a shape named ``mouthSmile``
also stands for ``mouthSmileLeft``, ``MouthSmile_R``, ``L_mouth_smile`` and the like (see :mod:`.matching`).

Spellings come from the makers' own documents, named at each table. Weights of composed shapes are ours; those for
ARKit were judged on renders of the shipped face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ..lip_sync.channels import ARKIT_CHANNELS, ARKIT_DIRECTIONS, ARKIT_MIDDLE, ARKIT_SIDED

Recipe: TypeAlias = Mapping[str, float]
"""Weights by shape of the scheme. A shape may end in ``Left`` or ``Right``; without a side it means both sides."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One naming scheme."""

    name: str
    """As shown to the user."""
    spellings: Mapping[str, tuple[str, ...]]
    """Shape → names; compared without case, separators, known prefixes and suffixes."""
    visemes: Mapping[str, Recipe]
    """Short viseme name → recipe; an empty recipe is the rest pose."""
    expressions: Mapping[str, Recipe] = field(default_factory=dict)
    """ARKit channel → recipe."""
    fewest: int = 1
    """So many of its viseme shapes must be on a mesh before it is believed (schemes of single letters)."""
    optional: frozenset[str] = frozenset()
    """Shapes that better a recipe but are not missed."""


def _same(*names: str) -> dict[str, tuple[str, ...]]:
    return {name: (name,) for name in names}


OCULUS: Final = Scheme(
    # Meta Horizon documentation, "Viseme Reference"; Ready Player Me, "Oculus OVR LipSync"; VRChat, "Avatar visemes".
    "Oculus",
    {
        **_same("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa"),
        "E": ("E",),
        "I": ("I", "ih"),
        "O": ("O", "oh"),
        "U": ("U", "ou"),
    },
    {v: {v: 1.0} for v in ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")},
    fewest=4,
)

ARKIT: Final = Scheme(
    "ARKit",
    {
        **_same(*ARKIT_SIDED, *ARKIT_MIDDLE, *ARKIT_DIRECTIONS),
        # Kept beside the 52 by the shipped face; used where a face has them.
        **_same("tongueTipUp", "tongueBackUp"),
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
)

_GAZE_UP = {f"eyeLookUp{side}": {"lookUp": 0.5} for side in ("Left", "Right")}
_GAZE_DOWN = {f"eyeLookDown{side}": {"lookDown": 0.5} for side in ("Left", "Right")}

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
        **_same("A", "I", "U", "E", "O"),
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
        **{f"eyeBlink{side}": {f"blink{side}": 1.0} for side in ("Left", "Right")},
        **{f"mouthSmile{side}": {"joy": 0.5} for side in ("Left", "Right")},
        **{f"browDown{side}": {"angry": 0.4} for side in ("Left", "Right")},
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
        **_same("blink", "happy", "angry", "sad", "surprised", "lookUp", "lookDown"),
    },
    FIVE_VOWELS,
    {
        **{f"eyeBlink{side}": {f"blink{side}": 1.0} for side in ("Left", "Right")},
        **{f"mouthSmile{side}": {"happy": 0.5} for side in ("Left", "Right")},
        **{f"browDown{side}": {"angry": 0.4} for side in ("Left", "Right")},
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
        "blinkLeft": ("ウィンク", "ウィンク左", "ウィンク２"),
        "blinkRight": ("ウィンク右", "ウィンク２右", "ｳｨﾝｸ２右"),
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
        **{f"mouthSmile{side}": {"smile": 0.5} for side in ("Left", "Right")},
        **{f"mouthFrown{side}": {"mouthDown": 0.5} for side in ("Left", "Right")},
        **{f"browDown{side}": {"angry": 0.5} for side in ("Left", "Right")},
        **{f"browOuterUp{side}": {"browUp": 0.5} for side in ("Left", "Right")},
        "browInnerUp": {"troubled": 0.7},
    },
)

_CHARACTER_CREATOR_EXPRESSIONS: Final[dict[str, Recipe]] = {
    **{f"eyeBlink{side}": {f"eyeBlink{side}": 1.0} for side in ("Left", "Right")},
    **{f"eyeWide{side}": {f"eyeWide{side}": 1.0} for side in ("Left", "Right")},
    **{f"eyeSquint{side}": {f"eyeSquint{side}": 1.0} for side in ("Left", "Right")},
    **{f"eyeLookUp{side}": {f"eyeLookUp{side}": 1.0} for side in ("Left", "Right")},
    **{f"eyeLookDown{side}": {f"eyeLookDown{side}": 1.0} for side in ("Left", "Right")},
    "eyeLookOutLeft": {"leftEyeToLeft": 1.0},
    "eyeLookInLeft": {"leftEyeToRight": 1.0},
    "eyeLookOutRight": {"rightEyeToRight": 1.0},
    "eyeLookInRight": {"rightEyeToLeft": 1.0},
    "browInnerUp": {"browRaiseInner": 1.0},
    **{f"browOuterUp{side}": {f"browRaiseOuter{side}": 1.0} for side in ("Left", "Right")},
    **{f"browDown{side}": {f"browDrop{side}": 1.0} for side in ("Left", "Right")},
    **{f"mouthSmile{side}": {f"mouthSmile{side}": 1.0} for side in ("Left", "Right")},
    **{f"mouthFrown{side}": {f"mouthFrown{side}": 1.0} for side in ("Left", "Right")},
    **{f"cheekSquint{side}": {f"cheekRaise{side}": 1.0} for side in ("Left", "Right")},
    **{f"noseSneer{side}": {f"noseSneer{side}": 1.0} for side in ("Left", "Right")},
}

_CHARACTER_CREATOR_SHAPES: Final[dict[str, tuple[str, ...]]] = {
    "eyeBlink": ("Eye_Blink",),
    "eyeWide": ("Eye_Wide",),
    "eyeSquint": ("Eye_Squint",),
    "eyeLookUpLeft": ("Eye_L_Look_Up",),
    "eyeLookUpRight": ("Eye_R_Look_Up",),
    "eyeLookDownLeft": ("Eye_L_Look_Down",),
    "eyeLookDownRight": ("Eye_R_Look_Down",),
    "leftEyeToLeft": ("Eye_L_Look_L",),
    "leftEyeToRight": ("Eye_L_Look_R",),
    "rightEyeToLeft": ("Eye_R_Look_L",),
    "rightEyeToRight": ("Eye_R_Look_R",),
    "browRaiseInner": ("Brow_Raise_Inner",),
    "browRaiseOuter": ("Brow_Raise_Outer",),
    "browDrop": ("Brow_Drop",),
    "mouthSmile": ("Mouth_Smile",),
    "mouthFrown": ("Mouth_Frown",),
    "cheekRaise": ("Cheek_Raise",),
    "noseSneer": ("Nose_Sneer",),
}

CHARACTER_CREATOR_DIRECT: Final = Scheme(
    # Reallusion, Character Creator manual, "Facial profile": the 1:1 viseme set.
    "Character Creator",
    {
        **_same("B_M_P", "F_V", "Th", "T_L_D_N", "K_G_H_NG", "Ch_J", "S_Z", "R", "Er", "Ah", "AE", "EE", "Ih", "Oh"),
        "W_OO": ("W_OO",),
        **_CHARACTER_CREATOR_SHAPES,
    },
    {
        "sil": {},
        "PP": {"B_M_P": 1.0},
        "FF": {"F_V": 1.0},
        "TH": {"Th": 1.0},
        "DD": {"T_L_D_N": 1.0},
        "kk": {"K_G_H_NG": 1.0},
        "CH": {"Ch_J": 1.0},
        "SS": {"S_Z": 1.0},
        "nn": {"T_L_D_N": 0.9},
        "RR": {"R": 1.0},
        "aa": {"Ah": 1.0},
        "E": {"AE": 1.0},
        "I": {"EE": 1.0},
        "O": {"Oh": 1.0},
        "U": {"W_OO": 1.0},
    },
    _CHARACTER_CREATOR_EXPRESSIONS,
    fewest=4,
)

CHARACTER_CREATOR_BLEND: Final = Scheme(
    # The same manual: eight lip shapes (CC3: Open, CC4: V_Open …) and seven of the tongue.
    "Character Creator (lip shapes)",
    {
        "open": ("V_Open", "Open"),
        "explosive": ("V_Explosive", "Explosive"),
        "dentalLip": ("V_Dental_Lip", "Dental_Lip"),
        "tightO": ("V_Tight_O", "Tight_O", "Tight-O"),
        "tight": ("V_Tight", "Tight"),
        "wide": ("V_Wide", "Wide"),
        "affricate": ("V_Affricate", "Affricate"),
        "lipOpen": ("V_Lip_Open", "Lip_Open"),
        "tongueUp": ("V_Tongue_up", "Tongue_up"),
        "tongueRaise": ("V_Tongue_Raise", "Tongue_Raise"),
        "tongueOut": ("V_Tongue_Out", "Tongue_Out"),
        "tongueCurl": ("V_Tongue_Curl_U", "Tongue_Curl-U"),
        **_CHARACTER_CREATOR_SHAPES,
    },
    {
        "sil": {},
        "PP": {"explosive": 1.0},
        "FF": {"dentalLip": 1.0},
        "CH": {"affricate": 1.0},
        "TH": {"open": 0.15, "lipOpen": 0.35, "tongueOut": 0.60},
        "DD": {"open": 0.08, "lipOpen": 0.45, "tongueUp": 0.85},
        "nn": {"open": 0.08, "lipOpen": 0.40, "tongueUp": 0.85},
        "kk": {"open": 0.18, "lipOpen": 0.35, "tongueRaise": 0.80},
        "SS": {"wide": 0.35, "lipOpen": 0.60},
        "RR": {"tightO": 0.35, "affricate": 0.25, "tongueCurl": 0.40},
        "aa": {"open": 0.85},
        "E": {"open": 0.40, "wide": 0.40},
        "I": {"open": 0.12, "wide": 0.75},
        "O": {"open": 0.30, "tightO": 0.65},
        "U": {"tightO": 0.75, "tight": 0.25},
    },
    _CHARACTER_CREATOR_EXPRESSIONS,
    fewest=4,
)

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
        **{f"eyeBlink{side}": {f"eyeClosure{side}": 1.0} for side in ("Left", "Right")},
        **{f"browDown{side}": {f"browDown{side}": 1.0} for side in ("Left", "Right")},
        **{f"browOuterUp{side}": {f"browOuterUp{side}": 1.0} for side in ("Left", "Right")},
        "browInnerUp": {"browInnerUp": 1.0},
        **{f"mouthSmile{side}": {"cornerPuller": 0.5} for side in ("Left", "Right")},
        **{f"mouthFrown{side}": {"depression": 0.5} for side in ("Left", "Right")},
    },
    fewest=2,
)

PRESTON_BLAIR: Final = Scheme(
    # Preston Blair, "Animation" (1948): the ten mouths, under Papagayo's names.
    "Preston Blair",
    _same("AI", "E", "O", "U", "etc", "L", "WQ", "MBP", "FV", "rest"),
    {
        "sil": {"rest": 1.0},
        "PP": {"MBP": 1.0},
        "FF": {"FV": 1.0},
        "TH": {"L": 0.8},
        "DD": {"etc": 0.9},
        "kk": {"etc": 0.9},
        "CH": {"etc": 0.6, "WQ": 0.3},
        "SS": {"etc": 0.9},
        "nn": {"L": 0.8},
        "RR": {"WQ": 0.4, "etc": 0.3},
        "aa": {"AI": 1.0},
        "E": {"E": 1.0},
        "I": {"E": 0.8},
        "O": {"O": 1.0},
        "U": {"U": 1.0},
    },
    fewest=5,
)

FLEMING_DOBBS: Final = Scheme(
    # Fleming and Dobbs, "Animating Facial Features and Expressions" (1998), under Papagayo's names.
    "Fleming-Dobbs",
    _same("rest", "MBP", "FV", "TH", "NLTDR", "GK", "SH", "EHSZ", "AA", "IY", "O"),
    {
        "sil": {"rest": 1.0},
        "PP": {"MBP": 1.0},
        "FF": {"FV": 1.0},
        "TH": {"TH": 1.0},
        "DD": {"NLTDR": 1.0},
        "kk": {"GK": 1.0},
        "CH": {"SH": 1.0},
        "SS": {"EHSZ": 0.9},
        "nn": {"NLTDR": 1.0},
        "RR": {"NLTDR": 0.7},
        "aa": {"AA": 1.0},
        "E": {"EHSZ": 1.0},
        "I": {"IY": 1.0},
        "O": {"O": 1.0},
        "U": {"O": 0.6},
    },
    fewest=5,
)

RHUBARB: Final = Scheme(
    # Rhubarb Lip Sync, README, "Mouth shapes": A–F after Hanna-Barbera, G H X extended.
    "Rhubarb",
    _same("A", "B", "C", "D", "E", "F", "G", "H", "X"),
    {
        "sil": {"X": 1.0},
        "PP": {"A": 1.0},
        "FF": {"G": 1.0},
        "TH": {"H": 0.6},
        "DD": {"B": 0.9},
        "kk": {"B": 0.9},
        "CH": {"B": 0.5, "F": 0.4},
        "SS": {"B": 1.0},
        "nn": {"H": 0.7},
        "RR": {"E": 0.6},
        "aa": {"D": 1.0},
        "E": {"C": 1.0},
        "I": {"B": 1.0},
        "O": {"E": 1.0},
        "U": {"F": 1.0},
    },
    fewest=6,
)

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
        **{f"eyeBlink{side}": {f"AU45{side}": 1.0} for side in ("Left", "Right")},
        "browInnerUp": {"AU1": 1.0},
        **{f"browOuterUp{side}": {f"AU2{side}": 1.0} for side in ("Left", "Right")},
        **{f"browDown{side}": {f"AU4{side}": 1.0} for side in ("Left", "Right")},
        **{f"eyeWide{side}": {f"AU5{side}": 1.0} for side in ("Left", "Right")},
        **{f"cheekSquint{side}": {f"AU6{side}": 1.0} for side in ("Left", "Right")},
        **{f"eyeSquint{side}": {f"AU7{side}": 1.0} for side in ("Left", "Right")},
        **{f"noseSneer{side}": {f"AU9{side}": 1.0} for side in ("Left", "Right")},
        **{f"mouthSmile{side}": {f"AU12{side}": 1.0} for side in ("Left", "Right")},
        **{f"mouthFrown{side}": {f"AU15{side}": 1.0} for side in ("Left", "Right")},
    },
    fewest=2,
)

PLAIN_WORDS: Final = Scheme(
    # What people call shapes they sculpt themselves.
    "plain words",
    {
        "open": ("mouth open", "open mouth", "open", "mouth", "jaw", "jaw down", "jaw drop", "talk", "speak"),
        "wide": ("mouth wide", "wide", "stretch", "lips wide", "mouth stretch", "ee"),
        "round": ("pucker", "kiss", "lips pucker", "mouth pucker", "mouth round", "narrow", "mouth narrow", "oo"),
        "closed": ("mouth closed", "mouth close", "lips closed", "lips together", "lips press", "closed mouth", "mbp"),
        "bite": ("lip bite", "bite lip", "fv"),
        "smile": ("smile", "happy", "grin"),
        "frown": ("frown", "sad"),
        "blink": ("blink", "eyes closed", "eyes close", "close eyes", "eye close", "eye closed", "wink"),
        "browsUp": ("brows up", "brow up", "eyebrows up", "eyebrow up", "brow raise", "raise brows", "eyebrow raise"),
        "browsDown": ("brows down", "brow down", "eyebrows down", "eyebrow down", "angry", "brow lower"),
    },
    {
        "sil": {},
        "PP": {"closed": 1.0},
        "FF": {"bite": 1.0},
        "TH": {"open": 0.25},
        "DD": {"open": 0.22},
        "kk": {"open": 0.28},
        "CH": {"open": 0.15, "round": 0.5},
        "SS": {"open": 0.12, "wide": 0.3},
        "nn": {"open": 0.2},
        "RR": {"open": 0.2, "round": 0.4},
        "aa": {"open": 1.0},
        "E": {"open": 0.55, "wide": 0.3},
        "I": {"open": 0.3, "wide": 0.6},
        "O": {"open": 0.6, "round": 0.5},
        "U": {"open": 0.25, "round": 0.9},
    },
    {
        **{f"eyeBlink{side}": {f"blink{side}": 1.0} for side in ("Left", "Right")},
        **{f"mouthSmile{side}": {f"smile{side}": 1.0} for side in ("Left", "Right")},
        **{f"mouthFrown{side}": {f"frown{side}": 1.0} for side in ("Left", "Right")},
        **{f"browOuterUp{side}": {f"browsUp{side}": 0.6} for side in ("Left", "Right")},
        **{f"browDown{side}": {f"browsDown{side}": 1.0} for side in ("Left", "Right")},
        "browInnerUp": {"browsUp": 0.4},
    },
)

SCHEMES: Final[tuple[Scheme, ...]] = (
    *(OCULUS, CHARACTER_CREATOR_DIRECT, ARKIT, CHARACTER_CREATOR_BLEND, FACS, MAKEHUMAN, FLEMING_DOBBS),
    *(PRESTON_BLAIR, RHUBARB, VRM1, VRM0, MMD, PLAIN_WORDS),
)
"""In the order in which they are preferred when a mesh offers several equally well."""

SUBSTITUTES: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "TH": (("DD", 1.0), ("nn", 1.0)),
    "DD": (("nn", 1.0), ("kk", 0.8)),
    "nn": (("DD", 1.0), ("kk", 0.8)),
    "kk": (("DD", 1.0), ("nn", 1.0)),
    "CH": (("SS", 0.9), ("U", 0.5)),
    "SS": (("DD", 0.8), ("I", 0.5)),
    "RR": (("U", 0.5), ("O", 0.4)),
    "FF": (("PP", 0.6),),
    "aa": (("E", 1.0), ("O", 1.0)),
    "E": (("I", 1.0), ("aa", 0.6)),
    "I": (("E", 0.8), ("aa", 0.35)),
    "O": (("U", 0.9), ("aa", 0.6)),
    "U": (("O", 0.7), ("aa", 0.3)),
}
"""What stands in for a viseme a face lacks, best first, with its weight. PP and sil have the rest pose."""
