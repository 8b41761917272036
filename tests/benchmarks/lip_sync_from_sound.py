"""How right lips are that follow the sound alone, by voice and by condition, beside others who hear visemes.

    python build_addon.py bench lip_sync_from_sound CORPUS [--clips 12] [--conditions clean,pink0,…] [--voices kokoro,…]
        [--systems live,take,align,…] [--node FOLDER]

CORPUS is what ``build_addon.py assets ears`` makes; only voices that the ears never heard are judged, and new sentences
of one that they did. The columns are those of ``lip_sync.py``. Needs pocketsphinx, phonemizer-fork, espeakng-loader,
scipy; ``openfacefx==0.24.0`` for its loudness fallback; ``--node`` is a folder in which ``npm i
rhubarb-lip-sync-wasm@0.1.8`` was run, for Rhubarb. What is not installed is left out.

* live: weights every 10 ms, as a microphone moves a mouth (some 0.1 s later);
* take: phones without words, then ``animate``;
* align: ``listening.align`` with the transcript; edges of phones are compared too;
* ears: the same by the ears alone (the only way outside English), and what they left out or bridged;
* allphone: PocketSphinx's phone recognition, then ``animate``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import wave
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from lip_sync import HEADER, Sampler, System, Tally, add, our_curves, our_visemes, row
from lip_sync_alignment import edge_errors
from lip_sync_corpus import Clip, fill_gaps, read_wave
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "blender_assets" / "ears" / "recipe"))
from shards import noise
from voices import is_held_out

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.heard_visemes import STEP, heard_visemes
from alphsistant_addon.lip_sync.visemes import VISEME_INDEX
from alphsistant_addon.listening import align, hear
from alphsistant_addon.listening.acoustic_model import CLASSES
from alphsistant_addon.listening.by_ears import align_by_ears
from alphsistant_addon.listening.ears import listen
from alphsistant_addon.listening.features import RATE

CONDITIONS = (
    *("clean", "white20", "white10", "white0", "pink10", "pink0", "music10", "music0"),
    *("room", "telephone", "slow", "fast", "quiet"),
)
"""Noise by its kind and how far (dB) it is under the speech; .7 s of reverberation; 300–3400 Hz; 0.7 and 1.4 times as
fast (with the pitch); −40 dB."""

RHUBARB = {
    "A": ("PP", 1.0), "B": ("I", 0.6), "C": ("E", 0.8), "D": ("aa", 0.9), "E": ("O", 0.8), "F": ("U", 0.9),
    "G": ("FF", 0.9), "H": ("nn", 0.8), "X": ("sil", 1.0),
}  # fmt: skip
"""Rhubarb's shapes → the viseme each looks like."""


@dataclass(frozen=True)
class Entry:
    """A clip with its voice and language."""

    voice: str
    language: str
    clip: Clip


@dataclass
class Extra:
    """What is counted beside the curves."""

    errors: list[float] = field(default_factory=list)
    refused: int = 0
    warned: int = 0
    work: float = 0.0
    seconds: float = 0.0


