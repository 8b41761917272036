"""The process's engine: what happens when devices are missing, go and come; the microphone beside the loudspeaker."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alphsistant_addon.audio_process import engine as engine_module
from alphsistant_addon.audio_process.devices import Fill, Silence, Take
from alphsistant_addon.audio_process.engine import LATENCIES, LOST_TOO_OFTEN, Engine
from alphsistant_addon.audio_process.protocol import (
    RATE,
    BufferLost,
    Clock,
    DeviceChanged,
    Devices,
    Event,
    Failed,
    Finished,
    Level,
    Listen,
    Microphone,
    MicrophoneOpen,
    Play,
    Record,
    Settings,
    Started,
    Stop,
    Stopped,
    VoiceBegan,
    VoiceEnded,
)
from alphsistant_addon.core.errors import AlphsistantError, DependencyError

BLOCK = 480


class FakeStream:
    def __init__(self, name: str, latency: float) -> None:
        self.name, self.latency = name, latency
        self.is_alive = True
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True
        self.is_alive = False


class FakeCard:
    """A sound card whose devices come and go as the test says."""

    def __init__(self) -> None:
        self.outputs = ["Speakers"]
        self.inputs = ["Microphone"]
        self.streams: list[FakeStream] = []
        self.fill: Fill | None = None
        self.take: Take | None = None
        self.looks = 0

    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(self.outputs), tuple(self.inputs)

    def open_output(self, name: str, latency: float, fill: Fill) -> FakeStream:
        if not self.outputs:
            raise AlphsistantError("There is no loudspeaker, so the talk goes on in silence.")
        self.fill = fill
        return self._open(name if name in self.outputs else self.outputs[0], latency)

    def open_input(self, name: str, take: Take) -> FakeStream:
        if not self.inputs:
            raise AlphsistantError("There is no microphone: connect one, or type what you want to say.")
        self.take = take
        return self._open(name or self.inputs[0], 0.0)

    def look_again(self) -> None:
        assert all(stream.is_closed for stream in self.streams), "PortAudio looks again with no stream open"
        self.looks += 1

    def _open(self, name: str, latency: float) -> FakeStream:
        self.streams.append(FakeStream(name, latency))
        return self.streams[-1]


class Rig:
    def __init__(self) -> None:
        self.card = FakeCard()
        self.events: list[Event] = []
        self.engine = Engine(self.events.append, lambda _: self.card)
        self.now = 50.0

    def open(self, **settings: Any) -> None:
        self.engine.obey(Settings(**settings))

    def hear(self, blocks: int, *, lost: bool = False) -> np.ndarray:
        assert self.card.fill is not None
        heard = []
        for _ in range(blocks):
            heard.append(self.card.fill(BLOCK, self.now + 0.03, lost))
            self.now += 0.01
        return np.concatenate(heard)

    def tick(self, seconds: float = 0.0) -> None:
        self.now += seconds
        self.engine.tick(self.now)

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    class QuietSilence(Silence):
        """Silence without a thread of its own."""

        def open_output(self, name: str, latency: float, fill: Fill) -> Any:  # noqa: ARG002
            return FakeStream(self.NAME, 0.0)

    monkeypatch.setattr(engine_module, "Silence", QuietSilence)
    return Rig()


def play(rig: Rig, turn: int = 1, seconds: float = 1.0) -> None:
    rig.engine.obey(Play(turn, 0, np.full(round(seconds * RATE), 0.5, np.float32), RATE))


def test_it_plays_and_reports_when_that_is_heard(rig: Rig):
    rig.open()
    rig.hear(10)
    play(rig)
    assert rig.hear(10).max() == 0.5
    (started,) = rig.told(Started)
    assert started.stream_time == 0.1
    first, *later = rig.told(Clock)
    assert first.anew
    assert not any(clock.anew for clock in later)
    assert all(clock.heard_at - clock.stream_time == pytest.approx(50.03) for clock in rig.told(Clock))
    # Of the ten callbacks in silence one is told; then the first, and some of those after it.
    times = [clock.stream_time for clock in rig.told(Clock)]
    assert times[:2] == [0.0, 0.1]
    assert 3 <= len(times) <= 5


def test_the_microphone_is_closed_until_it_is_wanted(rig: Rig):
    rig.open()
    assert [stream.name for stream in rig.card.streams] == ["Speakers"]
    rig.engine.obey(Microphone(True))
    assert rig.card.streams[-1].name == "Microphone"
    rig.engine.obey(Microphone(False))
    assert rig.card.streams[-1].is_closed
    rig.engine.obey(Record(True))
    assert not rig.card.streams[-1].is_closed
    rig.engine.obey(Record(False))
    assert rig.card.streams[-1].is_closed


def test_a_loudspeaker_that_goes_is_replaced_and_the_part_goes_on(rig: Rig):
    rig.open()
    rig.engine.obey(Microphone(True))
    play(rig)
    rig.hear(10)
    rig.card.outputs = ["Headset"]
    rig.card.streams[0].is_alive = False
    rig.tick()
    assert rig.told(DeviceChanged)[-1].text == "The sound comes from “Headset” now."
    assert rig.hear(5).min() == 0.5
    assert rig.told(Clock)[-1].anew or any(clock.anew for clock in rig.told(Clock)[2:])
    # The microphone, which had to be closed for that, is open again.
    assert [stream.name for stream in rig.card.streams if not stream.is_closed] == ["Headset", "Microphone"]


def test_without_a_loudspeaker_it_goes_on_in_silence_and_notices_one_that_comes(rig: Rig):
    rig.card.outputs = []
    rig.open()
    assert rig.told(Failed)[-1].text == "There is no loudspeaker, so the talk goes on in silence."
    for _ in range(5):
        rig.tick(4.0)
    assert len(rig.told(Failed)) == 1, "it is said once"
    rig.card.outputs = ["Headset"]
    rig.tick(4.0)
    assert rig.told(DeviceChanged)[-1].text == "The sound comes from “Headset” now."
    play(rig)
    assert rig.hear(3).max() == 0.5


def test_without_portaudio_there_is_one_sentence_and_silence():
    events: list[Event] = []

    def missing(_: Settings) -> Any:
        raise DependencyError("There is no sound, since the library PortAudio is missing.")

    engine = Engine(events.append, missing)
    engine.obey(Settings())
    engine.tick(1.0)
    try:
        assert [event.text for event in events if isinstance(event, Failed)] == [
            "There is no sound, since the library PortAudio is missing."
        ]
        play_until = 0
        engine.obey(Play(1, 0, np.zeros(480, np.float32), RATE))
        while not any(isinstance(event, Started) for event in events):
            play_until += 1
            assert play_until < 10_000_000
    finally:
        engine.close()


def test_a_missing_microphone_is_told_and_no_more(rig: Rig):
    rig.card.inputs = []
    rig.open()
    rig.engine.obey(Microphone(True))
    rig.tick()
    rig.tick()
    assert [event.text for event in rig.told(Failed)] == [
        "There is no microphone: connect one, or type what you want to say."
    ]


def test_a_microphone_that_comes_is_found_and_one_that_comes_back_too(rig: Rig):
    rig.card.inputs = []
    rig.open()
    rig.engine.obey(Microphone(True))
    assert rig.told(MicrophoneOpen) == []
    rig.tick(4.0)
    assert [stream.name for stream in rig.card.streams if not stream.is_closed] == ["Speakers"]
    rig.card.inputs = ["Headset microphone"]
    rig.tick(4.0)
    assert rig.told(DeviceChanged)[-1].text == "The microphone is “Headset microphone” now."
    assert [stream.name for stream in rig.card.streams if not stream.is_closed] == ["Speakers", "Headset microphone"]
    rig.card.inputs = []
    rig.card.streams[-1].is_alive = False
    rig.tick()
    rig.card.inputs = ["Headset microphone"]
    rig.tick(4.0)
    assert [event.on for event in rig.told(MicrophoneOpen)] == [True, False, True]
    rig.engine.obey(Microphone(False))
    assert not rig.told(MicrophoneOpen)[-1].on


def test_a_microphone_that_is_missing_is_not_looked_for_while_something_is_played(rig: Rig):
    rig.card.inputs = []
    rig.open()
    rig.engine.obey(Microphone(True))
    play(rig)
    rig.tick(4.0)
    assert rig.card.looks == 0


@pytest.mark.parametrize("reason", ["no loudspeaker", "lost buffers", "loudspeaker gone"])
def test_the_microphone_stays_open_while_a_key_is_held(rig: Rig, reason: str):
    if reason == "no loudspeaker":
        rig.card.outputs = []
    rig.open()
    rig.engine.obey(Record(True))
    microphone = rig.card.streams[-1]
    listen(rig, speech(0.5))
    if reason == "lost buffers":
        for _ in range(LOST_TOO_OFTEN):
            rig.hear(1, lost=True)
    if reason == "loudspeaker gone":
        rig.card.streams[0].is_alive = False
    rig.tick(4.0)
    assert not microphone.is_closed
    listen(rig, speech(0.5))
    rig.engine.obey(Record(False))
    assert [len(ended.samples) for ended in rig.told(VoiceEnded)] == [RATE]
    rig.tick(4.0)
    assert rig.card.looks == 1


def test_a_held_key_goes_on_with_a_microphone_that_was_opened_again(rig: Rig):
    rig.open()
    rig.engine.obey(Record(True))
    listen(rig, speech(0.5))
    rig.card.streams[-1].is_alive = False
    rig.tick()
    listen(rig, speech(0.5))
    rig.engine.obey(Record(False))
    assert [len(ended.samples) for ended in rig.told(VoiceEnded)] == [RATE]


def test_lost_buffers_are_counted_and_the_buffer_grows_when_nothing_is_said(rig: Rig):
    rig.open()
    play(rig, seconds=0.2)
    for _ in range(LOST_TOO_OFTEN):
        rig.hear(1, lost=True)
        rig.hear(2)
    assert [event.count for event in rig.told(BufferLost)] == [1, 2, 3]
    rig.tick()
    assert len(rig.card.streams) == 1, "not while it speaks"
    rig.hear(30)
    rig.tick()
    assert rig.card.streams[-1].latency == LATENCIES[1]
    assert rig.told(BufferLost)[-1].latency == LATENCIES[1]


def test_the_clock_begins_anew_after_a_lost_buffer(rig: Rig):
    rig.open()
    rig.hear(10)
    rig.hear(1, lost=True)
    assert rig.told(Clock)[-1].anew


def test_another_loudspeaker_is_opened_when_it_is_chosen(rig: Rig):
    rig.card.outputs = ["Speakers", "Headset"]
    rig.open()
    rig.open(output="Headset")
    assert [stream.name for stream in rig.card.streams if not stream.is_closed] == ["Headset"]
    assert rig.told(DeviceChanged)[-1].text == "The sound comes from “Headset” now."


def speech(seconds: float) -> np.ndarray:
    return (np.random.default_rng(1).standard_normal(round(seconds * RATE)) * 0.1).astype(np.float32)


def listen(rig: Rig, samples: np.ndarray) -> None:
    assert rig.card.take is not None
    for begin in range(0, len(samples), BLOCK):
        rig.now += 0.01
        rig.card.take(samples[begin : begin + BLOCK], rig.now)
        rig.engine.tick(rig.now)


def test_what_is_recorded_begins_before_the_key(rig: Rig):
    """Whoever presses a key while beginning to speak keeps the first syllable."""
    rig.open()
    rig.engine.obey(Microphone(True))
    sound = speech(3.0)
    listen(rig, sound[: 2 * RATE])
    rig.engine.obey(Record(True))
    listen(rig, sound[2 * RATE :])
    rig.engine.obey(Record(False))
    (ended,) = rig.told(VoiceEnded)
    before = len(ended.samples) - RATE
    assert before == pytest.approx(0.8 * RATE, abs=BLOCK)
    np.testing.assert_array_equal(ended.samples, sound[2 * RATE - before :])


def hears(rig: Rig) -> list[int]:
    """Count what reaches the listener."""
    counts: list[int] = []
    push: Callable[..., None] = rig.engine.listener.push

    def counting(samples: np.ndarray, heard_at: float) -> None:
        counts.append(len(samples))
        push(samples, heard_at)

    rig.engine.listener.push = counting  # type: ignore[method-assign]
    return counts


def test_through_loudspeakers_it_does_not_hear_itself(rig: Rig):
    rig.open()
    rig.engine.obey(Microphone(True))
    rig.engine.obey(Listen(True))
    counts = hears(rig)
    listen(rig, speech(0.2))
    assert sum(counts) == round(0.2 * RATE)
    play(rig, seconds=0.5)
    rig.hear(10)
    counts.clear()
    listen(rig, speech(0.2))
    assert counts == []
    rig.hear(40 + 31)  # to its end, and until the room is silent
    listen(rig, speech(0.2))
    assert sum(counts) == round(0.2 * RATE)


def test_with_headphones_it_listens_while_it_speaks(rig: Rig):
    rig.open(headphones=True)
    rig.engine.obey(Microphone(True))
    rig.engine.obey(Listen(True))
    counts = hears(rig)
    play(rig)
    rig.hear(10)
    listen(rig, speech(0.2))
    assert sum(counts) == round(0.2 * RATE)


def test_a_held_key_listens_whatever_is_played(rig: Rig):
    rig.open()
    play(rig)
    rig.hear(10)
    rig.engine.obey(Record(True))
    listen(rig, speech(0.5))
    rig.engine.obey(Record(False))
    assert len(rig.told(VoiceBegan)) == 1
    assert len(rig.told(VoiceEnded)[0].samples) == round(0.5 * RATE)


def test_levels_are_told(rig: Rig):
    rig.open()
    rig.engine.obey(Microphone(True))
    listen(rig, np.full(BLOCK * 10, 0.1, np.float32))
    play(rig)
    rig.hear(10)
    rig.tick(0.1)
    level = rig.told(Level)[-1]
    assert level.input == pytest.approx(-20.0, abs=0.1)
    assert level.output == pytest.approx(-6.0, abs=0.1)


def test_a_microphone_that_the_system_denies_is_told(rig: Rig):
    rig.open()
    rig.engine.obey(Microphone(True))
    listen(rig, np.zeros(round(2.1 * RATE), np.float32))
    listen(rig, np.zeros(round(2.1 * RATE), np.float32))
    (failed,) = rig.told(Failed)
    assert "nothing but silence" in failed.text


def test_a_microphone_that_was_heard_may_be_muted(rig: Rig):
    rig.open()
    rig.engine.obey(Microphone(True))
    listen(rig, speech(0.1))
    listen(rig, np.zeros(round(2.1 * RATE), np.float32))
    assert rig.told(Failed) == []


def test_a_stop_of_the_pipe_reaches_the_player(rig: Rig):
    rig.open()
    play(rig)
    rig.hear(10)
    rig.engine.obey(Stop(1))
    assert rig.told(Stopped) == [Stopped(1, 0, 0.1, 0.1)]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("OSError('PortAudio library not found')", "install it"), ("ImportError('sounddevice')", "“sounddevice”")],
)
def test_without_portaudio_it_says_what_to_install_and_goes_on_in_silence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str, sentence: str
):
    (tmp_path / "sounddevice.py").write_text(f"raise {fault}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    told: list[Event] = []
    engine = Engine(told.append)
    engine.obey(Settings())
    try:
        (failed,) = [event for event in told if isinstance(event, Failed)]
        assert sentence in failed.text
        assert Devices((), ()) in told
        engine.obey(Play(1, 0, np.zeros(RATE // 100, np.float32), RATE))
        until = time.monotonic() + 30.0
        while not any(isinstance(event, Finished) for event in told):
            assert time.monotonic() < until
            time.sleep(0.01)
    finally:
        engine.close()
