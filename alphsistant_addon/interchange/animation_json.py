"""Our own JSON: everything but the samples, in plain types; written and read back without loss."""

from __future__ import annotations

import json
import math
from typing import Any, Final

import numpy as np

from ..core.errors import AssetError
from ..core.face_animation import Curve, FaceAnimation
from ..core.phone_inventory import CONSONANTS, SILENCE, VOWELS
from ..core.speech import Phone, Word
from .spoken import Spoken

FORMAT: Final = "alphsistant-animation"
FORMAT_VERSION: Final = 1

BEYOND: Final = 10.0
"""Seconds before and after the sound in which there may be keys: a take's lead puts them there."""

SYMBOLS: Final = frozenset({*VOWELS, *CONSONANTS, SILENCE})


def as_record(spoken: Spoken) -> dict[str, Any]:
    """Return plain types; times in seconds from the start of the sound."""
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "text": spoken.text,
        "sound": spoken.sound,
        "duration": spoken.duration,
        "frame_rate": spoken.frame_rate,
        "phones": [
            {"symbol": phone.symbol, "start": _short(phone.start), "end": _short(phone.end), "stress": phone.stress}
            for phone in spoken.phones
        ],
        "words": [{"text": word.text, "start": _short(word.start), "end": _short(word.end)} for word in spoken.words],
        "sentences": [{"text": text, "start": _short(start)} for text, start in spoken.sentences],
        "channels": {
            name: {"times": [_short(t) for t in curve.times], "weights": [_short(w) for w in curve.weights]}
            for name, curve in spoken.animation.channels.items()
        },
    }


def as_text(record: dict[str, Any]) -> str:
    """Return the record as JSON."""
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)


def write(spoken: Spoken) -> str:
    """Return the file."""
    return as_text(as_record(spoken))


def read(text: str) -> Spoken:
    """Read a file that :func:`write` or a batch has written.

    Raises:
        AssetError: it is no such file, or damaged.
    """
    try:
        content = json.loads(text)
        if content["format"] != FORMAT or content["version"] > FORMAT_VERSION:
            raise AssetError("This JSON was not written by Alphsistant, or by a newer version of it.")
        spoken = Spoken(
            str(content["text"]),
            tuple(_phone(p) for p in content["phones"]),
            tuple(Word(str(w["text"]), _at(w["start"]), _at(w["end"])) for w in content["words"]),
            FaceAnimation(
                {str(name): _curve(keys, _at(content["duration"])) for name, keys in content["channels"].items()},
                _at(content["duration"]),
            ),
            _at(content["duration"]),
            _at(content["frame_rate"]),
            str(content.get("sound", "")),
            tuple((str(s["text"]), _at(s["start"])) for s in content.get("sentences", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise AssetError("The JSON file is damaged: it is not as Alphsistant writes it.") from error
    if spoken.frame_rate <= 0.0:
        raise AssetError("The JSON file is damaged: its frame rate is 0.")
    return spoken


def _phone(content: Any) -> Phone:
    phone = Phone(str(content["symbol"]), _at(content["start"]), _at(content["end"]), int(content["stress"]))
    if phone.symbol not in SYMBOLS or phone.stress not in {0, 1, 2} or phone.end < phone.start:
        raise ValueError("no phone of ours")
    return phone


def _curve(keys: Any, duration: float) -> Curve:
    times, weights = np.array(keys["times"], dtype=np.float64), np.array(keys["weights"], dtype=np.float64)
    if times.ndim != 1 or times.shape != weights.shape or not np.isfinite([times, weights]).all():
        raise ValueError("a curve needs as many weights as times")
    if np.any(np.diff(times) <= 0.0):
        raise ValueError("the times of a curve must rise")
    if len(times) and not -BEYOND <= times[0] <= times[-1] <= duration + BEYOND:
        raise ValueError("a curve far from what is said")
    return Curve(times, weights)


def _at(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or number < 0.0:
        raise ValueError("a time below 0")
    return number


def _short(value: float) -> float:
    """To a millionth: what is beyond is noise, and doubles the size of the file."""
    return round(float(value), 6)
