"""Blender's side: a process that does whole jobs and streams what happens."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..core import errors
from ..core.child_process import ChildProcess, python_command
from ..core.errors import AlphsistantError, Cancelled
from ..core.progress import CancelEvent, Step, check_cancel
from .protocol import Cancel, End, Happened, Job, More

logger = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.02
"""Time between two looks at the cancel event."""
_GRACE_SECONDS: Final = 0.5
"""What a cancelled job has to stop by itself once another one waits for it. With PyPI's torch it looks at the cancel
event within 54 ms; some steps of Debian's torch take longer, and ending the process costs loading the models again."""
_HEARING_GRACE_SECONDS: Final = 5.0
"""The same for sound that is recognised: PocketSphinx's last pass over a long utterance is one single call."""


class _Process:
    """One started process, and the jobs that wait for its answers."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it.

        Raises:
            AlphsistantError: it cannot be started.
        """
        self.loaded = False
        """Whether there are models in it that are worth keeping."""
        self.waiting: dict[int, queue.SimpleQueue[Happened | End]] = {}
        """Answers by the number of the job; what comes for any other job is dropped."""
        self.deadlines: dict[int, float] = {}
        """When each cancelled job has to have ended, by ``time.monotonic``."""
        self.is_given_up = False
        """Whether it was ended for the sake of one job, so that the others in it begin again in the next process."""
        self.child = ChildProcess(command, "the models", self._take_in, stands_back=True)

    @property
    def is_overdue(self) -> bool:
        """Whether a cancelled job does not stop, though it is the one that is being done.

        Jobs are done in the order of their numbers: one that waits behind a job that goes on cannot stop yet.
        """
        oldest = min([*self.waiting], default=None)
        return oldest is not None and any(
            number < oldest and time.monotonic() > deadline for number, deadline in [*self.deadlines.items()]
        )

    def cancel(self, number: int, grace: float) -> None:
        """Tell it to stop a job within so many seconds."""
        self.deadlines[number] = time.monotonic() + grace
        self.child.send(Cancel(number))

    def pass_on(self, number: int, incoming: queue.SimpleQueue[Any] | None) -> list[Any]:
        """Send what has come for a job, and return it."""
        sent: list[Any] = []
        while incoming is not None and not incoming.empty():
            sent.append(incoming.get())
            self.child.send(More(number, sent[-1]))
        return sent

    def answer(self, number: int) -> Happened | End | None:
        """Return the next message about a job; ``None`` if there is none within a moment.

        Raises:
            AlphsistantError: the process has ended; ``Cancelled`` if it was told to.
        """
        is_over = not self.child.reader.is_alive()  # asked before the look, or its last words might be missed
        try:
            return self.waiting[number].get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            if not is_over:
                return None
        if self.is_given_up:
            return None
        if self.child.stopped:
            raise Cancelled
        code = self.child.popen.wait()
        raise AlphsistantError(
            f"The process that runs the models has ended unexpectedly (code {code}): there may not be enough memory. "
            "Close other programs or speak a shorter text, then try again."
        )

    def _take_in(self, message: Happened | End) -> None:
        if isinstance(message, End):
            self.deadlines.pop(message.number, None)
            for number, deadline in [*self.deadlines.items()]:  # the next one may be done only from now on
                self.deadlines[number] = max(deadline, time.monotonic() + _GRACE_SECONDS)
        # A step comes before anything is loaded; whatever else comes needed the models.
        if not (isinstance(message, Happened) and isinstance(message.event, Step)) and not _is_error(message):
            self.loaded = True
        answers = self.waiting.get(message.number)
        if answers is not None:
            answers.put(message)


