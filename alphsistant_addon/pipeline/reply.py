"""What a job yields, and the finished reply: all its parts, and the same joined to one sound with one set of curves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, TypeVar

import numpy as np

from .. import lip_sync
from ..core.face_animation import Curve, FaceAnimation
from ..core.progress import Step
from ..core.speech import Speech, join_speeches
from ..text_generation.known_answers import FACTS, NEAREST, NOTES, PERSONA, TALK, WORDNET, WORKED_OUT, WRITTEN


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the reply, as soon as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The answer was not written by the language model but found, or worked out."""

    question: str
    """The known wording, the entry of a table, or the key of a note; empty for an answer that is fixed by rule."""
    fixed: bool
    source: str = WRITTEN
    """As :class:`alphsistant_addon.text_generation.known_answers.KnownAnswer` says it."""

    @property
    def sentence(self) -> str:
        """What the user is told."""
        if self.fixed:
            return "This answer is fixed: on such words the language model is not asked."
        return f"{_SAID[self.source]}: “{self.question}”"


_SAID: Final = {
    WRITTEN: "Looked up, not written by the language model",
    NEAREST: "Looked up: the answer to the nearest question that is known",
    FACTS: "Looked up in the table of facts",
    WORKED_OUT: "Worked out, not written by the language model",
    WORDNET: "Looked up in WordNet",
    TALK: "Looked up in this talk",
    NOTES: "Looked up in your notes",
    PERSONA: "An example of the persona",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One spoken sentence; times inside it count from its own start."""

    speech: Speech
    animation: FaceAnimation
    start: float
    """Seconds from the start of the reply."""
    moods: lip_sync.Moods = field(default_factory=lip_sync.Moods)

    @property
    def end(self) -> float:
        """Seconds from the start of the reply to the part's end."""
        return self.start + self.speech.duration


@dataclass(frozen=True, slots=True)
class Reply:
    """The finished job: all parts, and the same joined to one sound with one set of curves."""

    prompt: str
    """What was asked; empty if a given text was spoken."""
    seed: int
    parts: tuple[Part, ...]
    speech: Speech
    animation: FaceAnimation

    @classmethod
    def of(cls, prompt: str, seed: int, parts: Sequence[Part]) -> Reply:
        """Join the parts, of which there is at least one."""
        return cls(prompt, seed, tuple(parts), join_speech(parts), join_animation(parts))

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


Other = TypeVar("Other")
"""What a job yields that makes no reply."""

Event: TypeAlias = Step | LookedUp | Sentence | Part | Reply


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """Stands for a reply whose parts were sent already."""

    prompt: str
    seed: int


def without_repetition(events: Iterable[Event | Other]) -> Iterator[Event | Other | ReplyEnd]:
    """Replace the reply by its end, since all its parts have gone before it; for a pipe."""
    for event in events:
        yield ReplyEnd(event.prompt, event.seed) if isinstance(event, Reply) else event


def put_together(events: Iterable[Event | ReplyEnd]) -> Iterator[Event]:
    """Undo :func:`without_repetition` at the other end of the pipe."""
    parts: list[Part] = []
    for event in events:
        if isinstance(event, Part):
            parts.append(event)
        yield Reply.of(event.prompt, event.seed, parts) if isinstance(event, ReplyEnd) else event


def without_samples(part: Part) -> Part:
    """Return the part with silence for its sound, as long but next to no memory.

    The take of a recording plays the user's own file, so the samples (20 minutes of 48 kHz are 230 MB) need not travel.
    """
    silence = np.broadcast_to(np.float32(0.0), part.speech.samples.shape)
    return replace(part, speech=replace(part.speech, samples=silence))


def join_speech(parts: Sequence[Part]) -> Speech:
    """Join the speech of all parts, silence between them; phones and words are moved to their new times."""
    if len(parts) == 1 and parts[0].start == 0.0:
        return parts[0].speech
    return join_speeches([part.speech for part in parts], [part.start for part in parts])


def join_animation(parts: Sequence[Part]) -> FaceAnimation:
    """Join all parts' curves, one after the other.

    Curves may reach a little over the ends of their own part (a mouth opens before the sound). Where two parts then
    overlap, the earlier keys give way, so times stay strictly increasing.
    """
    names = dict.fromkeys(name for part in parts for name in part.animation.channels)
    return FaceAnimation({name: _join_curves(name, parts) for name in names}, parts[-1].end)


def _join_curves(name: str, parts: Sequence[Part]) -> Curve:
    times = np.empty(0)
    weights = np.empty(0)
    for part in parts:
        curve = part.animation.channels.get(name)
        if curve is not None and len(curve.times) > 0:
            later = curve.times + part.start
            kept = times < later[0]
            times = np.concatenate((times[kept], later))
            weights = np.concatenate((weights[kept], curve.weights))
    return Curve(times, weights)
