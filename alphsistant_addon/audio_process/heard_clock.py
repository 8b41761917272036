"""Which moment of the stream is heard now, from what the loudspeaker's callbacks report."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Final

MEMORY: Final = 1.0
"""Seconds of reports whose median counts. One report alone wanders by 4 to 5 ms (``docs/talk_terminal.md``)."""


class HeardClock:
    """Keeps the newest reports and answers from their median."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._reports: deque[tuple[float, float]] = deque()
        """When each moment was heard, and the difference to its stream time."""
        self._difference: float | None = None

    def take(self, stream_time: float, heard_at: float, *, anew: bool) -> None:
        """Take in a report; ``anew`` forgets those before it."""
        if anew:
            self._reports.clear()
        self._reports.append((heard_at, heard_at - stream_time))
        while self._reports[0][0] < heard_at - MEMORY:
            self._reports.popleft()
        self._difference = median(difference for _, difference in self._reports)

    def stream_time(self, now: float) -> float | None:
        """Return the stream time that is heard at a moment of ``perf_counter``; ``None`` before the first report."""
        return None if self._difference is None else now - self._difference

    def heard_at(self, stream_time: float) -> float | None:
        """Return when a stream time is heard, by ``perf_counter``; ``None`` before the first report."""
        return None if self._difference is None else stream_time + self._difference
