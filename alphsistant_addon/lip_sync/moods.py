"""Moods of the face, as weights of its expression channels."""

from __future__ import annotations

from typing import Final

MOODS: Final[dict[str, dict[str, float]]] = {
    "neutral": {},
    "happy": {
        **{f"mouthSmile{side}": 0.42 for side in ("Left", "Right")},
        **{f"cheekSquint{side}": 0.35 for side in ("Left", "Right")},
        **{f"eyeSquint{side}": 0.12 for side in ("Left", "Right")},
        **{f"browOuterUp{side}": 0.12 for side in ("Left", "Right")},
    },
    "sad": {
        "browInnerUp": 0.55,
        **{f"mouthFrown{side}": 0.35 for side in ("Left", "Right")},
        **{f"eyeSquint{side}": 0.10 for side in ("Left", "Right")},
        "headPitchDown": 0.25,
    },
    "angry": {
        **{f"browDown{side}": 0.65 for side in ("Left", "Right")},
        **{f"noseSneer{side}": 0.25 for side in ("Left", "Right")},
        **{f"eyeSquint{side}": 0.30 for side in ("Left", "Right")},
        **{f"mouthFrown{side}": 0.18 for side in ("Left", "Right")},
    },
    "surprised": {
        "browInnerUp": 0.65,
        **{f"browOuterUp{side}": 0.60 for side in ("Left", "Right")},
        **{f"eyeWide{side}": 0.50 for side in ("Left", "Right")},
    },
}
"""Weights of each mood at amount 1 (EMFACS: Ekman and Friesen 1983, without the action units of the lips' opening)."""


MOUTH_MOOD_WHILE_SPEAKING: Final = 0.55
"""Share of a mood's mouth shapes that stays while the mouth speaks, so that lips can still close and round."""


MOOD_ONSET: Final = 0.4
