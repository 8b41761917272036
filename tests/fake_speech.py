"""Speech of tones whose phones are known: each letter is a phone of 90 ms."""

from __future__ import annotations

import numpy as np

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech, Word

RATE = 22050
PHONE_SECONDS = 0.09
PHONES = dict(
    zip(
        "abdefghijklmnoprstuvwz",
        [
            "ɑ",
            "b",
            "d",
            "ɛ",
            "f",
            "ɡ",
            "h",
            "i",
            "dʒ",
            "k",
            "l",
            "m",
            "n",
            "oʊ",
            "p",
            "ɹ",
            "s",
            "t",
            "u",
            "v",
            "w",
            "z",
        ],
        strict=True,
    )
)


def fake_speech(sentence: str, seed: int = 0) -> Speech:
    letters = [letter for letter in sentence.lower() if letter in PHONES]
    if not letters:
        raise TextError("There is nothing in this text that can be spoken.")
    symbols = [SILENCE, *(PHONES[letter] for letter in letters), SILENCE]
    times = np.arange(len(symbols) + 1) * PHONE_SECONDS
    count = round(times[-1] * RATE)
    times[-1] = count / RATE
    phones = tuple(Phone(*phone) for phone in zip(symbols, times[:-1].tolist(), times[1:].tolist(), strict=True))
    samples = np.sin(np.arange(count) * (0.06 + 0.001 * seed)).astype(np.float32) * np.float32(0.3)
    words = []
    spoken = iter(phones[1:-1])
    for word in sentence.split():
        own = [next(spoken) for letter in word.lower() if letter in PHONES]
        if own:
            words.append(Word(word, own[0].start, own[-1].end))
    return Speech(samples, RATE, phones, tuple(words), sentence)
