"""What a turn of the user is answered with: a skill, or else the language model with what was heard before."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from ..pipeline.requests import SpeakRequest
from ..text_to_speech.controls import LOUDNESSES, RATES
from .replies import Replies, Reply
from .skills import Answer, find_skill, plain
from .turns import REPEAT, Turn, history_of

logger = logging.getLogger(__name__)

ANOTHER_SEED: Final = 1009
"""Added to the seed of a reply for another one."""

FrontSkill: TypeAlias = Callable[[str], str | None]
"""Gets what the user said, as :func:`.skills.plain` writes it, and returns what is spoken; ``None`` if it is not
meant."""


class Answers:
    """Begins the replies to what was said."""

    def __init__(self, replies: Replies, template: SpeakRequest, skills: Mapping[str, FrontSkill]) -> None:
        """Know what to ask with.

        Args:
            replies: makes them and lets them be heard.
            template: what every reply is asked with besides its text.
            skills: those of the front by name; they are tried first.
        """
        self.template = template
        """What every reply is asked with; skills change how it is spoken."""
        self._replies = replies
        self._skills = dict(skills)

    def answer(self, asked: Turn) -> None:
        """Answer a turn of the user: by a skill, or else by the language model."""
        used = self.use_front_skill(asked.text)
        if used is not None:
            self.use(asked, *used)
            return
        found = find_skill(asked.text, dt.datetime.now().astimezone())
        if found is not None:
            self.use(asked, *found)
            return
        self.think(asked, self.template.seed + asked.number)

    def use_front_skill(self, text: str) -> tuple[str, Answer, str] | None:
        """Ask the skills of the front once, since asking does what is meant.

        Returns:
            Name, answer, and a note of what went wrong; ``None`` if none is meant.
        """
        said = plain(text)
        for name, skill in self._skills.items():
            try:
                spoken = skill(said)
            except Exception as error:  # whatever it does, the talk goes on
                logger.exception("The skill “%s” failed", name)
                return name, Answer("That did not work."), f"That did not work: {str(error).strip()}"
            if spoken is not None:
                return name, Answer(spoken), ""
        return None

    def use(self, asked: Turn, name: str, answer: Answer, note: str = "") -> None:
        """Do what a skill answered, and speak it."""
        asked.skill = name
        self._replies.changed(asked)
        self._change_manner(answer)
        if answer.command == "repeat":
            self.repeat()
        elif answer.text:
            turn = self._replies.new_turn("face", state="thinking", answer_to=asked.number)
            turn.skill, turn.note = name, note
            self.speak(turn, answer.text)

    def _change_manner(self, answer: Answer) -> None:
        """Speak from now on as a skill wants."""
        controls, delivery = self.template.controls, self.template.delivery
        rate = float(np.clip(controls.rate * answer.rate, *RATES))
        loudness = float(np.clip(controls.loudness + answer.loudness, *LOUDNESSES))
        if answer.mood:
            delivery = replace(delivery, life=replace(delivery.life, mood=answer.mood))
        self.template = replace(
            self.template, controls=replace(controls, rate=rate, loudness=loudness), delivery=delivery
        )

    def think(self, asked: Turn, seed: int) -> None:
        """Let the language model answer, to be heard as it comes."""
        turn = self._replies.new_turn("face", state="thinking", answer_to=asked.number)
        turn.seed = seed
        self._replies.begin(turn, self.question(asked, seed))

    def another(self, asked: Turn) -> None:
        """Answer a turn with another seed than before."""
        self.think(asked, ANOTHER_SEED + max(one.seed for one in self._replies.log if one.answer_to == asked.number))

    def question(self, asked: Turn, seed: int) -> SpeakRequest:
        """Return what is asked of the language model, with what was heard before that turn."""
        history = (*self.template.history, *history_of(self._replies.log, asked.number))
        return replace(self.template, prompt=asked.text, text=None, seed=seed, history=history)

    def speak(self, turn: Turn, text: str, seed: int | None = None) -> None:
        """Let a text be spoken as it is, with the template's seed by default."""
        seed = self.template.seed if seed is None else seed
        self._replies.begin(turn, replace(self.template, prompt="", text=text, seed=seed))

    def repeat(self, turn: Turn | None = None) -> None:
        """Let a reply be heard again, the last one by default, from the sound that is there; what is said ends."""
        log = self._replies.log
        turn = turn or next((one for one in reversed(log) if one.who == "face" and one.parts), None)
        self._replies.interrupt()
        if turn is None or not turn.parts:
            return
        again = self._replies.new_turn("face", turn.text, state="thinking")
        again.skill, again.seed, again.parts = REPEAT, turn.seed, list(turn.parts)
        reply = Reply(again, None, is_made=True)

        def begin() -> None:
            self._replies.present = reply
            self._replies.release(reply)

        self._replies.when_silent(begin, again)
