"""From a recording to everything Blender needs: sound file → phones → curves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .. import lip_sync, listening
from ..core.progress import CancelEvent, Step, check_cancel
from ..core.sound_files import read_sound
from .models import missing_packages_named
from .reply import Event, Part, Reply, Sentence


def run(
    path: Path,
    transcript: str = "",
    *,
    start: float = 0.0,
    seconds: float | None = None,
    delivery: lip_sync.Delivery | None = None,
    frame_rate: float = 25.0,
    seed: int = 0,
    whisper: Path | None = None,
    cancel: CancelEvent | None = None,
) -> Iterator[Event]:
    """Move a face by a recording and yield what happens; the last event is the :class:`Reply`.

    Args:
        path: sound file; ``start`` and ``seconds`` choose a part of it.
        transcript: what is said; empty, and the words are recognised (by ``whisper``, if that folder is given).
        start: seconds that are cut off at its beginning.
        seconds: length of the part; ``None`` is to the end.
        delivery: style and life of the face.
        frame_rate: of the film, frames per second.
        seed: of blinks and glances.
        whisper: folder of a Whisper model.
        cancel: looked at between the steps and while phones are looked for.

    Raises:
        AssetError: the file cannot be read.
        AlphsistantError: what ``listening.align`` raises.
    """
    manner = delivery or lip_sync.Delivery()
    yield Step("Reading the recording", 0.02)
    sound = read_sound(path, start=start, seconds=seconds)
    check_cancel(cancel)
    yield Step("Looking for the phones" if transcript.strip() else "Listening to the words", 0.1)
    with missing_packages_named():
        speech = listening.align(sound.samples, sound.sample_rate, transcript, whisper=whisper, cancel=cancel)
    speech = replace(speech, warnings=(*sound.notes, *speech.warnings))
    yield Sentence(speech.text)
    yield Step("Moving the lips", 0.95)
    animation = lip_sync.animate(speech, style=manner.style, frame_rate=frame_rate, life=manner.life, seed=seed)
    part = Part(speech, animation, 0.0, lip_sync.Moods(manner.life.mood))
    yield part
    yield Reply.of("", seed, (part,))
