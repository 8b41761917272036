"""Phones without words."""

import itertools

import numpy as np
import pytest
from heard_words import hear

from alphsistant_addon.core.phone_inventory import CONSONANTS, SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.listening.phone_decoding import LONGEST_CONSONANT, find_phones, limit_consonants


def test_phones_diphthongs_and_pauses() -> None:
    phones = find_phones(hear([(SILENCE, 20), ("h", 5), ("ə", 6), ("l", 4), ("oʊ", 6), ("p", 7), (SILENCE, 10)]))
    assert [p.symbol for p in phones] == [SILENCE, "h", "ə", "l", "oʊ", "p", SILENCE]
    assert phones[0].start == 0.0
    assert phones[-1].end == pytest.approx(0.64)
    assert all(a.end == b.start for a, b in itertools.pairwise(phones))


def test_single_frames_are_no_phones() -> None:
    heard = hear([(SILENCE, 20), ("s", 1), (SILENCE, 5), ("ɑ", 12), ("n", 1), ("ɑ", 12), (SILENCE, 20)])
    assert [p.symbol for p in find_phones(heard)] == [SILENCE, "ɑ", SILENCE]


def test_no_consonant_is_endless() -> None:
    phones = find_phones(hear([(SILENCE, 20), ("s", 60), ("ɑ", 12), ("m", 70), (SILENCE, 20)]))
    assert [p.symbol for p in phones] == [SILENCE, "s", "ɑ", "m", SILENCE]
    assert max(p.duration for p in phones if p.symbol in CONSONANTS) <= LONGEST_CONSONANT + 1e-9
    assert phones[1].end == pytest.approx(0.80)


def test_a_long_consonant_between_vowels_is_followed_by_a_pause() -> None:
    phones = limit_consonants([Phone("ɑ", 0.0, 0.1), Phone("s", 0.1, 0.6), Phone("i", 0.6, 0.7)])
    assert [(p.symbol, p.end) for p in phones] == [("ɑ", 0.1), ("s", 0.35), (SILENCE, 0.6), ("i", 0.7)]


def test_nothing() -> None:
    assert find_phones(hear([])) == ()
    assert np.all([p.symbol == SILENCE for p in find_phones(hear([(SILENCE, 3)]))])
