"""CSV as the app Live Link Face writes it: 52 ARKit shapes and nine angles for each frame.

The columns, their order and the timecode (``HH:MM:SS:FF.fff``) are those of the app's files, which Unreal's importer
and the ARKit readers of Unity and Blender take. Visemes are mixed from ARKit shapes by the same recipe as for a
character that has only those (:data:`ARKIT`).
"""

from __future__ import annotations

import csv
import io
import math
from typing import Final

import numpy as np

from .. import face_rig
from ..core.face_animation import FaceAnimation
from ..lip_sync.channels import ARKIT_CHANNELS
from ..lip_sync.curves import sample_curve
from .spoken import Spoken

_EYE: Final = ("eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide")

SHAPES: Final[tuple[str, ...]] = (
    *(f"{shape}Left" for shape in _EYE),
    *(f"{shape}Right" for shape in _EYE),
    *("jawForward", "jawRight", "jawLeft", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight"),
    *("mouthLeft", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft"),
    *("mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper"),
    *("mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft"),
    *("mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft", "browDownRight"),
    *("browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight"),
    *("noseSneerLeft", "noseSneerRight", "tongueOut"),
)
"""The 52 shapes in the order of the columns."""

ANGLES: Final[tuple[str, ...]] = (
    *("HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
    *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
)
"""Written as 0: the eyes turn by their shapes, and the sense of the head's angles differs between readers."""

_FACE: Final = "ARKit"

if set(SHAPES) != set(ARKIT_CHANNELS):
    raise RuntimeError("SHAPES and ARKIT_CHANNELS differ")


def header() -> list[str]:
    """Return the names of the columns."""
    return ["Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in SHAPES), *ANGLES]


def as_arkit(animation: FaceAnimation) -> FaceAnimation:
    """Return the curves of the 52 shapes, those that do not move left out."""
    rig = face_rig.match({_FACE: ARKIT_CHANNELS})
    return FaceAnimation(rig.apply(animation).get(_FACE, {}), animation.duration)


def write(spoken: Spoken) -> str:
    """Return the file; its first row is the start of the sound, at timecode 0."""
    shapes = as_arkit(spoken.animation).channels
    seconds = np.arange(math.ceil(spoken.duration * spoken.frame_rate) + 1) / spoken.frame_rate
    weights = np.zeros((len(seconds), len(SHAPES)))
    for column, name in enumerate(SHAPES):
        if name in shapes:
            weights[:, column] = sample_curve(shapes[name], seconds)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header())
    still = ["0.00000000"] * len(ANGLES)
    for frame, row in enumerate(weights.tolist()):
        writer.writerow(
            [
                timecode(frame, spoken.frame_rate),
                len(SHAPES) + len(ANGLES),
                *(f"{weight:.8f}" for weight in row),
                *still,
            ]
        )
    return text.getvalue()


def timecode(frame: int, frame_rate: float) -> str:
    """Return ``HH:MM:SS:FF.fff`` of a frame: frames are counted within the second, the rest is a part of a frame."""
    seconds, rest = divmod(frame / frame_rate + 1e-9, 1.0)
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}:{rest * frame_rate:06.3f}"
