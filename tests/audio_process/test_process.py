"""The real process, with the sound device in memory: started, heard, killed, closed; nothing is left of it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alphsistant_addon.audio_process import protocol
from alphsistant_addon.audio_process.client import Audio
from alphsistant_addon.audio_process.heard_clock import HeardClock
from alphsistant_addon.audio_process.memory_device import LATENCY
from alphsistant_addon.audio_process.protocol import (
    RATE,
    Clock,
    Event,
    Failed,
    Finished,
    Settings,
    Started,
    Stopped,
    VoiceEnded,
)
from alphsistant_addon.core import messages


class Ears:
    """A process and all that it told."""

    def __init__(self, audio: Audio) -> None:
        self.audio = audio
        self.events: list[Event] = []

    def until(self, condition: Callable[[], Any], seconds: float = 30.0) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.events += self.audio.events()
            found = condition()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(f"it did not happen: {self.events}")

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def ears(tmp_path: Path) -> Iterator[Ears]:
    ears = Ears(Audio(Settings(kind="memory", folder=tmp_path)))
    ears.audio.start()
    ears.until(lambda: ears.told(Clock))
    yield ears
    child = ears.audio._child
    ears.audio.close()
    assert child is None or child.popen.poll() is not None
    assert not [one for one in threading.enumerate() if one.name.startswith("Alphsistant")]


def tone(seconds: float) -> np.ndarray:
    return (0.4 * np.sin(np.arange(round(seconds * RATE)) * 0.05)).astype(np.float32)


def heard(folder: Path) -> np.ndarray:
    return np.fromfile(folder / "heard.f32", np.float32)


def test_what_is_played_is_heard_where_it_says(ears: Ears, tmp_path: Path):
    samples = tone(0.3)
    ears.audio.play(1, 0, samples, RATE)
    ears.audio.play(1, 1, samples, RATE, 0.1)
    ears.until(lambda: len(ears.told(Finished)) == 2)
    time.sleep(0.05)
    sound = heard(tmp_path)
    for started in ears.told(Started):
        first = round(started.stream_time * RATE)
        np.testing.assert_array_equal(sound[first : first + len(samples)], samples)
    one, other = ears.told(Started)
    assert other.stream_time - one.stream_time == pytest.approx(0.4, abs=1e-4)


def test_the_part_that_is_heard_now(ears: Ears):
    assert ears.audio.heard_now() is None
    ears.audio.play(3, 7, tone(1.0), RATE)
    turn, part, seconds = ears.until(ears.audio.heard_now)
    assert (turn, part) == (3, 7)
    (started,) = ears.told(Started)
    now = time.perf_counter()
    _, _, seconds = ears.audio.heard_now()
    began = ears.audio.heard_at(started.stream_time)
    assert began is not None
    assert seconds == pytest.approx(now - began, abs=0.005)


def test_a_stop_is_exact(ears: Ears, tmp_path: Path):
    ears.audio.play(1, 0, tone(2.0), RATE)
    ears.until(ears.audio.heard_now)
    time.sleep(0.2)
    asked = time.perf_counter()
    ears.audio.stop(1)
    (stopped,) = ears.until(lambda: ears.told(Stopped))
    ears.until(lambda: ears.audio.heard_now() is None)
    time.sleep(0.05)
    sound = heard(tmp_path)
    (started,) = ears.told(Started)
    last = np.flatnonzero(sound)[-1] / RATE
    assert stopped.stream_time <= last <= stopped.stream_time + 0.008
    assert stopped.seconds == pytest.approx(stopped.stream_time - started.stream_time, abs=1e-6)
    # What was in the loudspeaker's buffer is heard; nothing is made after the stop has arrived.
    assert ears.audio.heard_at(stopped.stream_time) < asked + LATENCY + 1.0


def test_a_question_is_heard_by_the_microphone(ears: Ears, tmp_path: Path):
    question = np.concatenate([np.zeros(RATE // 2), tone(1.0), np.zeros(RATE // 2)]).astype(np.float32)
    ears.audio.record(True)
    question.tofile(tmp_path / "part")
    (tmp_path / "part").rename(tmp_path / "microphone.f32")
    ears.until((tmp_path / "microphone.done").exists)
    time.sleep(2.1)
    ears.audio.record(False)
    (ended,) = ears.until(lambda: ears.told(VoiceEnded))
    loud = np.flatnonzero(np.abs(ended.samples) > 0.3)
    assert (loud[-1] - loud[0]) / RATE == pytest.approx(1.0, abs=0.01)


def test_a_killed_process_is_started_again_and_the_turn_counts_as_stopped(ears: Ears, monkeypatch: pytest.MonkeyPatch):
    from alphsistant_addon.audio_process import client

    monkeypatch.setattr(client, "RESTARTS_APART", 0.0)
    ears.audio.play(4, 0, tone(5.0), RATE)
    ears.until(ears.audio.heard_now)
    time.sleep(0.2)
    first = ears.audio._child
    assert first is not None
    first.popen.kill()
    stopped, *_ = ears.until(lambda: ears.told(Stopped))
    assert (stopped.turn, stopped.part) == (4, 0)
    assert 0.05 < stopped.seconds < 3.0
    assert "started again" in ears.told(Failed)[-1].text
    assert ears.audio.is_running
    assert ears.audio._child is not first
    ears.audio.play(5, 0, tone(0.2), RATE)
    ears.until(lambda: [event for event in ears.told(Finished) if event.turn == 5])


@pytest.mark.parametrize(("has_told", "sentence"), [(True, "again and again"), (False, "could not be started")])
def test_a_process_that_ends_again_and_again_is_given_up(has_told: bool, sentence: str):
    ears = Ears(Audio(Settings(), [sys.executable, "-c", "pass"]))
    ears.audio.start()
    if has_told:
        ears.audio._take_in(protocol.Devices((), ()))
    assert not ears.audio.is_given_up
    ears.until(lambda: ears.told(Failed))
    assert sentence in ears.told(Failed)[-1].text
    assert ears.audio.is_given_up
    assert not ears.audio.is_running
    time.sleep(0.1)
    assert ears.audio.events() == []
    ears.audio.close()


def test_what_a_process_told_before_its_end_comes_first():
    """Or a part that was heard to its end would count as not heard."""
    audio = Audio(Settings(), [sys.executable, "-c", "pass"])
    audio.start()
    assert audio._child is not None
    audio._child.reader.join()
    audio._take_in(Finished(1, 0, 2.0))
    told = audio.events()
    assert [type(event) for event in told] == [Finished, Stopped, Failed]
    audio.close()


def test_a_voice_ends_with_the_process_that_hears_it(ears: Ears, monkeypatch: pytest.MonkeyPatch):
    """Or the recogniser would wait for its end for ever."""
    from alphsistant_addon.audio_process import client

    monkeypatch.setattr(client, "RESTARTS_APART", 0.0)
    ears.audio.record(True)
    ears.until(lambda: ears.told(protocol.VoiceBegan))
    assert ears.audio._child is not None
    ears.audio._child.popen.kill()
    ears.until(lambda: ears.told(Failed))
    assert [len(ended.samples) for ended in ears.told(VoiceEnded)] == [0]
    ears.audio.record(False)
    ears.audio.record(True)
    ears.until(lambda: len(ears.told(protocol.VoiceBegan)) == 2)


def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch):
    from alphsistant_addon.audio_process import client

    monkeypatch.setattr(client, "_GOODBYE_SECONDS", 0.2)
    audio = Audio(Settings(), [sys.executable, "-c", "import time; time.sleep(600)"])
    audio.start()
    for _ in range(20):  # more than the pipe holds: nobody waits for it
        audio.play(1, 0, tone(2.0), RATE)
    child = audio._child
    assert child is not None
    began = time.monotonic()
    audio.close()
    assert time.monotonic() - began < 10.0
    assert child.popen.poll() is not None


def test_it_ends_when_whoever_started_it_is_gone(ears: Ears):
    child = ears.audio._child
    assert child is not None
    ears.audio.record(True)
    child._outbox.put(None)  # closes its pipe, as a crash would
    assert child.popen.wait(30) == 0


def test_closed_twice_and_started_again(ears: Ears):
    ears.audio.close()
    ears.audio.close()
    ears.events.clear()
    ears.audio.start()
    ears.until(lambda: ears.told(Clock))


def test_events_travel():
    import io

    for event in (Started(1, 2, 3.0, 4.0), VoiceEnded(1.0, np.ones(3, np.float32)), protocol.Devices(("a",), ())):
        pipe = io.BytesIO()
        messages.write(pipe, event)
        pipe.seek(0)
        back = messages.read(pipe)
        assert type(back) is type(event)
        assert back.samples.tolist() == [1.0] * 3 if isinstance(event, VoiceEnded) else back == event


def test_the_clock_takes_the_middle_of_its_reports():
    clock = HeardClock()
    assert clock.stream_time(1.0) is None
    for number in range(100):
        wander = (-0.004, 0.0, 0.004)[number % 3]
        clock.take(number * 0.01, 50.0 + number * 0.01 + wander, anew=False)
    assert clock.stream_time(51.0) == pytest.approx(1.0, abs=1e-9)
    assert clock.heard_at(1.0) == pytest.approx(51.0, abs=1e-9)
    # A lost buffer moves everything at once.
    clock.take(1.0, 51.1, anew=True)
    assert clock.heard_at(1.0) == pytest.approx(51.1)


def test_the_clock_follows_a_card_that_runs_slow():
    clock = HeardClock()
    for number in range(3000):
        clock.take(number * 0.02, 50.0 + number * 0.02 * 1.001, anew=False)
    assert clock.heard_at(60.0) == pytest.approx(50.0 + 60.0 * 1.001, abs=0.002)
