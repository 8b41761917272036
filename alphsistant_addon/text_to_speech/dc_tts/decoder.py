"""Text2Mel step by step, each step at the cost of one step, with forced monotonic attention and an end.

The convolutions are those of :mod:`.stepping`; keys and values are computed once.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from threadpoolctl import ThreadpoolController
from torch import Tensor

from ...core.progress import CancelEvent, check_cancel
from .networks import Text2Mel
from .stepping import StepStack
from .voice_config import END, VoiceConfig

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


@dataclass(frozen=True, slots=True)
class Utterance:
    """What Text2Mel made.

    ``mel [T, F]`` are levels in 0…1, the rows of ``attention [T, N]`` sum to 1; ``finished``: it came to an end itself.
    """

    mel: Tensor
    attention: Tensor
    finished: bool


class Decoder:
    """A Text2Mel with its weights ready for single steps."""

    def __init__(self, network: Text2Mel, config: VoiceConfig) -> None:
        self._text_enc, self._config = network.text_enc, config
        self._audio_enc = StepStack(network.audio_enc.layers)
        self._audio_dec = StepStack(network.audio_dec.layers)
        self._end = config.symbols.index(END) if END in config.symbols else -1
        self._numpy_threads = ThreadpoolController()
        self._lock = threading.Lock()
        """The layers have room for the sums of one step, so one utterance is decoded at a time."""

    def decode(
        self,
        symbols: Tensor,
        *,
        cancel: CancelEvent | None = None,
        monotonic: bool = True,
        noise: np.random.Generator | None = None,
        steps: int | None = None,
    ) -> Utterance:
        """Speak ``symbols [N]`` to their end, at most :data:`LONGEST_SYMBOL` seconds a symbol; or so many ``steps``.

        With ``monotonic``, the attention can only stay or move ahead within its window. With ``noise``, the network
        hears its own steps through noise of :data:`NOISE`, so that another seed is another try.
        """
        config = self._config
        limit = steps or int(len(symbols) * LONGEST_SYMBOL / config.step_seconds) + 1
        with torch.inference_mode():
            keys, values = (x[0].numpy() for x in self._text_enc(symbols[None]))
        keys = keys * np.float32(keys.shape[1] ** -0.5)
        indices = symbols.tolist()
        heard, spoken = self._audio_enc.memory(), self._audio_dec.memory()
        previous = np.zeros(config.coarse_channels, np.float32)
        mels, ones = np.zeros((limit, config.coarse_channels), np.float32), np.ones(config.coarse_channels, np.float32)
        attention = np.zeros((limit, len(indices)), np.float32)
        position, closing, t = 0, 0, 0
        # The products are too small for a second thread, which would take the core that the vocoder is at.
        # e^x may be infinite where a gate is shut.
        with self._lock, self._numpy_threads.limit(limits=1, user_api="blas"), np.errstate(over="ignore"):
            while t < limit and (steps or closing <= CLOSING_STEPS):
                check_cancel(cancel)
                if noise is not None:
                    previous = previous + NOISE * noise.standard_normal(len(previous), np.float32)
                query = self._audio_enc.step(previous, t, heard)
                first = max(0, position - BACK) if monotonic else 0
                last = position + AHEAD + 1 if monotonic else len(indices)
                scores = keys[first:last].dot(query)
                likeliest = int(scores.argmax())
                row = np.exp(scores - scores[likeliest])
                row /= row.sum()
                found = first + likeliest
                position = max(position, found) if monotonic else found
                logits = self._audio_dec.step(np.concatenate([row.dot(values[first:last]), query]), t, spoken)
                np.exp(np.negative(logits, logits), logits)
                logits += ones
                previous = np.divide(ones, logits, mels[t])  # their sigmoid
                attention[t, first:last] = row
                at_end = indices[position] == self._end or (self._end < 0 and position == len(indices) - 1)
                closing = closing + 1 if at_end else 0
                t += 1
        return Utterance(torch.from_numpy(mels[:t]), torch.from_numpy(attention[:t]), finished=closing > CLOSING_STEPS)


def symbol_edges(attention: Tensor, config: VoiceConfig) -> list[float]:
    """Return where each symbol begins and the last one ends, seconds, ``N + 1`` of them.

    A row holds the share of its step that belongs to each symbol, so the time of a symbol is the sum of its column:
    finer than the step. Step t begins half a frame before its first frame's centre.
    """
    seconds = attention.sum(0).double().cumsum(0) * config.step_seconds - 0.5 * config.hop_length / config.sample_rate
    return [0.0, *seconds.clamp(min=0).tolist()]
