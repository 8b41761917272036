"""How fast a voice is: ``python tests/benchmarks/voice_speed.py [--voice FOLDER] [--paper] [--threads N]``.

One run, the same weights and symbols throughout; the best of ``--repeats``, taken in turns, so that whatever else the
machine does falls on all alike.

Text2Mel three ways, step by step:
(a) as published: all networks on the whole prefix at every step;
(b) keys and values once, AudioEnc and AudioDec on the whole prefix;
(c) as here: each convolution keeps what it can see, a step costs a step.
The vocoder two ways: SSRN + 40 iterations of Griffin-Lim as published, and SSRN + the voice's own source.
Then, for a real voice, from text to samples: first sound of a sentence of twelve words, cost and memory over length.
``--paper`` uses random weights of the paper's sizes (d = 256, c = 512).

The floor of (c) is the time it takes to read once the weights that a step needs, at the speed at which one thread reads
a block of that size (numpy's sum over it).
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alphsistant_addon.text_to_speech.dc_tts.decoder import Decoder
from alphsistant_addon.text_to_speech.dc_tts.networks import SSRN, Text2Mel, attention_scores
from alphsistant_addon.text_to_speech.dc_tts.spectrogram import griffin_lim
from alphsistant_addon.text_to_speech.dc_tts.vocoder import vocode
from alphsistant_addon.text_to_speech.dc_tts.voice_config import VoiceConfig
from alphsistant_addon.text_to_speech.voice import Voice

TWELVE_WORDS = "The quick brown fox jumps over the lazy dog near the river."
SENTENCE = "Every morning the baker opens his little shop before the sun comes up. "


def timed(function: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def whole_prefix(
    network: Text2Mel, symbols: torch.Tensor, config: VoiceConfig, steps: int, *, keys_once: bool
) -> torch.Tensor:
    """Ways (a) and (b)."""
    mel = torch.zeros(1, 1, config.coarse_channels)
    keys, values = network.text_enc(symbols)
    for _ in range(steps):
        if not keys_once:
            keys, values = network.text_enc(symbols)
        queries = network.audio_enc(mel)
        attention = torch.softmax(attention_scores(queries, keys), dim=-1)
        out = torch.sigmoid(network.audio_dec(torch.cat([attention @ values, queries], dim=-1)))
        mel = torch.cat([mel, out[:, -1:]], dim=1)
    return mel[0, 1:]


def floor_seconds(network: Text2Mel, steps: int) -> tuple[float, float]:
    """Return seconds to read a step's weights once for every step, and how many megabytes they are."""
    stacks = (network.audio_enc, network.audio_dec)
    block = np.ones(sum(p.numel() for stack in stacks for p in stack.parameters()), np.float32)
    return min(timed(block.sum) for _ in range(20)) * steps, block.nbytes / 1e6


def in_turns(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the best time of each way."""
    rounds = [{name: timed(way) for name, way in ways.items()} for _ in range(repeats)]
    return {name: min(r[name] for r in rounds) for name in ways}


def parts(config: VoiceConfig, network: Text2Mel, ssrn: SSRN, arguments: argparse.Namespace) -> None:
    """Print the table of the parts."""
    steps = round(arguments.seconds / config.step_seconds)
    symbols = torch.randint(3, len(config.symbols), (1, round(arguments.seconds * 14)))
    decoder = Decoder(network, config)
    with torch.inference_mode():
        ways: dict[str, Callable[[], torch.Tensor]] = {
            "(a) whole prefix, all networks": lambda: whole_prefix(network, symbols, config, steps, keys_once=False),
            "(b) whole prefix, keys once": lambda: whole_prefix(network, symbols, config, steps, keys_once=True),
            "(c) cached": lambda: decoder.decode(symbols[0], steps=steps).mel,
        }
        # Without the monotonic window, which the published code lacks, (c) makes what the others make.
        free = decoder.decode(symbols[0], steps=steps, monotonic=False).mel
        first, second = (ways[name]() for name in list(ways)[:2])
        difference = max((first - other).abs().max().item() for other in (second, free))
        frames = free.reshape(-1, config.frame_channels)
        levels = torch.rand(len(frames) * config.upsampling, config.n_linear)
        best = in_turns(
            {
                **ways,
                "SSRN alone": lambda: ssrn(frames[None]),
                "40 iterations of Griffin-Lim": lambda: griffin_lim(levels, config, iterations=40),
                "vocoder as shipped": lambda: vocode(frames, ssrn, config),
            },
            arguments.repeats,
        )
        floor, megabytes = floor_seconds(network, steps)
    others = f", {os.getloadavg()[0]:.1f} programs busy in the last minute" if hasattr(os, "getloadavg") else ""
    print(f"{arguments.seconds:.0f} s of speech, {steps} steps, {torch.get_num_threads()} threads{others}")
    print(f"largest difference between (a), (b) and (c): {difference:.1e}")
    for name, seconds in best.items():
        ratio = best["(a) whole prefix, all networks"] / seconds
        print(f"{name:32s} {seconds:8.3f} s   {seconds / arguments.seconds:7.4f} of real time   {ratio:6.1f}×")
    print(f"{'floor of (c)':32s} {floor:8.3f} s   ({megabytes:.1f} MB of weights a step)")
    total = best["(c) cached"] + best["vocoder as shipped"]
    print(f"{'Text2Mel (c) + vocoder':32s} {total:8.3f} s   {total / arguments.seconds:7.4f} of real time")


def whole(voice: Voice, repeats: int) -> None:
    """Print what a user waits for: text to samples."""
    voice.speak("Warm up.")
    first = [timed(lambda: next(voice.stream(TWELVE_WORDS))) for _ in range(repeats)]
    print(f"first sound of a sentence of twelve words: {min(first):.2f} s, median {statistics.median(first):.2f} s")
    for sentences in (2, 20, 150):
        start, spoken = time.perf_counter(), 0.0
        for speech in voice.stream(SENTENCE * sentences):
            spoken += speech.duration
        seconds = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(
            f"{spoken:6.0f} s of speech in {seconds:6.1f} s: {seconds / spoken:.4f} of real time, peak {memory:.0f} MB"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", help="name of a shipped voice, or folder")
    parser.add_argument("--paper", action="store_true")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    if arguments.paper:
        config = dataclasses.replace(VoiceConfig(), channels=256, text_channels=512, ssrn_channels=512, stacked=False)
        parts(config, Text2Mel(config).eval(), SSRN(config).eval(), arguments)
        return
    voice = Voice.load(arguments.voice)
    parts(voice.config, voice.text2mel, voice.ssrn, arguments)
    whole(voice, arguments.repeats)


if __name__ == "__main__":
    main()
