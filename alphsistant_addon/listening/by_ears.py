"""Phones of a recording by the add-on's own ears: with a transcript in any language, or from sound alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..core.phone_inventory import SILENCE
from ..core.progress import CancelEvent, Progress, part_of, untold
from ..core.speech import Phone, Speech, Word
from .acoustic_model import CLASS_INDEX, FRAME, SAME, SPLIT, Heard
from .ears import check_recording, listen
from .forced_alignment import UNWRITTEN_SPEECH, Path, Stretch, find_words, scores_of
from .phone_decoding import find_phones, limit_consonants, merge_pauses
from .pronunciation import WrittenWord, pronounce

Samples = npt.NDArray[np.float32]

SHORTEST_PAUSE: Final = 0.04
"""Seconds; within speech a shorter silence is part of its neighbours (the closure of a stop, say)."""
WORTH_TELLING: Final = 0.3
"""Seconds of speech that is not written, from which the user is told."""
MOST_NAMED: Final = 8
"""Words, and stretches of speech, that one sentence names."""


Span: TypeAlias = tuple[float, float]
"""Start and end in seconds."""


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word of the transcript that is said."""

    index: int
    """Among the words that have phones."""
    word: WrittenWord
    start: float
    end: float
    """Seconds."""


@dataclass(frozen=True)
class Alignment:
    """A transcript found in a recording."""

    speech: Speech
    heard: Heard
    said: tuple[SaidWord, ...]
    unwritten: tuple[Span, ...]
    """Where there is speech that is not written, if it is worth telling."""
    is_complete: bool
    """Whether every word was heard, and nothing else."""


def align_by_ears(
    samples: Samples,
    sample_rate: int,
    transcript: str,
    *,
    language: str | None = None,
    cancel: CancelEvent | None = None,
    progress: Progress = untold,
) -> Alignment:
    """Find the phones of a transcript in a recording; whatever is written, there is a result.

    Args:
        samples: mono samples in −1…1, shape ``[n]``.
        sample_rate: Hz.
        transcript: what is said, as anyone would write it.
        language: espeak-ng's code; by default the script decides (Latin letters are English).
        cancel: looked at every quarter of a second of sound.
        progress: called with the share (0…1) of the work that is done.

    Returns:
        Phones without gaps from 0 to the end of the sound, and the words that are said. Words that are not said are
        left out and speech that is not written is bridged by what is heard; the warnings name both.

    Raises:
        AlphsistantError: the recording is empty or silent, or espeak-ng does not know the language.
        TextError: the transcript holds nothing that can be spoken.
        AssetError: the acoustic model is missing.
        DependencyError: a package is missing.
    """
    samples = check_recording(samples, sample_rate)
    written, warnings = pronounce(transcript, language)
    spoken = [word for word in written if word.phones]
    heard = listen(samples, sample_rate, cancel, part_of(progress, 0.0, 0.5))
    symbols = [[phone.symbol for phone in word.phones] for word in spoken]
    path = find_words(heard, symbols, cancel, part_of(progress, 0.5, 1.0))
    duration = len(samples) / sample_rate
    phones = fit_to(tidy(_phones_of(path, spoken, heard)), duration)
    remarks = _remarks(path, spoken)
    said = _said(path, spoken, duration)
    words = tuple(Word(one.word.text, one.start, one.end) for one in said)
    speech = Speech(samples, sample_rate, phones, words, transcript, (*warnings, *remarks))
    unwritten = tuple((stretch.start, stretch.end) for stretch in _unwritten(path))
    return Alignment(speech, heard, said, unwritten, is_complete=not remarks)


def likelihood(heard: Heard, phones: Sequence[Phone]) -> float:
    """Return how well phones with times agree with what is heard: mean logarithm of their probability in each frame."""
    scores = scores_of(heard)
    if not len(scores):
        return 0.0
    total = 0.0
    for phone in phones:
        plain = SAME.get(phone.symbol, phone.symbol)
        parts = SPLIT.get(plain, (plain,))
        edges = np.linspace(phone.start, phone.end, len(parts) + 1) / FRAME
        for part, start, end in zip(parts, edges[:-1], edges[1:], strict=True):
            total += float(scores[round(start) : round(end), CLASS_INDEX[part]].sum())
    return total / len(scores)


