"""What a word means, by the WordNet that a system may have (Debian's ``wordnet-base``, Homebrew's ``wordnet``).

File formats: WordNet's manual pages wndb(5WN). The index of each part of speech is sorted, so a word is found by
bisection in the file. Only the first sense of the part of speech that is used most is told, and only to who asks what a
word means: “What is a crane?” may mean another one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO, Final

from .known_answers import WORDNET, KnownAnswer

FOLDERS: Final = (
    "/usr/share/wordnet", "/usr/local/WordNet-3.0/dict", "/usr/local/share/wordnet", "/opt/homebrew/opt/wordnet/dict",
    "/usr/local/opt/wordnet/dict",
)  # fmt: skip
"""Where packages put it; the variables ``WNSEARCHDIR`` and ``WNHOME`` come first, as wndb(5WN) says."""

PARTS: Final = ("noun", "verb", "adj", "adv")
MOST_WORDS: Final = 30
"""A longer gloss is nothing to listen to."""

WORDINGS: Final = (
    r"what does (?:the word )?(?P<word>.+) mean",
    r"what is (?:the meaning|the definition) of (?:the word )?(?P<word>.+)",
    r"what is meant by (?:the word )?(?P<word>.+)",
    r"define (?:the word )?(?P<word>.+)",
)
UNSUITABLE: Final = re.compile(
    r"genital|sex|copulat|breast|buttock|testic|nude|rectum|anus|excre|urin|feces|fecal|penis|vagina|slang|offensive|"
    r"disparag|derogat|obscen|vulgar|slur|suicid|kill|murder|explos|narcotic|ethnic|negro|prostitut|uncomplimentary"
)
"""Words and glosses that a face in anybody's scene does not read out."""
_WORD: Final = re.compile(r"[a-z]+(?:[ '-][a-z]+){0,2}")


class WordNet:
    """A folder with WordNet's files."""

    def __init__(self, folder: Path) -> None:
        """Read from the folder, when asked."""
        self._folder = folder

    @classmethod
    def find(cls) -> WordNet | None:
        """Return the system's; ``None`` if it has none."""
        home = os.environ.get("WNHOME")
        places = [os.environ.get("WNSEARCHDIR"), f"{home}/dict" if home else None, *FOLDERS]
        folders = (Path(place) for place in places if place)
        return next((cls(folder) for folder in folders if (folder / "index.noun").is_file()), None)

    def meaning(self, asked: str) -> KnownAnswer | None:
        """Answer “what does … mean”, in small letters without a sign at its end; ``None`` if it is not to be found."""
        for wording in WORDINGS:
            match = re.fullmatch(wording, asked)
            if match and _WORD.fullmatch(match["word"]) and (gloss := self._gloss(match["word"])):
                word = match["word"]
                return KnownAnswer(f"{word[0].upper()}{word[1:]} means: {gloss}.", word, source=WORDNET)
        return None

    def _gloss(self, word: str) -> str | None:
        """Return the first sense of the part of speech that WordNet's texts use the word as most."""
        found: list[tuple[int, int, str, int]] = []
        for order, part in enumerate(PARTS):
            entry = self._entry(part, word)
            if entry is not None:
                tagged, offset = entry
                found.append((-tagged, order, part, offset))
        if not found:
            return None
        _, _, part, offset = min(found)
        try:
            with (self._folder / f"data.{part}").open("rb") as file:
                file.seek(offset)
                line = file.readline().decode("utf-8", "replace")
        except OSError:
            return None  # a part that is not installed
        gloss = line.partition(" | ")[2].partition(";")[0].strip()
        is_of_a_field = gloss.startswith("(")  # “(biology) …”: not what most people mean
        gloss = re.sub(r"\s*\([^)]*\)", "", gloss)
        is_fit = gloss and not is_of_a_field and len(gloss.split()) <= MOST_WORDS
        return gloss if is_fit and not UNSUITABLE.search(f"{word} {gloss}") else None

    def _entry(self, part: str, word: str) -> tuple[int, int] | None:
        """Return how many senses of a word are tagged in texts, and the place of the first one's data."""
        try:
            with (self._folder / f"index.{part}").open("rb") as file:
                line = _line_of(file, word.replace(" ", "_").encode())
        except OSError:
            return None
        if line is None:
            return None
        fields = line.decode("ascii", "replace").split()
        senses = int(fields[2])
        return int(fields[-senses - 1]), int(fields[-senses])


def _line_of(file: BinaryIO, word: bytes) -> bytes | None:
    """Find the line that begins with a word and a blank, in a file whose lines are sorted."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        file.seek(max(0, middle - 1))
        if middle:
            file.readline()  # to the end of the line that the byte before stands in
        start, line = file.tell(), file.readline()
        key = line.partition(b" ")[0]  # empty in the licence, which comes first
        if not line or key >= word:
            if line and key == word:
                return line
            high = middle
        else:
            low = start + len(line)
    return None
