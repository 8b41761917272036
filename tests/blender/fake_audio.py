"""Stands for the sound's process: same names as ``audio_process.client.Audio``, a clock that the test puts on."""

from __future__ import annotations

from typing import Any

from alphsistant_addon.audio_process.client import HeardPart
from alphsistant_addon.audio_process.protocol import QUIETEST, Devices, Finished, Level, Started, Stopped


class FakeAudio:
    """Plays without a sound; ``heard`` is what would have been heard, in order."""

    def __init__(self) -> None:
        self.stream = 0.0
        self.parts: list[HeardPart] = []
        self.heard: list[tuple[int, int, Any, int]] = []
        self.told: list[Any] = []
        self.stopped = 0
        self.is_running = self.is_given_up = False
        self.is_microphone_open = True
        """Whether a microphone is there, if one is wanted."""
        self.devices = Devices(("Loudspeaker",), ("Microphone",))
        self.level = Level(QUIETEST, QUIETEST)
        self.modes: dict[str, Any] = {}
        self.lost_buffers = 0
        self._started: set[tuple[int, int]] = set()
        self._finished: set[tuple[int, int]] = set()

    def now(self) -> float:
        return self.stream

    def start(self) -> None:
        self.is_running = True

    def close(self) -> None:
        self.is_running = False

    def play(self, turn: int, part: int, samples: Any, rate: int, pause: float = 0.0) -> None:
        if turn <= self.stopped:
            return
        last = max([self.stream, *(one.end + pause for one in self.parts)])
        self.parts.append(HeardPart(turn, part, last, last + len(samples) / rate))
        self.heard.append((turn, part, samples, rate))

    def stop(self, turn: int) -> None:
        self.stopped = max(self.stopped, turn)
        playing = [one for one in self.parts if one.turn <= turn and one.start <= self.stream < one.end]
        self.parts = [one for one in self.parts if one.turn > turn]
        part, seconds = (playing[0].part, self.stream - playing[0].start) if playing else (-1, 0.0)
        self.told.append(Stopped(turn, part, seconds, self.stream))

    def pass_time(self, seconds: float) -> None:
        """Let so much be heard."""
        self.stream += seconds
        for one in self.parts:
            name = (one.turn, one.part)
            if one.start <= self.stream and name not in self._started:
                self._started.add(name)
                self.told.append(Started(one.turn, one.part, one.start, one.end - one.start))
            if one.end <= self.stream and name not in self._finished:
                self._finished.add(name)
                self.told.append(Finished(one.turn, one.part, one.end))

    def events(self) -> list[Any]:
        told, self.told = self.told, []
        return told

    def heard_around(self, before: float, after: float) -> list[tuple[int, int, float]]:
        return [
            (one.turn, one.part, self.stream - one.start)
            for one in self.parts
            if one.start - after <= self.stream < one.end + before
        ]

    def heard_now(self) -> tuple[int, int, float] | None:
        heard = self.heard_around(0.0, 0.0)
        return heard[0] if heard else None

    def heard_at(self, stream_time: float) -> float | None:  # noqa: ARG002
        return None

    def choose(self, settings: Any) -> None:
        self.modes["settings"] = settings

    def duck(self, on: bool) -> None:
        self.modes["duck"] = on

    def microphone(self, on: bool) -> None:
        self.modes["microphone"] = on

    def listen(self, on: bool) -> None:
        self.modes["listen"] = on

    def record(self, on: bool) -> None:
        self.modes["record"] = on