def hear(samples: Samples, sample_rate: int, *, cancel: CancelEvent | None = None) -> Speech:
    """Find the phones of a recording of which nobody knows the words, in whatever language.

    Args:
        samples: mono samples in −1…1, shape ``[n]``.
        sample_rate: Hz.
        cancel: looked at every second of sound.

    Returns:
        Phones without gaps from 0 to the end of the sound; no words, no text.

    Raises:
        AlphsistantError: the recording is empty or silent.
        AssetError: the acoustic model is missing.
        DependencyError: a package is missing.
    """
    samples = check_recording(samples, sample_rate)
    heard = listen(samples, sample_rate, cancel)
    phones = fit_to(tidy(find_phones(heard, cancel)), len(samples) / sample_rate)
    return Speech(samples, sample_rate, phones, (), "")


def _phones_of(path: Path, words: Sequence[WrittenWord], heard: Heard) -> list[Phone]:
    """Phones of the stretches; those of unwritten speech are what is heard there."""
    phones: list[Phone] = []
    for stretch in path.stretches:
        if stretch.word >= 0:
            said = words[stretch.word].phones[stretch.phone]
            phones.append(Phone(said.symbol, stretch.start, stretch.end, said.stress))
        elif stretch.word == UNWRITTEN_SPEECH:
            part = heard.between(stretch.start, stretch.end)
            phones += [
                replace(p, start=stretch.start + p.start, end=min(stretch.start + p.end, stretch.end))
                for p in find_phones(part)
            ]
        else:
            phones.append(Phone(SILENCE, stretch.start, stretch.end))
    return phones


def tidy(phones: Sequence[Phone]) -> list[Phone]:
    """Make one pause of several, none of very short ones, and no endless consonants."""
    tidied: list[Phone] = []
    waiting: float | None = None
    merged = merge_pauses(list(phones))
    for index, phone in enumerate(merged):
        inside = 0 < index < len(merged) - 1
        if phone.symbol == SILENCE and phone.duration < SHORTEST_PAUSE and inside:
            waiting = 0.5 * (phone.start + phone.end)
            tidied[-1] = replace(tidied[-1], end=waiting)
            continue
        tidied.append(phone if waiting is None else replace(phone, start=waiting))
        waiting = None
    return limit_consonants(tidied)


def fit_to(phones: Sequence[Phone], duration: float) -> tuple[Phone, ...]:
    """Let the phones, which end with the last whole frame, end with the sound."""
    kept = [phone for phone in phones if phone.start < duration]
    if not kept:
        return (Phone(SILENCE, 0.0, duration),)
    return (*kept[:-1], replace(kept[-1], end=duration))


def _said(path: Path, words: Sequence[WrittenWord], duration: float) -> tuple[SaidWord, ...]:
    """Words that are said, with their times."""
    times: dict[int, Span] = {}
    for stretch in path.stretches:
        if stretch.word >= 0:
            start, _ = times.get(stretch.word, (stretch.start, 0.0))
            times[stretch.word] = (start, min(stretch.end, duration))
    return tuple(SaidWord(index, words[index], *times[index]) for index in sorted(times))


def _unwritten(path: Path) -> list[Stretch]:
    """Speech that is not written and long enough to be told of."""
    return [s for s in path.stretches if s.word == UNWRITTEN_SPEECH and s.end - s.start >= WORTH_TELLING]


def _remarks(path: Path, words: Sequence[WrittenWord]) -> tuple[str, ...]:
    """Sentences for the user about what is written and not said, or said and not written."""
    remarks = []
    if path.unsaid:
        named = ", ".join(f"“{words[index].text}”" for index in path.unsaid[:MOST_NAMED])
        more = f" and {len(path.unsaid) - MOST_NAMED} more" if len(path.unsaid) > MOST_NAMED else ""
        remarks.append(f"Written but not heard, so left out: {named}{more}.")
        if 2 * len(path.unsaid) > len(words):
            remarks.append("Most of the transcript is not in the recording: check that they belong together.")
    extra = _unwritten(path)
    if extra:
        named = ", ".join(f"{s.start:.1f}–{s.end:.1f} s" for s in extra[:MOST_NAMED])
        more = f" and {len(extra) - MOST_NAMED} more times" if len(extra) > MOST_NAMED else ""
        remarks.append(f"Heard but not written, lips from sound alone: {named}{more}.")
    return tuple(remarks)
