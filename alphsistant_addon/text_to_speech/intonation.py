"""What signs do to the sound: pauses of the right length, a question's rise, an exclamation's wider range.

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
    if sign not in {"!", "?"} or not voiced.any():
        return None
    own = frames[:, -2] * SEMITONES
    median = own[voiced].median()
    if sign == "!":
        return (own - median).clamp(min=0) * (LIVELINESS - 1) + LIFT
    if asks_with_a_word(transcription):
        return None
    vowels = [p for p in phones if p.symbol in VOWELS]
    stressed = [p for p in vowels if p.stress == 1]
    nucleus = (stressed or vowels or [p for p in phones if p.symbol != SILENCE])[-1]
    first = min(int(nucleus.start / frame_seconds), len(own) - 1)
    loudness = frames[first:, :-2].mean(1) * voiced[first:]
    span = int(torch.nonzero(loudness >= loudness.max() - AUDIBLE).max())
    share = ((torch.arange(len(own)) - first) / max(span, FASTEST_RISE / frame_seconds)).clamp(0, 1)
    rising = own[first] + (median + RISE - own[first]) * share
    return torch.where(share > 0, rising - own, torch.zeros_like(own))


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
