"""What the process does: opens the devices, plays, listens, and goes on when a device goes.

The callback of the loudspeaker only asks the player; everything slow happens in :meth:`Engine.tick`, a few times each
tenth of a second, on one thread.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from ..core.errors import AlphsistantError
from .devices import Device, Silence, Stream
from .listener import Listener
from .memory_device import MemoryDevice
from .player import Player
from .protocol import (
    QUIETEST,
    RATE,
    BufferLost,
    Clock,
    Command,
    DeviceChanged,
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
    Stop,
)
from .sound_card import NO_LOUDSPEAKER, SoundCard

logger = logging.getLogger(__name__)

CLOCK_EVERY: Final = 0.04
"""Seconds between two reports of what is heard."""
SILENT_CLOCK_EVERY: Final = 0.2
"""The same while nothing is played: enough to know the clock when something is."""
LEVEL_EVERY: Final = 0.08
"""Seconds between two levels."""
LOOK_EVERY: Final = 3.0
"""Seconds between two looks whether a device has come where there was none."""
LATENCIES: Final = (0.03, 0.05, 0.08, 0.12)
"""Seconds in the buffer, raised one by one when the loudspeaker runs dry."""
LOST_TOO_OFTEN: Final = 3
"""Lost buffers from which on the next one is used."""


class Engine:
    """Player, listener and devices of one process."""

    def __init__(
        self,
        tell: Callable[[Event], None],
        make_device: Callable[[Settings], Device] | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Open nothing yet.

        Args:
            tell: gets what happens, from several threads.
            make_device: makes what the settings name.
            wake: called when the microphone has heard something, so that :meth:`tick` need not be called for nothing.
        """
        self.player = Player(tell)
        self.listener = Listener(tell)
        self._tell = tell
        self._make_device = make_device or device_of
        self._wake = wake
        self._settings: Settings | None = None
        self._device: Device = Silence()
        self._output: Stream | None = None
        self._input: Stream | None = None
        self._wants_microphone = False
        self._is_held = False
        self._misses_microphone = False
        """Whether a microphone is wanted and none could be opened; it is said once, and looked for."""
        self._heard: queue.SimpleQueue[tuple[Samples, float]] = queue.SimpleQueue()
        """Blocks of the microphone that were not listened to yet."""
        self._is_deaf = False
        """Whether the microphone would only hear what is played."""
        self._silent = True
        """Whether it plays in silence for want of a loudspeaker."""
        self._anew = True
        self._lost = 0
        self._lost_at_this_latency = 0
        self._latency = 0.0
        self._output_power = 0.0
        self._told_levels: Level | None = None
        self._was_silent = True
        self._next_clock = self._next_level = self._next_look = 0.0

    def obey(self, command: Command) -> None:
        """Do what is told, on the thread of :meth:`tick`; ``Play``, ``Stop`` and ``Duck`` may come on any thread."""
        match command:
            case Play():
                self.player.play(command)
            case Stop(turn):
                self.player.stop(turn)
            case Duck(on):
                self.player.duck(on)
            case Settings():
                self._use(command)
            case Microphone(on):
                self._wants_microphone = on
                self._see_to_microphone()
            case Listen(on):
                self.listener.hands_free(on)
            case Record(on):
                self._is_held = on
                self._see_to_microphone()
                self._listen()
                self.listener.hold(on, time.perf_counter())
                if not on:
                    self._see_to_microphone()

    def tick(self, now: float) -> None:
        """Listen to what has come, tell levels, look after the devices; ``now`` is of ``perf_counter``."""
        self._listen()
        if now >= self._next_level:
            self._next_level = now + LEVEL_EVERY
            power, self._output_power = self._output_power, 0.0
            level = max(QUIETEST, 10.0 * float(np.log10(power + 1e-10)))
            levels = Level(self.listener.level if self._input else QUIETEST, level)
            if levels != self._told_levels:
                self._told_levels = levels
                self._tell(levels)
        if self._settings is None:
            return
        self._see_to_loudspeaker(self._settings, now)
        if self._input is not None and not self._input.is_alive:
            self._close_input()
            self._see_to_microphone()

    def _see_to_loudspeaker(self, settings: Settings, now: float) -> None:
        """Open it again if it has gone or runs dry, and look for devices that were missing.

        All of this closes the microphone for a moment, so it waits while somebody speaks and nothing is to be heard.
        """
        if (self._is_held or self.listener.is_speaking) and not self.player.is_busy:
            return
        if self._output is not None and not self._output.is_alive:
            self._reopen()
        elif self._lost_at_this_latency >= LOST_TOO_OFTEN and not self.player.is_busy:
            self._raise_latency()
        elif (self._silent or self._misses_microphone) and settings.kind == "card" and now >= self._next_look:
            self._next_look = now + LOOK_EVERY
            self._look_for_devices()

    def close(self) -> None:
        """Close both streams; what waits in their buffers is not heard."""
        self._close_output()
        self._close_input()

    def _use(self, settings: Settings) -> None:
        """Take new settings, and open what they change."""
        before, self._settings = self._settings, settings
        self.listener.end_silence = settings.end_silence
        if before is None or (before.kind, before.folder) != (settings.kind, settings.folder):
            self.close()
            self._device = self._made(settings)
            self._latency = settings.latency
            self._open_output()
            self._see_to_microphone()
        else:
            if (before.output, before.latency) != (settings.output, settings.latency):
                self._latency = settings.latency
                self._reopen()
            if before.input != settings.input:
                self._close_input()
                self._see_to_microphone()

    def _made(self, settings: Settings) -> Device:
        try:
            return self._make_device(settings)
        except AlphsistantError as error:
            self._tell(Failed(str(error)))
            return Silence()

    def _open_output(self) -> None:
        """Open the loudspeaker, or play in silence where there is none."""
        name = self._settings.output if self._settings else ""
        self._anew = True
        self._tell(Devices(*self._device.names()))
        try:
            self._output = self._device.open_output(name, self._latency, self._fill)
            self._silent = isinstance(self._device, Silence)
        except AlphsistantError as error:
            if not self._silent or self._output is None:
                self._tell(Failed(str(error)))
            self._output = Silence().open_output("", 0.0, self._fill)
            self._silent = True

    def _reopen(self) -> None:
        """Open the loudspeaker again: it has gone, or another one was chosen."""
        before = self._output.name if self._output else ""
        had_input = self._input is not None
        self._close_output()
        self._close_input()  # no stream may be open while PortAudio looks again
        self._device.look_again()
        self._open_output()
        if had_input:
            self._see_to_microphone()
        if self._output and not self._silent and self._output.name != before:
            self._tell(DeviceChanged(f"The sound comes from “{self._output.name}” now."))

    def _look_for_devices(self) -> None:
        """See whether there is a loudspeaker or a microphone by now, where there was none."""
        if isinstance(self._device, Silence) or self.player.is_busy:
            return
        was_silent = self._silent
        self._close_input()
        if not was_silent:
            self._close_output()  # no stream may be open while PortAudio looks again
        self._device.look_again()
        if not was_silent or self._device.names()[0]:
            self._close_output()
            self._open_output()
        self._see_to_microphone()
        if was_silent and self._output and not self._silent:
            self._tell(DeviceChanged(f"The sound comes from “{self._output.name}” now."))

    def _raise_latency(self) -> None:
        """Let more sound wait in the buffer, since it ran dry several times."""
        self._lost_at_this_latency = 0
        higher = [one for one in LATENCIES if one > self._latency]
        if higher:
            self._latency = higher[0]
            self._reopen()
            self._tell(BufferLost(self._lost, self._latency))

    def _close_output(self) -> None:
        stream, self._output = self._output, None
        if stream is not None:
            stream.close()

    def _see_to_microphone(self) -> None:
        """Open or close the microphone, as it is wanted."""
        if self._settings is None:
            return
        if not (self._wants_microphone or self._is_held):
            self._close_input()
            self._misses_microphone = False
        elif self._input is None:
            try:
                self._input = self._device.open_input(self._settings.input, self._take)
            except AlphsistantError as error:
                if not self._misses_microphone:
                    self._tell(Failed(str(error)))
                self._misses_microphone = True
                return
            self._tell(MicrophoneOpen(True))
            if self._misses_microphone:
                self._misses_microphone = False
                self._tell(DeviceChanged(f"The microphone is “{self._input.name}” now."))

    def _close_input(self) -> None:
        stream, self._input = self._input, None
        if stream is not None:
            stream.close()
            self._listen()
            self.listener.close()
            self._tell(MicrophoneOpen(False))

    def _fill(self, count: int, heard_at: float, lost: bool) -> Samples:
        """Return the next samples; on the thread of the loudspeaker."""
        if lost:
            self._lost += 1
            self._lost_at_this_latency += 1
            self._tell(BufferLost(self._lost, self._latency))
        begin = self.player.position / RATE
        is_silent = not self.player.is_busy
        samples = self.player.fill(count)
        begins = self._was_silent and not is_silent
        self._was_silent = is_silent
        if lost or self._anew or begins or heard_at >= self._next_clock:
            self._tell(Clock(begin, heard_at, anew=lost or self._anew))
            self._anew = False
            self._next_clock = heard_at + (SILENT_CLOCK_EVERY if is_silent else CLOCK_EVERY)
        if not is_silent and count:
            self._output_power = max(self._output_power, float(np.square(samples).mean()))
        return samples

    def _take(self, samples: Samples, heard_at: float) -> None:
        """Keep a block of the microphone; on the microphone's thread."""
        self._heard.put((samples, heard_at))
        self._wake()

    def _listen(self) -> None:
        """Let the listener hear what has come, unless it would only hear what is played."""
        is_deaf = self.player.may_be_heard and not self._is_held
        is_deaf = is_deaf and not self._silent and self._settings is not None and not self._settings.headphones
        if is_deaf and not self._is_deaf:
            self.listener.close()
        self._is_deaf = is_deaf
        while not self._heard.empty():
            samples, heard_at = self._heard.get()
            if not is_deaf:
                self.listener.push(samples, heard_at)


def device_of(settings: Settings) -> Device:
    """Return what the settings name; ``DependencyError`` if there is no PortAudio."""
    if settings.kind == "memory" and settings.folder is not None:
        return MemoryDevice(settings.folder)
    return Silence() if settings.kind == "silence" else SoundCard()


__all__ = ["NO_LOUDSPEAKER", "Engine", "device_of"]
