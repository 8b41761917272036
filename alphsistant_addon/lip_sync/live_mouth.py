"""``LiveMouth``: the mouth of a voice that is speaking into the microphone at this moment, as the ears hear it.

The ears want 80 ms of sound after a moment to tell what it was. The mouth waits for 40 of them and lets them guess the
rest, so it is some .06 s late instead of .12 (``docs/talk.md``). It is a sketch for whoever performs: the take gets its
lips from the whole recording.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ..listening.acoustic_model import CLASSES, AcousticModel, HearingStream
from .channels import VISEMES
from .heard_visemes import DELAY, HeardVisemes

Array = npt.NDArray[np.float32]

AHEAD: Final = 4
"""Frames of 10 ms after a moment that are waited for. With three, vowels of other languages are guessed worse."""


class LiveMouth:
    """Takes a voice piece by piece; what it shows is the newest moment that the ears can tell, or guess well."""

    def __init__(self, ears: AcousticModel) -> None:
        """Begin with a closed mouth."""
        self._hearing = HearingStream(ears)
        self._visemes = HeardVisemes(CLASSES)
        self.weights: Array = np.zeros(len(VISEMES), np.float32)
        """Of the 15 visemes, shape ``[15]``."""

    def push(self, samples: Array) -> None:
        """Take the next samples, mono at the ears' rate of 16 kHz, shape ``[n]``."""
        settled = self._visemes.push(self._hearing.push(samples))
        guess = self._hearing.guess()
        near = self._visemes.guess(guess.first(len(guess) - AHEAD + DELAY))
        newest = near if len(near) else settled
        if len(newest):
            self.weights = newest[-1]
