"""The conversation with a real models' process (and fakes in it), where its starts and ends matter."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_sound import FakeAudio

from alphsistant_addon.model_process.client import ModelProcess
from alphsistant_addon.pipeline.requests import ModelChoice, SpeakRequest
from alphsistant_addon.talk.conversation import Conversation

ROOT = Path(__file__).parents[2]
FAKE = (
    "import json, os, runpy, sys; sys.path[:] = json.loads(os.environ['ALPHSISTANT_PATH']); "
    f"runpy.run_path({str(ROOT / 'tests' / 'model_process_fake.py')!r})"
)


@pytest.fixture
def process() -> Iterator[ModelProcess]:
    process = ModelProcess([sys.executable, "-c", FAKE])
    yield process
    process.stop()


def until(talk: Conversation, audio: FakeAudio, condition: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, [(turn.text, turn.state, turn.note) for turn in talk.log]
        audio.hear(0.02)
        talk.tick()
        time.sleep(0.002)


@pytest.mark.parametrize("wait", [0.0, 0.3])
def test_a_second_line_while_the_models_are_loaded_is_answered(process: ModelProcess, wait: float):
    """The first job, which has loaded nothing, is cancelled and takes its process with it: not the second's."""
    audio = FakeAudio()
    template = SpeakRequest("", models=ModelChoice("slow"))
    talk = Conversation(audio, process, template=template)
    talk.say("Are you there?")
    began = time.monotonic()
    until(talk, audio, lambda: time.monotonic() >= began + wait)
    second = talk.say("Hello, are you there now?")
    until(talk, audio, lambda: talk.log[-1].state in {"done", "failed"} and talk.log[-1].answer_to == second.number)
    assert talk.log[-1].state == "done"
    assert talk.log[-1].parts
    talk.close()


def test_a_process_that_dies_is_told_and_the_next_line_is_answered(process: ModelProcess):
    audio = FakeAudio()
    talk = Conversation(audio, process)
    died = talk.speak("die")
    until(talk, audio, lambda: died.state == "failed")
    assert "ended unexpectedly" in died.note
    line = talk.speak("Hello there")
    until(talk, audio, lambda: line.state == "done")
    assert line.heard == "Hello there"
    talk.close()


def test_a_key_that_is_let_go_at_once_does_not_end_what_is_loading(process: ModelProcess):
    audio = FakeAudio()
    talk = Conversation(audio, process, template=SpeakRequest("", models=ModelChoice("slow")))
    for _ in range(2):
        talk.push_to_talk(True)
        talk.tick()
        until(talk, audio, lambda: process.is_running)
        child = process._process
        talk.push_to_talk(False)
        talk.tick()
        talk.interrupt()
        talk._voice.drop()
        until(talk, audio, lambda: not talk._replies.jobs)
        assert process._process is child
    talk.close()
