"""From timing that others have made to everything Blender needs: file → phones → curves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from .. import lip_sync, listening
from ..core.phone_inventory import SILENCE
from ..core.progress import CancelEvent, Step, check_cancel
from ..core.sound_files import Sound, read_sound
from ..core.speech import Phone, Speech
from ..interchange.subtitles import Caption
from ..interchange.timing_file import Timing, closed, phones_of_captions, read_timing
from .models import missing_packages_named
from .reply import Event, Part, Reply, Sentence

SILENT_RATE: Final = 16_000
"""Hz of the silence that stands for a sound that is not there."""


def run(
    path: Path,
    sound_path: Path | None = None,
    *,
    language: str | None = None,
    delivery: lip_sync.Delivery | None = None,
    frame_rate: float = 25.0,
    seed: int = 0,
    cancel: CancelEvent | None = None,
) -> Iterator[Event]:
    """Move a face by a file of timing and yield what happens; the last event is the :class:`Reply`.

    Args:
        path: TextGrid, captions, mouth cues, or our own JSON, whose curves are taken as they are.
        sound_path: what is heard; its loudness opens the mouth. Where the file has captions only, the phones are looked
            for in it, as in a recording with a transcript.
        language: of captions, as espeak-ng's code; ``None``: the script decides.
        delivery: style and life of the face.
        frame_rate: of the film, frames per second.
        seed: of blinks and glances.
        cancel: looked at between the steps.

    Raises:
        AssetError: a file cannot be read.
        AlphsistantError: what ``listening.align`` raises for captions with a sound.
    """
    manner = delivery or lip_sync.Delivery()
    yield Step("Reading the timing", 0.0)
    timing = read_timing(path, frame_rate)
    sound = read_sound(sound_path) if sound_path is not None else None
    check_cancel(cancel)
    yield Step("Looking for the phones" if timing.captions and sound else "Placing the phones", 0.1)
    with missing_packages_named():
        speech = _speech(timing, sound, path.stem, language, cancel)
    check_cancel(cancel)
    yield Sentence(speech.text)
    yield Step("Moving the lips", 0.9)
    animation = timing.animation or lip_sync.animate(
        speech, style=manner.style, frame_rate=frame_rate, life=manner.life, seed=seed
    )
    part = Part(speech, animation, 0.0, lip_sync.Moods(manner.life.mood))
    yield part
    yield Reply.of("", seed, (part,))


def _speech(timing: Timing, sound: Sound | None, name: str, language: str | None, cancel: CancelEvent | None) -> Speech:
    """Return what the timing says, with the sound, or with silence of its length."""
    rate = sound.sample_rate if sound is not None else SILENT_RATE
    duration = max(timing.duration, 1.0 / rate)
    if sound is not None:
        duration = len(sound.samples) / rate
        if timing.captions and not timing.words:
            return listening.align(sound.samples, rate, timing.text, language=language, cancel=cancel)
    count = round(duration * rate)
    samples = sound.samples if sound is not None else np.zeros(count, dtype=np.float32)
    phones, words, notes = list(timing.phones), list(timing.words), list(sound.notes if sound is not None else ())
    if not phones and timing.captions:
        phones, words, unread = phones_of_captions(timing.captions, language)
        notes += unread
    elif not phones and words:  # a TextGrid of words alone
        whole = Caption(timing.text, 0.0, duration, tuple(words))
        phones, words, unread = phones_of_captions((whole,), language)
        notes += unread
    heard = closed(phones or [Phone(SILENCE, 0.0, duration)], count / rate)
    late = [phone for phone in phones if phone.symbol != SILENCE and phone.end > count / rate + 0.05]
    if late:
        notes.append(f"The timing is longer than the sound: {len(late)} sounds after its end were left out.")
    kept = tuple(word for word in words if word.start < count / rate)
    return Speech(samples, rate, heard, kept, timing.text or name, tuple(notes))
