"""Notes of the user's own: key words, and what is said about them.

One note a line, its keys before a colon: ``castle, old tower: The castle was built in 1204.`` A line without a colon
goes on with the note before it; one that begins with ``#`` is a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..core.errors import AssetError
from .persona import MOST_FILE_BYTES, read_file
from .reply_sentences import QUESTION_WORDS, words_of

MOST_NOTES: Final = 1_000
MOST_TEXT: Final = 2_000
"""Characters of a note: two minutes of speech."""
MOST_KEY_WORDS: Final = 6
"""A longer beginning of a line is no key, though a colon follows."""

_REQUEST: Final = re.compile(r"(?:please |so |and |now )*(?:tell|describe|explain|say|talk|show)\b")


@dataclass(frozen=True, slots=True)
class Note:
    """What is said where one of its keys is asked about."""

    keys: tuple[str, ...]
    text: str


def read_notes(text: str) -> tuple[Note, ...]:
    """Read notes; lines that belong to none are left out."""
    notes: list[Note] = []
    for line in text.splitlines():
        if line.strip().startswith("#"):
            continue
        before, colon, after = line.partition(":")
        keys = tuple(key for part in before.split(",") if (key := " ".join(words_of(part))))
        if colon and keys and all(len(key.split()) <= MOST_KEY_WORDS for key in keys):
            notes.append(Note(keys, after.strip()))
        elif notes:
            notes[-1] = Note(notes[-1].keys, f"{notes[-1].text} {line.strip()}".strip())
    whole = (Note(note.keys, note.text[:MOST_TEXT]) for note in notes if note.text)
    return tuple(whole)[:MOST_NOTES]


def load_notes(path: Path) -> tuple[Note, ...]:
    """Read a file of notes.

    Raises:
        AssetError: it is missing, too large, or holds none.
    """
    notes = read_notes(read_file(path, MOST_FILE_BYTES).decode("utf-8-sig", "replace"))
    if not notes:
        raise AssetError(f"There are no notes in “{path}”: write lines such as “castle: It was built in 1204.”.")
    return notes


def find_note(prompt: str, notes: Iterable[Note]) -> tuple[Note, str] | None:
    """Return the note that a question is about, and its key; the longest key wins, then the first note.

    Only a question or a request gets one: who says “I like your castle” asks for nothing.
    """
    words = words_of(prompt)
    if not words or not ("?" in prompt or words[0] in QUESTION_WORDS or _REQUEST.match(" ".join(words))):
        return None
    best: tuple[int, Note, str] | None = None
    for note in notes:
        for key in note.keys:
            wanted = key.split()
            if _holds(words, wanted) and (best is None or len(wanted) > best[0]):
                best = (len(wanted), note, key)
    return best[1:] if best is not None else None


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether the words of a key follow each other in a prompt; the last one may stand in the plural."""
    ends = {wanted[-1], f"{wanted[-1]}s", f"{wanted[-1]}'s"}
    return any(
        [*words[at : at + len(wanted) - 1]] == [*wanted[:-1]] and words[at + len(wanted) - 1] in ends
        for at in range(len(words) - len(wanted) + 1)
    )
