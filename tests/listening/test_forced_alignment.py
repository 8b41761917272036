"""The path through words that were heard: exact times, words that are missing, words too many, long recordings."""

import threading

import numpy as np
import pytest
from heard_words import hear, pause, say

from alphsistant_addon.core.errors import Cancelled
from alphsistant_addon.listening.acoustic_model import Heard
from alphsistant_addon.listening.forced_alignment import UNWRITTEN_SPEECH, WORDS_AHEAD, find_words

WORDS = [["h", "ə", "l", "oʊ"], ["w", "ɜ", "l", "d"], ["aɪ"], ["s", "p", "i", "k"]]


def test_every_phone_has_its_frames_and_pauses_are_found() -> None:
    heard = hear([*pause(20), *say(WORDS[:2]), *pause(10), *say(WORDS[2:]), *pause(15)])
    path = find_words(heard, WORDS)
    assert path.unsaid == ()
    found = [(s.word, round(100 * s.start), round(100 * s.end)) for s in path.stretches if s.word not in {0, 3}]
    assert found == [
        (-1, 0, 20), (1, 50, 56), (1, 56, 62), (1, 62, 68), (1, 68, 74), (-1, 74, 84), (2, 84, 96), (-1, 120, 135),
    ]  # fmt: skip


def test_stretches_leave_no_gap() -> None:
    path = find_words(hear([*pause(20), *say(WORDS), *pause(15)]), WORDS)
    assert path.stretches[0].start == 0.0
    for before, after in zip(path.stretches, path.stretches[1:], strict=False):
        assert before.end == after.start
        assert before.end > before.start


def test_words_that_are_not_said_are_left_out_and_named() -> None:
    path = find_words(hear([*pause(20), *say([WORDS[0], WORDS[3]]), *pause(15)]), WORDS)
    assert path.unsaid == (1, 2)
    assert {s.word for s in path.stretches} == {-1, 0, 3}


@pytest.mark.parametrize("missing", [0, 3])
def test_the_first_and_the_last_word_may_be_missing_too(missing: int) -> None:
    said = [word for index, word in enumerate(WORDS) if index != missing]
    assert find_words(hear([*pause(9), *say(said), *pause(9)]), WORDS).unsaid == (missing,)


def test_speech_that_is_not_written_is_bridged() -> None:
    other = [["m", "ɑ", "m", "u", "b", "ɔ"]]
    heard = hear([*pause(20), *say(WORDS[:2]), *say(other), *say(WORDS[2:]), *pause(15)])
    path = find_words(heard, WORDS)
    assert path.unsaid == ()
    (extra,) = [s for s in path.stretches if s.word == UNWRITTEN_SPEECH]
    assert extra.start == pytest.approx(0.74, abs=0.02)
    assert extra.end == pytest.approx(1.10, abs=0.02)


def test_unclear_speech_is_still_the_words_that_are_written() -> None:
    heard = hear([*pause(20), *say(WORDS), *pause(15)])
    rng = np.random.default_rng(0)
    doubt = rng.random(heard.phones.shape).astype(np.float32) ** 8 * 0.8
    phones = heard.phones + doubt
    unclear = Heard(phones / phones.sum(axis=1, keepdims=True), heard.lips_shut, heard.lip_on_teeth)
    path = find_words(unclear, WORDS)
    assert path.unsaid == ()
    assert UNWRITTEN_SPEECH not in {s.word for s in path.stretches}


def test_a_long_recording_with_more_words_than_are_looked_at() -> None:
    count = 3 * WORDS_AHEAD
    heard = hear(([*pause(12), *say(WORDS)]) * count)
    path = find_words(heard, WORDS * count)
    assert path.unsaid == ()
    starts = [s.start for s in path.stretches if s.word >= 0 and s.word % 4 == 0 and s.phone == 0]
    assert np.allclose(starts, np.arange(count) * starts[1] - np.arange(count) * starts[0] + starts[0], atol=0.02)


def test_nothing_heard_is_no_word_said() -> None:
    assert find_words(hear([]), WORDS).unsaid == (0, 1, 2, 3)
    assert find_words(hear(pause(60)), WORDS).unsaid == (0, 1, 2, 3)


def test_cancel() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        find_words(hear(pause(60)), WORDS, cancel)
