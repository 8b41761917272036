"""Everything that is looked up before a language model is asked, in order: danger, facts, written answers, things."""

from __future__ import annotations

import datetime as dt

from .fact_table import Facts
from .known_answers import KnownAnswer, KnownAnswers, answer_to_danger


class LookUps:
    """The shipped lists."""

    def __init__(self, written: KnownAnswers, facts: Facts) -> None:
        """Look into these."""
        self._written = written
        self._facts = facts

    @classmethod
    def load(cls) -> LookUps:
        """Read the shipped lists; ``AssetError`` if one is missing or damaged."""
        return cls(KnownAnswers.load(), Facts.load())

    def find(self, prompt: str, seed: int = 0, today: dt.date | None = None) -> KnownAnswer | None:
        """Return what is known about a prompt; ``None`` if it is nothing.

        Args:
            prompt: what was said.
            seed: chooses where a question has several written answers.
            today: for questions about days; by default the computer's.
        """
        today = today or dt.datetime.now().astimezone().date()
        return (
            answer_to_danger(prompt)
            or self._facts.find(prompt, today)
            or self._written.find(prompt, seed)
            or self._facts.find_thing(prompt)
        )
