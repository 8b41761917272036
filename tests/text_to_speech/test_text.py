"""Reading out: whatever a user pastes is spoken or refused with a sentence, in linear time."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from alphsistant_addon.errors import TextError
from alphsistant_addon.text_to_speech.text import MAX_CHARACTERS, read_out

LETTERS = "A-Za-zÀ-ÖØ-öø-ſ'"
SPEAKABLE = re.compile(rf"[{LETTERS}]+(?:[,;:—]? [{LETTERS}]+)*[,;:—.?!]")
AWKWARD_BITS = (
    "Dr. |$5.50|1984|😀|👨‍👩‍👧|-|–|—|(|)|](x)|!|?|...|.|,|;|:|\n|\n\n| |\t|a|A|I|NASA|www.|http://|@|a@b.c|#|1/2|½|²|€|US$|5|km|p.m.|e.g."
    "|U.S.|Привет|你|\u200d|\u202e|\x00|é|'|\"|’|<|>|&amp;|*|_|`|^|/|\\|1️⃣|🇩🇪|π|\ud800|x|st|th|s|VIII|Henry|Chapter|May|0|%|+|°C|St."
    "|No.|٣|Ⅳ|ﬁ|\u0301"
)


def check_any(text: str, emoji: str, max_characters: int) -> None:
    try:
        reading = read_out(text, emoji=emoji, max_characters=max_characters)  # type: ignore[arg-type]
    except TextError:
        return
    for sentence in reading.sentences:
        assert SPEAKABLE.fullmatch(sentence.spoken), (text, sentence)
        assert len(sentence.spoken) <= max_characters
    assert all(warning.endswith(".") and warning.isprintable() for warning in reading.warnings)


@given(st.text(), st.sampled_from(["drop", "speak"]), st.sampled_from([20, 50, MAX_CHARACTERS]))
@settings(max_examples=500, deadline=None)
def test_any_unicode_is_spoken_or_refused(text: str, emoji: str, max_characters: int):
    check_any(text, emoji, max_characters)


@given(st.lists(st.sampled_from(AWKWARD_BITS.split("|")), max_size=30).map("".join), st.sampled_from(["drop", "speak"]))
@settings(max_examples=500, deadline=None)
def test_any_mixture_of_awkward_bits_is_spoken_or_refused(text: str, emoji: str):
    check_any(text, emoji, 40)
