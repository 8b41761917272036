"""From a prompt to everything Blender needs: prompt → sentences → Speech → FaceAnimation, joined to one reply.

Each stage is a generator of sentences, so the first sentence can be heard and seen while the next is being written.
Plain Python without bpy; torch and its relatives are imported by the first job that needs them.
"""

from __future__ import annotations

import contextlib
import logging
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from .. import lip_sync, text_generation, text_to_speech
from ..core.errors import DependencyError, TextError
from ..core.speech import CancelEvent, Curve, FaceAnimation, Speech, check_cancel, join_speeches
from ..text_to_speech.controls import NATURAL, Controls

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 0.2
"""Silence put between two sentences; each sentence's own sound begins and ends with a little more."""

MAX_REPLY_SECONDS: Final = 30.0
"""A language model that has not come to an end by then is stopped."""

_TYPICAL_REPLY_CHARACTERS: Final = 150
"""Stands for the length of a reply that is still being written, so that the progress bar moves."""

VOICE_LOADED_FRACTION: Final = 0.15
LOADED_FRACTION: Final = 0.3
"""Share of the progress bar that belongs to loading the models."""


class Writer(Protocol):
    """What the pipeline needs of ``text_generation.LanguageModel``."""

    def reply(
        self,
        prompt: str,
        history: Sequence[Any] = (),
        *,
        seed: int,
        max_seconds: float,
        cancel: CancelEvent | None,
    ) -> Iterator[str]:
        """Yield the reply sentence by sentence."""
        ...


class Speaker(Protocol):
    """What the pipeline needs of ``text_to_speech.Voice``."""

    def stream(
        self, text: str, *, seed: int = 0, controls: Controls = NATURAL, cancel: CancelEvent | None = None
    ) -> Iterator[Speech]:
        """Yield the speech of each sentence of the text."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done now, in words for the panel, and the share of the job that is behind us (0…1)."""

    words: str
    fraction: float


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


class Models(Protocol):
    """Where the pipeline gets its models from; tests hand in fakes."""

    def writer(self, cancel: CancelEvent | None) -> Writer:
        """The language model, loaded if need be."""
        ...

    def speaker(self, cancel: CancelEvent | None = None) -> Speaker:
        """The voice, loaded if need be."""
        ...


class ShippedModels:
    """The project's own models: loaded by the first job that needs them, then kept for the next one."""

    def __init__(
        self,
        language_model: str | None = None,
        voice: Path | None = None,
        *,
        allow_network: bool = False,
        use_gpu: bool = True,
        progress: Callable[[str, float], None] | None = None,
    ) -> None:
        """Choose the models; ``None`` is the shipped one.

        Args:
            language_model: hub id or folder.
            voice: folder.
            allow_network: whether a language model of the hub may be downloaded.
            use_gpu: whether the language model may run on an NVIDIA card; the voice always runs on the CPU.
            progress: called with words and the share that is done while a language model is downloaded.
        """
        self._language_model = language_model
        self._voice = voice
        self._allow_network = allow_network
        self._use_gpu = use_gpu
        self._progress = progress
        self._writer: Writer | None = None
        self._speaker: Speaker | None = None

    def writer(self, cancel: CancelEvent | None) -> Writer:
        """The language model; ``DependencyError`` or ``AssetError`` if it cannot be loaded."""
        if self._writer is None:
            with missing_packages_named():
                self._writer = text_generation.LanguageModel.load(
                    self._language_model,
                    allow_network=self._allow_network,
                    use_gpu=self._use_gpu,
                    progress=self._progress,
                    cancel=cancel,
                )
        return self._writer

    def speaker(self, cancel: CancelEvent | None = None) -> Speaker:
        """The voice; ``DependencyError`` or ``AssetError`` if it cannot be loaded."""
        check_cancel(cancel)
        if self._speaker is None:
            with missing_packages_named():
                self._speaker = text_to_speech.Voice.load(self._voice)
        return self._speaker


