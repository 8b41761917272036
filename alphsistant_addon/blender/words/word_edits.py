"""What an animator does with the words of a take: drag, mute, another pause, other phones, stress. One undo step each.

Each function works out what becomes of the words and puts it into the file in one operation (``word_change``). Words
that have to be spoken again are a job (``word_job``).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError
from ...core.phone_inventory import SILENCE, VOWELS
from ...core.speech import Phone, Word
from ...text_to_speech import sound_edits
from ..common.file_changes import FileChanges
from . import take_sound, word_list, word_markers
from .word_change import WordsChange, make, with_times
from .word_markers import PAUSE, Edge
from .word_state import state_of, word_at

Timed = TypeVar("Timed", Phone, Word)
FloatArray = npt.NDArray[np.float64]

SHORTEST: Final = 0.02
"""Seconds between two moved places."""

LONGEST_PAUSE: Final = 10.0
"""Seconds."""

_NO_PAUSE: Final = 0.001
"""Seconds; two words that are nearer have no pause between them."""


def follow(take_id: str) -> None:
    """Let mouth and sound follow the markers that were dragged; nothing where none was.

    Raises:
        AlphsistantError: the take is gone, its words are not shown, or a word would start before the one before it;
            nothing is changed.
    """
    found = word_markers.dragged(take_id)
    if found:
        move(take_id, found)


def move(take_id: str, edges: dict[Edge, float]) -> None:
    """Move starts and ends of words to other moments, in seconds of the take.

    The mouth is stretched between them; so is the sound, if the voice has spoken it and the list says so. Blinks,
    brows, gaze and head stay.

    Raises:
        AlphsistantError: as :func:`follow`.
    """
    state = state_of(take_id)
    before, after = _knots(state.words, edges, state.duration)

    def moved(seconds: float) -> float:
        return float(np.interp(seconds, before, after))

    def all_moved(phones: Sequence[Phone]) -> tuple[Phone, ...]:
        return tuple(replace(phone, start=moved(phone.start), end=moved(phone.end)) for phone in phones)

    samples = None
    if state.is_spoken and word_list.sound_follows(take_id):
        sound, rate = take_sound.read(state)
        samples = sound_edits.stretched(sound, rate, before, after), rate
    change = WordsChange(
        words=tuple(replace(word, start=moved(word.start), end=moved(word.end)) for word in state.words),
        phones=all_moved(state.phones),
        muted={place: all_moved(phones) for place, phones in state.muted.items()},
        before=before,
        after=after,
        samples=samples,
    )
    with FileChanges() as changes:
        make(state, change, changes)


def set_start(take_id: str, place: int, seconds: float) -> None:
    """Let a word start at a moment. ``AlphsistantError`` as :func:`follow`."""
    move(take_id, {(place + 1, False): seconds})


def set_end(take_id: str, place: int, seconds: float) -> None:
    """Let a word end at a moment; without a pause after it, the next word starts there. Errors as :func:`follow`."""
    state = state_of(take_id)
    word_at(state, place)
    start, end = state.pause_after(place)
    if end - start < PAUSE and place + 1 < len(state.words):
        move(take_id, {(place + 2, False): seconds + end - start})
    else:
        move(take_id, {(place + 1, True): seconds})


def mute(take_id: str, place: int, on: bool) -> None:  # as a property sets it
    """Put silence, and the mouth at rest, in the place of a word, or the word back.

    Raises:
        AlphsistantError: there is no such word, or the sound cannot be read or written.
    """
    state = state_of(take_id)
    word = word_at(state, place)
    if on == (place in state.muted):
        return
    first, last = state.span_of_phones(place)
    muted = dict(state.muted)
    if on:
        muted[place] = state.phones_in(place)
        if not muted[place]:
            raise AlphsistantError(f"“{word.text}” has no sounds of its own.")
        own: tuple[Phone, ...] = (Phone(SILENCE, state.phones[first].start, state.phones[last - 1].end),)
    else:
        own = with_times(muted.pop(place), state.phones[first].start, state.phones[last - 1].end)
    change = WordsChange(
        words=state.words,
        phones=(*state.phones[:first], *own, *state.phones[last:]),
        muted=muted,
        again=((word.start, word.end),),
    )
    with FileChanges() as changes:
        make(state, change, changes)


def set_pause(take_id: str, place: int, seconds: float) -> None:
    """Let the pause behind a word be so long; all that follows is earlier or later, the sound too.

    Raises:
        AlphsistantError: there is no such word, the sound is a recording, or the pause is too long.
    """
    state = state_of(take_id)
    word = word_at(state, place)
    if not state.is_spoken:
        raise AlphsistantError(
            "The sound of a recording stays as it is: drag the markers of its words where they are heard."
        )
    if not 0.0 <= seconds <= LONGEST_PAUSE:
        raise AlphsistantError(f"A pause is between 0 and {LONGEST_PAUSE:g} seconds long, not {seconds:g}.")
    start, end = state.pause_after(place)
    shift = seconds - (end - start)
    if abs(shift) < _NO_PAUSE:
        return
    sound, rate = take_sound.read(state)
    edge = (start + end) / 2.0
    left = [p for p in state.phones if (p.start + p.end) / 2.0 < edge and (p.symbol != SILENCE or p.end <= start)]
    right = [later(p, shift) for p in state.phones if (p.start + p.end) / 2.0 > edge and p not in left]
    right = [p for p in right if p.symbol != SILENCE or p.start >= end + shift - 1e-4]
    quiet = (Phone(SILENCE, start, start + seconds),) if seconds > 0.0 else ()
    change = WordsChange(
        words=tuple(later(w, shift) if i > place else w for i, w in enumerate(state.words)),
        phones=_gapless((*left, *quiet, *right), state.duration + shift),
        muted={
            i: tuple(later(phone, shift) if i > place else phone for phone in phones)
            for i, phones in state.muted.items()
        },
        before=np.array([0.0, word.end, max(end, word.end + 1e-5), state.duration + 1e-5]),
        after=np.array([0.0, word.end, max(end + shift, word.end + 1e-6), state.duration + shift + 1e-5]),
        everything=True,
        again=((start, start + seconds),),
        samples=(sound_edits.with_pause(sound, rate, start, end, seconds), rate),
    )
    with FileChanges() as changes:
        make(state, change, changes)


def replace_phones(take_id: str, place: int, symbols: Sequence[tuple[str, int]]) -> None:
    """Give a word other phones (symbol and stress); the sound stays.

    Raises:
        AlphsistantError: there is no such word.
    """
    state = state_of(take_id)
    word = word_at(state, place)
    first, last = state.span_of_phones(place)
    own = with_symbols(state.phones_in(place), symbols, word.start, word.end)
    muted = dict(state.muted)
    phones = state.phones
    if place in muted:
        muted[place] = own
    else:
        phones = (*state.phones[:first], *own, *state.phones[last:])
    change = WordsChange(state.words, phones, muted, again=((word.start, word.end),))
    with FileChanges() as changes:
        make(state, change, changes)


def stressed(phones: Sequence[Phone], level: int) -> list[tuple[str, int]]:
    """Return symbols and stresses of a word's phones with this stress on its strongest vowel, and none beside it."""
    vowels = [i for i, phone in enumerate(phones) if phone.symbol in VOWELS]
    strength = {1: 0, 2: 1, 0: 2}
    strongest = min(vowels, key=lambda i: (strength[phones[i].stress], -phones[i].duration), default=-1)
    return [(phone.symbol, level if i == strongest else 0) for i, phone in enumerate(phones)]


