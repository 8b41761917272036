"""The process of the sound: commands on standard input, events on what was standard output, until that is closed."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
from typing import BinaryIO, Final, cast

from ..core import messages
from .engine import Engine
from .protocol import Command, Duck, Event, Play, Stop

logger = logging.getLogger(__name__)

_TICK: Final = 0.04
"""Seconds between two looks at the devices, where the microphone hears nothing."""
_MORE_HEARD: Final = object()
"""Stands for a command: the microphone has heard something."""


class Server:
    """The threads of the process: one reads, one writes, the main one does the rest."""

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        """Serve one pipe."""
        self._commands = commands
        self._events = events
        self._outbox: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._inbox: queue.SimpleQueue[Command | object | None] = queue.SimpleQueue()
        self._engine = Engine(self._outbox.put, wake=lambda: self._inbox.put(_MORE_HEARD))

    def serve(self) -> None:
        """Play and listen until the pipe is closed, or nobody reads any more."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        writer = threading.Thread(target=self._write, name="events", daemon=True)
        writer.start()
        while True:
            try:
                command = self._inbox.get(timeout=_TICK)
                if command is None:
                    break
                if command is not _MORE_HEARD:
                    self._engine.obey(cast("Command", command))
            except queue.Empty:
                pass
            self._engine.tick(time.perf_counter())
        self._engine.close()
        self._outbox.put(None)
        writer.join(1.0)

    def _read(self) -> None:
        """Take in commands; those that have to be heard at once wait for nothing."""
        while True:
            try:
                command = messages.read(self._commands)
            except (EOFError, OSError):
                break
            except messages.DamagedFrameError:
                logger.exception("What came through the pipe is damaged")
                break
            if isinstance(command, Play | Stop | Duck):
                self._engine.obey(command)
            else:
                self._inbox.put(command)
        self._inbox.put(None)

    def _write(self) -> None:
        try:
            while (event := self._outbox.get()) is not None:
                messages.write(self._events, event)
        except (OSError, ValueError):  # nobody reads any more
            self._inbox.put(None)


def main() -> None:
    """Run as the process."""
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what PortAudio and ALSA print goes to the log, not between the events
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s (%(name)s): %(message)s")
    sys.setswitchinterval(0.001)  # the loudspeaker's callback waits for the lock no longer than that
    Server(sys.stdin.buffer, events).serve()
