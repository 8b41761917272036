"""Fakes that stand for the models: a voice of tones whose phones are known, and a language model with set replies."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.progress import CancelEvent, check_cancel
from alphsistant_addon.core.speech import Phone, Speech, Word
from alphsistant_addon.text_generation import KnownAnswer
from alphsistant_addon.text_to_speech.controls import NATURAL, Controls

_EXIT_STATUS = pytest.StashKey[int]()

RATE = 22050
PHONE_SECONDS = 0.09
PHONES = dict(
    zip(
        "abdefghijklmnoprstuvwz",
        [
            "ɑ",
            "b",
            "d",
            "ɛ",
            "f",
            "ɡ",
            "h",
            "i",
            "dʒ",
            "k",
            "l",
            "m",
            "n",
            "oʊ",
            "p",
            "ɹ",
            "s",
            "t",
            "u",
            "v",
            "w",
            "z",
        ],
        strict=True,
    )
)


class FakeVoice:
    """Speaks each letter as a phone of 90 ms; calls ``before_sentence`` first, where tests interfere."""

    def __init__(self) -> None:
        self.before_sentence: Callable[[], object] = lambda: None
        self.controls = NATURAL

    def stream(
        self, text: str, *, seed: int = 0, controls: Controls = NATURAL, cancel: CancelEvent | None = None
    ) -> Iterator[Speech]:
        self.controls = controls
        for sentence in re.findall(r"[^.!?]+[.!?]*", text):
            self.before_sentence()
            check_cancel(cancel)
            yield fake_speech(sentence.strip(), seed)


def fake_speech(sentence: str, seed: int = 0) -> Speech:
    letters = [letter for letter in sentence.lower() if letter in PHONES]
    if not letters:
        raise TextError("There is nothing in this text that can be spoken.")
    symbols = [SILENCE, *(PHONES[letter] for letter in letters), SILENCE]
    times = np.arange(len(symbols) + 1) * PHONE_SECONDS
    count = round(times[-1] * RATE)
    times[-1] = count / RATE
    phones = tuple(Phone(*phone) for phone in zip(symbols, times[:-1].tolist(), times[1:].tolist(), strict=True))
    samples = np.sin(np.arange(count) * (0.06 + 0.001 * seed)).astype(np.float32) * np.float32(0.3)
    words = []
    spoken = iter(phones[1:-1])
    for word in sentence.split():
        own = [next(spoken) for letter in word.lower() if letter in PHONES]
        if own:
            words.append(Word(word, own[0].start, own[-1].end))
    return Speech(samples, RATE, phones, tuple(words), sentence)


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
        self.language_model = FakeWriter()
        self.before_loading: Callable[[], object] = lambda: None
        self.known: dict[str, KnownAnswer] = {}

    def writer(self, cancel: CancelEvent | None) -> FakeWriter:  # noqa: ARG002
        self.before_loading()
        return self.language_model

    def known_answer(self, prompt: str, seed: int) -> KnownAnswer | None:
        return self.known.get(prompt) if seed >= 0 else None

    def speaker(self, cancel: CancelEvent | None = None) -> FakeVoice:  # noqa: ARG002
        self.before_loading()
        return self.voice


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
