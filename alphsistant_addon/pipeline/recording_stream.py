"""From a recording to everything Blender needs: sound file → phones → curves."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .. import lip_sync, listening
from ..core.progress import CancelEvent, Progress, Step, check_cancel
from ..core.sound_files import read_sound
from ..core.speech import Speech
from .models import missing_packages_named
from .reply import Event, Part, Reply, Sentence

_READ, _ALIGNED = 0.05, 0.95
"""Shares of the job that are done when the sound is read, and when its phones are found."""

_LOOK_SECONDS: Final = 0.05

_WORTH_TELLING: Final = 0.002
"""Share of the work that makes a difference to a progress bar."""


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
    yield Step("Reading the recording", 0.0)
    sound = read_sound(path, start=start, seconds=seconds)
    check_cancel(cancel)
    by_recognition = not words.sound_alone and not words.transcript.strip()
    step = "Listening to the words" if by_recognition else "Looking for the phones"
    yield Step(step, _READ)

    def find_phones(stop: CancelEvent, progress: Progress) -> Speech:
        with missing_packages_named():
            if words.sound_alone:
                return listening.hear(sound.samples, sound.sample_rate, cancel=stop)
            return listening.align(
                sound.samples,
                sound.sample_rate,
                words.transcript,
                language=words.language,
                whisper=words.whisper,
                cancel=stop,
                progress=progress,
            )

    speech = yield from _with_steps(find_phones, step, cancel)
    speech = replace(speech, warnings=(*sound.notes, *speech.warnings))
    yield Sentence(speech.text)
    yield Step("Moving the lips", _ALIGNED)
    animation = lip_sync.animate(speech, style=manner.style, frame_rate=frame_rate, life=manner.life, seed=seed)
    part = Part(speech, animation, 0.0, lip_sync.Moods(manner.life.mood))
    yield part
    yield Reply.of("", seed, (part,))


def _with_steps(
    work: Callable[[CancelEvent, Progress], Speech], words: str, cancel: CancelEvent | None
) -> Generator[Step, None, Speech]:
    """Do long work on a thread beside and yield how far it is, which the work says by a call.

    Whoever stops asking for steps stops the work.
    """
    shares: queue.SimpleQueue[float] = queue.SimpleQueue()
    stop = threading.Event()
    told = 0.0
    with ThreadPoolExecutor(1, "Alphsistant phones") as threads:
        try:
            result = threads.submit(work, stop, shares.put)
            while not result.done():
                try:
                    share = shares.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    share = None
                if cancel is not None and cancel.is_set():
                    stop.set()
                elif share is not None and share >= told + _WORTH_TELLING:
                    told = share
                    yield Step(words, _READ + (_ALIGNED - _READ) * share)
            return result.result()
        finally:
            stop.set()
