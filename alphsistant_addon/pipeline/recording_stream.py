"""From a recording to everything Blender needs: sound file → phones → curves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .. import lip_sync, listening
from ..core.progress import CancelEvent, Step, check_cancel
from ..core.sound_files import read_sound
from .models import missing_packages_named
from .reply import Event, Part, Reply, Sentence


@dataclass(frozen=True, slots=True)
class Words:
    """Where the words of a recording come from."""

    transcript: str = ""
    """What is said; empty, and the words are recognised."""
    language: str | None = None
    """Of the transcript, as espeak-ng's code; ``None``: its script decides."""
    whisper: Path | None = None
    """Folder of a Whisper model that recognises the words."""
    sound_alone: bool = False
    """Whether no words are looked for: the lips follow what is heard, in any language."""


RECOGNISED: Final = Words()


def run(
    path: Path,
    words: Words = RECOGNISED,
    *,
    start: float = 0.0,
    seconds: float | None = None,
    delivery: lip_sync.Delivery | None = None,
    frame_rate: float = 25.0,
    seed: int = 0,
    cancel: CancelEvent | None = None,
) -> Iterator[Event]:
    """Move a face by a recording and yield what happens; the last event is the :class:`Reply`.

    Args:
        path: sound file; ``start`` and ``seconds`` choose a part of it.
        words: where the words come from; by default they are recognised.
        start: seconds that are cut off at its beginning.
        seconds: length of the part; ``None`` is to the end.
        delivery: style and life of the face.
        frame_rate: of the film, frames per second.
        seed: of blinks and glances.
        cancel: looked at between the steps and while phones are looked for.

    Raises:
        AssetError: the file cannot be read.
        AlphsistantError: what ``listening.align`` and ``listening.hear`` raise.
    """
    manner = delivery or lip_sync.Delivery()
    yield Step("Reading the recording", 0.02)
    sound = read_sound(path, start=start, seconds=seconds)
    check_cancel(cancel)
    by_recognition = not words.sound_alone and not words.transcript.strip()
    yield Step("Listening to the words" if by_recognition else "Looking for the phones", 0.1)
    with missing_packages_named():
        if words.sound_alone:
            speech = listening.hear(sound.samples, sound.sample_rate, cancel=cancel)
        else:
            speech = listening.align(
                sound.samples,
                sound.sample_rate,
                words.transcript,
                language=words.language,
                whisper=words.whisper,
                cancel=cancel,
            )
    speech = replace(speech, warnings=(*sound.notes, *speech.warnings))
    yield Sentence(speech.text)
    yield Step("Moving the lips", 0.95)
    animation = lip_sync.animate(speech, style=manner.style, frame_rate=frame_rate, life=manner.life, seed=seed)
    part = Part(speech, animation, 0.0, lip_sync.Moods(manner.life.mood))
    yield part
    yield Reply.of("", seed, (part,))
