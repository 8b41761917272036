"""How fast a voice is: ``python tests/benchmarks/voice_speed.py [--voice FOLDER] [--paper] [--threads N]``.

Times Text2Mel three ways in one run, with the same weights and the same symbols, step by step:
(a) as published: all networks on the whole prefix at every step;
(b) keys and values once, AudioEnc and AudioDec on the whole prefix;
(c) as here: each convolution keeps what it can see, a step costs a step.
Then the shares of SSRN and Griffin-Lim. ``--paper`` uses random weights of the paper's sizes (d = 256, c = 512).
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alphsistant_addon.assets import asset_folder
from alphsistant_addon.text_to_speech.audio import griffin_lim
from alphsistant_addon.text_to_speech.config import VoiceConfig
from alphsistant_addon.text_to_speech.model import SSRN, Text2Mel, attention_scores
from alphsistant_addon.text_to_speech.synthesis import RingStack
from alphsistant_addon.text_to_speech.voice import Voice


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


def cached(network: Text2Mel, symbols: torch.Tensor, config: VoiceConfig, steps: int) -> torch.Tensor:
    """Way (c)."""
    keys, values = network.text_enc(symbols)
    audio_enc, audio_dec = RingStack(network.audio_enc.layers), RingStack(network.audio_dec.layers)
    previous, mels = torch.zeros(config.coarse_channels), []
    for t in range(steps):
        query = audio_enc.step(previous, t)
        row = torch.softmax(attention_scores(query.view(1, 1, -1), keys).view(-1), dim=0)
        previous = torch.sigmoid(audio_dec.step(torch.cat([row @ values[0], query]), t))
        mels.append(previous)
    return torch.stack(mels)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", type=Path)
    parser.add_argument("--paper", action="store_true")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    if arguments.paper:
        config = dataclasses.replace(VoiceConfig(), channels=256, text_channels=512, ssrn_channels=512, stacked=False)
        network, ssrn = Text2Mel(config).eval(), SSRN(config).eval()
    else:
        voice = Voice.load(arguments.voice or asset_folder("voice"))
        config, network, ssrn = voice.config, voice.text2mel, voice.ssrn
    steps = round(arguments.seconds / config.step_seconds)
    symbols = torch.randint(3, len(config.symbols), (1, round(arguments.seconds * 14)))
    with torch.inference_mode():
        ways = {
            "(a) whole prefix, all networks": lambda: whole_prefix(network, symbols, config, steps, keys_once=False),
            "(b) whole prefix, keys once": lambda: whole_prefix(network, symbols, config, steps, keys_once=True),
            "(c) cached": lambda: cached(network, symbols, config, steps),
        }
        outputs = [way() for way in ways.values()]
        difference = max((outputs[0] - o).abs().max().item() for o in outputs[1:])
        best = {name: min(timed(way) for _ in range(arguments.repeats)) for name, way in ways.items()}
        mel = outputs[2].reshape(1, -1, config.n_mels)
        levels = torch.sigmoid(ssrn(mel)[0])
        best["SSRN"] = min(timed(lambda: ssrn(mel)) for _ in range(arguments.repeats))
        best["Griffin-Lim"] = min(timed(lambda: griffin_lim(levels, config)) for _ in range(arguments.repeats))
    print(
        f"{arguments.seconds:.0f} s of speech, {steps} steps, {arguments.threads} threads; difference {difference:.1e}"
    )
    for name, seconds in best.items():
        ratio = best["(a) whole prefix, all networks"] / seconds
        print(f"{name:32s} {seconds:8.3f} s   {seconds / arguments.seconds:7.4f} of real time   {ratio:6.1f}×")
    total = best["(c) cached"] + best["SSRN"] + best["Griffin-Lim"]
    print(f"{'whole voice':32s} {total:8.3f} s   {total / arguments.seconds:7.4f} of real time")


if __name__ == "__main__":
    main()
