"""One word of a take said anew: read, spoken within a phrase of the words around it, and put into the old sound."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.errors import AlphsistantError, TextError
from ..core.phone_inventory import SILENCE
from ..core.progress import CancelEvent, Step, check_cancel
from ..core.sound_files import read_sound
from ..core.speech import Phone, Speech, Word, join_speeches
from ..text_to_phones.phones import transcribe
from ..text_to_phones.reading import read_out
from ..text_to_speech.controls import NATURAL, Controls
from ..text_to_speech.splicing import splice
from .models import Models, missing_packages_named

LONGEST_PHRASE: Final = 14
"""Words of a sentence that is spoken anew as a whole."""

AROUND: Final = 5
"""Words on either side of a word in a longer sentence that are spoken with it."""


@dataclass(frozen=True, slots=True)
class Respoken:
    """What becomes of a take by one word said anew."""

    words: tuple[Word, ...]
    phones: tuple[Phone, ...]
    samples: npt.NDArray[np.float32]
    """The whole sound; empty if it stays as it is."""
    sample_rate: int
    before: tuple[float, ...]
    """Moments in seconds, rising; straight between them, shifted beyond."""
    after: tuple[float, ...]
    """The same moments as they are now."""


@dataclass(frozen=True, slots=True)
class WordRead:
    """How a text is said."""

    phones: tuple[tuple[str, int], ...]
    """Symbol and stress of each phone."""


def run(  # noqa: PLR0913  # what a request holds
    sound: Path,
    words: tuple[Word, ...],
    phones: tuple[Phone, ...],
    models: Models,
    *,
    place: int,
    sentence: tuple[int, int],
    text: str,
    pronunciation: str = "",
    seed: int = 0,
    controls: Controls = NATURAL,
    cancel: CancelEvent | None = None,
) -> Iterator[Step | Respoken]:
    """Speak one word of a take anew and yield what happens; the last event is a :class:`Respoken`.

    Args:
        sound: file of the whole take.
        words: of the take.
        phones: of the take.
        models: whose voice speaks.
        place: of the word among the words.
        sentence: the first word of its sentence, and the one after the last.
        text: what is to be said in its place, one word or more.
        pronunciation: how it sounds, as phones without blanks and with stress marks; empty: as the voice reads it.
        seed: of the voice.
        controls: rate, pitch, loudness and pauses of the voice, as the take was spoken with.
        cancel: looked at between the steps.

    Raises:
        AlphsistantError: it cannot be spoken there, the sound cannot be read, or what the models raise.
    """
    yield Step("Loading the voice", 0.02)
    with missing_packages_named():
        speaker = models.speaker(cancel)
    check_cancel(cancel)
    first, last = sentence
    if last - first > LONGEST_PHRASE:
        first, last = max(first, place - AROUND), min(last, place + AROUND + 1)
    said = [word.text for word in words]
    phrase = " ".join((*said[first:place], text.strip(), *said[place + 1 : last]))
    sounds: Mapping[str, str] = {}
    if pronunciation:
        plain = _plain_word(text)
        sounds = {plain: pronunciation}
    yield Step(f"Speaking “{text.strip()}”", 0.3)
    parts = list(speaker.stream(phrase, seed=seed, controls=controls, cancel=cancel, sounds=sounds))
    new = join_speeches(parts, [0.0, *itertools.accumulate(part.duration for part in parts[:-1])])
    before, behind = place - first, last - place - 1
    count = len(new.words) - before - behind
    if count < 1 or not _same(new.words, words, before, behind, first, last):
        raise TextError(f"“{text.strip()}” cannot be said between its neighbours alone: speak the take again.")
    yield Step("Putting it into the sound", 0.9)
    whole = read_sound(sound)
    if whole.sample_rate != new.sample_rate:
        raise AlphsistantError("The voice has another sample rate than this take: speak the take again.")
    old = Speech(whole.samples, whole.sample_rate, phones, words, "")
    made = splice(old, new, (place, place + 1), (before, before + count))
    speech = _as_typed(made.speech, place, count, text)
    yield Respoken(
        speech.words,
        speech.phones,
        speech.samples,
        speech.sample_rate,
        tuple(made.before.tolist()),
        tuple(made.after.tolist()),
    )


def read(text: str) -> WordRead:
    """Return how a text is said. ``TextError`` if nothing in it can be."""
    with missing_packages_named():
        phones = [
            (phone.symbol, phone.stress)
            for sentence in read_out(text).sentences
            for phone in transcribe(sentence.spoken).phones
            if phone is not None and phone.symbol != SILENCE
        ]
    return WordRead(tuple(phones))


def _plain_word(text: str) -> str:
    """Return the one word that is spoken for a text.

    Raises:
        TextError: it is spoken as more than one, so phones cannot be given for it.
    """
    spoken = [word for sentence in read_out(text).sentences for word in sentence.spoken.rstrip(",.?!;:—").split()]
    if len(spoken) != 1:
        raise TextError(f"“{text.strip()}” is read as {len(spoken)} words: write them out, each on its own.")
    return spoken[0]


def _same(new: tuple[Word, ...], old: tuple[Word, ...], before: int, behind: int, first: int, last: int) -> bool:
    """Say whether the words around are the same in both readings."""
    texts = [word.text for word in new]
    others = [word.text for word in old[first:last]]
    return texts[:before] == others[:before] and (behind == 0 or texts[-behind:] == others[-behind:])


def _as_typed(speech: Speech, place: int, count: int, text: str) -> Speech:
    """Return the speech with the new words as they were typed, where there are as many."""
    typed = text.split()
    if len(typed) != count:
        return speech
    words = list(speech.words)
    for offset, written in enumerate(typed):
        words[place + offset] = replace(words[place + offset], text=written)
    return replace(speech, words=tuple(words))
