"""The talk in a terminal: what is shown, what Enter does, how it ends."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_sound import FakeAudio, FakeJobs

from alphsistant_addon.audio_process.protocol import RATE
from alphsistant_addon.pipeline.requests import ModelChoice
from alphsistant_addon.talk import terminal

ROOT = Path(__file__).parents[2]


def options(*arguments: str) -> Namespace:
    parser = ArgumentParser()
    terminal.add_arguments(parser)
    return parser.parse_args(arguments)


class RunningAudio(FakeAudio):
    """Time goes on by itself, ten times as fast."""

    def events(self) -> list[Any]:
        self.hear(10 / terminal.TICKS)
        return super().events()


def talk(models: Any, lines: Iterator[str] | list[str], *arguments: str) -> tuple[str, FakeJobs, RunningAudio]:
    out, jobs, audio = io.StringIO(), FakeJobs(models), RunningAudio()
    code = terminal.run(options(*arguments), ModelChoice(), lines=lines, out=out, models=jobs, audio=audio)
    assert code == 0
    assert not [one for one in threading.enumerate() if one.name == "Alphsistant talk"]
    return out.getvalue(), jobs, audio


def test_lines_of_a_file_are_answered_one_after_the_other(models: Any):
    shown, jobs, _ = talk(models, ["Who are you?\n", "What is 2 plus 3?\n"])
    assert "Alphsistant: My name is Alphsistant.\nAlphsistant: I am a bump map of moving lips.\n" in shown
    assert "Alphsistant [sum]: 2 plus 3 is 5." in shown
    assert shown.index("My name") < shown.index("2 plus 3")
    assert jobs.requests[0].look_up


def test_the_clauses_of_a_sentence_stand_on_one_line(models: Any):
    shown, *_ = talk(models, ["I am a talking face, and I live in Blender. So do you.\n"], "--say-only")
    assert "Alphsistant: I am a talking face, and I live in Blender. So do you.\n" in shown


def test_say_only_speaks_the_lines_themselves(models: Any):
    shown, jobs, _ = talk(models, ["Good morning.\n"], "--say-only")
    assert "Alphsistant: Good morning." in shown
    assert jobs.requests[0].text == "Good morning."


def test_a_persona_of_a_file_greets(models: Any, tmp_path: Path):
    (tmp_path / "ada.txt").write_text("Name: Ada\nWho: a robot\nFirst message: Hello dear.\n", encoding="utf-8")
    shown, jobs, _ = talk(models, ["Who are you?\n"], "--persona", str(tmp_path / "ada.txt"))
    assert "Ada: Hello dear." in shown
    assert jobs.requests[-1].persona.name == "Ada"


def test_a_persona_that_is_missing_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    arguments = options("--persona", str(tmp_path / "nobody.txt"))
    assert terminal.run(arguments, ModelChoice(), lines=[], out=io.StringIO(), audio=RunningAudio()) == 1
    assert "nobody.txt" in capsys.readouterr().err


def lines_of_a_person(shown: io.StringIO, audio: FakeAudio) -> Iterator[str]:
    """Hear a second of the reply, then press Enter."""
    yield "Who are you?\n"
    until = time.monotonic() + 20
    while np.count_nonzero(audio.heard) < RATE and time.monotonic() < until:
        time.sleep(0.005)
    yield "\n"
    while "interrupted" not in shown.getvalue() and time.monotonic() < until:
        time.sleep(0.005)
    yield "/log\n"
    yield "/quit\n"
    yield "never read\n"


def test_enter_interrupts_and_says_what_was_heard(models: Any):
    out, audio = io.StringIO(), FakeAudio()
    conversation = terminal.Conversation(audio, FakeJobs(models))
    stop = threading.Event()

    def clock() -> None:
        while not stop.is_set():
            audio.hear(0.01)
            time.sleep(0.005)

    ticking = threading.Thread(target=clock)
    ticking.start()
    terminal.Terminal(conversation, options(), out).talk(lines_of_a_person(out, audio))
    conversation.close()
    stop.set()
    ticking.join()
    shown = out.getvalue()
    assert "(interrupted; heard: My" in shown
    assert "2 Alphsistant (interrupted)" in shown
    assert "never read" not in shown
    assert [turn.text for turn in conversation.log if turn.who == "user"] == ["Who are you?"]


def test_enter_begins_and_ends_to_listen(models: Any):
    jobs, audio, out = FakeJobs(models), RunningAudio(), io.StringIO()
    jobs.words = ["who are you"]

    def lines() -> Iterator[str]:
        yield "\n"
        time.sleep(0.2)
        yield "\n"

    arguments = options("--microphone")
    terminal.run(arguments, ModelChoice(), lines=lines(), out=out, models=jobs, audio=audio)
    assert "(listening: Enter ends it)" in out.getvalue()
    assert "you: who are you" in out.getvalue()
    assert "My name is Alphsistant." in out.getvalue()


def test_the_command_talks_without_a_sound_card():
    """The whole of it: both processes, the shipped models."""
    answer = subprocess.run(
        [sys.executable, "-m", "alphsistant_addon", "talk", "--silent"],
        input="What is 12 times 7?\n", cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "Alphsistant [sum]: 12 times 7 is 84." in answer.stdout