class ModelProcess:
    """The models' process: started by the first job, kept for the next one, started again when it has ended.

    One job is done at a time, in the order in which they come. :meth:`run` may be called from several threads at once,
    as a talk does whose user speaks while the answer is still being made.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        """``command`` replaces the process in tests."""
        self._command = tuple(command or python_command("model_process.server"))
        self._process: _Process | None = None
        self._ending: list[_Process] = []
        """Those that were told to end and may not have done so yet."""
        self._warming: int | None = None
        """Number of the job that only loads the models, while nobody waits for it."""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def run(
        self, request: Any, cancel: CancelEvent | None = None, incoming: queue.SimpleQueue[Any] | None = None
    ) -> Iterator[Any]:
        """Let the process do a job and yield its events; what ``incoming`` brings meanwhile is sent to it.

        Raises:
            Cancelled: at once when ``cancel`` is set. Nothing waits for the job to stop: a process that has loaded
                nothing yet is ended; one that has is kept, unless the next job finds that it does not stop.
            AlphsistantError: what the job raises, or that the process has ended.
        """
        check_cancel(cancel)
        process, number = self._begin(request)
        sent: list[Any] = []
        ended = False
        try:
            while True:
                sent += process.pass_on(number, incoming)
                if cancel is not None and cancel.is_set():
                    raise Cancelled
                if self._is_lost(process):
                    process, number = self._begin(request)
                    for data in sent:
                        process.child.send(More(number, data))
                match process.answer(number):
                    case Happened() as message:
                        yield message.event
                    case End() as message:
                        ended = True
                        if message.error:
                            raise _error(message.error, message.sentence)
                        return
        finally:
            process.waiting.pop(number, None)
            if not ended:
                # Sound that is recognised needs none of the models, which may just be loading for another job.
                if process.loaded or process.waiting or incoming is not None:
                    process.cancel(number, _GRACE_SECONDS if incoming is None else _HEARING_GRACE_SECONDS)
                else:
                    self._give_up(process)

    def warm_up(self, request: Any) -> None:
        """Start the process and let it load models, unless it has been started already; waits for nothing.

        Raises:
            AlphsistantError: the process cannot be started.
        """
        with self._lock:
            if self._process is None or not self._process.child.is_running:
                self._warming = next(self._numbers)
                self._process = _Process(self._command)
                self._process.child.send(Job(self._warming, request))

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        process = self._process
        return process is not None and process.child.is_running

    def stop(self) -> None:
        """End the process, whatever it is doing, and wait for its end; from any thread."""
        process = self._process
        if process is not None:
            self._end(process)
        with self._lock:
            ending, self._ending = self._ending, []
        for process in ending:
            process.child.reader.join()

    def _begin(self, request: Any) -> tuple[_Process, int]:
        """Send a job to the process, which is started if need be, and return both it and the job's number.

        Models that are being loaded are loaded by this job.
        """
        with self._lock:  # held to the end: the jobs of a process are sent in the order of their numbers
            if self._process is None or not self._process.child.is_running:
                self._process, self._warming = _Process(self._command), None
            process, number = self._process, next(self._numbers)
            process.waiting[number] = queue.SimpleQueue()
            warming, self._warming = self._warming, None
            if warming is not None:
                process.child.send(Cancel(warming))  # no deadline: what it is loading is needed
            process.child.send(Job(number, request))
        return process, number

    def _is_lost(self, process: _Process) -> bool:
        """Whether a job has to begin again in another process; one in which a cancelled job hangs is given up."""
        if process.is_overdue:
            self._give_up(process)
        return process.is_given_up

    def _give_up(self, process: _Process) -> None:
        """End a process that one job has no use for; other jobs that wait for it begin again in the next one."""
        process.is_given_up = True
        self._end(process)

    def _end(self, process: _Process) -> None:
        """End a process; its reader waits for that."""
        with self._lock:
            if self._process is process:
                self._process = None
            self._ending = [*(one for one in self._ending if one.child.reader.is_alive()), process]
        process.child.end()


def _is_error(message: Happened | End) -> bool:
    return isinstance(message, End) and bool(message.error)


def _error(name: str, sentence: str) -> Exception:
    """Make the exception again that the process has named."""
    if name == "Cancelled":
        return Cancelled()
    if name == "MemoryError":
        return MemoryError()
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, AlphsistantError):
        return kind(sentence)
    return RuntimeError(sentence)
