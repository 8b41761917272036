"""What a voice that reads letters is given."""

from __future__ import annotations

import dataclasses

import pytest

from alphsistant_addon.text_to_speech.dc_tts.spelling import spell
from alphsistant_addon.text_to_speech.dc_tts.voice_config import VoiceConfig

PUBLISHED = dataclasses.replace(
    VoiceConfig(), symbols=("P", "E", *"abcdefghijklmnopqrstuvwxyz'.?", " "), reads="characters"
)
"""With the signs of the published voices: small letters, apostrophe, full stop, question mark."""


@pytest.mark.parametrize(
    ("sentence", "letters"),
    [
        ("Oh no!", "oh no."),
        ("Is it?", "is it?"),
        ("Well, yes.", "well yes."),
        ("Café, naïve.", "cafe naive."),
        ("Don't.", "don't."),
        ("Stop!?", "stop."),
        ("A 5 b.", "a b."),
    ],
)
def test_a_sentence_in_the_signs_of_a_published_voice(sentence: str, letters: str) -> None:
    assert "".join(spell(sentence, PUBLISHED).tokens) == letters


def test_a_voice_that_has_the_sign_keeps_it_and_capitals_where_it_has_them() -> None:
    richer = dataclasses.replace(PUBLISHED, symbols=(*PUBLISHED.symbols, "!", ",", "O"))
    assert "".join(spell("Oh, No!", richer).tokens) == "Oh, no!"


def test_each_letter_knows_its_word() -> None:
    spelling = spell("Oh no.", PUBLISHED)
    assert spelling.words == (0, 0, -1, 1, 1, -1)
