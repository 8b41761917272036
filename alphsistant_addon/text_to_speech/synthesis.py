"""Text2Mel step by step, each step at the cost of one step, with forced monotonic attention and an end.

The published code runs all networks on the whole prefix at every step. Here every convolution keeps the few past inputs
it can see in a ring buffer, so that a step is one small matrix product a layer; keys and values are computed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from ..data import CancelEvent, check_cancel
from .config import END, VoiceConfig
from .model import Conv, Text2Mel, attention_scores

BACK: Final = 1
AHEAD: Final = 4
"""How many symbols the attention may go back and ahead in a step (paper, section 4.2, has −1…3 for characters; word
boundaries are symbols here, and a step of 50 ms can pass two short phones and the boundary between them)."""

LONGEST_SYMBOL: Final = 0.6
"""Seconds per symbol after which a sentence is cut off: nothing the voice learnt from is that slow."""

CLOSING_STEPS: Final = 2
"""Steps of silence kept after the attention has come to rest on the end symbol."""


NOISE: Final = 0.02
"""Standard deviation, in levels of 0…1: what the network heard in training (:func:`.train.text2mel_loss`)."""


class RingConv:
    """One causal convolution, one step at a time: equals ``Conv.forward`` on the whole sequence."""

    def __init__(self, conv: Conv) -> None:
        if not conv.causal and conv.kernel > 1:
            raise ValueError("only a causal convolution can be run step by step")
        self._conv, self._reach, self._dilation = conv, conv.reach, conv.dilation
        inputs = conv.linear.in_features // conv.kernel
        self._ring = torch.zeros(conv.reach + 1, inputs)
        self._taps = [(conv.kernel - 1 - i) * conv.dilation for i in range(conv.kernel)]

    def step(self, x: Tensor, t: int) -> Tensor:
        """(in,) at step t → (out,)."""
        conv = self._conv
        if self._reach == 0:
            return conv.finish(conv.linear(x), x)
        size = self._reach + 1
        self._ring[t % size] = x
        taps = torch.cat([self._ring[(t - back) % size] for back in self._taps])
        return conv.finish(conv.linear(taps), x)


class RingStack:
    """A stack of causal convolutions, step by step."""

    def __init__(self, layers: nn.ModuleList) -> None:
        self._layers = [RingConv(layer) for layer in convolutions(layers)]

    def step(self, x: Tensor, t: int) -> Tensor:
        """(in,) at step t → (out,)."""
        for layer in self._layers:
            x = layer.step(x, t)
        return x


def convolutions(layers: Iterable[nn.Module]) -> Iterator[Conv]:
    """Yield the layers as the convolutions they are."""
    for layer in layers:
        if not isinstance(layer, Conv):
            raise TypeError(f"{type(layer).__name__} cannot be run step by step")
        yield layer


@dataclass(frozen=True, slots=True)
class Utterance:
    """What Text2Mel made.

    ``mel [T, F]`` are levels in 0…1, the rows of ``attention [T, N]`` sum to 1; ``finished``: it came to an end itself.
    """

    mel: Tensor
    attention: Tensor
    finished: bool


def decode(
    network: Text2Mel,
    symbols: Tensor,
    config: VoiceConfig,
    *,
    cancel: CancelEvent | None = None,
    monotonic: bool = True,
    noise: torch.Generator | None = None,
) -> Utterance:
    """Speak ``symbols [N]``, at most :data:`LONGEST_SYMBOL` seconds a symbol.

    With ``monotonic``, the attention can only stay or move ahead within its window. With ``noise``, the network hears
    its own steps through noise of :data:`NOISE`, so that another seed is another try.
    """
    end = config.symbols.index(END) if END in config.symbols else -1
    limit = int(len(symbols) * LONGEST_SYMBOL / config.step_seconds) + 1
    with torch.inference_mode():
        keys, values = network.text_enc(symbols[None])
        audio_enc, audio_dec = RingStack(network.audio_enc.layers), RingStack(network.audio_dec.layers)
        previous = torch.zeros(config.coarse_channels)
        mels: list[Tensor] = []
        rows: list[Tensor] = []
        position, closing = 0, 0
        for t in range(limit):
            check_cancel(cancel)
            if noise is not None:
                previous = previous + NOISE * torch.randn(previous.shape, generator=noise)
            query = audio_enc.step(previous, t)
            scores = attention_scores(query.view(1, 1, -1), keys).view(-1)
            if monotonic:
                first = max(0, position - BACK)
                window = slice(first, position + AHEAD + 1)
                row = torch.zeros_like(scores)
                row[window] = torch.softmax(scores[window], dim=0)
            else:
                row = torch.softmax(scores, dim=0)
            position = max(position, int(row.argmax())) if monotonic else int(row.argmax())
            previous = torch.sigmoid(audio_dec.step(torch.cat([row @ values[0], query]), t))
            mels.append(previous)
            rows.append(row)
            at_end = int(symbols[position]) == end or (end < 0 and position == len(symbols) - 1)
            closing = closing + 1 if at_end else 0
            if closing > CLOSING_STEPS:
                break
    return Utterance(torch.stack(mels), torch.stack(rows), finished=closing > CLOSING_STEPS)


def symbol_edges(attention: Tensor, config: VoiceConfig) -> list[float]:
    """Return where each symbol begins and the last one ends, seconds, ``N + 1`` of them.

    A row holds the share of its step that belongs to each symbol, so the time of a symbol is the sum of its column:
    finer than the step. Step t begins half a frame before its first frame's centre.
    """
    seconds = attention.sum(0).double().cumsum(0) * config.step_seconds - 0.5 * config.hop_length / config.sample_rate
    return [0.0, *seconds.clamp(min=0).tolist()]
