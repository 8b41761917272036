"""Phones without words: the best sequence of phones through what the acoustic model hears (Viterbi 1967)."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.phone_inventory import CONSONANTS, SILENCE
from ..core.progress import CancelEvent, check_cancel
from ..core.speech import Phone
from .acoustic_model import CLASSES, FRAME, SPLIT, Heard

SHORTEST: Final = 3
"""Frames that a phone lasts at least."""
CHANGE: Final = 2.0
"""Cost of going on to another phone: fewer, surer phones."""
DOUBT: Final = 1e-4
STEADY: Final = 100
"""Frames between two looks at ``cancel``."""

LONGEST_CONSONANT: Final = 0.25
"""Seconds; what is heard as a longer consonant is breath or room, and is a pause after that."""

_DIPHTHONGS: Final[dict[tuple[str, str], str]] = {parts: symbol for symbol, parts in SPLIT.items()}
_LONGEST_DIPHTHONG: Final = 0.45


def find_phones(heard: Heard, cancel: CancelEvent | None = None) -> tuple[Phone, ...]:
    """Return the phones that are heard, without gaps from 0 to the end; two vowels that are a diphthong are one phone.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    path = _best_path(np.log(heard.phones + np.float32(DOUBT)), cancel)
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)] if len(path) else [0]
    phones = [Phone(CLASSES[path[first]], first * FRAME, last * FRAME) for first, last in itertools.pairwise(edges)]
    return tuple(_joined(limit_consonants(phones)))


def _best_path(scores: npt.NDArray[np.float32], cancel: CancelEvent | None) -> npt.NDArray[np.int64]:
    """Class of each frame."""
    count, classes = scores.shape
    if count == 0:
        return np.zeros(0, np.int64)
    best = np.full((SHORTEST, classes), -1e9, np.float32)
    best[0] = scores[0]
    entered = np.zeros(count, np.int16)
    stays = np.zeros((count, classes), bool)
    for frame in range(1, count):
        if frame % STEADY == 0:
            check_cancel(cancel)
        last = best[-1]
        from_class = int(last.argmax())
        entered[frame] = from_class
        stays[frame] = last >= best[-2]
        longer = np.maximum(last, best[-2])
        best[1:-1] = best[:-2]
        best[0] = last[from_class] - CHANGE
        best[-1] = longer
        best += scores[frame]
    path = np.empty(count, np.int64)
    here, age = int(best.max(axis=0).argmax()), 0
    age = int(best[:, here].argmax())
    for frame in range(count - 1, -1, -1):
        path[frame] = here
        if age == SHORTEST - 1:
            age -= not stays[frame, here]
        elif age:
            age -= 1
        else:
            here, age = int(entered[frame]), SHORTEST - 1
    return path


def limit_consonants(phones: list[Phone]) -> list[Phone]:
    """Let a pause follow a consonant that lasts too long, or come before it at the start of speech."""
    limited: list[Phone] = []
    for index, phone in enumerate(phones):
        if phone.symbol not in CONSONANTS or phone.duration <= LONGEST_CONSONANT:
            limited.append(phone)
        elif index == 0 or phones[index - 1].symbol == SILENCE:
            edge = phone.end - LONGEST_CONSONANT
            limited += [Phone(SILENCE, phone.start, edge), Phone(phone.symbol, edge, phone.end, phone.stress)]
        else:
            edge = phone.start + LONGEST_CONSONANT
            limited += [Phone(phone.symbol, phone.start, edge, phone.stress), Phone(SILENCE, edge, phone.end)]
    return merge_pauses(limited)


def merge_pauses(phones: list[Phone]) -> list[Phone]:
    """Make one pause of neighbouring ones."""
    merged: list[Phone] = []
    for phone in phones:
        if merged and phone.symbol == merged[-1].symbol == SILENCE:
            merged[-1] = Phone(SILENCE, merged[-1].start, phone.end)
        else:
            merged.append(phone)
    return merged


def _joined(phones: list[Phone]) -> list[Phone]:
    """Make diphthongs of the vowels that they were heard as."""
    joined: list[Phone] = []
    for phone in phones:
        before = joined[-1] if joined else None
        symbol = _DIPHTHONGS.get((before.symbol, phone.symbol)) if before else None
        if before and symbol and phone.end - before.start <= _LONGEST_DIPHTHONG:
            joined[-1] = Phone(symbol, before.start, phone.end)
        else:
            joined.append(phone)
    return joined
