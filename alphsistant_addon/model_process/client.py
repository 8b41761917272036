"""Blender's side: models that look like the pipeline's own, and live in a process."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from ..core import errors
from ..core.errors import AlphsistantError, Cancelled
from ..core.progress import CancelEvent, check_cancel
from ..core.speech import Speech
from . import messages

logger = logging.getLogger(__name__)

_START: Final = (
    "import json, os, sys; sys.path[:] = json.loads(os.environ.pop('ALPHSISTANT_PATH')); "
    "from alphsistant_addon.model_process.server import main; main()"
)
_LOOK_SECONDS: Final = 0.02
"""Time between two looks at the cancel event."""
_GRACE_SECONDS: Final = 0.1
"""What loaded models have to stop by themselves, and be kept. With PyPI's torch they look at the cancel event within
54 ms; some steps of Debian's torch take longer, and then the process is ended."""


class ModelProcess:
    """One process, started by the first request and kept for the next job. Used by one thread at a time."""

    def __init__(self, command: Sequence[str] | None = None) -> None:
        """``command`` replaces the process in tests."""
        self._command = tuple(command or (sys.executable, "-E", "-s", "-c", _START))
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded = False
        """Whether there are models in it that are worth keeping."""
        self._frames: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._readers: list[threading.Thread] = []
        """One for each process that has not ended yet, such as one that was told to."""
        self._lock = threading.Lock()

    def request(
        self, what: str, *arguments: Any, cancel: CancelEvent | None, progress: Callable[[str, float], None]
    ) -> dict[str, Any]:
        """Ask for something and wait for the answer.

        Raises:
            Cancelled: soon after ``cancel`` is set. A process that does not stop by itself, or has loaded nothing yet,
                is ended; its memory is free a little later, which nobody waits for.
            AlphsistantError: what the models raise, or that the process has ended.
        """
        check_cancel(cancel)
        self._start()
        self._send({"do": what, "with": arguments})
        give_up = 0.0
        while True:
            if cancel is not None and cancel.is_set():
                if self._loaded and give_up == 0.0:
                    give_up = time.monotonic() + _GRACE_SECONDS
                    self._send({"do": "cancel", "with": ()})
                elif time.monotonic() > give_up:
                    self._end()
                    raise Cancelled
            try:
                answer = self._frames.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if answer is None:
                raise AlphsistantError(self._obituary())
            if "progress" in answer:
                progress(answer["progress"], answer["share"])
            elif "error" in answer:
                raise _error(answer["error"], answer["sentence"])
            else:
                self._loaded = self._loaded or what != "begin"
                return dict(answer)

    def stop(self) -> None:
        """End the process, whatever it is doing, and wait for its end; from any thread."""
        self._end()
        with self._lock:
            readers, self._readers = self._readers, []
        for reader in readers:
            reader.join()

    def _end(self) -> None:
        """End the process; its reader waits for that."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        package = Path(__file__).resolve().parents[1]
        environment = {**os.environ, "ALPHSISTANT_PATH": json.dumps([str(package.parent), *sys.path])}
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        try:
            process = subprocess.Popen(  # noqa: S603  # Python itself, without a shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                creationflags=flags,
            )
        except OSError as error:
            raise AlphsistantError(f"The process for the models could not be started: {error.strerror}.") from error
        frames: queue.SimpleQueue[Any] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(process, frames), name="Alphsistant models", daemon=True)
        with self._lock:
            self._process, self._frames, self._loaded = process, frames, False
            self._readers = [*(reader for reader in self._readers if reader.is_alive()), reader]
            reader.start()

    def _send(self, message: dict[str, Any]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise Cancelled  # stopped from another thread
        try:
            messages.write(process.stdin, message)
        except (OSError, ValueError):  # it has ended, or was stopped at this moment: its last words are read above
            logger.debug("Nobody reads", exc_info=True)

    def _obituary(self) -> str:
        process = self._process
        if process is None:
            raise Cancelled  # stopped from another thread
        code = process.wait()
        return (
            f"The process that runs the models has ended unexpectedly (code {code}): there may not be enough memory. "
            "Close other programs or speak a shorter text, then try again."
        )


class RemoteModels:
    """``pipeline.Models`` in a process; the same for the pipeline, and for Blender's frames not there."""

    def __init__(
        self,
        process: ModelProcess,
        language_model: str | None = None,
        voice: Path | None = None,
        *,
        allow_network: bool = False,
        use_gpu: bool = True,
        progress: Callable[[str, float], None] = lambda _words, _share: None,
    ) -> None:
        """Choose the models, as in ``pipeline.ShippedModels``; they are loaded by the first job that needs them."""
        self._process = process
        self._choice = (language_model, voice, allow_network, use_gpu)
        self._progress = progress
        self._numbers = itertools.count()

    def speaker(self, cancel: CancelEvent | None = None) -> RemoteModels:
        """Load the voice."""
        self._ask("begin", self._choice, cancel=cancel)
        self._ask("speaker", cancel=cancel)
        return self

    def writer(self, cancel: CancelEvent | None) -> RemoteModels:
        """Load the language model; after :meth:`speaker`."""
        self._ask("writer", cancel=cancel)
        return self

    def reply(self, *arguments: Any, cancel: CancelEvent | None = None, **options: Any) -> Iterator[str]:
        """``LanguageModel.reply``."""
        return self._stream("reply", arguments, options, cancel)

    def stream(self, *arguments: Any, cancel: CancelEvent | None = None, **options: Any) -> Iterator[Speech]:
        """``Voice.stream``."""
        return self._stream("stream", arguments, options, cancel)

    def _stream(
        self, what: str, arguments: tuple[Any, ...], options: dict[str, Any], cancel: CancelEvent | None
    ) -> Iterator[Any]:
        number = next(self._numbers)
        self._ask(what, number, arguments, options, cancel=cancel)
        while "end" not in (answer := self._ask("next", number, cancel=cancel)):
            yield answer["value"]

    def _ask(self, what: str, *arguments: Any, cancel: CancelEvent | None) -> dict[str, Any]:
        return self._process.request(what, *arguments, cancel=cancel, progress=self._progress)


def _read(process: subprocess.Popen[bytes], frames: queue.SimpleQueue[Any]) -> None:
    """Hand on what the process says; ``None`` when it has ended, and nothing of it is left."""
    if process.stdout is not None:
        with contextlib.suppress(EOFError, OSError, ValueError):
            while True:
                frames.put(messages.read(process.stdout))
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was still to be sent has nowhere to go
                pipe.close()
    frames.put(None)


def _error(name: str, sentence: str) -> Exception:
    if name == "Cancelled":
        return Cancelled()
    if name == "MemoryError":
        return MemoryError()
    kind = getattr(errors, name, None) if name else None
    if isinstance(kind, type) and issubclass(kind, AlphsistantError):
        return kind(sentence)
    return RuntimeError(sentence)
