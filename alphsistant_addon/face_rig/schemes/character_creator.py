"""Reallusion's Character Creator: the direct set of visemes, and the lip shapes that are mixed."""

from __future__ import annotations

from typing import Final

from .scheme import Recipe, Scheme, same, sided

_EXPRESSIONS: Final[dict[str, Recipe]] = {
    **sided("eyeBlink", "eyeBlink"),
    **sided("eyeWide", "eyeWide"),
    **sided("eyeSquint", "eyeSquint"),
    **sided("eyeLookUp", "eyeLookUp"),
    **sided("eyeLookDown", "eyeLookDown"),
    "eyeLookOutLeft": {"leftEyeToLeft": 1.0},
    "eyeLookInLeft": {"leftEyeToRight": 1.0},
    "eyeLookOutRight": {"rightEyeToRight": 1.0},
    "eyeLookInRight": {"rightEyeToLeft": 1.0},
    "browInnerUp": {"browRaiseInner": 1.0},
    **sided("browOuterUp", "browRaiseOuter"),
    **sided("browDown", "browDrop"),
    **sided("mouthSmile", "mouthSmile"),
    **sided("mouthFrown", "mouthFrown"),
    **sided("cheekSquint", "cheekRaise"),
    **sided("noseSneer", "noseSneer"),
}

_SHAPES: Final[dict[str, tuple[str, ...]]] = {
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
        **same("B_M_P", "F_V", "Th", "T_L_D_N", "K_G_H_NG", "Ch_J", "S_Z", "R", "Er", "Ah", "AE", "EE", "Ih", "Oh"),
        "W_OO": ("W_OO",),
        **_SHAPES,
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
    _EXPRESSIONS,
    fewest=4,
    jaw_bone=True,
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
        **_SHAPES,
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
    _EXPRESSIONS,
    fewest=4,
    # “Open” and “Wide” are words of doors too.
    telling=frozenset({"explosive", "dentalLip", "affricate", "tightO"}),
    jaw_bone=True,
)
