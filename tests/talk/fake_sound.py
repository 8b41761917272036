"""A sound's process without a process: the real player, and a clock that the test turns."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from alphsistant_addon.audio_process.client import Audio
from alphsistant_addon.audio_process.player import Player
from alphsistant_addon.audio_process.protocol import (
    RATE,
    Clock,
    Duck,
    Event,
    Listen,
    Microphone,
    Play,
    Record,
    Samples,
    Settings,
    Sound,
    Stop,
    VoiceBegan,
    VoiceConfirmed,
    VoiceEnded,
    VoicePaused,
    VoiceResumed,
)
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.progress import CancelEvent, check_cancel
from alphsistant_addon.pipeline.hearing import HeardWords
from alphsistant_addon.pipeline.requests import HearRequest, perform
from alphsistant_addon.talk.conversation import Conversation
from alphsistant_addon.talk.happenings import Happening

LATENCY = 0.03


class FakeAudio(Audio):
    """What is heard is written down; time goes on when :meth:`hear` is called."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.player = Player(self._take_in)
        self.heard = np.zeros(0, np.float32)
        self.time = 100.0
        self.is_started = False
        self.commands: list[Any] = []
        self.is_dead = False

    def now(self) -> float:
        return self.time

    def start(self) -> None:
        self.is_started = True

    @property
    def is_running(self) -> bool:
        return self.is_started

    def close(self) -> None:
        self.is_started = False

    def hear(self, seconds: float) -> None:
        """Let so much time pass, in blocks of 10 ms."""
        for _ in range(round(seconds * 100)):
            self._take_in(Clock(self.player.position / RATE, self.time + LATENCY))
            self.heard = np.concatenate([self.heard, self.player.fill(RATE // 100)])
            self.time += 0.01

    def tell(self, event: Event) -> None:
        self._take_in(event)

    def _send(self, command: Any) -> None:
        self.commands.append(command)
        match command:
            case Play():
                self.player.play(command)
            case Stop(turn):
                self.player.stop(turn)
            case Duck(on):
                self.player.duck(on)
            case Record(on):
                self._take_in(VoiceBegan(self.time) if on else VoiceEnded(self.time, np.zeros(480, np.float32)))
            case Microphone() | Listen():
                pass


class FakeJobs:
    """Does speaking jobs with the models of the tests, and hears what the test says was said."""

    def __init__(self, models: Any) -> None:
        self.models = models
        self.requests: list[Any] = []
        self.words: list[str] = []
        self.sounds: list[int] = []
        """Samples of each utterance that was heard to its end."""
        self.hold = threading.Event()
        """While it is clear, no job goes on."""
        self.hold.set()
        self.error = ""

    def run(
        self, request: Any, cancel: CancelEvent | None = None, incoming: queue.SimpleQueue[Any] | None = None
    ) -> Iterator[Any]:
        self.requests.append(request)
        if isinstance(request, HearRequest):
            yield from self._hear(cancel, incoming)
            return
        for event in perform(request, self.models, cancel):
            while not self.hold.wait(0.01):
                check_cancel(cancel)
            check_cancel(cancel)
            if self.error:
                raise AlphsistantError(self.error)
            yield event

    def _hear(self, cancel: CancelEvent | None, incoming: queue.SimpleQueue[Any] | None) -> Iterator[Any]:
        assert incoming is not None
        count = 0
        while True:
            check_cancel(cancel)
            try:
                piece: Samples | None = incoming.get(timeout=0.01)
            except queue.Empty:
                continue
            if piece is None:
                break
            count += len(piece)
        self.sounds.append(count)
        yield HeardWords(self.words.pop(0) if self.words else "")


class Talk:
    """A conversation whose ticks and time the test turns."""

    def __init__(self, models: Any, **options: Any) -> None:
        self.audio = FakeAudio()
        self.jobs = FakeJobs(models)
        self.conversation = Conversation(self.audio, self.jobs, **options)
        self.news: list[Happening] = []

    def tick(self) -> None:
        self.news += self.conversation.tick()

    def until(self, condition: Callable[[], object]) -> None:
        """Tick without letting time pass, until something has happened on a job's thread."""
        for _ in range(2000):
            self.tick()
            if condition():
                return
            time.sleep(0.002)
        raise AssertionError("it did not happen")

    def hear(self, seconds: float) -> None:
        """Let time pass, with 50 ticks a second."""
        for _ in range(round(seconds * 50)):
            self.audio.hear(0.02)
            self.tick()

    def made(self) -> None:
        """Wait until the reply is made and all its parts are sent."""
        reply = self.conversation._replies.present
        assert reply is not None
        self.until(lambda: reply.is_made)

    def to_the_end(self) -> None:
        """Hear until nobody speaks any more."""
        for _ in range(3000):
            self.hear(0.02)
            if self.conversation.state == "listening":
                return
            if self.conversation.state == "thinking":
                time.sleep(0.002)
        raise AssertionError("it goes on for ever")

    # What the microphone hears.

    def voice(self, seconds: float, *, confirmed: bool = True) -> None:
        self.audio.tell(VoiceBegan(self.audio.time))
        self.audio.tell(Sound(np.zeros(round(seconds * 16_000), np.float32)))
        self.tick()
        if confirmed:
            self.confirm()

    def confirm(self) -> None:
        self.audio.tell(VoiceConfirmed(self.audio.time))
        self.tick()
        self.tick()  # what was heard is told in the next one

    def pause(self) -> None:
        self.audio.tell(VoicePaused(self.audio.time))
        self.tick()

    def resume(self, seconds: float) -> None:
        self.audio.tell(VoiceResumed(self.audio.time))
        self.audio.tell(Sound(np.zeros(round(seconds * 16_000), np.float32)))
        self.tick()

    def voice_ends(self) -> None:
        self.audio.tell(VoiceEnded(self.audio.time, np.zeros(480, np.float32)))
        self.tick()
