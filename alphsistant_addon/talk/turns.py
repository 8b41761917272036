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
REPEAT, GREETING = "repeat", "greeting"
"""What stands for the skill in turns that are no answers."""


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
    """Of the user: the recording, as :class:`..audio_process.protocol.VoiceEnded` holds it; ``None`` if typed. It is
    empty where it was forgotten, in a talk of hours."""
    cut_part: int | None = None
    """Number of the part in which it was stopped."""
    cut_seconds: float = 0.0
    """Seconds of that part that were heard."""


def heard_words(words: Iterable[Word], seconds: float) -> list[str]:
    """Return the words whose end lies before so many seconds of their part: those that were heard whole."""
    return [word.text for word in words if word.end <= seconds]


def history_of(log: Iterable[Turn], before: int | None = None) -> list[tuple[str, str]]:
    """Return the (user, face) pairs as they were heard, oldest first; of two answers the later one.

    A text that was spoken as it is stands there without words of the user. What was said again is left out, and
    so is the greeting, which the persona brings itself. Words that were spoken before the user went on speaking,
    with nothing heard of an answer, stand there with an empty reply.

    Args:
        log: all turns, oldest first.
        before: number of a user's turn; what comes from it on is left out.
    """
    turns = list(log)
    pairs: dict[int, tuple[str, str]] = {}
    asked = {turn.number: turn.text for turn in turns if turn.who == "user"}
    for turn in turns:
        number = turn.answer_to or turn.number
        if turn.goes_on and turn.text and (before is None or number < before):
            pairs[number] = (turn.text, "")
        if turn.heard and turn.skill not in {REPEAT, GREETING} and (before is None or number < before):
            pairs[number] = (asked.get(number, ""), turn.heard)
    return [pairs[number] for number in sorted(pairs)]
