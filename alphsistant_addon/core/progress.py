"""How a job says what it is doing, and how it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .errors import Cancelled

CancelEvent: TypeAlias = threading.Event


Progress: TypeAlias = Callable[[float], None]
"""Called now and then with the share (0…1) of the work that is done, rising."""


def untold(_share: float) -> None:
    """Tell nobody how far the work is."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Return what a part of the work calls with its own share: the part goes from ``start`` to ``end`` of the whole."""
    return lambda share: progress(start + (end - start) * share)


def check_cancel(cancel: CancelEvent | None) -> None:
    """Raise :class:`Cancelled` when the event is set; ``None`` never cancels."""
    if cancel is not None and cancel.is_set():
        raise Cancelled


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done now, in words for the panel, and the share of the job that is behind us (0…1)."""

    words: str
    fraction: float
