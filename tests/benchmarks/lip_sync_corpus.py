"""Recordings with known phone times, for the lip-sync benchmarks.

A folder with ``wavs/ID.wav`` and an alignments file, one JSON object a line: ``id``, ``text``, ``phones`` as
``[symbol, stress, start, end]`` in seconds (symbols of ``alphsistant_addon.core.speech``; gaps are pauses).
"""

from __future__ import annotations

import json
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech

JUNCTURE = 0.12
"""Gaps shorter than this are word junctures without a pause: half goes to each neighbour."""


@dataclass(frozen=True)
class Clip:
    """One recording with its true phones."""

    name: str
    speech: Speech
    word_starts: tuple[int, ...]
    """Index into ``speech.phones`` of each word's first phone."""


def read_wave(path: Path) -> tuple[np.ndarray, int]:
    """Mono samples in −1…1 and the sample rate of a 16-bit WAV file."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0
        return samples.reshape(-1, file.getnchannels()).mean(axis=1), file.getframerate()


def fill_gaps(phones: list[Phone], duration: float) -> tuple[Phone, ...]:
    """Phones without gaps: pauses become phones, junctures are shared."""
    filled: list[Phone] = []
    end = 0.0
    for phone in phones:
        start = phone.start
        if start - end > 1e-4:
            if filled and start - end < JUNCTURE:
                start = (start + end) / 2
                filled[-1] = Phone(filled[-1].symbol, filled[-1].start, start, filled[-1].stress)
            else:
                filled.append(Phone(SILENCE, end, start))
        filled.append(Phone(phone.symbol, max(start, end if not filled else filled[-1].end), phone.end, phone.stress))
        end = phone.end
    if duration - end > 1e-4:
        filled.append(Phone(SILENCE, end, duration))
    return tuple(filled)


def read_clips(folder: Path, alignments: Path, start: int, count: int) -> Iterator[Clip]:
    """``count`` clips from line ``start`` of the alignments file."""
    with alignments.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number < start:
                continue
            if number >= start + count:
                return
            entry = json.loads(line)
            samples, rate = read_wave(folder / "wavs" / f"{entry['id']}.wav")
            true = [Phone(symbol, a, b, stress) for symbol, stress, a, b in entry["phones"]]
            phones = fill_gaps(true, len(samples) / rate)
            yield Clip(
                entry["id"],
                Speech(samples, rate, phones, (), entry["text"]),
                _word_starts(entry.get("tokens", []), phones),
            )


def _word_starts(tokens: list[str], phones: tuple[Phone, ...]) -> tuple[int, ...]:
    """Words from the spoken tokens, where a space or a sign separates them."""
    spoken = [index for index, phone in enumerate(phones) if phone.symbol != SILENCE]
    starts, at, fresh = [], 0, True
    for token in tokens:
        if token.strip("ˈˌ").isalpha():
            if fresh and at < len(spoken):
                starts.append(spoken[at])
            at, fresh = at + 1, False
        else:
            fresh = True
    return tuple(starts)
