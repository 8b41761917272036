"""A sound card in memory, for tests and figures: what is heard goes to a file, the microphone plays another one.

In its folder, ``heard.f32`` gets every sample that is heard, from the first block on, and ``heard_at.f64`` pairs of the
number of a block's first sample and when it is heard (``perf_counter``). ``microphone.f32`` is heard by the microphone
as soon as it appears there (a rename, so that it is whole), from its beginning; it is renamed to ``microphone.done``
afterwards, and ``microphone_at.f64`` then holds when its first sample was heard. All at :data:`.protocol.RATE`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from .devices import BLOCK, Fill, Stream, Take, TimedStream
from .protocol import RATE, Samples

LATENCY: Final = 0.03
"""Seconds between a sample and its being heard, as with a real card."""


class MemoryDevice:
    """Loudspeaker and microphone as files of a folder."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which must exist."""
        self._folder = folder

    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the one name of each."""
        return ("memory",), ("memory",)

    def open_output(self, name: str, latency: float, fill: Fill) -> Stream:  # noqa: ARG002
        """Write down what is heard."""
        heard = (self._folder / "heard.f32").open("ab", buffering=0)
        times = (self._folder / "heard_at.f64").open("ab", buffering=0)
        done = heard.tell() // 4

        def step(due: float) -> None:
            nonlocal done
            heard_at = due + LATENCY
            times.write(np.array([done, heard_at]).tobytes())
            heard.write(np.asarray(fill(BLOCK, heard_at, False), np.float32).tobytes())
            done += BLOCK

        return TimedStream("memory", step, LATENCY)

    def open_input(self, name: str, take: Take) -> Stream:  # noqa: ARG002
        """Hear what lies there, or a silence that is not quite one."""
        noise = np.random.default_rng(0)
        playing: Samples = np.zeros(0, np.float32)

        def step(due: float) -> None:
            nonlocal playing
            path = self._folder / "microphone.f32"
            if not len(playing) and path.exists():
                playing = np.fromfile(path, np.float32)
                np.array([due]).tofile(self._folder / "microphone_at.f64")
                path.rename(path.with_suffix(".done"))
            block, playing = playing[:BLOCK], playing[BLOCK:]
            hiss = noise.standard_normal(BLOCK, np.float32) * np.float32(1e-4)
            hiss[: len(block)] += block
            take(hiss, due + BLOCK / RATE)

        return TimedStream("memory microphone", step)

    def look_again(self) -> None:
        """Nothing changes here."""
