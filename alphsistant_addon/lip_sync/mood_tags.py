"""How something is said: speaking style, how lively the face is, and the mood that tags in the text set."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ..core.speech import Speech, Word
from .life import Life
from .moods import MOODS
from .style import Style

TAG: Final = re.compile(r"\[\s*([^\W\d_]+)\s*\]")
"""One word in square brackets."""

_CLOSING: Final = frozenset(",.;:!?…)]”’")
"""Signs that stand close to what is before them."""

_MARKS: Final = string.punctuation + string.whitespace + "“”‘’«»…–—¿¡"
"""What may stand around a word."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Style of the mouth, and life of the rest of the face."""

    style: Style = field(default_factory=Style)
    life: Life = field(default_factory=Life)


@dataclass(frozen=True, slots=True)
class Script:
    """A text without its mood tags, and where they stood."""

    text: str
    moods: tuple[tuple[int, str], ...] = ()
    """Places in ``text``, in order, and the mood that holds from there on; the last may be at its end."""
    unknown: tuple[str, ...] = ()
    """Words in brackets that are no moods, as they stand; they are spoken."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return tuple(f"“{tag}” is no mood ({', '.join(MOODS)}), so it was spoken." for tag in self.unknown)


@dataclass(frozen=True, slots=True)
class Moods:
    """The moods of one spoken sentence."""

    first: str = "neutral"
    changes: tuple[tuple[int, str], ...] = ()
    """Numbers of words, in order, at whose start the mood changes, and to what."""

    @property
    def last(self) -> str:
        """The mood at its end."""
        return self.changes[-1][1] if self.changes else self.first

    def on(self, life: Life, speech: Speech, before: str) -> Life:
        """How lively the sentence's face is, with these moods; ``before`` is the mood of what was said before it."""
        changes = tuple((speech.words[number].start, mood) for number, mood in self.changes)
        return replace(life, mood=self.first, mood_before=before, mood_changes=changes)

    def tagged(self, speech: Speech) -> str:
        """The sentence's text, with a tag wherever the mood changes within it."""
        text = speech.text
        places = word_places(text, speech.words)
        for number, mood in reversed(self.changes):
            text = f"{text[: places[number]]}[{mood}] {text[places[number] :]}"
        return text.strip()


def read_moods(text: str) -> Script:
    """Take the mood tags out of a text, as in “[happy] Good morning! It is [surprised] raining”."""
    spoken = ""
    moods: list[tuple[int, str]] = []
    unknown: list[str] = []
    start = 0
    for match in TAG.finditer(text):
        if match[1].lower() not in MOODS:
            unknown.append(match[0])
            continue
        spoken = _joined(spoken, text[start : match.start()])
        moods.append((len(spoken.rstrip()), match[1].lower()))
        start = match.end()
    return Script(_joined(spoken, text[start:]).rstrip(), tuple(moods), tuple(unknown))


def _joined(left: str, right: str) -> str:
    """Join what stood on both sides of a tag, as if it had not been there; blanks at the end are kept for the next."""
    before, after = left.rstrip(), right.lstrip()
    if not before or not after:
        return left + right if before else after
    blanks = left[len(before) :] + right[: len(right) - len(after)]
    newlines = "\n" * blanks.count("\n")  # they end sentences
    return before + (newlines or ("" if after[0] in _CLOSING else " ")) + after


def word_places(text: str, words: Sequence[Word], start: int = 0) -> list[int]:
    """Where in the text each spoken word begins, and where the last one ends, ``[n + 1]``; looked for from ``start``.

    The voice cleans what it writes. A word that is written otherwise in the text begins where the one before it ends.
    """
    places: list[int] = []
    for word in words:
        core = word.text.strip(_MARKS)
        found = re.compile(rf"(?<!\w){re.escape(core)}").search(text, start) if core else None
        places.append(start if found is None else found.start())
        start = start if found is None else found.end()
    return [*places, start]


def spoken_moods(script: Script, speeches: Iterable[Speech], mood: str) -> Iterator[tuple[Speech, Moods]]:
    """Each spoken sentence of the script with its moods; ``mood`` is the one before the first tag."""
    end = 0
    for speech in speeches:
        *places, end = word_places(script.text, speech.words, end)
        first, changes = mood, []
        for place, name in script.moods:
            if places and place <= places[-1]:
                mood = name
                if place <= places[0]:
                    first = name
                else:
                    changes.append((next(n for n, begin in enumerate(places) if begin >= place), name))
        yield speech, Moods(first, tuple(changes))
