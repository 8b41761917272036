"""What a job yields, and the finished reply: all its parts, and the same joined to one sound with one set of curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from .. import lip_sync
from ..core.face_animation import Curve, FaceAnimation
from ..core.progress import Step
from ..core.speech import Speech, join_speeches


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the reply, as soon as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """One spoken sentence; times inside it count from its own start."""

    speech: Speech
    animation: FaceAnimation
    start: float
    """Seconds from the start of the reply."""
    moods: lip_sync.Moods = field(default_factory=lip_sync.Moods)


@dataclass(frozen=True, slots=True)
class Reply:
    """The finished job: all parts, and the same joined to one sound with one set of curves."""

    prompt: str
    """What was asked; empty if a given text was spoken."""
    seed: int
    parts: tuple[Part, ...]
    speech: Speech
    animation: FaceAnimation

    @property
    def script(self) -> str:
        """What was said, with a tag wherever the mood changes: spoken again it gives the same reply."""
        words: list[str] = []
        mood = "neutral"
        for part in self.parts:
            if part.moods.first != mood:
                words.append(f"[{part.moods.first}]")
            words.append(part.moods.tagged(part.speech))
            mood = part.moods.last
        return " ".join(words)


Event: TypeAlias = Step | Sentence | Part | Reply


def reply_of_recording(speech: Speech, delivery: lip_sync.Delivery, *, frame_rate: float, seed: int) -> Reply:
    """The reply that a recording with its phones makes: one part, nothing spoken by the voice."""
    animation = lip_sync.animate(speech, style=delivery.style, frame_rate=frame_rate, life=delivery.life, seed=seed)
    part = Part(speech, animation, 0.0, lip_sync.Moods(delivery.life.mood))
    return Reply("", seed, (part,), speech, animation)


def join_speech(parts: Sequence[Part]) -> Speech:
    """All parts as one :class:`Speech`, silence between them; phones and words moved to their new times."""
    return join_speeches([part.speech for part in parts], [part.start for part in parts])


def join_animation(parts: Sequence[Part]) -> FaceAnimation:
    """All parts' curves one after the other.

    Curves may reach a little over the ends of their own part (a mouth opens before the sound). Where two parts then
    overlap, the earlier keys give way, so times stay strictly increasing.
    """
    names = dict.fromkeys(name for part in parts for name in part.animation.channels)
    channels: dict[str, Curve] = {}
    for name in names:
        times = np.empty(0)
        weights = np.empty(0)
        for part in parts:
            curve = part.animation.channels.get(name)
            if curve is None or len(curve.times) == 0:
                continue
            later = curve.times + part.start
            kept = times < later[0]
            times = np.concatenate((times[kept], later))
            weights = np.concatenate((weights[kept], curve.weights))
        channels[name] = Curve(times, weights)
    last = parts[-1]
    return FaceAnimation(channels, last.start + last.speech.duration)
