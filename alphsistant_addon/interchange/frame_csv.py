"""CSV with a row for each frame of the film and a column for each channel."""

from __future__ import annotations

import csv
import io
import math

import numpy as np

from ..core.face_animation import FaceAnimation
from ..lip_sync.channels import VISEME_CHANNELS
from ..lip_sync.curves import sample_curve
from .spoken import Spoken


def write_frames(spoken: Spoken) -> str:
    """Return the file at the film's frame rate."""
    return as_table(spoken.animation, spoken.frame_rate)


def as_table(animation: FaceAnimation, frame_rate: float) -> str:
    """CSV with a row per frame (frame 0 is the start of the sound) and a column per channel, visemes first."""
    others = sorted(set(animation.channels) - set(VISEME_CHANNELS))
    names = [*VISEME_CHANNELS, *others]
    seconds = np.arange(math.ceil(animation.duration * frame_rate) + 1) / frame_rate
    none = np.zeros(len(seconds))
    columns = [
        sample_curve(animation.channels[name], seconds) if name in animation.channels else none for name in names
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["frame", "seconds", *names])
    for frame, row in enumerate(np.stack(columns, axis=1).tolist()):
        writer.writerow([frame, f"{seconds[frame]:.6f}", *(f"{weight:.4f}" for weight in row)])
    return text.getvalue()