@contextlib.contextmanager
def missing_packages_named() -> Iterator[None]:
    """Turn a package that is not installed into a sentence that says what to do."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "a package").partition(".")[0]
        what_to_do = (
            "press “Install torch” in the add-on's preferences" if package == "torch" else "install the add-on again"
        )
        raise DependencyError(
            f"The Python package “{package}” is missing: {what_to_do}, or install it with pip."
        ) from error


def run(
    prompt: str,
    models: Models,
    *,
    text: str | None = None,
    seed: int = 0,
    history: Sequence[Any] = (),
    frame_rate: float | None = None,
    delivery: lip_sync.Delivery | None = None,
    controls: Controls = NATURAL,
    cancel: CancelEvent | None = None,
) -> Iterator[Event]:
    """Answer ``prompt`` (or speak ``text`` as it is) and yield what happens; the last event is the :class:`Reply`.

    ``frame_rate`` is that of the film in frames per second, if there is to be one: closures are then held long
    enough for a frame to show them. ``controls`` are rate, pitch, loudness and pauses of the voice. ``delivery`` is
    style, life and first mood of the face; a tag such as ``[happy]`` in the text, the prompt or the reply is not spoken
    but sets the mood of what follows it.
    The same prompt, text, seed and models give the same reply. Raises ``TextError`` when there is nothing to say,
    ``Cancelled`` soon after ``cancel`` is set, and what the models raise.
    """
    manner = delivery or lip_sync.Delivery()
    mood = manner.life.mood
    wanted = lip_sync.read_moods(prompt if text is None else text)
    if not wanted.text:
        raise TextError("There is nothing to say yet: type a prompt or a text first.")
    check_cancel(cancel)
    yield Step("Loading the voice", 0.02)
    speaker = models.speaker(cancel)
    check_cancel(cancel)
    if text is None:
        yield Step("Loading the language model", VOICE_LOADED_FRACTION)
        writer = models.writer(cancel)
        check_cancel(cancel)
        yield Step("Thinking", LOADED_FRACTION)
        # The model is asked without the tags; the last one is the mood of its answer.
        mood = wanted.moods[-1][1] if wanted.moods else mood
        sentences = writer.reply(wanted.text, history, seed=seed, max_seconds=MAX_REPLY_SECONDS, cancel=cancel)
        expected_characters = _TYPICAL_REPLY_CHARACTERS
    else:
        sentences = iter((text,))
        expected_characters = len(text)

    pause = PAUSE_SECONDS * controls.pauses / controls.rate
    parts: list[Part] = []
    unreadable: TextError | None = None
    spoken_characters = 0
    for sentence in sentences:
        check_cancel(cancel)
        script = lip_sync.read_moods(sentence)
        if script.text:
            yield Sentence(script.text)
            yield Step(f"Speaking “{_shortened(script.text)}”", _fraction(spoken_characters, expected_characters))
            speeches = speaker.stream(script.text, seed=seed, controls=controls, cancel=cancel)
            try:
                for spoken, moods in lip_sync.spoken_moods(script, speeches, mood):
                    check_cancel(cancel)
                    speech = replace(spoken, warnings=(*spoken.warnings, *script.notes))
                    start = parts[-1].start + parts[-1].speech.duration + pause if parts else 0.0
                    before = parts[-1].moods.last if parts else moods.first
                    animation = lip_sync.animate(
                        speech,
                        style=manner.style,
                        frame_rate=frame_rate,
                        life=moods.on(manner.life, speech, before),
                        seed=seed + len(parts),  # or all sentences blink alike
                    )
                    parts.append(Part(speech, animation, start, moods))
                    spoken_characters += len(speech.text)
                    yield parts[-1]
                    yield Step(f"Spoke “{_shortened(speech.text)}”", _fraction(spoken_characters, expected_characters))
            except TextError as error:
                # A reply of several sentences may hold one that is only signs; the others are still worth hearing.
                logger.warning("Left out a sentence that cannot be spoken: %r (%s)", script.text, error)
                unreadable = error
        mood = script.moods[-1][1] if script.moods else mood
    check_cancel(cancel)
    if not parts:
        raise unreadable or TextError("The reply came out empty: try another prompt or another seed.")
    asked = prompt if text is None else ""
    yield Reply(asked, seed, tuple(parts), join_speech(parts), join_animation(parts))


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


def _fraction(spoken_characters: int, expected_characters: int) -> float:
    """Progress while speaking; nears 1 when a reply is longer than expected, never passes it."""
    share = spoken_characters / max(expected_characters, spoken_characters + 1)
    return LOADED_FRACTION + (1 - LOADED_FRACTION) * share


def _shortened(text: str, length: int = 40) -> str:
    """A sentence as it fits into one line of the panel."""
    return textwrap.shorten(text, length, placeholder=" …")
