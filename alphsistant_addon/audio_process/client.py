"""The side of Blender and of the terminal: one object that plays, listens and tells what is heard at this moment.

No call waits for the sound. All may be made from any thread, but for :meth:`Audio.events`, which one front drains.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ..core.child_process import ChildProcess, python_command
from ..core.errors import AlphsistantError
from .heard_clock import HeardClock
from .protocol import (
    NO_PART,
    QUIETEST,
    BufferLost,
    Clock,
    Devices,
    Duck,
    Event,
    Failed,
    Level,
    Listen,
    Microphone,
    MicrophoneOpen,
    Play,
    Record,
    Samples,
    Settings,
    Started,
    Stop,
    Stopped,
    VoiceBegan,
    VoiceEnded,
)

REMEMBERED: Final = 2.0
"""Seconds for which a part that was heard is still told of by :meth:`Audio.heard_around`."""

RESTARTS_APART: Final = 5.0
"""Seconds between two starts of a process that ends by itself."""

_ENDS_AGAIN: Final = "The process for the sound ends by itself again and again: start the talk again."
_CANNOT_START: Final = "The process for the sound could not be started: the log says why."

_GOODBYE_SECONDS: Final = 1.0
"""What the process has to end by itself once its pipe is closed."""


@dataclass(frozen=True, slots=True)
class HeardPart:
    """Where a part lies in the stream."""

    turn: int
    part: int
    start: float
    end: float
    """Stream times; the end is that of the sound, or where it was stopped."""


class Audio:
    """The sound's process: started, told, asked and closed."""

    def __init__(self, settings: Settings | None = None, command: Sequence[str] | None = None) -> None:
        """Know what to start; ``command`` replaces the process in tests."""
        self.settings = settings or Settings()
        self.devices = Devices((), ())
        """Names that can be chosen, once the process has told."""
        self.level = Level(QUIETEST, QUIETEST)
        """The last one."""
        self.lost_buffers = 0
        """How often the loudspeaker ran dry."""
        self.is_microphone_open = False
        """Whether a microphone hears at present, whatever is wanted."""
        self.is_given_up = False
        """Whether the process has ended and is not started again: nothing is heard any more."""
        self._command = tuple(command or python_command("audio_process.server"))
        self._child: ChildProcess | None = None
        self._started_at = 0.0
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._clock = HeardClock()
        self._parts: list[HeardPart] = []
        self._newest_turn = 0
        self._modes: dict[type, Any] = {}
        """The last command of each kind that a new process has to be told again."""
        self._has_told = False
        """Whether the process has ever said anything."""
        self._hears_voice = False
        """Whether a voice has begun and not ended."""
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the process, unless it runs.

        Raises:
            AlphsistantError: it cannot be started.
        """
        if self.is_running:
            return
        # OpenBLAS would start a thread for each core, and let them spin.
        single = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}
        with self._lock:
            self._clock, self._parts = HeardClock(), []
        self._started_at = self.now()
        self.is_given_up = self.is_microphone_open = self._has_told = self._hears_voice = False
        self._child = ChildProcess(self._command, "the sound", self._take_in, environment=single)
        self._send(self.settings)
        for command in self._modes.values():
            self._send(command)

    def now(self) -> float:
        """Return the moment by ``perf_counter``; the one clock of all times here."""
        return time.perf_counter()

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._child is not None and self._child.is_running

    def choose(self, settings: Settings) -> None:
        """Change devices or how they are listened to."""
        self.settings = settings
        self._send(settings)

    def use_headphones(self, on: bool) -> None:
        """Leave the microphone open while something is played."""
        self.choose(replace(self.settings, headphones=on))

    def play(self, turn: int, part: int, samples: Samples, rate: int, pause: float = 0.0) -> None:
        """Hear a part after those that wait already; returns at once.

        Args:
            turn: parts of turns that were stopped, or older ones, are dropped.
            part: number within the turn.
            samples: mono, −1…1, shape ``[n]``.
            rate: Hz.
            pause: seconds of silence after the part before it.
        """
        self._newest_turn = max(self._newest_turn, turn)
        self._send(Play(turn, part, np.asarray(samples, np.float32), int(rate), float(pause)))

    def stop(self, turn: int) -> None:
        """Fade out within 8 ms and forget all parts of this turn and older ones; answered by :class:`Stopped`."""
        self._send(Stop(turn))

    def duck(self, on: bool) -> None:
        """Play softly, or as loud as before."""
        self._send(Duck(on))

    def microphone(self, on: bool) -> None:
        """Open the microphone, or close it; it is closed at first."""
        self._mode(Microphone(on))

    def listen(self, on: bool) -> None:
        """Find by itself when somebody begins and ends to speak; the microphone has to be open."""
        self._mode(Listen(on))

    def record(self, on: bool) -> None:
        """Take all that is heard from now until ``record(False)`` for speech; opens the microphone if need be."""
        self._send(Record(on))

    def events(self) -> list[Event]:
        """Return what has happened since the last call, without waiting.

        Of clocks and levels, which come many times a second, only the last one is kept. A process that has ended by
        itself is started again; what was playing counts as stopped, and what was being said as ended.
        """
        found: list[Event] = []
        # Asked before the look: what it told before its end comes before what its end means.
        has_ended = self._child is not None and not self._child.reader.is_alive() and not self._child.stopped
        latest: dict[type, Event] = {}
        while True:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                return [*found, *(self._begin_again() if has_ended else ()), *latest.values()]
            if isinstance(event, Clock | Level):
                latest[type(event)] = event
            else:
                found.append(event)

    def heard_now(self) -> tuple[int, int, float] | None:
        """Return turn, part and the seconds of it that are heard at this moment; ``None`` between parts."""
        heard = self.heard_around(0.0, 0.0)
        return heard[0] if heard else None

    def heard_around(self, before: float, after: float) -> list[tuple[int, int, float]]:
        """Return the parts that are heard now, ended up to ``before`` or begin within ``after`` seconds.

        Each with its turn, its number and the seconds since its start, which are below 0 for those to come.
        """
        with self._lock:
            now = self._clock.stream_time(self.now())
            if now is None:
                return []
            return [
                (part.turn, part.part, now - part.start)
                for part in self._parts
                if part.start - after <= now < part.end + before
            ]

    def heard_at(self, stream_time: float) -> float | None:
        """Return when a stream time is heard, by ``perf_counter``."""
        with self._lock:
            return self._clock.heard_at(stream_time)

    def close(self) -> None:
        """End the process and wait for its end; it may be started again."""
        child, self._child = self._child, None
        if child is None:
            return
        child.finish(_GOODBYE_SECONDS)
        self._modes.clear()
        self.is_microphone_open = False
        with self._lock:
            self._clock, self._parts = HeardClock(), []
        while not self._events.empty():
            self._events.get()

    def _mode(self, command: Any) -> None:
        self._modes[type(command)] = command
        self._send(command)

    def _send(self, command: Any) -> None:
        if self._child is not None:
            self._child.send(command)

    def _take_in(self, event: Event) -> None:
        """Keep what :meth:`heard_now` needs; on the reader's thread."""
        with self._lock:
            match event:
                case Clock(stream_time, heard_at, anew):
                    self._clock.take(stream_time, heard_at, anew=anew)
                case Started(turn, part, start, seconds):
                    self._parts = [one for one in self._parts if one.end > start - REMEMBERED]
                    self._parts.append(HeardPart(turn, part, start, start + seconds))
                case Stopped(turn, _, _, end):
                    self._parts = [
                        replace(one, end=min(one.end, end)) if one.turn <= turn else one for one in self._parts
                    ]
                case Level():
                    self.level = event
                case Devices():
                    self.devices = event
                case BufferLost(count):
                    self.lost_buffers = count
                case MicrophoneOpen(on):
                    self.is_microphone_open = on
                case VoiceBegan() | VoiceEnded():
                    self._hears_voice = isinstance(event, VoiceBegan)
            self._has_told = True
        self._events.put(event)

    def _begin_again(self) -> list[Event]:
        """Start the process that has ended by itself, unless it does so all the time."""
        with self._lock:
            now = self._clock.stream_time(self.now())
            playing = [one for one in self._parts if now is not None and one.start <= now < one.end]
        told: list[Event] = []
        if playing:
            one = playing[-1]
            told.append(Stopped(one.turn, one.part, (now or one.start) - one.start, now or one.start))
        else:
            told.append(Stopped(self._newest_turn, NO_PART, 0.0, 0.0))
        if self._hears_voice:  # nobody else would end it, and the recogniser waits for its end
            told.append(VoiceEnded(self.now(), np.zeros(0, np.float32)))
        self._hears_voice = self.is_microphone_open = False
        too_soon = self.now() - self._started_at < RESTARTS_APART
        self._child = None
        if too_soon:
            self.is_given_up = True
            told.append(Failed(_ENDS_AGAIN if self._has_told else _CANNOT_START))
            return told
        told.append(Failed("The process for the sound has ended unexpectedly and was started again."))
        try:
            self.start()
        except AlphsistantError as error:
            self.is_given_up = True
            told.append(Failed(str(error)))
        return told
