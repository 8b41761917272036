"""A reply as files for other programs: sound (WAV), phones and keys (JSON), weights by frame (CSV).

Each file appears whole or not at all.
"""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..core.face_animation import FaceAnimation
from ..core.files import write_bytes
from ..core.sound_files import write_wav
from ..lip_sync.channels import VISEME_CHANNELS
from ..lip_sync.curves import sample_curve

if TYPE_CHECKING:
    from ..pipeline.reply import Reply

FORMAT: Final = "alphsistant-animation"
FORMAT_VERSION: Final = 1

SOUND, KEYS, FRAMES = "speech.wav", "animation.json", "curves.csv"


def write_all(reply: Reply, folder: Path, frame_rate: float) -> list[Path]:
    """Write the three files into the folder and return their paths; ``AssetError`` if one cannot be written."""
    write_wav(reply.speech, folder / SOUND)
    write_bytes(
        folder / KEYS,
        json.dumps(as_record(reply, frame_rate), ensure_ascii=False, indent=1, allow_nan=False).encode(),
    )
    write_bytes(folder / FRAMES, as_table(reply.animation, frame_rate).encode())
    return [folder / name for name in (SOUND, KEYS, FRAMES)]


def as_record(reply: Reply, frame_rate: float) -> dict[str, Any]:
    """Everything but the samples, in plain types; times in seconds from the start of the sound."""
    speech = reply.speech
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "prompt": reply.prompt,
        "text": speech.text,
        "seed": reply.seed,
        "sound": SOUND,
        "sample_rate": speech.sample_rate,
        "duration": speech.duration,
        "frame_rate": frame_rate,
        "phones": [
            {"symbol": phone.symbol, "start": _short(phone.start), "end": _short(phone.end), "stress": phone.stress}
            for phone in speech.phones
        ],
        "words": [{"text": word.text, "start": _short(word.start), "end": _short(word.end)} for word in speech.words],
        "sentences": [{"text": part.speech.text, "start": _short(part.start)} for part in reply.parts],
        "channels": {
            name: {"times": [_short(t) for t in curve.times], "weights": [_short(w) for w in curve.weights]}
            for name, curve in reply.animation.channels.items()
        },
        "warnings": list(speech.warnings),
    }


def _short(value: float) -> float:
    """To a millionth: what is beyond is noise, and doubles the size of the file."""
    return round(float(value), 6)


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
