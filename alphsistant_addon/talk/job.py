"""A request to the models' process, done on a thread of its own; what happens waits in a queue for the next tick."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..core.errors import AlphsistantError, Cancelled
from ..core.progress import CancelEvent

logger = logging.getLogger(__name__)


class Jobs(Protocol):
    """What a conversation needs of the models' process (``model_process.client.ModelProcess`` has it)."""

    def run(
        self, request: Any, cancel: CancelEvent | None = None, incoming: queue.SimpleQueue[Any] | None = None
    ) -> Iterator[Any]:
        """Do a job on the calling thread and yield its events; ``incoming`` brings the sound to be recognised."""
        ...


@dataclass(frozen=True, slots=True)
class Over:
    """The job has ended; ``error`` is a sentence for the user, empty if all went well or it was cancelled."""

    error: str = ""


class Job:
    """One request that is being done."""

    def __init__(
        self,
        models: Jobs,
        request: Any,
        arrivals: queue.SimpleQueue[tuple[Job, Any]],
        incoming: queue.SimpleQueue[Any] | None = None,
        after: Sequence[Job] = (),
    ) -> None:
        """Begin; its events and at last :class:`Over` are put into ``arrivals``.

        ``after`` are jobs that were cancelled: the last thing that one of them does may be to end a process that has
        loaded nothing yet, and this one needs a process that stays.
        """
        self.cancel = threading.Event()
        self._models, self._request, self._incoming = models, request, incoming
        self._arrivals = arrivals
        self._after = tuple(after)
        self.thread: threading.Thread = threading.Thread(target=self._run, name="Alphsistant talk", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        error = ""
        for job in self._after:
            job.thread.join()
        self._after = ()  # or each job would keep all that were before it
        try:
            for event in self._models.run(self._request, self.cancel, self._incoming):
                self._arrivals.put((self, event))
        except Cancelled:
            logger.debug("Cancelled")
        except AlphsistantError as reason:
            error = str(reason)
        except Exception:
            logger.exception("A job of the talk failed")
            error = "The answer could not be made: the log says why."
        self._arrivals.put((self, Over(error)))
