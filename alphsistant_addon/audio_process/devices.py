"""What plays and what listens: the form that the sound card, silence and the one in memory share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from .protocol import RATE, Samples

Fill: TypeAlias = Callable[[int, float, bool], Samples]
"""Called for the next samples: how many, when the first is heard (``perf_counter``), and whether some were lost before.
Returns ``[count]`` samples."""

Take: TypeAlias = Callable[[Samples, float], None]
"""Called with samples of the microphone and the time at which the last of them was heard (``perf_counter``)."""

BLOCK: Final = RATE // 100
"""Samples of a block of those devices that have no clock of their own: 10 ms."""


class Stream(Protocol):
    """A loudspeaker or microphone that is open."""

    name: str
    latency: float
    """Seconds between a sample and its being heard."""

    @property
    def is_alive(self) -> bool:
        """Whether it still asks for samples, or gives them."""
        ...

    def close(self) -> None:
        """Close it at once."""
        ...


class Device(Protocol):
    """Something that has loudspeakers and microphones."""

    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the loudspeakers and of the microphones."""
        ...

    def open_output(self, name: str, latency: float, fill: Fill) -> Stream:
        """Open a loudspeaker, the system's own if the name is empty; ``AlphsistantError`` if there is none."""
        ...

    def open_input(self, name: str, take: Take) -> Stream:
        """Open a microphone; ``AlphsistantError`` if there is none."""
        ...

    def look_again(self) -> None:
        """Look which devices there are now; no stream may be open."""
        ...


class TimedStream:
    """Calls a function for every 10 ms of the computer's clock: a stream without a device."""

    def __init__(self, name: str, step: Callable[[float], None], latency: float = 0.0) -> None:
        """Begin; ``step`` gets the time at which the block begins."""
        self.name = name
        self.latency = latency
        self._step = step
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"Alphsistant {name}", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it was not closed."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End it and wait for that."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        begin, blocks = time.perf_counter(), 0
        while not self._ended.is_set():
            due = begin + blocks * BLOCK / RATE
            wait = due - time.perf_counter()
            if wait > 0 and self._ended.wait(wait):
                return
            if wait < -1.0:  # the computer slept
                begin, blocks = time.perf_counter(), 0
                continue
            self._step(due)
            blocks += 1


class Silence:
    """No sound at all, in time: what is left where there is no loudspeaker."""

    NAME: Final = "silence"

    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return no names: there is nothing to choose."""
        return (), ()

    def open_output(self, name: str, latency: float, fill: Fill) -> Stream:  # noqa: ARG002
        """Return a stream that is heard by nobody, at the computer's clock."""

        def step(due: float) -> None:
            fill(BLOCK, due, False)

        return TimedStream(self.NAME, step)

    def open_input(self, name: str, take: Take) -> Stream:  # noqa: ARG002
        """Return a microphone that hears nothing and says nothing."""
        return TimedStream(self.NAME, lambda _: None)

    def look_again(self) -> None:
        """Nothing changes here."""
