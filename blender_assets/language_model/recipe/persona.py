"""Dialogues from ``persona.txt``: questions and answers in several wordings, strung together into conversations.

The file has blocks parted by blank lines. ``# topic`` opens a topic, ``Q:`` lines are wordings of what a human says,
``A:`` lines wordings of the answer; a second ``Q:`` after an ``A:`` follows up on it. ``{colour}`` in a question picks
a word from the ``colour = …`` line and stands for the same word in the answer.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Dialogue: TypeAlias = list[tuple[str, str]]


@dataclass
class Exchange:
    """Wordings of one question with the wordings of its answer, and perhaps a follow-up."""

    topic: str
    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    follow: Exchange | None = None


@dataclass
class Persona:
    """All exchanges and the word lists of their slots."""

    exchanges: list[Exchange]
    slots: dict[str, list[str]]

    def fill(self, exchange: Exchange, rng: random.Random, *, loose: bool = True) -> Dialogue:
        """One wording of an exchange; ``loose`` types some questions as hasty people do."""
        question, answer = rng.choice(exchange.questions), rng.choice(exchange.answers)
        for slot in set(re.findall(r"\{(\w+)\}", question.lower() + answer.lower())):
            word = rng.choice(self.slots[slot])
            for name, value in ((slot, word), (slot.capitalize(), word[0].upper() + word[1:])):
                question, answer = (text.replace("{" + name + "}", value) for text in (question, answer))
        question, answer = (re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text) for text in (question, answer))
        if loose:
            question = hasty(question, rng)
        dialogue = [("human", question), ("self", answer)]
        if exchange.follow is not None and rng.random() < 0.6:
            dialogue += self.fill(exchange.follow, rng, loose=loose)
        return dialogue

    def conversation(self, rng: random.Random) -> Dialogue:
        """One to five exchanges: often a greeting first and a goodbye last, the middle partly on one topic."""
        by_topic: dict[str, list[Exchange]] = {}
        for exchange in self.exchanges:
            by_topic.setdefault(exchange.topic, []).append(exchange)
        first = rng.choice(self.exchanges)
        chosen = [rng.choice(by_topic["greeting"])] if rng.random() < 0.25 else []
        chosen.append(first)
        more = rng.choice((0, 0, 0, 0, 1, 1, 2))
        chosen += [rng.choice(by_topic[first.topic] if rng.random() < 0.5 else self.exchanges) for _ in range(more)]
        if rng.random() < 0.1:
            chosen.append(rng.choice(by_topic["goodbye"]))
        once = {id(exchange): exchange for exchange in chosen}
        return [turn for exchange in once.values() for turn in self.fill(exchange, rng)]


def hasty(text: str, rng: random.Random) -> str:
    """Drop capitals or the last sign now and then, so that the model understands people who type so."""
    chance = rng.random()
    if chance < 0.12:
        text = text.lower()
    if chance < 0.06 or 0.12 < chance < 0.2:
        text = text.rstrip(".?!")
    return text


def read(path: Path) -> Persona:
    """Read the persona file."""
    slots: dict[str, list[str]] = {}
    exchanges: list[Exchange] = []
    topic = ""
    current: Exchange | None = None
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if not line:
            current = None
        elif line.startswith("# "):
            topic, current = line[2:], None
        elif line.startswith("Q: "):
            if current is None:
                current = Exchange(topic)
                exchanges.append(current)
            elif current.answers:
                current.follow = Exchange(topic)
                current = current.follow
            current.questions.append(line[3:])
        elif line.startswith("A: ") and current is not None and current.questions:
            current.answers.append(line[3:])
        elif match := re.fullmatch(r"(\w+) = (.+)", line):
            slots[match[1]] = [word.strip() for word in match[2].split(",")]
        else:
            raise ValueError(f"{path.name}, line {number}: {line!r} is neither topic, Q, A nor word list.")
    return Persona(exchanges, slots)
