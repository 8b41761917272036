"""One thread for the models. It never touches bpy: what happens comes back through a queue."""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ...core.errors import AlphsistantError, Cancelled

if TYPE_CHECKING:
    from ...core.progress import CancelEvent

logger = logging.getLogger(__name__)

Job: TypeAlias = "Callable[[CancelEvent], Iterable[Any]]"
"""A generator of events; it looks at the cancel event at least every 50 ms."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of every job."""

    error: str = ""
    """A sentence for the panel, empty if the job came to its end."""
    cancelled: bool = False


class Worker:
    """Runs one job at a time. Between jobs there is no thread, so there is nothing to leave behind."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._cancel = threading.Event()
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()

    @property
    def alive(self) -> bool:
        """Whether a thread is running, even one that was told to stop."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, job: Job) -> None:
        """Run the job on a thread of its own; one still running is cancelled, and its end is waited for over there."""
        self._cancel.set()
        self._cancel = threading.Event()
        self._events = queue.SimpleQueue()
        previous = self._thread if self.alive else None
        self._thread = threading.Thread(
            target=_run, args=(job, self._cancel, self._events, previous), name="Alphsistant worker", daemon=True
        )
        self._thread.start()

    def events(self, seconds: float) -> Iterator[Any]:
        """What has happened since the last call, for at most that long; never waits."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            try:
                yield self._events.get_nowait()
            except queue.Empty:
                return

    def cancel(self) -> None:
        """Ask the job to stop; returns at once."""
        self._cancel.set()

    def stop(self) -> None:
        """Cancel and wait for the thread's end."""
        self._cancel.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None


def _run(job: Job, cancel: CancelEvent, events: queue.SimpleQueue[Any], previous: threading.Thread | None) -> None:
    if previous is not None:
        previous.join()
    try:
        for event in job(cancel):
            events.put(event)
            if cancel.is_set():
                events.put(Ended(str(Cancelled()), cancelled=True))
                return
        events.put(Ended())
    except Cancelled as error:
        events.put(Ended(str(error), cancelled=True))
    except AlphsistantError as error:
        logger.info("The job ended with an error", exc_info=True)
        events.put(Ended(str(error)))
    except BaseException as error:
        # SystemExit too: a thread that ended without a word would leave the panel waiting for ever.
        logger.exception("The job failed")
        events.put(Ended(_sentence(error)))


def _sentence(error: BaseException) -> str:
    """What the panel says of an error that nobody foresaw."""
    # torch has no exception of its own for this on the CPU.
    if isinstance(error, MemoryError) or re.search(r"(?i)out of memory|allocate memory|bad_alloc", str(error)):
        return "There is not enough memory for this: close other programs or speak a shorter text."
    return f"Something went wrong that should not ({type(error).__name__}); the log has the details."
