"""Voices that read characters: what they are given, and when the phones are heard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...text_to_phones.phones import PUNCTUATION, Transcription
from .voice_config import VoiceConfig

_PARTS: Final = re.compile(rf"[{re.escape(''.join(PUNCTUATION))}]|[^\s{re.escape(''.join(PUNCTUATION))}]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A sentence in the characters of a voice; ``words`` has the index of each character's word, −1 between words."""

    tokens: tuple[str, ...]
    words: tuple[int, ...]


def spell(sentence: str, config: VoiceConfig) -> Spelling:
    """Write a sentence of words and :data:`~.phones.PUNCTUATION` in the voice's characters.

    Accents are dropped, letters are small where the voice has no capitals, “!” is a full stop where it has none, and
    what it cannot read is left out. Words are counted as :func:`.phones.transcribe` counts them.
    """
    known = frozenset(symbol for symbol in config.symbols[1:] if len(symbol) == 1)
    tokens: list[str] = []
    words: list[int] = []
    count = 0
    for part in _PARTS.findall(sentence):
        if part in PUNCTUATION:
            sign = "." if part == "!" and part not in known else part
            if sign in known and tokens and tokens[-1] not in PUNCTUATION:
                tokens.append(sign)
                words.append(-1)
            continue
        plain = "".join(c for c in unicodedata.normalize("NFD", part) if unicodedata.category(c) != "Mn")
        letters = [c if c in known else c.lower() for c in plain if c in known or c.lower() in known]
        if letters and tokens and " " in known:
            tokens.append(" ")
            words.append(-1)
        tokens += letters
        words += [count] * len(letters)
        count += 1
    return Spelling(tuple(tokens), tuple(words))


def token_edges(transcription: Transcription, spelling: Spelling, edges: Sequence[float]) -> list[float]:
    """Return where each token of the transcription begins and the last one ends, seconds, ``len(tokens) + 1``.

    ``edges`` are those of the characters (``len(spelling.tokens) + 1``, from the attention). The phones of a word are
    spread evenly over its letters: the k-th of n phones begins where letter ``k · letters / n`` is read. A rest between
    words belongs to the first token that stands there.
    """
    spans: dict[int, list[float]] = {}
    for i, word in enumerate(spelling.words):
        if word >= 0:
            spans.setdefault(word, [edges[i]]).append(edges[i + 1])
    phones: dict[int, int] = {}
    for phone in transcription.phones:
        if phone is not None:
            phones[phone.word] = phones.get(phone.word, 0) + 1
    starts: list[float] = []
    now = edges[0]
    seen: dict[int, int] = {}
    for phone in transcription.phones:
        if phone is None:
            starts.append(now)
            continue
        span = spans.get(phone.word, [now])
        k = seen[phone.word] = seen.get(phone.word, 0) + 1
        share = np.linspace(0, len(span) - 1, phones[phone.word] + 1)
        bounds = np.interp(share, range(len(span)), span)
        starts.append(float(bounds[k - 1]))
        now = float(bounds[k])
    ordered: list[float] = np.maximum.accumulate([*starts, max(now, edges[-1])]).tolist()
    return ordered
