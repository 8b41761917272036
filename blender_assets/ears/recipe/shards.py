"""Turn the corpus into what the network is trained on: ``python shards.py CORPUS OUT [--hours .7] [--count 6]``.

A shard is one long stream of features with labels, made of short takes. A take is one to three clips with pauses of up
to 3 s, in which there may be breath; as another throat would say it (resampled), in a room, in noise, babble or music,
through a telephone, tilted, clipped. A shard of whole, clean, held-out clips is made for each voice that judges.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import wave
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt
from voices import is_held_out

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.listening.acoustic_model import CLASSES, SAME, SPLIT
from alphsistant_addon.listening.features import RATE, features, level_of

Samples = npt.NDArray[np.float64]
Random = np.random.Generator

SHARES: Final[dict[str, float]] = {"kokoro": 0.52, "hibari": 0.20, "flite": 0.10, "espeak": 0.15, "none": 0.03}
"""How often each source speaks; ``none`` is noise or music without speech."""
ENOUGH: Final = 300
"""A source with fewer clips than this speaks less often, so that few clips are not learnt by heart."""

CLASS_INDEX: Final = {symbol: index for index, symbol in enumerate(CLASSES)}
FIRST_PART: Final = 0.6
"""Share of a diphthong that is its first vowel."""
CLOSED_PART: Final = {"p": 0.75, "b": 0.75, "m": 1.0}
"""Share of the phone in which the lips are shut; then comes the burst."""

LIPS, TEETH = 1, 2
"""Bits of the second label."""

LEVEL: Final = 0.08
"""Root mean square of speech before anything is done to it."""


@dataclass(frozen=True)
class Clip:
    """One recording: where it is, and ``[symbol, stress, start, end]`` of its phones."""

    path: Path
    voice: str
    phones: Sequence[Sequence[Any]]


def read_corpus(folder: Path) -> list[Clip]:
    """Return all clips of all sources."""
    clips = []
    for index in sorted(folder.glob("*.jsonl")):
        for line in index.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            clips.append(Clip(folder / "wavs" / f"{entry['id']}.wav", entry["voice"], entry["phones"]))
    return clips


def read_samples(path: Path) -> Samples:
    """Return the samples of a 16-bit mono WAV file at :data:`RATE`."""
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768.0


def labels(phones: Sequence[Sequence[Any]], count: int) -> npt.NDArray[np.int16]:
    """Class of each frame, and the bits :data:`LIPS` and :data:`TEETH`; shape ``[count, 2]``."""
    middles = (np.arange(count) + 0.5) * 0.01
    marked = np.zeros((count, 2), np.int16)
    marked[:, 0] = CLASS_INDEX[SILENCE]

    def mark(symbol: str, start: float, end: float) -> None:
        marked[int(np.searchsorted(middles, start)) : int(np.searchsorted(middles, end)), 0] = CLASS_INDEX[symbol]

    for symbol, _, start, end in phones:
        plain = SAME.get(symbol, symbol)
        if plain in SPLIT:
            middle = start + FIRST_PART * (end - start)
            mark(SPLIT[plain][0], start, middle)
            mark(SPLIT[plain][1], middle, end)
        else:
            mark(plain, start, end)
        bit = LIPS if plain in CLOSED_PART else TEETH if plain in ("f", "v") else 0
        if bit:
            until = start + CLOSED_PART.get(plain, 1.0) * (end - start)
            marked[int(np.searchsorted(middles, start)) : int(np.searchsorted(middles, until)), 1] |= bit
    return marked


def noise(count: int, kind: str, rng: Random) -> Samples:
    """Noise of one kind, or something like music."""
    if kind == "music":
        return music(count, rng)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    steps = np.maximum(np.arange(len(spectrum)), 1.0)
    slope = {"white": 0.0, "pink": 0.5, "brown": 1.0, "room": rng.uniform(0.3, 1.2)}[kind]
    return np.asarray(np.fft.irfft(spectrum / steps**slope, count))


def music(count: int, rng: Random) -> Samples:
    """Chords of harmonics with a beat."""
    times = np.arange(count) / RATE
    made = np.zeros(count)
    beat = rng.uniform(0.3, 0.7)
    decay = rng.uniform(0.5, 4.0)
    for index in range(int(count / RATE / beat) + 1):
        first = int(index * beat * RATE)
        last = min(count, first + int(beat * RATE))
        if last <= first:
            continue
        root = 110.0 * 2.0 ** (rng.integers(0, 24) / 12.0)
        fades = np.exp(-decay * (times[first:last] - times[first]))
        for interval in (1.0, rng.choice((1.2, 1.25)), 1.5):
            for harmonic in range(1, 7):
                turn = 2 * np.pi * root * interval * harmonic
                made[first:last] += np.sin(turn * times[first:last] + rng.random() * 6) / harmonic * fades
        made[first : min(last, first + 800)] += rng.standard_normal(min(last, first + 800) - first) * 0.8
    return made


def breath(rng: Random) -> Samples:
    """One breath: band-passed noise that swells and fades."""
    count = int(rng.uniform(0.15, 0.6) * RATE)
    low, high = rng.uniform(200, 900), rng.uniform(2500, 7000)
    sound = sosfilt(butter(2, (low, high), "band", fs=RATE, output="sos"), rng.standard_normal(count))
    swell = np.sin(np.pi * np.linspace(0, 1, count) ** rng.uniform(0.5, 2.0)) ** 2
    return np.asarray(sound * swell * LEVEL * 10 ** (-rng.uniform(8, 30) / 20))


def echo(rng: Random) -> Samples:
    """Impulse response of a room with .15 to .7 s of reverberation."""
    count = int(rng.uniform(0.15, 0.7) * RATE)
    made = rng.standard_normal(count) * np.exp(-6.9 * np.arange(count) / count) * rng.uniform(0.02, 0.12)
    made[0] = 1.0
    return made


def unit(sound: Samples) -> Samples:
    """Return the sound at :data:`LEVEL`."""
    return sound / (np.sqrt(np.mean(sound**2)) + 1e-9) * LEVEL


def pause(rng: Random) -> Samples:
    """Silence of up to 3 s, at times with a breath or a smack of the lips in it."""
    seconds = rng.uniform(0.3, 3.0) if rng.random() < 0.6 else rng.uniform(0.02, 0.4)
    made = np.zeros(int(seconds * RATE))
    if rng.random() < 0.45:
        sound = breath(rng)[: len(made)]
        first = rng.integers(0, len(made) - len(sound) + 1)
        made[first : first + len(sound)] += sound
    if rng.random() < 0.1 and len(made) > 400:
        first = rng.integers(0, len(made) - 200)
        made[first : first + 100] += (
            rng.standard_normal(100) * np.exp(-np.arange(100) / 20) * LEVEL * rng.uniform(0.1, 1)
        )
    return made


def compose(clips: Sequence[Clip], rng: Random) -> tuple[Samples, list[list[Any]]]:
    """Clips one after the other with pauses, each as another throat would say it."""
    pieces: list[Samples] = []
    phones: list[list[Any]] = []
    at = 0

    def put(sound: Samples) -> None:
        nonlocal at
        pieces.append(sound)
        at += len(sound)

    if rng.random() < 0.5:
        put(pause(rng))
    factor = rng.choice((0.78, 0.84, 0.9, 0.95, 1.06, 1.1, 1.17, 1.25)) if rng.random() < 0.6 else 1.0
    for clip in clips:
        sound = unit(read_samples(clip.path))
        if factor != 1.0:
            sound = resample_poly(sound, 100, round(100 * factor))
        phones += [[s, k, at / RATE + a / factor, at / RATE + b / factor] for s, k, a, b in clip.phones]
        put(sound * 10 ** (rng.normal(0, 2.5) / 20))
        if rng.random() < 0.5 or clip is not clips[-1]:
            put(pause(rng))
    return np.concatenate(pieces), phones


def disturb(sound: Samples, babble: Callable[[int], Samples], rng: Random) -> Samples:
    """Room, noise, microphone and line."""
    if rng.random() < 0.3:
        sound = fftconvolve(sound, echo(rng))[: len(sound)]
    if rng.random() < 0.75:
        sound = sound + unit(noise(len(sound), "room", rng)) * 10 ** (-rng.uniform(25, 60) / 20)
    if rng.random() < 0.45:
        kind = rng.choice(("white", "pink", "pink", "brown", "music", "babble"))
        other = babble(len(sound)) if kind == "babble" else noise(len(sound), kind, rng)
        sound = sound + unit(other) * 10 ** (-rng.uniform(0, 28) / 20)
    line = rng.random()
    if line < 0.10:
        sound = sosfilt(butter(4, (300, 3400), "band", fs=RATE, output="sos"), sound)
    elif line < 0.25:
        sound = sosfilt(butter(3, rng.uniform(2500, 7000), "low", fs=RATE, output="sos"), sound)
    elif line < 0.35:
        sound = sosfilt(butter(2, rng.uniform(80, 300), "high", fs=RATE, output="sos"), sound)
    if rng.random() < 0.5:
        sound = sosfilt(np.array([[1, rng.uniform(-0.6, 0.6), 0, 1, 0, 0]]), sound)
    if rng.random() < 0.08:
        sound = np.tanh(rng.uniform(3, 12) * sound)
    return sound


def make_shard(clips: Sequence[Clip], hours: float, rng: Random) -> tuple[Any, Any]:
    """Features and labels of ``hours`` of disturbed takes."""
    by_source: dict[str, dict[str, list[Clip]]] = defaultdict(lambda: defaultdict(list))
    for clip in clips:
        by_source[clip.voice.split("/")[0]][clip.voice].append(clip)
    totals = {source: sum(len(c) for c in voices.values()) for source, voices in by_source.items()}
    totals["none"] = ENOUGH
    weights = {s: share * min(1.0, totals.get(s, 0) / ENOUGH) for s, share in SHARES.items()}
    names, odds = list(weights), np.array(list(weights.values())) / sum(weights.values())

    def pick() -> Clip:
        source = "none"
        while source == "none":
            source = str(rng.choice(names, p=odds))
        voices = by_source[source]
        voice = voices[list(voices)[rng.integers(len(voices))]]
        return voice[rng.integers(len(voice))]

    def babble(count: int) -> Samples:
        made = np.zeros(count)
        for _ in range(rng.integers(3, 7)):
            sound = unit(read_samples(pick().path))
            made += np.resize(np.roll(sound, rng.integers(len(sound))), count)
        return made

    frames, marks, total = [], [], 0
    while total < hours * 360_000:
        if rng.choice(names, p=odds) == "none":
            kind = rng.choice(("white", "pink", "brown", "room", "music", "music"))
            sound = unit(noise(int(rng.uniform(1.5, 5) * RATE), kind, rng)) * 10 ** (-rng.uniform(0, 45) / 20)
            phones: list[list[Any]] = []
        else:
            first = pick()
            # Another voice follows only now and then.
            same = by_source[first.voice.split("/")[0]][first.voice]
            more = int(rng.choice((0, 0, 1, 2)))
            others = [same[rng.integers(len(same))] if rng.random() < 0.8 else pick() for _ in range(more)]
            sound, phones = compose([first, *others], rng)
        heard = np.clip(disturb(sound, babble, rng), -4, 4).astype(np.float32)
        # The level may be wrong at first, as it is when a microphone has just been opened.
        start = level_of(heard) + (rng.uniform(-3, 4) if rng.random() < 0.4 else 0.0)
        seen = features(heard, start)
        frames.append(seen.astype(np.float16))
        marks.append(labels(phones, len(seen)))
        total += len(seen)
    return np.concatenate(frames), np.concatenate(marks)


def main() -> None:
    """Write shards that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hours", type=float, default=0.7)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=6)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for number in range(options.first, options.first + options.count):
        path = options.out / f"shard{number:04d}.npz"
        if path.exists():
            continue
        began = time.process_time()
        clips = [c for c in read_corpus(options.corpus) if not is_held_out(c.voice)]
        frames, marks = make_shard(clips, options.hours, np.random.default_rng(number))
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, frames=frames, labels=marks)
        unfinished.rename(path)
        print(
            f"{path.name}: {len(frames) / 360_000:.2f} h of {len(clips)} clips in {time.process_time() - began:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
