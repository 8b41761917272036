"""``LiveMouth``: the mouth of a voice that is speaking into the microphone at this moment, as the ears hear it.

The ears need 80 ms of sound after a moment to tell what it was, so the mouth is some .11 s late (``docs/talk.md``). It
is a sketch for whoever performs: the take gets its lips from the whole recording.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..listening.acoustic_model import CLASSES, AcousticModel, HearingStream
from .channels import VISEMES
from .heard_visemes import HeardVisemes

Array = npt.NDArray[np.float32]


class LiveMouth:
    """Takes a voice piece by piece; what it shows is the newest moment that the ears can tell."""

    def __init__(self, ears: AcousticModel) -> None:
        """Begin with a closed mouth."""
        self._hearing = HearingStream(ears)
        self._visemes = HeardVisemes(CLASSES)
        self.weights: Array = np.zeros(len(VISEMES), np.float32)
        """Of the 15 visemes, shape ``[15]``."""

    def push(self, samples: Array) -> None:
        """Take the next samples, mono at the ears' rate of 16 kHz, shape ``[n]``."""
        settled = self._visemes.push(self._hearing.push(samples))
        if len(settled):
            self.weights = settled[-1]
