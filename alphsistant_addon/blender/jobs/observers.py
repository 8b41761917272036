"""Who is told what happens in a job, besides the job itself. Light: observers are added while Blender starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final


class JobStarted:
    """A job begins."""


class JobEnded:
    """A job is over."""

    def __init__(self, error: str) -> None:
        """``error`` says why it could not be done; empty if it could."""
        self.error = error


OBSERVERS: Final[list[Callable[[Any, Any], object]]] = []
"""Each is called on the main thread with the task and what happened: :class:`JobStarted`, what the work yields, and
:class:`JobEnded` last."""


def tell(task: Any, event: Any) -> None:
    """Tell every observer; one that fails spoils nothing for the job."""
    for observer in OBSERVERS:
        try:
            observer(task, event)
        except Exception:
            import logging  # noqa: PLC0415  # not while Blender starts

            logging.getLogger(__name__).exception("An observer of jobs has failed")