def read_entries(corpus: Path, per_voice: int) -> list[Entry]:
    """Clips of the voices that the ears never heard; espeak-ng's throats count as one voice a language."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for index in sorted(corpus.glob("*.jsonl")):
        for line in index.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            source = entry["voice"].split("/")[0]
            voice = f"espeak/{entry['language']}" if source == "espeak" else entry["voice"]
            if is_held_out(entry["voice"]) and len(found[voice]) < per_voice:
                samples, rate = read_wave(corpus / "wavs" / f"{entry['id']}.wav")
                phones = fill_gaps([Phone(s, a, b, k) for s, k, a, b in entry["phones"]], len(samples) / rate)
                clip = Clip(entry["id"], Speech(samples, rate, phones, (), entry["text"]), ())
                found[voice].append(Entry(voice, entry["language"], clip))
    return [entry for entries in found.values() for entry in entries]


def disturbed(entry: Entry, condition: str) -> Entry:
    """The clip under a condition."""
    speech = entry.clip.speech
    samples, phones = speech.samples.astype(np.float64), speech.phones
    rng = np.random.default_rng(int.from_bytes(entry.clip.name[-5:].encode(), "big") % 2**32)
    if condition == "room":
        decay = rng.standard_normal(int(0.7 * RATE)) * np.exp(-6.9 * np.linspace(0, 1, int(0.7 * RATE))) * 0.06
        decay[0] = 1.0
        samples = fftconvolve(samples, decay)[: len(samples)]
    elif condition == "telephone":
        samples = sosfilt(butter(4, (300, 3400), "band", fs=RATE, output="sos"), samples)
    elif condition in ("slow", "fast"):
        up, down = (10, 7) if condition == "slow" else (10, 14)
        samples = resample_poly(samples, up, down)
        phones = tuple(Phone(p.symbol, p.start * up / down, p.end * up / down, p.stress) for p in phones)
    elif condition == "quiet":
        samples = samples * 0.01
    elif condition != "clean":
        kind = condition.rstrip("0123456789")
        under = float(condition[len(kind) :])
        other = noise(len(samples), kind, rng)
        samples = samples + other / other.std() * samples.std() * 10 ** (-under / 20)
    sound = (samples / max(1.0, np.abs(samples).max())).astype(np.float32)
    return Entry(entry.voice, entry.language, Clip(entry.clip.name, Speech(sound, RATE, phones, (), speech.text), ()))


def rest(speech: Speech) -> Speech:
    """What a refusal is: a mouth that stays shut."""
    phones = (Phone(SILENCE, 0.0, speech.duration),)
    return Speech(speech.samples, speech.sample_rate, phones, (), "")


def live_curves(speech: Speech) -> tuple[Sampler, int]:
    """Weights of a microphone's mouth."""
    weights = heard_visemes(listen(speech.samples, speech.sample_rate), CLASSES)
    at = (np.arange(len(weights)) + 0.5) * STEP
    return lambda times: np.stack([np.interp(times, at, channel) for channel in weights.T], axis=1), weights.size


