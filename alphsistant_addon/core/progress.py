"""How a job says what it is doing, and how it is told to stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TypeAlias

from .errors import Cancelled

CancelEvent: TypeAlias = threading.Event


def check_cancel(cancel: CancelEvent | None) -> None:
    """Raise :class:`Cancelled` when the event is set; ``None`` never cancels."""
    if cancel is not None and cancel.is_set():
        raise Cancelled


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done now, in words for the panel, and the share of the job that is behind us (0…1)."""

    words: str
    fraction: float
