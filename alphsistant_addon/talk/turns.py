"""What a conversation writes down: who said what, and how much of it was heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from ..core.speech import Word
from ..pipeline.reply import Part

Who: TypeAlias = Literal["user", "face"]
TurnState: TypeAlias = Literal["hearing", "waiting", "thinking", "speaking", "done", "interrupted", "dropped", "failed"]

CUT: Final = "—"
"""Stands after the last word that was heard of an interrupted reply."""


@dataclass(slots=True)
class Turn:
    """One turn of the log. Fronts read it; only the conversation changes it."""

    number: int
    who: Who
    text: str = ""
    """What was said: the user's words, or all sentences of the reply as they are written."""
    state: TurnState = "done"
    heard: str = ""
    """Of a reply: the words that were heard, with :data:`CUT` behind them if there were more."""
    seed: int = 0
    skill: str = ""
    """Name of the skill that answered; empty if the language model did, or a text was spoken as it is."""
    note: str = ""
    """A sentence for the user: looked up, left out, or why it failed."""
    answer_to: int | None = None
    """Number of the user's turn that a reply answers."""
    parts: list[Part] = field(default_factory=list)
    """What was made of a reply."""
    starts: dict[int, float] = field(default_factory=dict)
    """Stream time at which each part began to be heard, by its number."""
    goes_on: bool = False
    """Of the user: whether they spoke on while an answer was made; with nothing heard of it, the model gets both."""
    samples: object = None
    """Of the user: the recording, as :class:`..audio_process.protocol.VoiceEnded` holds it; ``None`` if typed."""
    cut_part: int | None = None
    """Number of the part in which it was stopped."""
    cut_seconds: float = 0.0
    """Seconds of that part that were heard."""


def heard_words(words: Iterable[Word], seconds: float) -> list[str]:
    """Return the words whose end lies before so many seconds of their part: those that were heard whole."""
    return [word.text for word in words if word.end <= seconds]
