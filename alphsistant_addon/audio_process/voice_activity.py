"""Is somebody speaking? Asked of the add-on's own ears, wherever it is louder than the room usually is.

The ears (``listening.acoustic_model``) tell speech from silence in any language, 80 ms behind the sound. They were not
made to tell it from steady noise, so a moment also has to be louder than the noise floor, which is tracked by its
minima (after Martin, “Noise power spectral density estimation based on … minimum statistics”, 2001).
While it is not, the ears need not work at all. ``docs/talk_terminal.md`` has the figures beside Silero's.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..listening.acoustic_model import HearingStream
from ..listening.ears import shipped_ears
from ..listening.features import HOP, WINDOW, band_powers
from .protocol import Samples

FRAME: Final = 0.01
"""Seconds between two answers."""

LIKELY: Final = 0.5
"""Probability of anything but silence from which a frame is speech."""
LOUDER: Final = 6.0
"""dB above the floor from which a frame may be speech."""
LOWEST_BAND: Final = 3
"""The first mel band that counts for the level: hum and rumble are below it."""

_SMOOTHING: Final = 0.2
"""Share by which the level that the floor follows is smoothed each frame."""
_FALL: Final = 0.15
"""Share by which the floor goes down to it each frame."""
_RISE, _MOST_RISE = 0.004, 0.02
"""Share by which it goes up each frame, and the dB that this is at most: 2 dB a second."""
_FAINTEST: Final = 1e-9

_BEFORE: Final = 60
"""Frames that the ears hear before the first one that matters: as far as they look back."""
_IDLE: Final = 100
"""Frames without a loud one after which the ears rest."""


class VoiceActivity:
    """Says of every 10 ms whether there is speech in them, some 100 ms later."""

    def __init__(self) -> None:
        """Begin before the first sample."""
        self.level = -100.0
        """dB of the last frame, smoothed."""
        self._rest: Samples = np.zeros((WINDOW - HOP) // 2, np.float32)
        self._floor: float | None = None
        self._smooth = 0.0
        self._recent: Samples = np.zeros(0, np.float32)
        """The last frames' samples, for ears that begin."""
        self._unsaid: list[bool] = []
        """Whether each frame that was not answered yet is loud."""
        self._ears: HearingStream | None = None
        self._skip = 0
        """Frames that the ears will tell of but that were answered already."""
        self._quiet = 0
        """Frames since the last loud one."""

    def push(self, samples: Samples) -> list[bool]:
        """Take the next samples, whole frames of 10 ms at 16 kHz, and return the answers that are possible now."""
        loud = self._are_loud(samples)
        self._unsaid += loud
        self._recent = np.concatenate([self._recent, samples])[-(_BEFORE + len(loud) + WINDOW // HOP) * HOP :]
        if self._ears is None:
            if not any(self._unsaid):
                return self._answer([False] * len(self._unsaid))
            # What is before the first loud frame is quiet, whatever the ears would say.
            first = self._unsaid.index(True)
            answers = self._answer([False] * first)
            self._begin(len(self._unsaid))
            return answers + self._answer(self._heard(self._recent))
        answers = self._answer(self._heard(samples))
        if self._quiet >= _IDLE:
            self._ears = None
            answers += self._answer([False] * len(self._unsaid))
        return answers

    def _are_loud(self, samples: Samples) -> list[bool]:
        """Return of each new frame whether it is louder than the floor, which goes on with it."""
        self._rest = np.concatenate([self._rest, samples])
        powers = band_powers(self._rest)
        self._rest = self._rest[len(powers) * HOP :]
        found = []
        for level in (10.0 * np.log10(powers[:, LOWEST_BAND:].mean(axis=1) + _FAINTEST)).tolist():
            if self._floor is None:
                self._floor = self._smooth = level
            self._smooth += _SMOOTHING * (level - self._smooth)
            away = self._smooth - self._floor
            self._floor += _FALL * away if away < 0 else min(_RISE * away, _MOST_RISE)
            self.level = self._smooth
            found.append(level > self._floor + LOUDER)
            self._quiet = 0 if found[-1] else self._quiet + 1
        return found

    def _begin(self, unsaid: int) -> None:
        """Let new ears hear the last moments, of which they shall tell the last ``unsaid`` frames."""
        self._ears = HearingStream(shipped_ears())
        # The window of the last frame is not complete yet: the level is behind the samples.
        waiting = (len(self._rest) - (WINDOW - HOP) // 2) // HOP
        self._skip = len(self._recent) // HOP - unsaid - max(waiting, 0)

    def _heard(self, samples: Samples) -> list[bool]:
        if self._ears is None:
            return []
        heard = self._ears.push(samples)
        likely = [bool(silence < 1.0 - LIKELY) for silence in heard.phones[:, 0]]
        skipped = min(self._skip, len(likely))
        self._skip -= skipped
        return likely[skipped:]

    def _answer(self, heard: list[bool]) -> list[bool]:
        """Return the answers of the next frames: heard as speech, and loud."""
        count = min(len(heard), len(self._unsaid))
        answers = [a and b for a, b in zip(heard[:count], self._unsaid[:count], strict=True)]
        del self._unsaid[:count]
        return answers
