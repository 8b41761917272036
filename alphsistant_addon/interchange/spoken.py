"""``Spoken``: what an exporter needs to know of a reply or a take; everything but the samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.face_animation import FaceAnimation
from ..core.speech import Phone, Speech, Word


@dataclass(frozen=True)
class Spoken:
    """What is said, when, and how the face moves; times in seconds from the start of the sound."""

    text: str
    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    animation: FaceAnimation
    duration: float
    frame_rate: float
    """Frames per second of the film; formats that count frames use it."""
    sound: str = ""
    """Name of the sound's file, for formats that tell it."""
    sentences: tuple[tuple[str, float], ...] = ()
    """Text and start of each sentence, where that is known."""

    @classmethod
    def of(cls, speech: Speech, animation: FaceAnimation, frame_rate: float, sound: str = "",
           sentences: Sequence[tuple[str, float]] = ()) -> Spoken:  # fmt: skip
        """Take what a speech and its curves say."""
        return cls(
            speech.text, speech.phones, speech.words, animation, speech.duration, frame_rate, sound, tuple(sentences)
        )
