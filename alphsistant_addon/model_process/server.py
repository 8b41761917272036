"""The process: loads the models and does what the pipe says, until the pipe is closed."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from ..core.errors import AlphsistantError
from ..pipeline import models
from . import messages

logger = logging.getLogger(__name__)


class Server:
    """Answers requests one after the other; a cancel overtakes them."""

    def __init__(self, answers: BinaryIO, make_models: Callable[..., Any]) -> None:
        self._answers = answers
        self._make_models = make_models
        self._choice: Any = None
        self._models: Any = None
        self._cancel = threading.Event()
        self._streams: dict[int, Iterator[Any]] = {}
        self.requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def listen(self, requests: BinaryIO) -> None:
        """Take in what comes through the pipe; leave with the one who started us."""
        while True:
            try:
                request = messages.read(requests)
            except (EOFError, OSError):
                os._exit(0)  # whatever the main thread is at, such as an import that takes seconds
            if request["do"] == "cancel":
                self._cancel.set()
            else:
                self.requests.put(request)

    def serve(self) -> None:
        """Answer until the process is ended."""
        while True:
            messages.write(self._answers, self.answer(self.requests.get()))

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one thing; what came of it, or the error as its kind and its sentence."""
        try:
            return {"value": getattr(self, f"_do_{request['do']}")(*request["with"])}
        except StopIteration:
            return {"end": True}
        except AlphsistantError as error:
            logger.info("%s", error, exc_info=True)
            return {"error": type(error).__name__, "sentence": str(error)}
        except MemoryError:
            logger.exception("Out of memory")
            return {"error": "MemoryError", "sentence": ""}
        except Exception as error:
            logger.exception("The models failed")
            return {"error": "", "sentence": f"{type(error).__name__}: {error}"}

    def _do_begin(self, choice: tuple[Any, ...]) -> None:
        """A new job: nothing of the last one goes on, but models that fit the choice are kept."""
        self._cancel = threading.Event()
        self._streams.clear()
        if self._models is None or choice != self._choice:
            language_model, voice, allow_network, use_gpu = choice
            self._choice = choice
            self._models = self._make_models(
                language_model, voice, allow_network=allow_network, use_gpu=use_gpu, progress=self._report
            )

    def _report(self, words: str, share: float) -> None:
        messages.write(self._answers, {"progress": words, "share": share})

    def _do_writer(self) -> None:
        self._models.writer(self._cancel)

    def _do_speaker(self) -> None:
        self._models.speaker()

    def _do_reply(self, stream: int, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        self._streams[stream] = self._models.writer(self._cancel).reply(*arguments, **options, cancel=self._cancel)

    def _do_stream(self, stream: int, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        self._streams[stream] = iter(self._models.speaker().stream(*arguments, **options, cancel=self._cancel))

    def _do_next(self, stream: int) -> Any:
        return next(self._streams[stream])


def main(make_models: Callable[..., Any] = models.ShippedModels) -> None:
    """Run as the process: requests on standard input, answers on what was standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes to the log, not between the answers
    if hasattr(os, "nice"):
        os.nice(5)  # the window comes first
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s (%(name)s): %(message)s")
    server = Server(answers, make_models)
    threading.Thread(target=server.listen, args=(sys.stdin.buffer,), name="requests", daemon=True).start()
    server.serve()
