"""What signs do to the sound: rests, a question's rise, an exclamation's wider range, the items of a list.

The voice's teacher reads every sentence as a statement and hurries over many commas; so do its pupils. A voice with
pitch says how high it speaks, and that is bent here, before the vocoder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from ..core.phone_inventory import SILENCE, VOWELS
from ..core.speech import Phone
from ..text_to_phones.phones import PUNCTUATION, Transcription
from .dc_tts.pulse_source import HIGHEST, LOWEST, hertz_of

SHORTEST_RESTS: Final[Mapping[str, float]] = {",": 0.18, ";": 0.30, ":": 0.30, "—": 0.30}
"""Seconds of rest at a sign inside a sentence, at least (an ellipsis is read as ``—``). The teacher's rests at 1,868
commas of the corpus: quartiles 0.12, 0.15 and 0.28 s; at semicolons: 0.24, 0.31 and 0.37 s."""

FADE: Final = 0.12
"""Levels (12 dB) by which each frame of an added rest is softer than its neighbour towards the speech."""

RISE: Final = 7.0
"""Semitones over the median of the sentence at the end of a question that asks for yes or no: L* H-H% in ToBI, the
low rise from the last stressed syllable on (Pierrehumbert and Hirschberg 1990, The Meaning of Intonational Contours in
the Interpretation of Discourse)."""

GOING_ON: Final = 3.0
"""Semitones over the median at the end of an item of a list that others follow, and of what a question offers before
“or”: the high phrase accent that says that more comes (Pierrehumbert and Hirschberg 1990)."""

LONGEST_ITEM: Final = 4
"""Words of an item of a list; more between two commas is a clause."""

FASTEST_RISE: Final = 0.1
"""Seconds that the rise takes at least."""
AUDIBLE: Final = 0.06
"""Levels (6 dB) under the loudest frame of the rise; what is softer at the end is not heard rising."""

LIVELINESS: Final = 1.25
"""Times as far above the median as in a statement, for an exclamation."""
LIFT: Final = 1.0
"""Semitones that an exclamation is higher."""

SEMITONES: Final = 12 * math.log2(HIGHEST / LOWEST)
"""Semitones between level 0 and level 1 of the pitch channel."""

QUESTION_WORDS: Final = frozenset(("what", "who", "whom", "whose", "which", "where", "when", "why", "how"))
"""Questions that start with one of these fall like a statement, as most do in American English; the word asks."""
_LEADING: Final = frozenset(("and", "but", "so", "or", "well", "oh", "okay", "hmm", "then", "now", "hey"))


def with_rests(
    frames: Tensor, edges: Sequence[float], tokens: Sequence[str], frame_seconds: float, pitch: bool
) -> tuple[Tensor, list[float]]:
    """Put silence into frames ``[T, channels]`` where a sign's rest is too short; the later edges move.

    Args:
        frames: mel levels, and with ``pitch`` the two channels of pitch and voicing behind them.
        edges: where each token begins and the last one ends, seconds.
        tokens: phones, spaces and signs.
        frame_seconds: from one frame to the next.
        pitch: whether the voice has pitch.
    """
    moved, pieces, done = list(edges), [], 0
    loudness = frames[:, : -2 if pitch else None].mean(1)
    for i, token in enumerate(tokens[:-1]):
        lacking = SHORTEST_RESTS.get(token, 0.0) - (edges[i + 1] - edges[i])
        count = round(lacking / frame_seconds)
        if i == 0 or count <= 0:
            continue
        first = max(done, int(edges[i] / frame_seconds) - 1)
        last = min(len(frames), math.ceil(edges[i + 1] / frame_seconds) + 2)
        if first >= last:
            continue
        quietest = first + int(loudness[first:last].argmin())
        steps = torch.arange(1, count + 1)
        rest = frames[quietest].repeat(count, 1)
        rest = (rest - FADE * torch.minimum(steps, count + 1 - steps).unsqueeze(1)).clamp(min=0)
        if pitch:
            rest[:, -2], rest[:, -1] = frames[quietest, -2], 0
        pieces += [frames[done : quietest + 1], rest]
        done = quietest + 1
        moved[i + 1 :] = [edge + count * frame_seconds for edge in moved[i + 1 :]]
    return torch.cat([*pieces, frames[done:]]), moved


def intonation(
    frames: Tensor, phones: Sequence[Phone], transcription: Transcription, frame_seconds: float
) -> Tensor | None:
    """Semitones to add to each frame's pitch, ``[T]``; ``None`` where the voice's own reading is right.

    ``frames [T, channels]`` are mel levels with pitch and voicing behind them; ``phones`` are heard at their times.
    """
    sign, voiced = transcription.tokens[-1], hertz_of(frames[:, -2:]) > 0
    if not voiced.any():
        return None
    own = frames[:, -2] * SEMITONES
    median = own[voiced].median()
    said = [phone for phone in phones if phone.symbol != SILENCE]
    rises = [(count, GOING_ON) for count in items_that_go_on(transcription)]
    if sign == "?" and not asks_with_a_word(transcription):
        offered = phones_before_or(transcription)
        rises.append((len(said), RISE) if offered is None else (offered, GOING_ON))
    bend = torch.zeros(len(own))
    if sign == "!":
        bend = bend + (own - median).clamp(min=0) * (LIVELINESS - 1) + LIFT
    for count, height in rises:
        bend = bend + _rise(frames, own, voiced, said[:count], median + height, frame_seconds, last=count == len(said))
    return bend if bend.any() else None


def _rise(
    frames: Tensor, own: Tensor, voiced: Tensor, said: Sequence[Phone], target: Tensor, frame_seconds: float, *,
    last: bool,
) -> Tensor:  # fmt: skip
    """Semitones that lead the pitch from the last stressed syllable of the phones ``said`` to a target at their end.

    What comes after keeps its own pitch, but for the ``last`` rise of a sentence, which lasts to the last frame.
    """
    vowels = [p for p in said if p.symbol in VOWELS]
    nucleus = ([p for p in vowels if p.stress == 1] or vowels or list(said))[-1]
    first = min(int(nucleus.start / frame_seconds), len(own) - 1)
    end = len(own) if last else min(max(first + 1, round(said[-1].end / frame_seconds)), len(own))
    loudness = frames[first:end, :-2].mean(1) * voiced[first:end]
    span = int(torch.nonzero(loudness >= loudness.max() - AUDIBLE).max())
    places = torch.arange(len(own))
    share = ((places - first) / max(span, FASTEST_RISE / frame_seconds)).clamp(0, 1)
    rising = own[first] + (target - own[first]) * share
    return torch.where((share > 0) & (places < end), rising - own, torch.zeros_like(own))


def items_that_go_on(transcription: Transcription) -> list[int]:
    """Return how many phones are said up to the end of each item of a list but its last.

    A list has at least two commas, few words between them, and “and” or “or” before its last item: “red, green, and
    blue”.
    """
    found: list[int] = []
    pending: list[int] = []  # ends of items of what may become a list
    words: list[int] = []  # of the chunk since the last sign
    count = 0
    for sign, phone in zip(transcription.tokens, transcription.phones, strict=True):
        if phone is not None:
            count += 1
            words += [] if words and words[-1] == phone.word else [phone.word]
        elif sign in PUNCTUATION:
            names = [transcription.words[i].lower() for i in words]
            short = len(words) <= LONGEST_ITEM
            closes = any(name in _JOINING for name in names[: LONGEST_ITEM + 1])
            if len(pending) > 1 and closes:
                found += pending
            if sign != "," or closes:
                pending = []
            elif pending and not short:
                pending = [count]
            else:
                pending.append(count)
            words = []
    return found


_JOINING: Final = frozenset(("and", "or"))


def phones_before_or(transcription: Transcription) -> int | None:
    """Return how many phones are said before the “or” of a question that offers a choice; ``None`` without one.

    Such a question falls at its end.
    """
    places = [i for i, word in enumerate(transcription.words) if word.lower() == "or"]
    if not places or places[-1] == 0:
        return None
    return sum(phone is not None and phone.word < places[-1] for phone in transcription.phones)


def asks_with_a_word(transcription: Transcription) -> bool:
    """Whether a question, or its last clause, starts with a question word."""
    starts, asking = True, False
    for token, phone in zip(transcription.tokens, transcription.phones, strict=True):
        if token in PUNCTUATION:
            starts = True
        elif starts and phone is not None:
            word = transcription.words[phone.word].lower()
            if word not in _LEADING:
                starts, asking = False, word.partition("'")[0] in QUESTION_WORDS
    return asking
