"""How right in time the phones of a voice's own speech are.

    python tests/benchmarks/lip_sync_voice_times.py [--voice FOLDER] [--sentences 60]
        [--corpus CORPUS_FOLDER [--clips 64]]

1. The voice speaks sentences it never learnt from; its phone times are compared with PocketSphinx's forced alignment of
   its sound, as the aligner gives it (itself some 19 ms from the truth) and as ``listening.align`` refines it.
2. With ``--corpus`` (the recordings the voice learns from, in LJSpeech's layout with ``alignments.jsonl``; the last
   clips of the file are held out from training), Text2Mel is run on the true mel of each clip and its attention's times
   are compared with the known ones, which are multiples of 25 ms: the rounding alone is 6 ms on average.

Needs torch, pocketsphinx, phonemizer, espeakng-loader. One thread.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from lip_sync_alignment import correspond

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.listening import align, alignment
from alphsistant_addon.listening.pocketsphinx_decoder import resample, to_pcm
from alphsistant_addon.listening.pronunciation import pronounce
from alphsistant_addon.text_to_speech.dc_tts.decoder import symbol_edges
from alphsistant_addon.text_to_speech.training.dataset import clip_of, steps_of
from alphsistant_addon.text_to_speech.training.dataset_line import read_line
from alphsistant_addon.text_to_speech.voice import Voice

HELD_OUT = Path(__file__).parent / "data" / "held_out.tsv"

BARS = "mean ≤ 30, median ≤ 20, bias within ± 10"
TRUE_MEL_BAR = "mean ≤ 20"


def forced(speech: Speech) -> tuple[Phone, ...]:
    """Phones as PocketSphinx alone finds them, neither moved nor refined."""
    units = [alignment._to_units(word.phones) for word in pronounce(speech.text)[0]]
    pcm = to_pcm(resample(speech.samples, speech.sample_rate))
    found = alignment._force(pcm, units, None)
    if found is None:
        raise AlphsistantError("PocketSphinx finds no way through.")
    return alignment._spread(found, speech.duration)


def late(own: tuple[Phone, ...], other: tuple[Phone, ...]) -> list[float]:
    """Seconds by which each start and end in ``own`` comes after the one in ``other``."""
    spoken = [[p for p in phones if p.symbol != SILENCE] for phones in (own, other)]
    return [e for a, b in correspond(*spoken) for e in (a.start - b.start, a.end - b.end)]


def of_own_speech(voice: Voice, count: int) -> tuple[dict[str, list[float]], list[str]]:
    """Errors of the voice's own times, by reference, and what could not be aligned."""
    errors: dict[str, list[float]] = {"PocketSphinx": [], "`align` (refined)": []}
    failed = []
    for line in HELD_OUT.read_text(encoding="utf-8").splitlines()[:count]:
        speech = voice.speak(line.split("\t")[1])
        try:
            references = forced(speech), align(speech.samples, speech.sample_rate, speech.text).phones
        except AlphsistantError as error:
            failed.append(f"{speech.text}: {error}")
            continue
        for column, reference in zip(errors.values(), references, strict=True):
            column.extend(late(speech.phones, reference))
    return errors, failed


def of_true_mels(voice: Voice, corpus: Path, count: int) -> Iterator[float]:
    """Errors of the attention's times on recordings whose times are known."""
    config = voice.config
    for line in (corpus / "alignments.jsonl").read_text(encoding="utf-8").splitlines()[-count:]:
        record = json.loads(line)
        recording = read_line(corpus, [record["id"], record["text"]], config, record["tokens"])
        clip = clip_of(recording, record, config)
        steps = torch.from_numpy(steps_of(clip.mel, config))[None]
        before = torch.cat([torch.zeros_like(steps[:, :1]), steps[:, :-1]], dim=1)
        with torch.inference_mode():
            symbols = torch.from_numpy(clip.symbols)[None]
            _, log_attention = voice.text2mel(symbols, before)
        found = symbol_edges(log_attention[0].exp(), config)[1:-1]
        true = clip.edges[1:-1]
        for i, token in enumerate(record["tokens"]):
            if token.strip("ˈˌ").isalpha():
                yield found[i] - float(true[i])
                yield found[i + 1] - float(true[i + 1])


def row(name: str, errors: list[float], bars: str) -> str:
    """One line of the table."""
    ms = 1000.0 * np.array(errors)
    off = np.abs(ms)
    return (
        f"| {name} | {len(ms)} | {off.mean():.1f} | {np.median(off):.1f} | {ms.mean():+.1f} "
        f"| {100 * np.mean(off <= 20):.0f} | {100 * np.mean(off <= 50):.0f} | {bars} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--voice", help="name of a shipped voice, or folder")
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--clips", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(1)
    voice = Voice.load(options.voice)
    errors, failed = of_own_speech(voice, options.sentences)
    print("| the voice's phone times against | edges | mean ms | median ms | bias ms | ≤ 20 ms % | ≤ 50 ms % | bars |")
    print("|---|---|---|---|---|---|---|---|")
    for name, column in errors.items():
        print(row(f"{name}, {options.sentences - len(failed)} sentences", column, BARS))
    if options.corpus:
        column = list(of_true_mels(voice, options.corpus, options.clips))
        print(row(f"known times, true mel of {options.clips} held-out recordings", column, TRUE_MEL_BAR))
    print("\n".join(failed))


if __name__ == "__main__":
    main()
