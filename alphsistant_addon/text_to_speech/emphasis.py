"""Words that the writer stresses, by *stars* or in CAPITALS: said higher, longer and louder than what is around them.

After the last of them the pitch comes down: what is new has been said. That is how English speaks a contrast (Xu and Xu
2005, Phonetic realization of focus in English declarative intonation, Journal of Phonetics 33). A voice learns none of
it from sentences that are read one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from ..core.phone_inventory import SILENCE, VOWELS
from ..core.speech import Phone
from ..text_to_phones.phones import Transcription
from ..text_to_phones.reading import Sentence
from .dc_tts.pulse_source import hertz_of

PEAK: Final = 4.0
"""Semitones at the middle of the stressed vowel."""
REACH: Final = 0.12
"""Seconds before and after the vowel in which the pitch goes up to the peak and comes down."""
FALL: Final = 0.5
"""Share that is left of what rises above the sentence's median after the last stressed word."""
INAUDIBLE: Final = 0.05
"""Semitones."""
LONGER: Final = 1.25
"""Times as long is the stressed vowel."""
A_LITTLE_LONGER: Final = 1.1
"""Times as long are the word's other phones."""
LOUDER: Final = 0.03
"""Levels (3 dB) over the whole word, of which the SSRN lets about 1 dB be heard at the loudest moment."""

ACRONYMS: Final = frozenset(
    ("NASA", "NATO", "UNESCO", "UNICEF", "OPEC", "FIFA", "UEFA", "AIDS", "COVID", "SIM", "PIN", "RAM", "ROM", "GIF")
)
"""Names that are written in capitals, read as words, and not stressed by that."""

_AROUND: Final = "\"'“”‘’()[]{}.,;:!?…—–-"


def emphasised_words(sentence: Sentence) -> frozenset[int]:
    """Return which of the spoken words the writer stressed, numbered as in :attr:`Transcription.words`.

    A star or an underscore opens at the head of a word and closes at the end of one. A sentence all in capitals
    stresses none of its words, nor do acronyms and letters that are spelled out.
    """
    found: set[int] = set()
    opened, index = False, 0
    everything_loud = _all_in_capitals(sentence)
    for word in sentence.words:
        spoken = word.spoken.replace("—", " ").split()
        bare = word.written.strip(_AROUND)
        head, tail = bare.startswith(("*", "_")), bare.endswith(("*", "_"))
        opened = opened or (head and bare.strip("*_") != "" and _closes(sentence, word.written, tail=tail))
        shouted = not everything_loud and _is_capitals(bare.strip("*_"), spoken)
        if opened or shouted:
            found.update(range(index, index + len(spoken)))
        if tail:
            opened = False
        index += len(spoken)
    return frozenset(found)


def _closes(sentence: Sentence, written: str, *, tail: bool) -> bool:
    """Whether a star that opens at the written word closes there or later."""
    if tail:
        return True
    after = sentence.written.partition(written)[2]
    return any(word.strip(_AROUND).endswith(("*", "_")) for word in after.split())


def _is_capitals(word: str, spoken: Sequence[str]) -> bool:
    """“RED” is, “I”, “BBC” (said letter by letter) and “NASA” are not."""
    letters = [sign for sign in word if sign.isalpha()]
    return (
        len(letters) > 1
        and word == word.upper()
        and word not in ACRONYMS
        and len(spoken) == 1
        and spoken[0].rstrip(",.;:!?").lower() == word.lower()
    )


def _all_in_capitals(sentence: Sentence) -> bool:
    words = ["".join(sign for sign in word.written if sign.isalpha()) for word in sentence.words]
    long = [word for word in words if len(word) > 1]
    return len(long) > 1 and all(word.isupper() for word in long)


def emphasised_phones(phones: Sequence[Phone], transcription: Transcription, words: frozenset[int]) -> list[bool]:
    """Return whether each timed phone belongs to one of the ``words``; rests belong to none."""
    owners = iter(phone.word for phone in transcription.phones if phone is not None)
    return [phone.symbol != SILENCE and next(owners) in words for phone in phones]


def durations(phones: Sequence[Phone], stressed: Sequence[bool]) -> list[float]:
    """Return how many times as long each phone is said."""
    accented = _accented(phones, stressed)
    return [
        1.0 if not inside else LONGER if i in accented else A_LITTLE_LONGER for i, inside in enumerate(stressed)
    ]  # fmt: skip


def _accented(phones: Sequence[Phone], stressed: Sequence[bool]) -> set[int]:
    """Vowels that bear a stressed word's accent: those with its main stress, in a word without one its first."""
    found: set[int] = set()
    first: int | None = None
    has_main = False
    for i, inside in enumerate([*stressed, False]):
        if inside and phones[i].symbol in VOWELS:
            first = i if first is None else first
            if phones[i].stress == 1:
                found.add(i)
                has_main = True
        elif not inside:
            if first is not None and not has_main:
                found.add(first)
            first, has_main = None, False
    return found


def louder(
    frames: Tensor, phones: Sequence[Phone], stressed: Sequence[bool], frame_seconds: float, n_mels: int
) -> Tensor:
    """Return frames ``[T, channels]`` whose stressed words are :data:`LOUDER`; the first ``n_mels`` are levels."""
    gain = torch.zeros(len(frames))
    for phone, inside in zip(phones, stressed, strict=True):
        if inside:
            gain[round(phone.start / frame_seconds) : round(phone.end / frame_seconds)] = LOUDER
    result = frames.clone()
    # Silence stays silence, so that no noise is lifted at the word's edges.
    levels = result[:, :n_mels]
    result[:, :n_mels] = torch.where(levels > LOUDER, levels + gain.unsqueeze(1), levels).clamp(max=1)
    return result


def accents(
    frames: Tensor, phones: Sequence[Phone], stressed: Sequence[bool], frame_seconds: float, semitones: float
) -> Tensor | None:
    """Return semitones to add to each frame's pitch, ``[T]``; ``None`` where no word is stressed.

    ``frames [T, channels]`` are mel levels with pitch and voicing behind them, ``semitones`` lie between level 0 and
    level 1 of the pitch.
    """
    voiced = hertz_of(frames[:, -2:]) > 0
    if not any(stressed) or not voiced.any():
        return None
    own = frames[:, -2] * semitones
    times = torch.arange(len(frames)) * frame_seconds
    bend = torch.zeros(len(frames))
    for i in _accented(phones, stressed):
        middle = (phones[i].start + phones[i].end) / 2
        half = phones[i].duration / 2 + REACH
        rise = PEAK * torch.cos(((times - middle) / half).clamp(-1, 1) * (torch.pi / 2)) ** 2
        # A frame that is hardly moved keeps its own harmonics.
        bend = torch.maximum(bend, torch.where(rise < INAUDIBLE, 0.0, rise))
    last = max(phone.end for phone, inside in zip(phones, stressed, strict=True) if inside)
    after = ((times - last) / REACH).clamp(0, 1)
    return bend - after * (1 - FALL) * (own - own[voiced].median()).clamp(min=0)
