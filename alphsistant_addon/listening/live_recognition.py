"""The words of somebody who is still speaking: PocketSphinx is fed while they speak, and answers soon after the end."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from .pocketsphinx_decoder import BLOCK, RATE, cepstral_mean, make_decoder

if TYPE_CHECKING:
    from pocketsphinx import Decoder

Samples = npt.NDArray[np.float32]

FIRST: Final = 1.0
"""Seconds that are collected before the first are recognised: their mean spectrum is taken off all of them."""
HEADROOM: Final = 0.5
"""Share of full scale that the loudest sample of the first seconds gets; what is louder later still fits."""
FAINTEST: Final = 1e-3
"""Sound whose loudest sample is below this is not amplified to that."""


class LiveRecogniser:
    """Hears one utterance after the other."""

    def __init__(self) -> None:
        """Load PocketSphinx; ``DependencyError`` if it is not installed."""
        self._decoder: Decoder = make_decoder()
        self.begin()

    def begin(self) -> None:
        """Forget what was heard: a new utterance begins."""
        self._waiting: list[Samples] = []
        self._gain = 0.0
        """0 until the decoder has begun."""
        self._rest = b""

    def push(self, samples: Samples) -> None:
        """Hear the next samples, mono, −1…1, at 16 kHz."""
        self._waiting.append(samples)
        if self._gain or sum(map(len, self._waiting)) >= FIRST * RATE:
            self._feed()

    def finish(self) -> str:
        """Return the words; nothing, where none can be made out."""
        if not self._gain and not any(len(samples) for samples in self._waiting):
            return ""
        self._feed()
        if self._rest:
            self._decoder.process_raw(self._rest)
        self._decoder.end_utt()
        found: Any = self._decoder.hyp()
        self.begin()
        return str(found.hypstr).strip() if found else ""

    def abandon(self) -> None:
        """Leave the utterance unfinished."""
        if self._gain:
            self._decoder.end_utt()
        self.begin()

    def _feed(self) -> None:
        samples = np.concatenate([np.zeros(0, np.float32), *self._waiting])
        self._waiting = []
        if not self._gain:
            self._gain = HEADROOM / max(float(np.abs(samples).max()), FAINTEST)
            self._decoder.set_cmn(cepstral_mean(self._pcm(samples)))
            self._decoder.start_utt()
        pcm = self._rest + self._pcm(samples)
        whole = len(pcm) // BLOCK * BLOCK
        for start in range(0, whole, BLOCK):
            self._decoder.process_raw(pcm[start : start + BLOCK])
        self._rest = pcm[whole:]

    def _pcm(self, samples: Samples) -> bytes:
        return bytes((np.clip(samples * self._gain, -1, 1) * 32767).astype("<i2").tobytes())


@functools.cache
def shared_recogniser() -> LiveRecogniser:
    """Return the one of this process, loaded once."""
    return LiveRecogniser()
