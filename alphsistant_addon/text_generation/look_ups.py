"""What is looked up before a language model is asked: danger, what was told, facts, written answers, things, words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from .fact_table import Facts, asked_of
from .known_answers import KnownAnswer, KnownAnswers, answer_to_danger
from .persona import Turn
from .told import find_told
from .wordnet import WordNet


class LookUps:
    """The shipped lists, and the system's dictionary."""

    def __init__(self, written: KnownAnswers, facts: Facts, wordnet: WordNet | None = None) -> None:
        """Look into these."""
        self._written = written
        self._facts = facts
        self._wordnet = wordnet

    @classmethod
    def load(cls) -> LookUps:
        """Read the shipped lists, and find the system's WordNet; ``AssetError`` if a list is missing or damaged."""
        return cls(KnownAnswers.load(), Facts.load(), WordNet.find())

    def find(
        self, prompt: str, seed: int = 0, today: dt.date | None = None, history: Sequence[Turn] = ()
    ) -> KnownAnswer | None:
        """Return what is known about a prompt; ``None`` if it is nothing.

        Args:
            prompt: what was said.
            seed: chooses where a question has several written answers.
            today: for questions about days; by default the computer's.
            history: what was said before, oldest first; a prompt that leans on it is left to the language model.
        """
        today = today or dt.datetime.now().astimezone().date()
        return (
            answer_to_danger(prompt)
            or find_told(prompt, history, seed)
            or self._facts.find(prompt, today)
            or self._written.find(prompt, seed, is_first=not history)
            or self._facts.find_thing(prompt)
            or (self._wordnet.meaning(asked_of(prompt)) if self._wordnet is not None else None)
            or self._written.find_nearest(prompt, seed, is_first=not history)
        )
