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
    Failed,
    Samples,
    Sound,
    VoiceBegan,
    VoiceConfirmed,
    VoiceEnded,
    VoicePaused,
    VoiceResumed,
)
from alphsistant_addon.audio_process.voice_activity import CHUNK, Network, VoiceActivity
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.core.sound_files import read_sound

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
    assert known < begin + 0.2
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


def test_chords_are_nobody(room: Room):
    """A loud major chord each half second, with four partials each."""
    music, seed = silence(10.0), np.random.default_rng(5)
    moments = np.arange(round(0.6 * RATE)) / RATE
    for begin in range(0, len(music) - RATE, RATE // 2):
        root = 220 * 2 ** (seed.integers(0, 12) / 12)
        for partial in range(1, 5):
            for interval in (1, 1.25, 1.5):
                wave = np.sin(2 * np.pi * root * interval * partial * moments) * np.exp(-3 * moments)
                music[begin : begin + len(wave)] += (0.03 / partial * wave).astype(np.float32)
    room.hear(music, noise=5e-4)
    assert VoiceConfirmed not in room.kinds()  # a moment of it may pass for the beginning of a word


PUBLISHED = (
    *(.002, .008, .006, .005, .005, .004, .004, .004, .004, .004, .004, .976, .992, 1.0, 1.0, 1.0, 1.0, 1.0),
    *(.977, .408, .840, 1.0, 1.0, .999, .999, 1.0, 1.0, 1.0, .999, .470, .008, .007, .008, .009, .009, .009),
    *(.009, .008, .008),
)  # fmt: skip
"""What ``silero_vad.jit`` of the package silero-vad 6.2.3 says of every third chunk of the recording below."""


def test_the_detector_says_what_the_published_one_says():
    import soxr

    sound = read_sound(Path(__file__).parents[1] / "data" / "german.wav")
    speech = np.asarray(soxr.resample(sound.samples, sound.sample_rate, SPEECH_RATE), np.float32)
    second = np.zeros(SPEECH_RATE, np.float32)
    said = VoiceActivity().probabilities(np.concatenate([second, speech, second]))
    np.testing.assert_allclose(said[::3], PUBLISHED, atol=0.01)


def test_in_pieces_it_says_the_same(sentence: Samples):
    whole, pieces = VoiceActivity(), VoiceActivity()
    answers = [one for begin in range(0, len(sentence), 700) for one in pieces.push(sentence[begin : begin + 700])]
    assert answers == whole.push(sentence)
    assert pieces.unheard == pytest.approx(len(sentence) % CHUNK / SPEECH_RATE)


def test_speech_that_began_goes_on_at_less(monkeypatch: pytest.MonkeyPatch):
    likely = iter([0.1, 0.45, 0.6, 0.45, 0.4, 0.3, 0.45])
    activity = VoiceActivity()
    monkeypatch.setattr(activity, "_probability", lambda _chunk: next(likely))
    assert activity.push(np.zeros(7 * CHUNK, np.float32)) == [False, False, True, True, True, False, False]


def test_a_detector_that_is_missing_or_another_is_a_sentence(tmp_path: Path):
    with pytest.raises(AssetError, match="cannot be read"):
        Network.load(tmp_path / "silero.npz")
    np.savez(tmp_path / "other.npz", **{"gates.weight": np.zeros((2, 2))})
    with pytest.raises(AssetError, match="cannot be read"):
        Network.load(tmp_path / "other.npz")


def test_without_the_detector_a_key_still_works(monkeypatch: pytest.MonkeyPatch):
    def missing() -> Network:
        raise AssetError("It is missing.")

    monkeypatch.setattr("alphsistant_addon.audio_process.listener.shipped_network", missing)
    room = Room()
    room.hear(silence(0.5))
    room.listener.hold(True, room.time)
    room.hear(silence(0.5))
    room.listener.hold(False, room.time)
    assert room.kinds() == [Failed, VoiceBegan, VoiceEnded]
