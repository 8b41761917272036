"""Plain words, as people call shapes that they sculpt themselves."""

from __future__ import annotations

from typing import Final

from .scheme import Scheme, sided

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
        **sided("eyeBlink", "blink"),
        **sided("mouthSmile", "smile"),
        **sided("mouthFrown", "frown"),
        **sided("browOuterUp", "browsUp", 0.6),
        **sided("browDown", "browsDown"),
        "browInnerUp": {"browsUp": 0.4},
    },
)
