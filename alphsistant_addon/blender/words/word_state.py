"""The words of a take as they are now: their times, their phones, which are muted, and whether the sound may follow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...core.errors import AlphsistantError
from ...core.phone_inventory import CONSONANTS, SILENCE, VOWELS
from ...core.speech import Phone, Word
from ..takes import stored
from ..takes.record import Take, find, record_of, scene_of
from .word_list import STRESS_MARKS

SPOKEN: Final = ""
FILE: Final = "FILE"
"""In the record, as ``recording``: the voice has spoken the take; it plays a sound file of the user's."""

_EDGE: Final = 1e-4


@dataclass(frozen=True)
class WordState:
    """The words of a take."""

    take: Take
    record: Any
    scene: Any
    words: tuple[Word, ...]
    phones: tuple[Phone, ...]
    """Those of muted words are pauses."""
    muted: Mapping[int, tuple[Phone, ...]]
    """The phones that a muted word has, by its place among the words."""
    duration: float
    """Seconds of the take."""

    @property
    def rate(self) -> float:
        """Frames per second."""
        return float(self.record.get("rate", 24.0))

    @property
    def is_spoken(self) -> bool:
        """Whether the voice has spoken the take, so that its sound is ours to change."""
        return str(self.record.get("recording", SPOKEN)) == SPOKEN

    @property
    def plays_own_file(self) -> bool:
        """Whether a strip of ours plays a sound file of the user's."""
        return str(self.record.get("recording", SPOKEN)) == FILE

    def phones_in(self, place: int) -> tuple[Phone, ...]:
        """Return the phones of a word, those that it would have if it were not muted."""
        if place in self.muted:
            return self.muted[place]
        first, last = self.span_of_phones(place)
        return tuple(phone for phone in self.phones[first:last] if phone.symbol != SILENCE)

    def span_of_phones(self, place: int) -> tuple[int, int]:
        """Return the first phone of a word and the one after its last, as places among the phones."""
        word = self.words[place]
        middles = [(phone.start + phone.end) / 2.0 for phone in self.phones]
        first = next((i for i, middle in enumerate(middles) if middle > word.start - _EDGE), len(middles))
        last = next((i for i, middle in enumerate(middles) if middle > word.end + _EDGE), len(middles))
        return first, last

    def pause_after(self, place: int) -> tuple[float, float]:
        """Return start and end in seconds of the pause behind a word; the same twice where there is none."""
        end = self.words[place].end
        if place + 1 < len(self.words):
            return end, max(self.words[place + 1].start, end)
        return end, max(self.duration, end)


def state_of(take_id: str) -> WordState:
    """Return the words of a take.

    Raises:
        AlphsistantError: the take is gone, has no words with times, or is of a version that did not keep its channels.
    """
    take, record = find(take_id), record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if take is None or scene is None:
        raise AlphsistantError("This take is no longer there.")
    words = stored.words_of(record)
    if not words:
        raise AlphsistantError("This take has no words with times.")
    duration = stored.animation_of(record).duration
    return WordState(take, record, scene, words, stored.phones_of(record), stored.muted_of(record), duration)


def word_at(state: WordState, place: int) -> Word:
    """Return a word of a take. ``AlphsistantError`` if it has fewer."""
    if not 0 <= place < len(state.words):
        raise AlphsistantError("Select a word first.")
    return state.words[place]


def as_json(muted: Mapping[int, tuple[Phone, ...]]) -> str | None:
    """Return the muted words as the record keeps them; ``None`` without any."""
    if not muted:
        return None
    return json.dumps({str(k): [(p.symbol, p.start, p.end, p.stress) for p in phones] for k, phones in muted.items()})


def written(phones: tuple[Phone, ...]) -> str:
    """Return phones as one line: symbols with blanks between, and stress marks before stressed vowels."""
    return " ".join(STRESS_MARKS[phone.stress] + phone.symbol for phone in phones)


def read_phones(text: str) -> tuple[tuple[str, int], ...]:
    """Read what :func:`written` has written: symbol and stress of each phone.

    Raises:
        AlphsistantError: a symbol is not in the inventory, or there is none at all.
    """
    found = []
    for symbol in text.replace("'", "ˈ").replace("g", "ɡ").split():
        stress = next((level for level, mark in enumerate(STRESS_MARKS) if mark and symbol.startswith(mark)), 0)
        bare = symbol[1:] if stress else symbol
        if bare not in VOWELS and bare not in CONSONANTS:
            raise AlphsistantError(
                f"“{symbol}” is not a phone: write phones with blanks between, such as “h ə l ˈoʊ”. There are "
                f"{' '.join((*VOWELS, *CONSONANTS))}."
            )
        found.append((bare, stress if bare in VOWELS else 0))
    if not found:
        raise AlphsistantError("A word needs a phone: mute it if it shall not be heard.")
    return tuple(found)
