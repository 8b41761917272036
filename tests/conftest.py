"""Fakes that stand for the models: a voice of tones whose phones are known, and a language model with set replies."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from fake_speech import fake_speech

from alphsistant_addon.core.progress import CancelEvent, check_cancel
from alphsistant_addon.core.speech import Speech
from alphsistant_addon.text_generation import KnownAnswer
from alphsistant_addon.text_generation.persona import Turn
from alphsistant_addon.text_to_speech.controls import NATURAL, Controls

_EXIT_STATUS = pytest.StashKey[int]()


class FakeVoice:
    """Speaks each letter as a phone of 90 ms; calls ``before_sentence`` first, where tests interfere."""

    def __init__(self) -> None:
        self.before_sentence: Callable[[], object] = lambda: None
        self.controls = NATURAL
        self.spoken: list[str] = []
        self.sounds: Mapping[str, str] | None = None

    def stream(
        self,
        text: str,
        *,
        seed: int = 0,
        controls: Controls = NATURAL,
        cancel: CancelEvent | None = None,
        sounds: Mapping[str, str] | None = None,
    ) -> Iterator[Speech]:
        self.controls, self.sounds = controls, sounds
        self.spoken.append(text)
        for sentence in re.findall(r"[^.!?]+[.!?]*", text):
            self.before_sentence()
            check_cancel(cancel)
            yield fake_speech(sentence.strip(), seed)


class FakeWriter:
    """Replies with set sentences."""

    def __init__(self) -> None:
        self.sentences = ["My name is Alphsistant.", "I am a bump map of moving lips."]
        self.asked: list[tuple[str, int]] = []
        self.histories: list[tuple[Any, ...]] = []
        self.personas: list[Any] = []

    def reply(
        self,
        prompt: str,
        history: Sequence[Any] = (),
        *,
        persona: Any = None,
        seed: int,
        max_seconds: float,  # noqa: ARG002
        cancel: CancelEvent | None = None,
    ) -> Iterator[str]:
        self.asked.append((prompt, seed))
        self.histories.append(tuple(history))
        self.personas.append(persona)
        for sentence in self.sentences:
            check_cancel(cancel)
            yield sentence


class FakeModels:
    """A writer and a voice without networks."""

    def __init__(self) -> None:
        self.voice = FakeVoice()
        self.voices: list[str | None] = []
        """Those that were asked for instead."""
        self.language_model = FakeWriter()
        self.before_loading: Callable[[], object] = lambda: None
        self.known: dict[str, KnownAnswer] = {}
        self.looked_up_after: list[Sequence[Turn]] = []

    def writer(self, cancel: CancelEvent | None) -> FakeWriter:  # noqa: ARG002
        self.before_loading()
        return self.language_model

    def known_answer(self, prompt: str, seed: int, history: Sequence[Turn] = ()) -> KnownAnswer | None:
        self.looked_up_after.append(history)
        return self.known.get(prompt) if seed >= 0 else None

    def speaker(self, cancel: CancelEvent | None = None) -> FakeVoice:  # noqa: ARG002
        self.before_loading()
        return self.voice

    def with_voice(self, voice: str | None) -> FakeModels:
        self.voices.append(voice)
        return self


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_EXIT_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without C++ destructors: those of bpy and torch in one process can wait for each other for ever."""
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash.get(_EXIT_STATUS, 1))
