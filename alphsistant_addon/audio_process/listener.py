"""What the microphone hears → when somebody begins, pauses and ends, and the sound of it from before its beginning on.

Either by voice activity (hands-free), or between the moments at which a key is held (push-to-talk).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ..core.errors import AssetError
from .protocol import (
    QUIETEST,
    RATE,
    SPEECH_RATE,
    Event,
    Failed,
    Samples,
    Sound,
    VoiceBegan,
    VoiceConfirmed,
    VoiceEnded,
    VoicePaused,
    VoiceResumed,
)
from .voice_activity import FRAME, VoiceActivity, shipped_network

PRE_ROLL: Final = 0.8
"""Seconds that are kept of what was heard before anybody was known to speak."""
LEAD: Final = 0.4
"""Seconds of them before the first frame of speech that belong to it: a soft beginning is not noticed at once."""
BEGINS: Final = 0.03
"""Seconds of speech in a row that begin it."""
CERTAIN: Final = 0.15
"""Seconds of speech, without what is between them, from which it is no cough."""
PAUSES: Final = 0.1
"""Seconds without speech that may be its end."""
LONGEST: Final = 60.0
"""Seconds after which it is ended, whoever goes on."""
DEAF: Final = 2.0
"""Seconds of exact zeros after which the microphone counts as closed by the system."""

DENIED: Final = (
    "The microphone gives nothing but silence: allow Blender (or the terminal) to use it in the system's settings "
    "for privacy, or choose another one."
)


class Listener:
    """Takes blocks of the microphone and tells what is said."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        """Listen to nothing yet; ``tell`` gets what happens, on the thread of :meth:`push`."""
        self.level = QUIETEST
        """dB below full scale, of the last block."""
        self.end_silence = 0.4
        """Seconds without speech that end it."""
        self._tell = tell
        self._is_hands_free = False
        self._is_held = False
        self._is_denied_told = False
        self._has_heard = False
        """Whether the microphone ever gave anything but exact zeros."""
        self._zeros = 0
        self._is_speaking = False
        self._activity: VoiceActivity | None = None
        """The detector, once it is needed."""
        self._begin_anew()

    @property
    def is_speaking(self) -> bool:
        """Whether somebody speaks, or a key is held."""
        return self._is_speaking

    def hands_free(self, on: bool) -> None:
        """Find speech by voice activity, or not; a detector that is missing is told."""
        if on == self._is_hands_free:
            return
        try:
            if on:
                shipped_network()
        except AssetError as error:
            self._tell(Failed(str(error)))
            return
        self._is_hands_free = on
        if not self._is_held:
            self._abandon()

    def hold(self, on: bool, now: float) -> None:
        """Take all for speech while a key is held; ``now`` is of ``perf_counter``."""
        if on == self._is_held:
            return
        if on:
            self._abandon()
            self._is_held = True
            self._begin(len(self._recent), now)
        else:
            self._end(now)
            self._is_held = False

    def close(self) -> None:
        """The microphone was closed or is not listened to: what was being said is over, unless a key is held."""
        if self._is_held:  # it may be opened again, and the key tells the end
            return
        if self._is_speaking:
            self._end(self._last_time)
        self._begin_anew()

    def push(self, samples: Samples, heard_at: float) -> None:
        """Take the next block.

        Args:
            samples: mono at :data:`.protocol.RATE`, shape ``[n]``.
            heard_at: when its last sample was heard, by ``perf_counter``.
        """
        self._measure(samples)
        self._last_time = heard_at
        speech = np.asarray(self._resampler.resample_chunk(samples), np.float32)
        self._recent.append((samples, speech))
        self._recent_samples += len(samples)
        while not self._is_speaking and self._recent_samples - len(self._recent[0][0]) >= PRE_ROLL * RATE:
            self._recent_samples -= len(self._recent.popleft()[0])
        if self._is_speaking:
            self._take(samples, speech)
        if self._is_held or not self._is_hands_free:
            return
        if self._activity is None:
            self._activity = VoiceActivity()
        answers = self._activity.push(speech)
        last_end = heard_at - self._activity.unheard
        for number, is_speech in enumerate(answers, 1):
            self._follow(is_speech, last_end - (len(answers) - number) * FRAME)

    def _begin_anew(self) -> None:
        """Forget what was heard."""
        import soxr  # noqa: PLC0415  (needed once a microphone is open)

        self._resampler: Any = soxr.ResampleStream(RATE, SPEECH_RATE, 1, dtype="float32", quality="MQ")
        self._recent: deque[tuple[Samples, Samples]] = deque()
        """Blocks of the last moments, at both rates."""
        self._recent_samples = 0
        self._last_time = 0.0
        self._abandon()

    def _abandon(self) -> None:
        """Drop what was being said, and begin to look for speech anew."""
        self._activity = None
        self._is_speaking = self._is_pausing = False
        self._run = 0
        """Frames of speech in a row."""
        self._silence = 0.0
        """Seconds since the last frame of speech."""
        self._spoken = 0
        """Frames of speech since it began."""
        self._said: list[Samples] = []

    def _follow(self, is_speech: bool, frame_end: float) -> None:
        """Go on by one frame, which ended at ``frame_end``."""
        self._run = self._run + 1 if is_speech else 0
        self._silence = 0.0 if is_speech else self._silence + FRAME
        if self._is_speaking and is_speech:
            self._spoken += 1
            if self._spoken == round(CERTAIN / FRAME):
                self._tell(VoiceConfirmed(frame_end))
        if not self._is_speaking:
            if self._run * FRAME >= BEGINS - FRAME / 2:
                began = frame_end - self._run * FRAME
                self._begin(self._blocks_since(began - LEAD), began)
        elif self._is_pausing and self._run * FRAME >= BEGINS - FRAME / 2:
            self._is_pausing = False
            self._tell(VoiceResumed(frame_end))
        elif self._silence >= self.end_silence - FRAME / 2 or self._length > LONGEST * RATE:
            self._end(frame_end - self._silence)
        elif not self._is_pausing and self._silence >= PAUSES - FRAME / 2:
            self._is_pausing = True
            self._tell(VoicePaused(frame_end - self._silence))

    def _blocks_since(self, moment: float) -> int:
        """Return how many of the last blocks were heard after a moment."""
        needed = (self._last_time - moment) * RATE
        for count, (samples, _) in enumerate(reversed(self._recent), 1):
            needed -= len(samples)
            if needed <= 0:
                return count
        return len(self._recent)

    def _begin(self, blocks: int, began: float) -> None:
        """Somebody speaks, from so many blocks ago on."""
        self._is_speaking, self._is_pausing = True, False
        self._silence = 0.0
        self._length = 0
        self._spoken = self._run
        self._tell(VoiceBegan(began))
        kept = list(self._recent)[len(self._recent) - blocks :]
        self._recent.clear()
        self._recent_samples = 0
        for samples, speech in kept:
            self._take(samples, speech)

    def _take(self, samples: Samples, speech: Samples) -> None:
        self._said.append(samples)
        self._length += len(samples)
        if len(speech):
            self._tell(Sound(speech))

    def _end(self, time: float) -> None:
        """What was said is over."""
        if not self._is_speaking:
            return
        samples = np.concatenate(self._said) if self._said else np.zeros(0, np.float32)
        self._is_speaking = self._is_pausing = False
        self._said = []
        self._run = 0
        self._tell(VoiceEnded(time, samples))

    def _measure(self, samples: Samples) -> None:
        """Note the level; tell if the system gives zeros instead of the microphone."""
        if not len(samples):
            return
        power = float(np.square(samples, dtype=np.float64).mean())
        self.level = max(QUIETEST, 10.0 * float(np.log10(power + 1e-10)))
        self._zeros = self._zeros + len(samples) if power == 0.0 else 0
        self._has_heard = self._has_heard or power > 0.0
        if self._zeros > DEAF * RATE and not self._has_heard and not self._is_denied_told:
            self._is_denied_told = True
            self._tell(Failed(DENIED))
