"""What is heard, to the sample: order, pauses, stops, older turns, softness."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.audio_process.player import FADE, SOFTLY, Player
from alphsistant_addon.audio_process.protocol import NO_PART, RATE, Event, Finished, Play, Started, Stopped

FADE_SAMPLES = round(FADE * RATE)


class Heard:
    """A player whose samples are taken in blocks of a size that fits nothing."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.player = Player(self.events.append)
        self.samples = np.zeros(0, np.float32)

    def play(self, turn: int, part: int, count: int, level: float = 0.5, pause: float = 0.0) -> None:
        self.player.play(Play(turn, part, np.full(count, level, np.float32), RATE, pause))

    def hear(self, count: int) -> None:
        while count:
            block = self.player.fill(min(count, 317))
            self.samples = np.concatenate([self.samples, block])
            count -= len(block)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_nothing_to_say_is_silence_and_time_goes_on(heard: Heard):
    heard.hear(1000)
    assert not heard.samples.any()
    assert heard.player.position == 1000
    assert heard.events == []


def test_parts_are_heard_one_after_the_other_with_their_pause(heard: Heard):
    heard.hear(1000)
    heard.play(1, 0, 2000, 0.25)
    heard.play(1, 1, 700, 0.5, pause=0.1)
    heard.hear(12_000)
    pause = round(0.1 * RATE)
    expected = np.concatenate(
        [np.zeros(1000), np.full(2000, 0.25), np.zeros(pause), np.full(700, 0.5), np.zeros(12_000 - 2700 - pause)]
    )
    np.testing.assert_array_equal(heard.samples, expected.astype(np.float32))
    second = 3000 + pause
    assert heard.events == [
        Started(1, 0, 1000 / RATE, 2000 / RATE),
        Finished(1, 0, 3000 / RATE),
        Started(1, 1, second / RATE, 700 / RATE),
        Finished(1, 1, (second + 700) / RATE),
    ]


def test_a_part_without_a_sample_begins_and_ends(heard: Heard):
    """What is left of a part after a cough may be nothing."""
    heard.play(1, 0, 1000)
    heard.player.play(Play(1, 1, np.zeros(0, np.float32), 22_050))
    heard.hear(2000)
    assert heard.events[2:] == [Started(1, 1, 1000 / RATE, 0.0), Finished(1, 1, 1000 / RATE)]
    assert not heard.player.is_busy


def test_a_pause_that_is_over_already_is_not_waited_for_again(heard: Heard):
    heard.play(1, 0, 100)
    heard.hear(RATE)
    heard.play(1, 1, 100, pause=0.2)
    heard.hear(317)
    assert heard.events[-2] == Started(1, 1, 1.0, 100 / RATE)


def test_a_stop_fades_within_eight_milliseconds_and_says_what_was_heard(heard: Heard):
    heard.play(3, 0, 10_000)
    heard.play(3, 1, 10_000)
    heard.hear(4000)
    heard.player.stop(3)
    assert heard.events[-1] == Stopped(3, 0, 4000 / RATE, 4000 / RATE)
    heard.hear(20_000)
    fade = heard.samples[4000 : 4000 + FADE_SAMPLES]
    assert fade[0] == np.float32(0.5)
    assert (np.diff(fade) < 0).all()
    assert not heard.samples[4000 + FADE_SAMPLES :].any()
    assert not heard.player.is_busy


def test_a_stop_in_the_pause_says_that_nothing_of_the_next_part_was_heard(heard: Heard):
    heard.play(3, 0, 1000)
    heard.play(3, 1, 1000, pause=1.0)
    heard.hear(2000)
    heard.player.stop(3)
    assert heard.events[-1] == Stopped(3, 1, 0.0, 2000 / RATE)
    heard.hear(2 * RATE)
    assert not heard.samples[1000:].any()


def test_a_stop_of_nothing_is_answered_too(heard: Heard):
    heard.player.stop(7)
    assert heard.events == [Stopped(7, NO_PART, 0.0, 0.0)]


def test_what_comes_late_of_a_stopped_or_older_turn_is_dropped(heard: Heard):
    heard.player.stop(3)
    heard.play(2, 0, 100)
    heard.play(3, 4, 100)
    heard.play(5, 0, 100)
    heard.play(4, 0, 100, 0.9)
    heard.hear(1000)
    assert [(event.turn, event.part) for event in heard.events if isinstance(event, Started)] == [(5, 0)]


def test_a_stop_leaves_newer_turns_alone(heard: Heard):
    heard.play(3, 0, 1000)
    heard.play(4, 0, 1000, 0.25)
    heard.hear(500)
    heard.player.stop(3)
    heard.hear(1000)
    assert (heard.samples[500 + FADE_SAMPLES : 1500] == np.float32(0.25)).all()


def test_softly_and_back(heard: Heard):
    heard.play(1, 0, 2 * RATE, 1.0)
    heard.hear(1000)
    heard.player.duck(on=True)
    heard.hear(RATE // 2)
    assert heard.samples[1000 + round(0.031 * RATE)] == pytest.approx(SOFTLY)
    heard.player.duck(on=False)
    heard.hear(RATE // 2)
    assert heard.samples[-1] == 1.0
    assert np.abs(np.diff(heard.samples[: len(heard.samples)])).max() < 0.001


def test_a_voice_of_another_rate_keeps_its_length(heard: Heard):
    heard.player.play(Play(1, 0, np.zeros(22_050, np.float32), 22_050))
    heard.hear(2 * RATE)
    started, finished = heard.events
    assert started == Started(1, 0, 0.0, 1.0)
    assert finished == Finished(1, 0, 1.0)


def test_what_is_no_sound_is_made_harmless(heard: Heard):
    heard.player.play(Play(1, 0, np.array([np.nan, np.inf, -np.inf, 3.0, 0.5], np.float32), RATE))
    heard.hear(5)
    np.testing.assert_array_equal(heard.samples, np.array([0.0, 1.0, -1.0, 1.0, 0.5], np.float32))


def test_the_room_still_hears_it_for_a_moment(heard: Heard):
    assert not heard.player.may_be_heard
    heard.play(1, 0, 1000)
    assert heard.player.may_be_heard
    heard.hear(1000 + round(0.29 * RATE))
    assert heard.player.may_be_heard
    heard.hear(round(0.02 * RATE))
    assert not heard.player.may_be_heard
