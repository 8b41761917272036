"""What the acoustic model would hear of phones that are known."""

from collections.abc import Sequence

import numpy as np

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.listening.acoustic_model import CLASS_INDEX, CLASSES, SPLIT, Heard


def hear(sounds: Sequence[tuple[str, int]]) -> Heard:
    """What is heard of phones that last so many frames (each half of a diphthong)."""
    labels = [
        CLASS_INDEX[part] for symbol, count in sounds for part in SPLIT.get(symbol, (symbol,)) for _ in range(count)
    ]
    phones = np.full((len(labels), len(CLASSES)), 0.1 / len(CLASSES), np.float32)
    phones[np.arange(len(labels)), labels] += 0.9
    nothing = np.zeros(len(labels), np.float32)
    return Heard(phones, nothing, nothing)


def say(words: Sequence[Sequence[str]], frames: int = 6) -> list[tuple[str, int]]:
    return [(symbol, frames) for word in words for symbol in word]


def pause(frames: int) -> list[tuple[str, int]]:
    return [(SILENCE, frames)]
