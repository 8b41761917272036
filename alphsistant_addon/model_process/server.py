"""The process: loads the models and does one job after the other, until the pipe is closed."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, BinaryIO, Final

from ..core import messages
from ..core.errors import AlphsistantError
from ..core.progress import CancelEvent, Step
from ..pipeline import models, reply_stream
from ..pipeline.reply import without_repetition
from ..pipeline.requests import VOICE_LOADED_FRACTION, ModelChoice, Request, WarmUpRequest, perform
from .protocol import Cancel, End, Happened, Job, More

logger = logging.getLogger(__name__)

DOWNLOAD_WHILE_SPEAKING: Final = (reply_stream.VOICE_LOADED_FRACTION, reply_stream.LOADED_FRACTION)
DOWNLOAD_WHILE_LOADING: Final = (VOICE_LOADED_FRACTION, 1.0)
"""Parts of the progress bar that belong to a download: of a job that speaks, and of one that only loads the models."""


class Server:
    """Does jobs in the order in which they come; a cancel overtakes them."""

    def __init__(self, answers: BinaryIO, make_models: Callable[..., models.Models]) -> None:
        """Answer on ``answers``; ``make_models`` makes the models of a choice."""
        self._answers = answers
        self._make_models = make_models
        self._choice: ModelChoice | None = None
        self._models: models.Models | None = None
        self._number = 0
        """Of the job that is being done."""
        self._download = DOWNLOAD_WHILE_SPEAKING
        self._cancels: dict[int, CancelEvent] = {}
        """One for each job that has not ended."""
        self._incoming: dict[int, queue.SimpleQueue[Any]] = {}
        """What comes for each of them while it waits or runs."""
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()

    def listen(self, requests: BinaryIO) -> None:
        """Take in what comes through the pipe; leave with the one who started us.

        A damaged frame ends the process too: whatever comes after it cannot be understood.
        """
        while True:
            try:
                message = messages.read(requests)
            except (EOFError, OSError):
                os._exit(0)  # whatever the main thread is at, such as an import that takes seconds
            except messages.DamagedFrameError:
                logger.exception("What came through the pipe is damaged")
                os._exit(1)
            match message:
                case Job(number):
                    self._cancels[number] = threading.Event()
                    self._incoming[number] = queue.SimpleQueue()
                    self._jobs.put(message)
                case More(number, data):
                    incoming = self._incoming.get(number)
                    if incoming is not None:  # the job may have ended meanwhile
                        incoming.put(data)
                case Cancel(number):
                    cancel = self._cancels.get(number)
                    if cancel is not None:  # as above
                        cancel.set()

    def serve(self) -> None:
        """Do jobs until the process is ended."""
        while True:
            job = self._jobs.get()
            self._number = job.number
            is_warm_up = isinstance(job.request, WarmUpRequest)
            self._download = DOWNLOAD_WHILE_LOADING if is_warm_up else DOWNLOAD_WHILE_SPEAKING
            end = self._do(job, self._cancels[job.number])
            del self._cancels[job.number], self._incoming[job.number]
            messages.write(self._answers, end)

    def _do(self, job: Job, cancel: CancelEvent) -> End:
        """Do one job and tell what happens; return how it ended, an error as its kind and its sentence."""
        try:
            asked = (job.request, self._models_for(job.request), cancel, self._incoming[job.number])
            for event in without_repetition(perform(*asked)):
                messages.write(self._answers, Happened(job.number, event))
        except AlphsistantError as error:
            logger.info("%s", error, exc_info=True)
            return End(job.number, type(error).__name__, str(error))
        except MemoryError:
            logger.exception("Out of memory")
            return End(job.number, "MemoryError")
        except Exception as error:
            logger.exception("The models failed")
            return End(job.number, "RuntimeError", f"{type(error).__name__}: {error}")
        return End(job.number)

    def _models_for(self, request: Request) -> models.Models:
        """Return the models of the request's choice; those of the last job are kept but for what differs."""
        choice, before = request.models, self._choice
        if self._models is None or before is None or replace(choice, voice=before.voice) != before:
            self._models = self._make_models(
                choice.language_model,
                choice.voice,
                allow_network=choice.allow_network,
                use_gpu=choice.use_gpu,
                server=choice.server,
                progress=self._report,
            )
        elif choice.voice != before.voice:
            self._models = self._models.with_voice(choice.voice)
        self._choice = choice
        return self._models

    def _report(self, words: str, share: float) -> None:
        """Tell how far the download of a language model has come."""
        begin, end = self._download
        messages.write(self._answers, Happened(self._number, Step(words, begin + (end - begin) * share)))


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
