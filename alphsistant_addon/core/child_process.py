"""A Python process of our own that messages go to and come from: how it is started, read and ended.

The models and the sound's streams run in such processes. What is said in both directions is in their ``protocol``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import messages
from .errors import AlphsistantError

logger = logging.getLogger(__name__)


def python_command(module: str) -> tuple[str, ...]:
    """Return the command that runs ``main`` of a module of this package, under whatever name Blender installed it."""
    start = (
        "import json, os, sys; sys.path[:] = json.loads(os.environ.pop('ALPHSISTANT_PATH')); "
        f"from alphsistant_addon.{module} import main; main()"
    )
    return (sys.executable, "-E", "-s", "-c", start)


class ChildProcess:
    """One started process. One thread writes to it and one reads, so nobody waits for it, even if it hangs."""

    def __init__(
        self,
        command: Sequence[str],
        name: str,
        take_in: Callable[[Any], None],
        *,
        stands_back: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it.

        Args:
            command: program and arguments.
            name: what it is, as in “The process for the models …”.
            take_in: called with each message, on the reader's thread.
            stands_back: whether Windows lets the window come first (elsewhere the process itself does so).
            environment: variables that it gets besides ours.

        Raises:
            AlphsistantError: it cannot be started.
        """
        package = Path(__file__).resolve().parents[1]
        variables = {
            **os.environ,
            **(environment or {}),
            "ALPHSISTANT_PATH": json.dumps([str(package.parent), *sys.path]),
        }
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW | (subprocess.BELOW_NORMAL_PRIORITY_CLASS if stands_back else 0)
        try:
            self.popen = subprocess.Popen(  # noqa: S603  # Python itself, without a shell
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables, creationflags=flags
            )
        except OSError as error:
            raise AlphsistantError(f"The process for {name} could not be started: {error.strerror}.") from error
        self.stopped = False
        """Whether it was told to end from here."""
        self._take_in = take_in
        self._name = name
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name=f"Alphsistant to {name}", daemon=True)
        self.reader = threading.Thread(target=self._read, name=f"Alphsistant {name}", daemon=True)
        self._writer.start()
        self.reader.start()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.popen.poll() is None

    def send(self, message: Any) -> None:
        """Send a message, from any thread, without waiting; one that nobody reads any more is lost.

        Raises:
            TypeError: it holds something that cannot be sent.
        """
        self._outbox.put(messages.frame(message))

    def end(self) -> None:
        """End it, whatever it is doing; its reader sees to the rest."""
        self.stopped = True
        self.popen.kill()

    def finish(self, seconds: float) -> None:
        """Close its pipe, so that it ends by itself; end it after so many seconds, and wait for that."""
        self.stopped = True
        self._outbox.put(None)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            logger.warning("The process for %s does not end by itself", self._name)
            self.popen.kill()
        self.reader.join()

    def _read(self) -> None:
        """Hand on what the process says until it has ended, and nothing of it is left."""
        try:
            while self.popen.stdout is not None:
                self._take_in(messages.read(self.popen.stdout))
        except (EOFError, OSError, ValueError):  # a ValueError is a pipe that was closed from here
            logger.debug("The process has ended", exc_info=True)
        except messages.DamagedFrameError:
            logger.exception("What the process for %s said is damaged", self._name)
            self.popen.kill()
        self.popen.wait()
        self._outbox.put(None)
        self._writer.join()
        if self.popen.stdout is not None:
            self.popen.stdout.close()

    def _write(self) -> None:
        """Send what is put into the outbox until it is ``None``, then close the pipe."""
        pipe = self.popen.stdin
        if pipe is None:
            return
        try:
            while (frame := self._outbox.get()) is not None:
                pipe.write(frame)
                pipe.flush()
        except (OSError, ValueError):  # it has ended or was stopped at this moment, as its reader finds out
            logger.debug("Nobody reads", exc_info=True)
        with contextlib.suppress(OSError):
            pipe.close()
