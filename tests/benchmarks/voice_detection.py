"""When is it known that somebody speaks: ``python tests/benchmarks/voice_detection.py``.

Twenty questions by each of three synthetic voices (our own; flite's slt and espeak-ng where they are installed), 1.5 s
of the room before and after, clean (hiss 60 dB below) and with pink noise; then half a minute each of simulated sounds
that are no speech. All of it in blocks of 10 ms through ``audio_process.listener``.

onset       first sound (35 dB below the loudest 10 ms) → known, median and 95 of 100
pause       last sound → the pause is known
false       clips in which somebody was heard before the first sound
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alphsistant_addon.audio_process.listener import Listener
from alphsistant_addon.audio_process.protocol import RATE, SPEECH_RATE, VoiceBegan, VoicePaused
from alphsistant_addon.text_to_speech import Voice

Samples = npt.NDArray[np.float32]

QUESTIONS: Final = (
    "What is your name?", "How are you today?", "What time is it?", "Can you tell me a story?", "Where do you live?",
    "What is the capital of France?", "Do you like music?", "Please say that again.", "How old are you?",
    "Who made you?", "What can you do for me?", "Is it going to rain tomorrow?", "Tell me something about the moon.",
    "Why is the sky blue?", "Stop talking now.", "Speak a little slower please.", "What day is it today?",
    "How many frames are there?", "Do you have any friends?", "Good morning, my friend.",
)  # fmt: skip
AROUND: Final = 1.5
"""Seconds of the room before and after each question."""
LEVEL: Final = 0.08
"""Root of the mean power of the speech."""
BLOCK: Final = 160

Events = list[tuple[float, str]]
"""When what is known: ``began`` and ``paused``."""


def clips() -> Iterator[tuple[str, Samples]]:
    """Yield the voice's name and a question at 16 kHz."""
    voice = Voice.load()
    commands = {
        "flite": ["flite", "-voice", "slt", "-t", "{text}", "-o", "{file}"],
        "espeak-ng": ["espeak-ng", "-v", "en-us", "{text}", "-w", "{file}"],
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.wav"
        for number, text in enumerate(QUESTIONS):
            speech = voice.speak(text, seed=number)
            yield "own", np.asarray(soxr.resample(speech.samples, speech.sample_rate, SPEECH_RATE), np.float32)
            for name, command in commands.items():
                if shutil.which(command[0]):
                    subprocess.run([part.format(text=text, file=file) for part in command], check=True)
                    samples, rate = soundfile.read(file, dtype="float32")
                    yield name, np.asarray(soxr.resample(samples, rate, SPEECH_RATE), np.float32)


def pink(count: int, seed: np.random.Generator) -> Samples:
    """Return pink noise of power 1, from 50 Hz up."""
    hertz = np.fft.rfftfreq(count, 1 / SPEECH_RATE)
    spectrum = np.zeros(len(hertz), complex)
    heard = hertz > 50
    spectrum[heard] = (seed.standard_normal(heard.sum()) + 1j * seed.standard_normal(heard.sum())) / np.sqrt(
        hertz[heard]
    )
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(noise / noise.std(), np.float32)


def scene(speech: Samples, decibels: float | None, seed: np.random.Generator) -> tuple[Samples, float, float]:
    """Put a question into a room; return it with the times of its first and last sound."""
    frames = np.sqrt(np.square(speech[: len(speech) // BLOCK * BLOCK].reshape(-1, BLOCK)).mean(axis=1))
    loud = np.flatnonzero(frames > frames.max() * 10 ** (-35 / 20))
    first, last = loud[0] * 0.01, (loud[-1] + 1) * 0.01
    active = speech[round(first * SPEECH_RATE) : round(last * SPEECH_RATE)]
    silence = np.zeros(round(AROUND * SPEECH_RATE), np.float32)
    room = np.concatenate([silence, speech, silence]) * LEVEL / np.sqrt(np.square(active).mean())
    if decibels is None:
        room += seed.standard_normal(len(room)) * LEVEL * 10 ** (-60 / 20)
    else:
        room += pink(len(room), seed) * LEVEL * 10 ** (-decibels / 20)
    return np.asarray(room, np.float32), first + AROUND, last + AROUND


def no_speech(seconds: float, seed: np.random.Generator) -> dict[str, Samples]:
    """Return sounds that nobody speaks."""
    count = round(seconds * SPEECH_RATE)
    time_of = np.arange(count) / SPEECH_RATE
    hiss = seed.standard_normal(count) * 5e-4
    keys, music, coughs = hiss.copy(), hiss.copy(), hiss.copy()
    for moment in np.arange(0.5, seconds - 0.5, 0.18):
        first, length = round((moment + seed.uniform(0, 0.1)) * SPEECH_RATE), round(0.015 * SPEECH_RATE)
        keys[first : first + length] += seed.standard_normal(length) * np.exp(-np.arange(length) / 64) * 0.15
    for moment in np.arange(0.0, seconds - 1.0, 0.5):
        first, length = round(moment * SPEECH_RATE), round(0.6 * SPEECH_RATE)
        root = 220 * 2 ** (seed.integers(0, 12) / 12)
        for interval in (1, 1.25, 1.5):
            for partial in range(1, 5):
                wave = np.sin(2 * np.pi * root * interval * partial * time_of[:length]) * np.exp(-3 * time_of[:length])
                music[first : first + length] += 0.03 / partial * wave
    for moment in np.arange(1.0, seconds - 1.0, 3.0):
        first, length = round(moment * SPEECH_RATE), round(0.25 * SPEECH_RATE)
        burst = np.convolve(seed.standard_normal(length), np.cos(np.arange(40) * 0.8) * 0.9 ** np.arange(40), "same")
        coughs[first : first + length] += burst / burst.std() * np.exp(-np.arange(length) / 1280) * 0.1
    hum = sum(np.sin(2 * np.pi * hertz * time_of) / k for k, hertz in enumerate((50, 100, 150, 250), 1)) * 0.03
    wind = pink(count, seed) * 0.05 * (1 + 0.8 * np.sin(2 * np.pi * 0.4 * time_of))
    sounds = {"pink noise": pink(count, seed) * 0.05, "hum": hum + hiss, "keys": keys, "coughs": coughs}
    sounds |= {"gusts": wind, "chords": music}
    return {name: np.asarray(sound, np.float32) for name, sound in sounds.items()}


def heard(samples: Samples) -> Events:
    """Let the listener hear samples at 16 kHz."""
    found: Events = []
    now = 0.0

    def tell(event: Any) -> None:
        if isinstance(event, VoiceBegan | VoicePaused):
            found.append((now, "began" if isinstance(event, VoiceBegan) else "paused"))

    listener = Listener(tell)
    listener.hands_free(True)
    blocks = np.asarray(soxr.resample(samples, SPEECH_RATE, RATE), np.float32)
    for first in range(0, len(blocks), 480):
        now = (first + 480) / RATE
        listener.push(blocks[first : first + 480], now)
    return found


def row(scenes: list[tuple[Samples, float, float]]) -> str:
    """Return the cells of one condition."""
    onsets, pauses, false, missed = [], [], 0, 0
    began = time.process_time()
    for samples, first, last in scenes:
        events = heard(samples)
        starts = [moment for moment, what in events if what == "began"]
        false += any(moment < first - 0.02 for moment in starts)
        later = [moment for moment in starts if moment >= first - 0.02]
        missed += not starts
        if later:
            onsets.append(later[0] - first)
        ends = [moment for moment, what in events if what == "paused"]
        if ends:
            pauses.append(ends[-1] - last)
    cost = (time.process_time() - began) / sum(len(samples) / SPEECH_RATE for samples, *_ in scenes)
    onset = f"{1e3 * np.median(onsets):.0f}, {1e3 * np.percentile(onsets, 95):.0f}"
    pause = f"{1e3 * np.median(pauses):.0f}, {1e3 * np.percentile(pauses, 95):.0f}"
    return f"{onset} | {pause} | {false} | {missed} | {100 * cost:.1f} %"


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each sound that is no speech")
    options = parser.parse_args()
    spoken = [samples for _, samples in clips()]
    print(f"{len(spoken)} questions; ms\n")
    print("| room | onset | pause | false | missed | of one core |\n|---|---|---|---|---|---|")
    for room, decibels in (("clean", None), ("pink noise 20 dB below", 20.0), ("10 dB below", 10.0)):
        seed = np.random.default_rng(1)
        print(f"| {room} | {row([scene(samples, decibels, seed) for samples in spoken])} |", flush=True)
    print(f"\n| {options.seconds:.0f} s of | heard |\n|---|---|")
    for name, samples in no_speech(options.seconds, np.random.default_rng(5)).items():
        print(f"| {name} | {sum(what == 'began' for _, what in heard(samples))} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