def with_symbols(
    phones: Sequence[Phone], symbols: Sequence[tuple[str, int]], start: float, end: float
) -> tuple[Phone, ...]:
    """Return phones of these symbols and stresses between two moments.

    As many as before keep their times. Others share the span, vowels half as long again as consonants.
    """
    if len(phones) == len(symbols):
        return tuple(replace(p, symbol=s, stress=k) for p, (s, k) in zip(phones, symbols, strict=True))
    shares = np.array([1.5 if symbol in VOWELS else 1.0 for symbol, _ in symbols])
    edges = start + np.concatenate(([0.0], np.cumsum(shares))) / shares.sum() * (end - start)
    spans = itertools.pairwise(edges.tolist())
    return tuple(Phone(s, a, b, k) for (s, k), (a, b) in zip(symbols, spans, strict=True))


def later(timed: Timed, seconds: float) -> Timed:
    """Return a phone or word so many seconds later."""
    return replace(timed, start=timed.start + seconds, end=timed.end + seconds)


def _gapless(phones: Sequence[Phone], duration: float) -> tuple[Phone, ...]:
    """Return the phones without gaps between them, the last one up to the end."""
    made: list[Phone] = []
    for phone in phones:
        start = made[-1].end if made else 0.0
        if phone.end > start:
            made.append(replace(phone, start=start))
    made[-1] = replace(made[-1], end=duration)
    return tuple(made)


def _knots(words: tuple[Word, ...], dragged: dict[Edge, float], duration: float) -> tuple[FloatArray, FloatArray]:
    """Return seconds before and after, rising: both ends of the take, and the starts and ends of all words.

    A word whose start alone was dragged keeps its length as far as there is room; one without a pause after it ends
    where the next one starts.
    """
    before, after, names = [0.0], [0.0], ["the start of the take"]
    for number, word in enumerate(words, 1):
        start = dragged.get((number, False), word.start)
        end = dragged.get((number, True), word.end)
        following = words[number] if number < len(words) else None
        next_start = dragged.get((number + 1, False), following.start) if following is not None else duration
        if following is not None and following.start - word.end < PAUSE:
            end = next_start - (following.start - word.end)
        elif (number, True) not in dragged and start != word.start:
            end = min(start + word.end - word.start, next_start)
        for old, new in ((word.start, start), (word.end, end)):
            if old > before[-1] + 1e-6:
                before.append(old)
                after.append(new)
                names.append(word.text)
    if duration > before[-1] + 1e-6:
        before.append(duration)
        after.append(duration)
        names.append("the end of the take")
    for place, (first, second) in enumerate(itertools.pairwise(after)):
        if second < first + min(SHORTEST, before[place + 1] - before[place]) - 1e-6:
            raise AlphsistantError(
                f"“{names[place + 1]}” is now too near to “{names[place]}” or before it: drag their markers apart."
            )
    return np.array(before), np.array(after)
