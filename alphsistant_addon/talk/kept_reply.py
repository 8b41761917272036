"""A reply as it was heard, made ready to be kept as a take: real starts, and the cut where it was interrupted."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..core.errors import AlphsistantError
from ..core.face_animation import Curve, FaceAnimation
from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Speech
from ..lip_sync import Moods
from ..lip_sync.curves import sample_curve
from ..pipeline.reply import Part, Reply
from .turns import CUT, Turn, heard_words

LONGEST_PAUSE: Final = 0.6
"""Seconds of silence between two parts that are kept: where the voice had to wait for words, the rest is left out."""

FADE: Final = 0.008
"""Seconds in which the loudspeaker fades out after the moment of a stop; they are heard, so they are kept."""

TAIL: Final = 0.3
"""Seconds of silence after a cut, in which the face comes to rest."""

_MOUTH_CLOSES: Final = 0.1
"""Seconds in which the mouth does."""


def kept_reply(turn: Turn, prompt: str) -> Reply:
    """Return what was heard of a turn of the face.

    Args:
        turn: whose parts have been heard, or the first of them.
        prompt: what it answers; empty if nothing.

    Raises:
        AlphsistantError: nothing of it was heard.
    """
    heard = [number for number in sorted(turn.starts) if number < len(turn.parts)]
    if turn.cut_part is not None:
        heard = [number for number in heard if number <= turn.cut_part]
    kept: list[Part] = []
    begin = 0.0
    for number in heard:
        part = turn.parts[number]
        if kept:
            pause = turn.starts[number] - turn.starts[number - 1] - turn.parts[number - 1].speech.duration
            begin = kept[-1].end + min(max(pause, 0.0), LONGEST_PAUSE)
        if number == turn.cut_part:
            part = cut(part, turn.cut_seconds)
        kept.append(replace(part, start=begin))
    if not kept:
        raise AlphsistantError("Nothing of this reply was heard, so there is nothing to keep.")
    if turn.state == "interrupted" and not kept[-1].speech.text.endswith(CUT):  # between two parts
        last = kept[-1]
        kept[-1] = replace(last, speech=replace(last.speech, text=f"{last.speech.text} {CUT}"))
    return Reply.of(prompt, turn.seed, kept)


def cut(part: Part, seconds: float) -> Part:
    """Return the part as it was heard until a moment: sound, phones, words and curves end there, and come to rest."""
    speech = part.speech
    if seconds >= speech.duration:
        return part
    words = speech.words[: len(heard_words(speech.words, seconds))]
    spoken = _cut_sound(speech, seconds)
    phones = [replace(phone, end=min(phone.end, seconds)) for phone in speech.phones if phone.start < seconds]
    text = " ".join([*(word.text for word in words), CUT])
    said = Speech(
        spoken,
        speech.sample_rate,
        (*phones, Phone(SILENCE, seconds, len(spoken) / speech.sample_rate)),
        words,
        text,
        speech.warnings,
    )
    curves = {name: _cut_curve(name, curve, seconds) for name, curve in part.animation.channels.items()}
    animation = FaceAnimation({name: curve for name, curve in curves.items() if len(curve.times)}, said.duration)
    moods = Moods(part.moods.first, tuple(change for change in part.moods.changes if change[0] < len(words)))
    return Part(said, animation, part.start, moods)


def _cut_sound(speech: Speech, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return the samples until the end of the fade, and silence."""
    rate = speech.sample_rate
    kept, fade = round(seconds * rate), round(FADE * rate)
    samples = np.zeros(kept + fade + round(TAIL * rate), np.float32)
    heard = speech.samples[: kept + fade]
    samples[: len(heard)] = heard
    samples[kept : kept + fade] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return samples


def _cut_curve(name: str, curve: Curve, seconds: float) -> Curve:
    """Return the keys until a moment, and those that lead to rest; none if it never moved."""
    before = curve.times < seconds - 1e-3
    weight = float(sample_curve(curve, [seconds])[0])
    times, weights = [*curve.times[before], seconds], [*curve.weights[before], weight]
    if weight > 0.0:
        times.append(seconds + (_MOUTH_CLOSES if name.startswith(("viseme_", "jaw")) else TAIL))
        weights.append(0.0)
    elif not before.any():
        return Curve(np.zeros(0), np.zeros(0))
    return Curve(np.array(times), np.array(weights))
