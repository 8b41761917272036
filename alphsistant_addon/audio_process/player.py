"""What is heard, sample by sample: the queue of parts, their pauses, the fade of a stop, playing softly.

The loudspeaker's callback asks for the next samples, the pipe's thread changes what they will be; a lock stands between
them. The place of every part is exact to the sample.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from .protocol import NO_PART, RATE, Event, Finished, Play, Samples, Started, Stopped

FADE: Final = 0.008
"""Seconds in which a stop fades out: no click, and no more is heard of a word."""
SOFTLY: Final = 0.2
"""Share of the level while somebody may be speaking (−14 dB)."""
SOFTER_WITHIN, LOUDER_WITHIN = 0.03, 0.2
"""Seconds for the way down to it, and back."""
HUSH: Final = 0.3
"""Seconds after the last sound for which an open microphone still hears it in the room."""


@dataclass(slots=True)
class _Part:
    turn: int
    number: int
    samples: Samples
    """At :data:`RATE`."""
    pause: int
    """Samples of silence before it."""
    done: int = 0
    start: int | None = None
    """The sample of the stream that is its first, once that is settled."""


class Player:
    """Makes the next samples for the loudspeaker."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        """Begin at stream time 0, silent; ``tell`` gets what happens, on whatever thread it happens."""
        self.position = 0
        """Samples made so far."""
        self._tell = tell
        self._queue: deque[_Part] = deque()
        self._current: _Part | None = None
        self._stopped_turn = -1
        """This turn and older ones are not heard any more."""
        self._last_end = 0
        """Where the last sound ended."""
        self._tail: Samples = np.zeros(0, np.float32)
        """What is left of a fade."""
        self._gain, self._gain_wanted = 1.0, 1.0
        self._lock = threading.Lock()

    def play(self, play: Play) -> None:
        """Put a part into the queue, unless its turn was stopped or a newer one is there.

        One without a sample begins and ends at once: whoever waits for its end is told.
        """
        samples = _playable(_at_rate(play.samples, play.rate))
        with self._lock:
            newest = max((part.turn for part in self._waiting()), default=play.turn)
            if play.turn > self._stopped_turn and play.turn >= newest:
                self._queue.append(_Part(play.turn, play.part, samples, round(play.pause * RATE)))

    def stop(self, turn: int) -> None:
        """Fade out what is heard of this turn and older ones, and forget the rest of them."""
        with self._lock:
            self._stopped_turn = max(self._stopped_turn, turn)
            waiting = [part for part in self._waiting() if part.turn <= turn]
            self._queue = deque(part for part in self._queue if part.turn > turn)
            current = self._current
            if current is not None and current.turn <= turn:
                # In its pause nothing of it is to be faded out.
                rest = current.samples[current.done : current.done + round(FADE * RATE) if current.done else 0]
                self._tail = np.asarray(rest * np.linspace(1.0, 0.0, len(rest), endpoint=False), np.float32)
                self._current = None
                self._last_end = self.position if current.done else self._last_end
            part, done = (waiting[0].number, waiting[0].done) if waiting else (NO_PART, 0)
            self._tell(Stopped(turn, part, done / RATE, self.position / RATE))

    def duck(self, on: bool) -> None:
        """Play softly from now on, or as loud as before."""
        with self._lock:
            self._gain_wanted = SOFTLY if on else 1.0

    @property
    def is_busy(self) -> bool:
        """Whether something is heard, or waits to be."""
        return self._current is not None or bool(self._queue)

    @property
    def may_be_heard(self) -> bool:
        """Whether an open microphone would hear what is played, or its echo."""
        return self.is_busy or 0 < self._last_end > self.position - HUSH * RATE

    def fill(self, count: int) -> Samples:
        """Return the next samples, shape ``[count]``: zeros where there is nothing to say."""
        block = np.zeros(count, np.float32)
        with self._lock:
            if not self.is_busy and not len(self._tail) and self._gain == self._gain_wanted:
                self.position += count
                return block
            tail = self._tail[:count]
            block[: len(tail)] += tail
            self._tail = self._tail[count:]
            begin = 0
            while begin < count:
                if self._current is None and not self._begin_next():
                    break
                begin = self._copy(block, begin)
            self._amplify(block)
            self.position += count
        return block

    def _waiting(self) -> list[_Part]:
        """Return the part that is heard and those that wait."""
        return [*([self._current] if self._current else []), *self._queue]

    def _begin_next(self) -> bool:
        """Take the next part of the queue; whether there is one."""
        if not self._queue:
            return False
        self._current = self._queue.popleft()
        return True

    def _copy(self, block: Samples, begin: int) -> int:
        """Copy as much of the current part as fits from ``begin`` on; return where it ends in the block."""
        part = self._current
        if part is None:
            return begin
        if part.start is None:
            part.start = max(self.position + begin, self._last_end + part.pause)
            self._tell(Started(part.turn, part.number, part.start / RATE, len(part.samples) / RATE))
        begin = max(begin, part.start - self.position)
        if begin >= len(block):
            return len(block)
        count = min(len(block) - begin, len(part.samples) - part.done)
        block[begin : begin + count] += part.samples[part.done : part.done + count]
        part.done += count
        if part.done == len(part.samples):
            self._current = None
            self._last_end = self.position + begin + count
            self._tell(Finished(part.turn, part.number, self._last_end / RATE))
        return begin + count

    def _amplify(self, block: Samples) -> None:
        """Bring the gain to what is wanted, evenly; in place."""
        if self._gain == self._gain_wanted == 1.0:
            return
        seconds = SOFTER_WITHIN if self._gain_wanted < self._gain else LOUDER_WITHIN
        step = (1.0 - SOFTLY) / (seconds * RATE) * (1 if self._gain_wanted > self._gain else -1)
        gains = self._gain + step * np.arange(1, len(block) + 1)
        low, high = sorted((self._gain, self._gain_wanted))
        gains = np.clip(gains, low, high)
        block *= gains.astype(np.float32)
        self._gain = float(gains[-1]) if len(gains) else self._gain


def _playable(samples: Samples) -> Samples:
    """Return samples that no sound card can misunderstand: numbers in −1…1."""
    return np.clip(np.nan_to_num(samples), -1.0, 1.0)


def _at_rate(samples: Samples, rate: int) -> Samples:
    """Return the samples at the stream's rate."""
    if rate == RATE:
        return samples
    import soxr  # noqa: PLC0415  (a part at the stream's own rate does without it)

    return np.asarray(soxr.resample(samples, rate, RATE), np.float32)
