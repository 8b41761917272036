"""Words of somebody who is still speaking: the same however the sound is cut, and nothing is left for the next."""

from __future__ import annotations

import queue
import threading

import numpy as np
import pytest

from alphsistant_addon.core.errors import Cancelled
from alphsistant_addon.listening import live_recognition
from alphsistant_addon.listening.live_recognition import LiveRecogniser
from alphsistant_addon.listening.pocketsphinx_decoder import RATE, resample
from alphsistant_addon.pipeline import hearing
from alphsistant_addon.pipeline.hearing import HeardWords
from alphsistant_addon.text_to_speech import Voice

QUESTION = "How are you today?"


@pytest.fixture(scope="module")
def question() -> np.ndarray:
    """Our own voice asks it, with the hiss of a room around."""
    speech = Voice.load().speak(QUESTION, seed=1)
    samples = resample(speech.samples, speech.sample_rate)
    hiss = np.random.default_rng(0).standard_normal(len(samples) + RATE).astype(np.float32) * 1e-4
    hiss[RATE // 2 : RATE // 2 + len(samples)] += samples
    return hiss


@pytest.fixture(scope="module")
def recogniser() -> LiveRecogniser:
    return LiveRecogniser()


def words(recogniser: LiveRecogniser, samples: np.ndarray, step: int) -> str:
    for begin in range(0, len(samples), step):
        recogniser.push(samples[begin : begin + step])
    return recogniser.finish()


def test_a_question_is_understood(recogniser: LiveRecogniser, question: np.ndarray):
    found = words(recogniser, question, 800).split()
    assert {"you", "today"} <= set(found)


def test_the_pieces_and_what_was_heard_before_make_no_difference(recogniser: LiveRecogniser, question: np.ndarray):
    whole = words(recogniser, question, 800)
    assert words(recogniser, question, 331) == whole
    words(recogniser, np.random.default_rng(3).standard_normal(RATE).astype(np.float32), 800)
    assert words(recogniser, question, 800) == whole


def test_loudness_makes_no_difference(recogniser: LiveRecogniser, question: np.ndarray):
    assert words(recogniser, 0.02 * question, 800) == words(recogniser, question, 800)


def test_nothing_is_no_words(recogniser: LiveRecogniser):
    assert recogniser.finish() == ""
    assert words(recogniser, np.zeros(0, np.float32), 10) == ""


def test_what_is_short_is_heard_at_its_end(recogniser: LiveRecogniser, question: np.ndarray):
    """Less than is collected before the first words are looked for."""
    words(recogniser, question[: RATE // 2], 800)
    assert recogniser.finish() == ""


def test_an_utterance_that_is_left_leaves_nothing(recogniser: LiveRecogniser, question: np.ndarray):
    whole = words(recogniser, question, 800)
    for begin in range(0, 2 * RATE, 800):
        recogniser.push(question[begin : begin + 800])
    recogniser.abandon()
    assert recogniser.finish() == ""
    assert words(recogniser, question, 800) == whole


class Writing:
    """A recogniser that writes down what is done with it."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.is_abandoned = False

    def push(self, samples: np.ndarray) -> None:
        self.heard.append(len(samples))

    def finish(self) -> str:
        return "the words"

    def abandon(self) -> None:
        self.is_abandoned = True


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> Writing:
    fake = Writing()
    monkeypatch.setattr(live_recognition, "shared_recogniser", lambda: fake)
    return fake


def test_the_job_hears_pieces_until_their_end(writing: Writing):
    incoming: hearing.Incoming = queue.SimpleQueue()
    for count in (10, 20):
        incoming.put(np.zeros(count, np.float32))
    incoming.put(None)
    assert list(hearing.run(incoming)) == [HeardWords("the words")]
    assert writing.heard == [10, 20]
    assert not writing.is_abandoned


def test_a_cancelled_job_leaves_the_recogniser_ready(writing: Writing):
    incoming: hearing.Incoming = queue.SimpleQueue()
    incoming.put(np.zeros(10, np.float32))
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        list(hearing.run(incoming, cancel=cancel))
    assert writing.is_abandoned
