"""Dialogues from the files of ``text/``: questions and answers in several wordings.

A file has blocks parted by blank lines. ``# topic`` opens a topic, ``Q:`` lines are wordings of what a human says,
``A:`` lines wordings of the answer; a second ``Q:`` after an ``A:`` follows up on it. A line ``colour = red, blue``
defines a word list. ``{colour}`` stands for one word of it, the same one in the whole block.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

Dialogue: TypeAlias = list[tuple[str, str]]
"""Turns in order: who speaks (``human`` or ``self``), and what."""

SLOT: Final = re.compile(r"\{(\w+)\}")
FOLLOW_CHANCE: Final = 0.6
"""How often a block's follow-up is asked."""
SPOKEN_LIKE_A_CONSONANT: Final = re.compile(r"(?:uni|use|usu|eu|one\b|once\b|uk)", re.IGNORECASE)
"""Beginnings with a vowel's letter that take “a”."""


@dataclass
class Exchange:
    """Wordings of one question with the wordings of its answer, and perhaps a follow-up."""

    topic: str
    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    follow: Exchange | None = None
    slots: dict[str, list[str]] = field(default_factory=dict)
    """Word lists by their names, those of the file."""
    source: str = ""
    """Name of the file, without its ending."""

    def chain(self) -> Iterator[Exchange]:
        """Yield this exchange and its follow-ups."""
        current: Exchange | None = self
        while current is not None:
            yield current
            current = current.follow

    def dialogue(self, rng: random.Random, follow_chance: float = FOLLOW_CHANCE) -> Dialogue:
        """Draw one wording of each turn, with the same words in the slots all along."""
        words: dict[str, str] = {}
        turns: Dialogue = []
        for part in self.chain():
            for speaker, wordings in (("human", part.questions), ("self", part.answers)):
                turns.append((speaker, filled(rng.choice(wordings), part.slots, words, rng)))
            if rng.random() >= follow_chance:
                break
        return turns


def filled(text: str, slots: dict[str, list[str]], words: dict[str, str], rng: random.Random) -> str:
    """Put words into the slots of a text; those drawn are kept in ``words``.

    ``{Colour}`` takes a capital, and “a” before a slot becomes “an” where the word asks for it.
    """

    def fill(match: re.Match[str]) -> str:
        article, name = match[1] or "", match[2]
        key = name if name in slots else name.lower()
        word = words.setdefault(key, rng.choice(slots[key]))
        if article:
            vowel = word[0].lower() in "aeiou" and not SPOKEN_LIKE_A_CONSONANT.match(word)
            article = article[0] + ("n " if vowel else " ")
        elif (name != key and name[0].isupper()) or match.start() == 0 or text[match.start() - 2] in ".!?":
            word = word[0].upper() + word[1:]
        return article + word

    return re.sub(r"(\b[Aa]n? )?\{(\w+)\}", fill, text)


def read_file(path: Path, shared: dict[str, list[str]]) -> list[Exchange]:
    """Read one file.

    Args:
        path: the file.
        shared: word lists that other files may use; the file's own are added where the name is new.

    Returns:
        The exchanges, their follow-ups hanging on them.

    Raises:
        ValueError: a line is none of the known kinds, a block lacks its answer, or a slot has no word list.
    """
    exchanges: list[Exchange] = []
    own: dict[str, list[str]] = {}
    topic = path.stem
    current: Exchange | None = None
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        kind, said = line[:3], line[3:].strip()
        if not line:
            current = None
        elif line.startswith("# "):
            topic, current = line[2:].strip(), None
        elif kind == "Q: ":
            if current is None or current.answers:
                current = added(exchanges, current, Exchange(topic, slots=own, source=path.stem))
            current.questions.append(said)
        elif kind == "A: " and current is not None:
            current.answers.append(said)
        elif match := re.fullmatch(r"(\w+) = (.+)", line):
            own[match[1]] = [word.strip() for word in match[2].split(",") if word.strip()]
        else:
            raise ValueError(f"{path.name}, line {number}: {line!r} is neither topic, Q, A nor word list.")
    for name, words in own.items():
        shared.setdefault(name, words)
    for name, words in shared.items():
        own.setdefault(name, words)
    check(exchanges, path.name)
    return exchanges


def added(exchanges: list[Exchange], before: Exchange | None, new: Exchange) -> Exchange:
    """Begin a block, or a follow-up of the exchange before; returns the new exchange."""
    if before is None:
        exchanges.append(new)
    else:
        before.follow = new
    return new


def check(exchanges: list[Exchange], file_name: str) -> None:
    """See that every question has an answer and every slot its words.

    Raises:
        ValueError: one has not.
    """
    for part in (part for exchange in exchanges for part in exchange.chain()):
        if not part.answers:
            raise ValueError(f"{file_name}: {part.questions[0]!r} has no answer.")
        for name in SLOT.findall(" ".join(part.questions + part.answers)):
            if name not in part.slots and name.lower() not in part.slots:
                raise ValueError(f"{file_name}: {part.questions[0]!r} has a slot without words: {name}.")


def read(folder: Path) -> list[Exchange]:
    """Read all files of a folder; ``persona.txt`` first, whose word lists the others may use.

    Raises:
        ValueError: see :func:`read_file`.
    """
    shared: dict[str, list[str]] = {}
    paths = sorted(folder.rglob("*.txt"), key=lambda path: (path.name != "persona.txt", path))
    return [exchange for path in paths for exchange in read_file(path, shared)]
