"""Jobs as data: what the models' process is asked for, and who does it.

A request is a frozen dataclass of plain values, so that it can be sent through a pipe, kept and compared.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from ..core.progress import CancelEvent, Step
from ..core.speech import Phone, Word
from ..lip_sync import Delivery
from ..text_generation.chat_server import Server
from ..text_generation.notes import Note
from ..text_generation.persona import Persona, Turn
from ..text_to_speech.controls import NATURAL, Controls
from . import hearing, recording_stream, reply_stream, respeaking, timing_stream
from .hearing import HeardWords, Incoming
from .models import Models
from .recording_stream import Words
from .reply import Event, Part, without_samples
from .respeaking import Respoken, WordRead

VOICE_LOADED_FRACTION: Final = 0.1
"""Share of the progress bar that belongs to the voice where the models are only loaded."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which models a job uses; ``None`` is the shipped one."""

    language_model: str | None = None
    """Hub id or folder."""
    voice: str | None = None
    """Name of a shipped one, or folder."""
    allow_network: bool = False
    """Whether a language model of the hub may be downloaded."""
    use_gpu: bool = True
    """Whether the language model may run on an NVIDIA card."""
    server: Server | None = None
    """Asked instead of a language model of ours."""


@dataclass(frozen=True, slots=True)
class SpeakRequest:
    """Answer a prompt, or speak a text as it is."""

    prompt: str
    text: str | None = None
    """Spoken instead of an answer, where it is given."""
    seed: int = 0
    history: tuple[Turn, ...] = ()
    """Earlier turns of the conversation, oldest first."""
    persona: Persona | None = None
    """Who answers; ``None`` is Alphsistant."""
    look_up: bool = False
    """Whether a known question gets its known answer."""
    notes: tuple[Note, ...] = ()
    """The user's own, spoken where they are asked about."""
    frame_rate: float | None = None
    delivery: Delivery = field(default_factory=Delivery)
    controls: Controls = NATURAL
    is_live: bool = False
    """Whether it is heard as it is made: the first clause then comes by itself."""
    models: ModelChoice = ModelChoice()


@dataclass(frozen=True, slots=True)
class RecordingRequest:
    """Find the phones of a recording and move a face by them."""

    path: Path
    transcript: str = ""
    """What is said; empty, and the words are recognised."""
    delivery: Delivery = field(default_factory=Delivery)
    frame_rate: float = 25.0
    seed: int = 0
    start: float = 0.0
    """Seconds that are cut off at the beginning of the file."""
    seconds: float | None = None
    """Length of the part that is meant; ``None`` is to the end."""
    whisper: Path | None = None
    """Folder of a Whisper model that recognises the words."""
    language: str | None = None
    """Of the transcript, as espeak-ng's code; ``None``: its script decides."""
    sound_alone: bool = False
    """Whether no words are looked for: the lips follow what is heard."""
    models: ModelChoice = ModelChoice()


@dataclass(frozen=True, slots=True)
class TimingRequest:
    """Move a face by timing that others have made."""

    path: Path
    """A TextGrid, captions, mouth cues, or our own JSON."""
    sound: Path | None = None
    """What is heard, if there is a sound."""
    delivery: Delivery = field(default_factory=Delivery)
    frame_rate: float = 25.0
    seed: int = 0
    language: str | None = None
    """Of captions, as espeak-ng's code; ``None``: their script decides."""
    models: ModelChoice = ModelChoice()


@dataclass(frozen=True, slots=True)
class HearRequest:
    """Recognise the words of somebody who is speaking; the sound follows in pieces."""

    whisper: Path | None = None
    """Folder of a Whisper model; PocketSphinx without one."""
    models: ModelChoice = ModelChoice()


@dataclass(frozen=True, slots=True)
class RespeakRequest:
    """Speak one word of a take anew and put it into the take's sound."""

    sound: Path
    words: tuple[Word, ...]
    phones: tuple[Phone, ...]
    place: int
    """Of the word among the words."""
    sentence: tuple[int, int]
    """The first word of its sentence, and the one after the last."""
    text: str
    """What is said in its place."""
    pronunciation: str = ""
    """How it sounds, as phones without blanks and with stress marks; empty: as the voice reads it."""
    seed: int = 0
    controls: Controls = NATURAL
    models: ModelChoice = ModelChoice()


@dataclass(frozen=True, slots=True)
class ReadWordRequest:
    """Find out how a text is said, without a voice."""

    text: str
    models: ModelChoice = ModelChoice()


@dataclass(frozen=True, slots=True)
class WarmUpRequest:
    """Load the models, so that the next job finds them there."""

    models: ModelChoice = ModelChoice()


Request: TypeAlias = (
    SpeakRequest | RecordingRequest | TimingRequest | HearRequest | RespeakRequest | ReadWordRequest | WarmUpRequest
)


def perform(
    request: Request, models: Models, cancel: CancelEvent | None = None, incoming: Incoming | None = None
) -> Iterator[Event | HeardWords | Respoken | WordRead]:
    """Do what is asked for and yield what happens; a job that makes a reply ends with it.

    ``incoming`` brings the sound that a :class:`HearRequest` is about.

    Raises:
        AlphsistantError: it cannot be done; ``Cancelled`` soon after ``cancel`` is set.
    """
    match request:
        case SpeakRequest():
            yield from reply_stream.run(
                request.prompt,
                models,
                text=request.text,
                seed=request.seed,
                history=request.history,
                persona=request.persona,
                look_up=request.look_up,
                notes=request.notes,
                frame_rate=request.frame_rate,
                delivery=request.delivery,
                controls=request.controls,
                is_live=request.is_live,
                cancel=cancel,
            )
        case RecordingRequest():
            for event in recording_stream.run(
                request.path,
                Words(request.transcript, request.language, request.whisper, request.sound_alone),
                start=request.start,
                seconds=request.seconds,
                delivery=request.delivery,
                frame_rate=request.frame_rate,
                seed=request.seed,
                cancel=cancel,
            ):
                yield without_samples(event) if isinstance(event, Part) else event
        case TimingRequest():
            for event in timing_stream.run(
                request.path,
                request.sound,
                language=request.language,
                delivery=request.delivery,
                frame_rate=request.frame_rate,
                seed=request.seed,
                cancel=cancel,
            ):
                # A sound that is there is played as it is; silence in its place is written, and must travel.
                yield without_samples(event) if isinstance(event, Part) and request.sound else event
        case HearRequest():
            yield from hearing.run(incoming or queue.SimpleQueue(), request.whisper, cancel)
        case RespeakRequest():
            yield from respeaking.run(
                request.sound,
                request.words,
                request.phones,
                models,
                place=request.place,
                sentence=request.sentence,
                text=request.text,
                pronunciation=request.pronunciation,
                seed=request.seed,
                controls=request.controls,
                cancel=cancel,
            )
        case ReadWordRequest():
            yield respeaking.read(request.text)
        case WarmUpRequest():
            yield Step("Loading the voice", 0.0)
            models.speaker(cancel)
            models.known_answer("Hello", 0)  # the list is read by the first question
            yield Step("Loading the language model", VOICE_LOADED_FRACTION)
            models.writer(cancel)
