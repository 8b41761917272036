"""Who answers: name, nature, manner, first message and examples, as plain data that a text file can hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ..core.errors import AssetError
from ..core.files import write_bytes

Turn: TypeAlias = tuple[str, str]
"""What the human said and what was answered. Without the human's words it is a greeting, or a line that was given."""

MOST_FILE_BYTES: Final = 1 << 20
"""A larger text is a mistake, not a persona."""
MOST_CHARACTERS: Final = 8_000
"""Of each field: what is longer is cut, since no small model can see more."""
MOST_TOLD: Final = 3_500
"""Characters of who somebody is that a chat model is told, about 900 tokens: more would leave no room for the talk in
the 2,048 that are used of a context, and what is cut must not be how to speak, which comes last."""
MOST_EXAMPLES: Final = 50

HUMAN_NAME: Final = "Human"
"""Begins the human's lines of the examples."""
_PARTS: Final = re.compile(r"\s*\|\s*")
"""Between the turns of a conversation that is written on one line."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A character that a language model is asked to play."""

    name: str = "Alphsistant"
    description: str = ""
    """Who it is."""
    manner: str = ""
    """How it speaks."""
    first_message: str = ""
    """What it says before it was asked anything."""
    examples: tuple[Turn, ...] = ()
    """Exchanges that show its manner."""

    @classmethod
    def from_text(cls, text: str) -> Persona:
        """Read the form that :attr:`text` writes: a line for each field, then the examples.

        Raises:
            AssetError: no field of a persona is in it.
        """
        values: dict[str, list[str]] = {}
        said: list[tuple[bool, str]] = []
        current: list[str] = []
        name = ""
        for line in text.splitlines():
            key, colon, value = line.partition(":")
            key = key.strip()
            field = _FIELDS.get(key.lower()) if colon and not said else None
            if field is not None:
                current = values.setdefault(field, [])
                current.append(value.strip())
                name = " ".join(values.get("name", []))
            elif colon and key and key.lower() in {HUMAN_NAME.lower(), name.lower()}:
                said.append((key.lower() == HUMAN_NAME.lower(), value.strip()))
            elif said:
                said[-1] = (said[-1][0], f"{said[-1][1]} {line.strip()}".strip())
            elif current:
                current.append(line.strip())
        fields = {field: " ".join(" ".join(lines).split()) for field, lines in values.items()}
        if not any(fields.values()) and not said:
            raise AssetError("There is no persona in this text: write at least “Name: …” and “Who: …”.")
        return cls(**fields, examples=tuple(_paired(said))).cut()

    @classmethod
    def load(cls, path: Path) -> Persona:
        """Read a text file, or a character card (JSON, or PNG with the card in it).

        Raises:
            AssetError: the file is missing, too large, or holds no persona.
        """
        from .character_card import read_card  # noqa: PLC0415  # only for cards

        if path.suffix.lower() in {".json", ".png"}:
            return read_card(path)
        return cls.from_text(read_file(path, MOST_FILE_BYTES).decode("utf-8-sig", "replace"))

    def save(self, path: Path) -> None:
        """Write the text file; ``AssetError`` if it cannot be written."""
        write_bytes(path, self.text.encode())

    @property
    def text(self) -> str:
        """Return the persona as a text that people can edit."""
        fields = (
            ("Name", self.name),
            ("Who", self.description),
            ("Manner", self.manner),
            ("First message", self.first_message),
        )
        lines = [f"{key}: {' '.join(value.split())}".rstrip() for key, value in fields]
        for human, answer in self.examples:
            lines += ["", f"{HUMAN_NAME}: {' '.join(human.split())}", f"{self.name}: {' '.join(answer.split())}"]
        return "\n".join(lines) + "\n"

    def cut(self) -> Persona:
        """Return it with fields that are not too long, and a name in any case."""
        return Persona(
            " ".join(self.name[:100].replace(":", " ").split()) or Persona().name,
            self.description[:MOST_CHARACTERS],
            self.manner[:MOST_CHARACTERS],
            self.first_message[:MOST_CHARACTERS],
            tuple((human[:MOST_CHARACTERS], answer[:MOST_CHARACTERS]) for human, answer in self.examples)[
                :MOST_EXAMPLES
            ],
        )

    @property
    def system(self) -> str:
        """Return what a chat model is told before the conversation."""
        about = " ".join(part.strip() for part in (self.description, self.manner) if part.strip())
        return " ".join(part for part in (f"You are {self.name}.", about[:MOST_TOLD].strip(), SPOKEN) if part)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Return what stands before every conversation: the examples, then the first message."""
        greeting = (("", self.first_message),) if self.first_message.strip() else ()
        return (*self.examples, *greeting)


SPOKEN: Final = "Your answers are spoken aloud: use one to three short sentences, without lists, emoji or markup."
"""Part of every system message: a face reads the reply aloud."""

ALPHSISTANT: Final = Persona(
    description="Alphsistant is a friendly talking face that lives in Blender, the free 3D program.",
    manner="Alphsistant answers politely, in one or two short sentences.",
)
"""Who answers where nobody else was chosen."""

_FIELDS: Final = {"name": "name", "who": "description", "manner": "manner", "first message": "first_message"}


def history_from_line(text: str) -> tuple[Turn, ...]:
    """Read a conversation written on one line, the human first: ``Hi. | Hello! | Who are you? | A face.``.

    Raises:
        AssetError: the last question has no answer.
    """
    said = [part for part in _PARTS.split(text.strip()) if part]
    if len(said) % 2:
        raise AssetError("The history ends with a question: write question | answer | question | answer.")
    return tuple(zip(said[::2], said[1::2], strict=True))


def read_file(path: Path, most_bytes: int) -> bytes:
    """Read a small file; ``AssetError`` if it is missing or larger than that."""
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise AssetError(f"“{path}” is {size >> 20} MB large: that is no persona.")
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"“{path}” cannot be read: {error.strerror or error}.") from error


def _paired(said: Sequence[tuple[bool, str]]) -> Iterator[Turn]:
    """Pair lines of the human with what was answered; lines of one speaker that follow each other are joined."""
    human, answer = "", ""
    for is_human, text in said:
        if is_human and answer:
            yield human, answer
            human, answer = "", ""
        if is_human:
            human = f"{human} {text}".strip()
        else:
            answer = f"{answer} {text}".strip()
    if answer:
        yield human, answer
