"""Hands-free: when somebody begins, pauses, goes on and ends; noise and clicks are nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from alphsistant_addon.audio_process.listener import Listener
from alphsistant_addon.audio_process.protocol import (
    RATE,
    SPEECH_RATE,
    Event,
    Samples,
    Sound,
    VoiceBegan,
    VoiceConfirmed,
    VoiceEnded,
    VoicePaused,
    VoiceResumed,
)
from alphsistant_addon.audio_process.voice_activity import VoiceActivity
from alphsistant_addon.core.sound_files import read_sound
from alphsistant_addon.listening.acoustic_model import HearingStream
from alphsistant_addon.listening.ears import shipped_ears

BLOCK = 480


def recording() -> Samples:
    """A sentence that somebody speaks, from the tests' data, at the stream's rate: 2 to 3 s."""

    import soxr

    sound = read_sound(Path(__file__).parents[1] / "data" / "german.wav")
    samples = np.asarray(soxr.resample(sound.samples, sound.sample_rate, RATE), np.float32)
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    return samples[loud[0] : loud[-1]] * np.float32(0.3 / np.abs(samples).max())


def hiss(seconds: float, level: float = 1e-3, seed: int = 0) -> Samples:
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * level).astype(np.float32)


class Room:
    def __init__(self) -> None:
        self.events: list[tuple[float, Event]] = []
        self.time = 0.0
        self.listener = Listener(lambda event: self.events.append((self.time, event)))
        self.listener.hands_free(True)

    def hear(self, samples: Samples, noise: float = 1e-3) -> None:
        samples = samples + hiss(len(samples) / RATE, noise)[: len(samples)]
        for begin in range(0, len(samples), BLOCK):
            block = samples[begin : begin + BLOCK]
            self.time += len(block) / RATE
            self.listener.push(block, self.time)

    def kinds(self) -> list[type]:
        return [type(event) for _, event in self.events if not isinstance(event, Sound)]

    def times(self, kind: type) -> Iterator[tuple[float, Event]]:
        return ((time, event) for time, event in self.events if isinstance(event, kind))


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture(scope="module")
def sentence() -> Samples:
    return recording()


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def test_a_sentence_is_heard_from_before_its_beginning_to_its_end(room: Room, sentence: Samples):
    room.hear(silence(1.5))
    begin = room.time
    room.hear(sentence)
    end = room.time
    room.hear(silence(1.5))
    kinds = [kind for kind in room.kinds() if kind not in {VoicePaused, VoiceResumed}]
    assert kinds == [VoiceBegan, VoiceConfirmed, VoiceEnded]
    ((known, began),) = room.times(VoiceBegan)
    assert isinstance(began, VoiceBegan)
    assert began.time == pytest.approx(begin, abs=0.12)
    assert known < begin + 0.3
    ((known_end, ended),) = room.times(VoiceEnded)
    assert isinstance(ended, VoiceEnded)
    assert end + 0.2 < known_end < end + 0.9
    # All of the sentence is in it.
    assert (known_end - len(ended.samples) / RATE) < begin
    heard = np.concatenate([event.samples for _, event in room.times(Sound) if isinstance(event, Sound)])
    assert len(heard) / SPEECH_RATE == pytest.approx(len(ended.samples) / RATE, abs=0.03)


def test_a_pause_inside_is_not_the_end(room: Room, sentence: Samples):
    room.hear(silence(1.0))
    room.hear(sentence)
    room.hear(silence(0.25))
    room.hear(sentence)
    room.hear(silence(1.5))
    kinds = room.kinds()
    assert kinds.count(VoiceBegan) == kinds.count(VoiceEnded) == 1
    assert kinds.index(VoicePaused) < kinds.index(VoiceResumed)
    assert kinds[-2:] == [VoicePaused, VoiceEnded]


def test_the_silence_that_ends_it_is_a_setting(room: Room, sentence: Samples):
    room.listener.end_silence = 0.8
    room.hear(silence(1.0))
    room.hear(sentence)
    room.hear(silence(0.6))
    room.hear(sentence)
    room.hear(silence(2.0))
    assert room.kinds().count(VoiceEnded) == 1


@pytest.mark.parametrize("level", [1e-4, 1e-2, 5e-2])
def test_steady_noise_is_nobody(room: Room, level: float):
    room.hear(silence(15.0), noise=level)
    assert room.kinds() == []


def test_clicks_are_nobody(room: Room):
    clicks = silence(5.0)
    for begin in range(RATE // 2, len(clicks) - RATE, RATE // 5):
        clicks[begin : begin + 700] += hiss(700 / RATE, 0.15, begin) * np.exp(-np.arange(700) / 190)
    room.hear(clicks, noise=5e-4)
    assert room.kinds() == []


def test_speech_in_noise_is_found(room: Room, sentence: Samples):
    room.hear(silence(3.0), noise=0.005)
    begin = room.time
    room.hear(sentence, noise=0.005)
    room.hear(silence(2.0), noise=0.005)
    ((_, began),) = room.times(VoiceBegan)
    assert isinstance(began, VoiceBegan)
    assert began.time == pytest.approx(begin, abs=0.3)
    assert room.kinds()[-1] is VoiceEnded


def test_a_key_that_is_held_needs_no_speech(room: Room):
    room.hear(silence(1.0))
    room.listener.hold(True, room.time)
    room.hear(silence(0.5))
    room.listener.hold(False, room.time)
    assert room.kinds() == [VoiceBegan, VoiceEnded]


def test_closing_ends_what_is_being_said(room: Room, sentence: Samples):
    room.hear(silence(1.0))
    room.hear(sentence)
    room.listener.close()
    assert room.kinds()[-1] is VoiceEnded
    count = len(room.events)
    room.listener.close()
    assert len(room.events) == count


def test_the_ears_rest_while_it_is_quiet(monkeypatch: pytest.MonkeyPatch):
    pushes = []
    push = HearingStream.push
    monkeypatch.setattr(HearingStream, "push", lambda self, samples: pushes.append(len(samples)) or push(self, samples))
    room = Room()
    room.hear(silence(5.0))
    assert pushes == []


def test_ears_that_begin_late_hear_what_they_would_have_heard(sentence: Samples):
    """They are given the moments before; so their answers are those of ears that never rested."""
    import soxr

    samples = np.asarray(soxr.resample(np.concatenate([hiss(3.0), sentence]), RATE, SPEECH_RATE), np.float32)
    samples = samples[: len(samples) // 160 * 160]
    activity = VoiceActivity()
    answers = [
        answer for begin in range(0, len(samples), 320) for answer in activity.push(samples[begin : begin + 320])
    ]
    likely = 1.0 - HearingStream(shipped_ears()).push(samples).phones[:, 0] > 0.5
    speech = np.arange(len(answers)) >= 305
    same = np.array(answers)[speech] == likely[: len(answers)][speech]
    assert same.mean() > 0.9
    assert not any(answers[:295])
