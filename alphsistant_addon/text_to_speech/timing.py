"""When each phone and word is heard, and how that moves with the rate and the pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Word
from ..text_to_phones.phones import Transcription
from ..text_to_phones.reading import Sentence
from .controls import Controls

SHORTEST_PAUSE: Final = 0.04
"""Seconds; a shorter rest between two phones is shared by them."""


@dataclass(frozen=True, slots=True)
class TimeMap:
    """Moments of the voice's own reading ``own [k]`` and of the wished one ``wished [k]``, seconds, both rising."""

    own: npt.NDArray[np.float64]
    wished: npt.NDArray[np.float64]

    @classmethod
    def of(cls, phones: Sequence[Phone], controls: Controls, lengths: Sequence[float] | None = None) -> TimeMap:
        """Phones are spoken at the rate; pauses inside the sentence are stretched by ``pauses`` beside.

        ``lengths`` say how many times as long each phone is, beside.
        """
        own, wished = [0.0], [0.0]
        for i, phone in enumerate(phones):
            inside = phone.symbol == SILENCE and 0 < i < len(phones) - 1
            length = (controls.pauses if inside else 1.0) * (1.0 if lengths is None else lengths[i])
            own.append(phone.end)
            wished.append(wished[-1] + phone.duration / controls.rate * length)
        return cls(np.array(own), np.array(wished))

    def moved(self, seconds: float) -> float:
        """Where a moment of the voice's own reading goes."""
        return float(np.interp(seconds, self.own, self.wished))

    def places(self, frame_seconds: float) -> npt.NDArray[np.float64]:
        """For every frame of the wished reading, the place in the own reading's frames it comes from."""
        frames = max(2, round(self.wished[-1] / frame_seconds) + 1)
        return np.interp(np.arange(frames) * frame_seconds, self.wished, self.own) / frame_seconds


def phones_of(transcription: Transcription, edges: Sequence[float], seconds: float) -> tuple[Phone, ...]:
    """Token edges (``len(tokens) + 1``, seconds) → phones without gaps from 0 to ``seconds``.

    Long rests become pauses, short ones are shared by their neighbours.
    """
    timed: list[Phone] = [Phone(SILENCE, 0.0, min(edges[0], seconds))]
    for i, phone in enumerate(transcription.phones):
        start, end = min(edges[i], seconds), min(edges[i + 1], seconds)
        if phone is not None:
            timed.append(Phone(phone.symbol, timed[-1].end, end, phone.stress))
        elif end - start >= SHORTEST_PAUSE:
            timed.append(Phone(SILENCE, timed[-1].end, end))
        else:  # Shared by its neighbours.
            timed[-1] = replace(timed[-1], end=(start + end) / 2)
    last = timed.pop() if timed[-1].symbol == SILENCE else Phone(SILENCE, timed[-1].end, seconds)
    timed.append(replace(last, end=seconds))
    return tuple(p for p in timed if p.end > p.start or p.symbol != SILENCE)


def words_of(sentence: Sentence, transcription: Transcription, edges: Sequence[float]) -> tuple[Word, ...]:
    """Return the words as they are written, from the start of their first phone to the end of their last."""
    spans: dict[int, tuple[float, float]] = {}
    for i, phone in enumerate(transcription.phones):
        if phone is not None:
            start, _ = spans.get(phone.word, (edges[i], 0.0))
            spans[phone.word] = (start, edges[i + 1])
    words: list[Word] = []
    index = 0
    for word in sentence.words:
        count = len(word.spoken.replace("—", " ").split())
        found = [spans[k] for k in range(index, index + count) if k in spans]
        index += count
        if not found:
            continue
        if word.written or not words:
            words.append(Word(word.written, found[0][0], found[-1][1]))
        else:  # A further part of something that had to be cut.
            words[-1] = replace(words[-1], end=found[-1][1])
    return tuple(words)