def write_wave(speech: Speech, path: Path) -> None:
    """16-bit mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(speech.sample_rate)
        file.writeframes((np.clip(speech.samples, -1, 1) * 32767).astype("<i2").tobytes())


def loudness_curves() -> Callable[[Speech], tuple[Sampler, int]] | None:
    """OpenFaceFX where it has no transcript: the mouth opens with the level."""
    try:
        import openfacefx
    except ImportError:
        return None

    def curves(speech: Speech) -> tuple[Sampler, int]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sound.wav"
            write_wave(speech, path)
            track = openfacefx.generate_from_energy(str(path))

        def sample(times: np.ndarray) -> np.ndarray:
            weights = np.zeros((len(times), len(VISEMES)))
            for channel in track.channels:
                keys = ([key.time for key in channel.keys], [key.value for key in channel.keys])
                weights[:, VISEME_INDEX[channel.name]] = np.interp(times, *keys)
            return weights

        return sample, sum(len(channel.keys) for channel in track.channels)

    return curves


RHUBARB_SCRIPT = """
import fs from "fs"; import { createRequire } from "module";
const require = createRequire(process.argv[2] + "/"); const { Rhubarb } = require("rhubarb-lip-sync-wasm");
const pcm = fs.readFileSync(process.argv[3]).subarray(44);
const found = await Rhubarb.getLipSync(pcm, {}); console.log(JSON.stringify(found.mouthCues ?? found));
"""


def rhubarb_curves(node: Path) -> Callable[[Speech], tuple[Sampler, int]]:
    """Rhubarb without a transcript: one shape at a time, in steps."""

    def curves(speech: Speech) -> tuple[Sampler, int]:
        with tempfile.TemporaryDirectory() as folder:
            path, script = Path(folder) / "sound.wav", Path(folder) / "rhubarb.mjs"
            write_wave(speech, path)
            script.write_text(RHUBARB_SCRIPT, encoding="utf-8")
            done = subprocess.run(
                ["node", str(script), str(node.resolve()), str(path)],  # noqa: S607
                capture_output=True, text=True, check=True,
            )  # fmt: skip
        cues = json.loads(done.stdout.splitlines()[-1])

        def sample(times: np.ndarray) -> np.ndarray:
            weights = np.zeros((len(times), len(VISEMES)))
            for cue in cues:
                viseme, weight = RHUBARB[cue["value"]]
                weights[(times >= cue["start"]) & (times < cue["end"]), VISEME_INDEX[viseme]] = weight
            return weights

        return sample, len(cues)

    return curves


def systems(node: Path | None) -> dict[str, System]:
    """All that can be compared here, but for those that need the transcript."""
    made = {
        "live": System("live", lambda clip: clip.speech, live_curves, our_visemes),
        "take": System(
            "take", lambda clip: hear(clip.speech.samples, clip.speech.sample_rate), our_curves, our_visemes
        ),
    }
    try:
        from lip_sync_without_transcript import recognise_phones
    except ImportError:
        pass
    else:
        made["allphone"] = System("PocketSphinx allphone", recognise_phones(), our_curves, our_visemes)
    loud = loudness_curves()
    if loud:
        made["loudness"] = System("OpenFaceFX, loudness", lambda clip: clip.speech, loud, our_visemes)
    if node:
        made["rhubarb"] = System("Rhubarb, no text", lambda clip: clip.speech, rhubarb_curves(node), our_visemes)
    return made


def aligned(name: str, entry: Entry, extra: Extra) -> Speech:
    """The clip with its transcript, by ``align`` or by the ears alone."""
    speech = entry.clip.speech
    began = time.process_time()
    try:
        if name == "align":
            found = align(speech.samples, speech.sample_rate, speech.text, language=entry.language)
        else:
            found = align_by_ears(speech.samples, speech.sample_rate, speech.text, language=entry.language).speech
    except AlphsistantError:
        extra.refused += 1
        return rest(speech)
    extra.work += time.process_time() - began
    extra.seconds += speech.duration
    extra.warned += bool(found.warnings)
    extra.errors += edge_errors(entry.clip, found.phones)
    return found


def judge(name: str, entries: list[Entry], others: dict[str, System]) -> str:
    """One line of a table."""
    tally, extra = Tally(), Extra()
    for entry in entries:
        if name in others:
            add(tally, entry.clip, others[name])
        else:
            found = aligned(name, entry, extra)
            add(tally, entry.clip, System(name, lambda _, f=found: f, our_curves, our_visemes))
    line = row(others.get(name) or System(name, lambda clip: clip.speech, our_curves, our_visemes), tally)
    if not extra.errors:
        return line + " – | – |"
    off = 1000 * np.abs(extra.errors)
    remarks = f"{extra.refused} refused, {extra.warned} with a remark, {extra.work / extra.seconds:.3f}"
    return line + f" {off.mean():.1f} / {np.median(off):.1f} ({100 * np.mean(off <= 20):.0f} %) | {remarks} |"


def groups(entries: list[Entry], conditions: list[str]) -> Iterator[tuple[str, list[Entry]]]:
    """Each voice clean, then all voices that were never heard under each condition."""
    for voice in dict.fromkeys(entry.voice for entry in entries):
        yield voice, [entry for entry in entries if entry.voice == voice]
    unheard = [entry for entry in entries if entry.voice.startswith(("kokoro", "flite"))]
    for condition in conditions:
        yield f"unheard voices, {condition}", [disturbed(entry, condition) for entry in unheard]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--clips", type=int, default=12, help="for each voice")
    parser.add_argument("--conditions", default=",".join(CONDITIONS))
    parser.add_argument("--voices", default="", help="only those that begin so")
    parser.add_argument("--systems", default="live,take,align,ears,allphone,loudness,rhubarb")
    parser.add_argument("--node", type=Path)
    options = parser.parse_args()
    wanted = tuple(options.voices.split(","))
    entries = [entry for entry in read_entries(options.corpus, options.clips) if entry.voice.startswith(wanted)]
    others = systems(options.node)
    seconds = sum(entry.clip.speech.duration for entry in entries)
    print(f"{len(entries)} clips, {seconds:.0f} s\n")
    first, second = HEADER.splitlines()
    print(f"| voice {first} edges mean / median ms (≤ 20 ms) | |\n|---{second}---|---|")
    for title, chosen in groups(entries, [c for c in options.conditions.split(",") if c]):
        for name in options.systems.split(","):
            if name in others or name in ("align", "ears"):
                print(f"| {title} {judge(name, chosen, others)}", flush=True)


if __name__ == "__main__":
    main()
