"""Speeches one after the other: everything in them is moved to its new time."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech, Word, join_speeches

RATE = 1000


def speech(text: str, rate: int = RATE, warnings: tuple[str, ...] = ()) -> Speech:
    """Half a second: a pause, a vowel with its word, a pause."""
    phones = (Phone(SILENCE, 0.0, 0.1), Phone("ɑ", 0.1, 0.4, 1), Phone(SILENCE, 0.4, 0.5))
    return Speech(np.ones(rate // 2, np.float32), rate, phones, (Word(text, 0.1, 0.4),), text, warnings)


def test_words_and_phones_are_moved_and_pauses_become_one() -> None:
    joined = join_speeches([speech("One."), speech(" Two. ")], [0.0, 0.75])
    assert [(word.text, word.start, word.end) for word in joined.words] == [("One.", 0.1, 0.4), (" Two. ", 0.85, 1.15)]
    assert [(phone.symbol, phone.start, phone.end) for phone in joined.phones] == [
        (SILENCE, 0.0, 0.1),
        ("ɑ", 0.1, 0.4),
        (SILENCE, 0.4, pytest.approx(0.85)),
        ("ɑ", pytest.approx(0.85), pytest.approx(1.15)),
        (SILENCE, pytest.approx(1.15), 1.25),
    ]
    assert joined.text == "One. Two."
    assert joined.duration == 1.25
    assert not joined.samples[500:750].any()
    assert joined.samples[:500].all()
    assert joined.samples[750:].all()


def test_a_warning_is_given_once() -> None:
    joined = join_speeches([speech("One.", warnings=("a", "b")), speech("Two.", warnings=("b", "c"))], [0.0, 0.5])
    assert joined.warnings == ("a", "b", "c")


def test_speeches_of_different_rates_are_not_joined() -> None:
    with pytest.raises(ValueError, match="one sample rate"):
        join_speeches([speech("One."), speech("Two.", rate=2 * RATE)], [0.0, 0.5])
