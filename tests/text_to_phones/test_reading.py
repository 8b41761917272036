"""Reading out: whatever a user pastes is spoken or refused with a sentence, in linear time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.text_to_phones.reading import MAX_CHARACTERS, read_out

LETTERS = "A-Za-zÀ-ÖØ-öø-ſ'"
SPEAKABLE = re.compile(rf"[{LETTERS}]+(?:[,;:—]? [{LETTERS}]+)*[,;:—.?!]")
AWKWARD_BITS = (
    "Dr. |$5.50|1984|😀|👨‍👩‍👧|-|–|—|(|)|](x)|!|?|...|.|,|;|:|\n|\n\n| |\t|a|A|I|NASA|www.|http://|@|a@b.c|#|1/2|½|²|€|US$|5|km|p.m.|e.g."
    "|U.S.|Привет|你|\u200d|\u202e|\x00|é|'|\"|’|<|>|&amp;|*|_|`|^|/|\\|1️⃣|🇩🇪|π|\ud800|x|st|th|s|VIII|Henry|Chapter|May|0|%|+|°C|St."
    '|No.|٣|Ⅳ|ﬁ|\u0301|*sighs*|(laughs)|, CO|AT&T|221B|W-w|1000s|use|no. of|Jan 5-7|x12"|HR.'
)


def check_any(text: str, emoji: str, max_characters: int) -> None:
    try:
        reading = read_out(text, emoji=emoji, max_characters=max_characters)  # type: ignore[arg-type]
    except TextError:
        return
    for sentence in reading.sentences:
        assert SPEAKABLE.fullmatch(sentence.spoken), (text, sentence)
        assert len(sentence.spoken) <= max_characters
        assert sentence.spoken == " ".join(word.spoken for word in sentence.words)
    assert all(warning.endswith(".") and warning.isprintable() for warning in reading.warnings)


@given(st.text(), st.sampled_from(["drop", "speak"]), st.sampled_from([20, 50, MAX_CHARACTERS]))
@settings(max_examples=500, deadline=None)
def test_any_unicode_is_spoken_or_refused(text: str, emoji: str, max_characters: int):
    check_any(text, emoji, max_characters)


@given(st.lists(st.sampled_from(AWKWARD_BITS.split("|")), max_size=30).map("".join), st.sampled_from(["drop", "speak"]))
@settings(max_examples=500, deadline=None)
def test_any_mixture_of_awkward_bits_is_spoken_or_refused(text: str, emoji: str):
    check_any(text, emoji, 40)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
@settings(max_examples=300, deadline=None)
def test_written_spans_are_the_texts_own_and_in_order(text: str):
    try:
        sentences = read_out(text).sentences
    except TextError:
        return
    place = 0
    for sentence in sentences:
        for word in sentence.words:
            assert word.written in sentence.written
        place = text.index(sentence.written, place) + len(sentence.written)


def test_words_link_what_is_said_to_what_is_written():
    (sentence,) = read_out("“Well-known” Dr. Smith paid $5.50 (😀 cash), etc.").sentences
    assert [(word.written, word.spoken) for word in sentence.words] == [
        ("“Well-known”", "Well known"),
        ("Dr.", "Doctor"),
        ("Smith", "Smith"),
        ("paid", "paid"),
        ("$5.50", "five dollars and fifty cents,"),
        ("cash),", "cash,"),
        ("etc.", "et cetera."),
    ]


def test_written_is_what_a_subtitle_may_show():
    first, second = read_out("Ze\u200bro \u202e“quoted”…\x07 Next 5\u00a0km.").sentences
    assert first.written == "Zero “quoted”..."
    assert second.written == "Next 5\u00a0km."


def test_long_sentences_are_cut_at_clauses():
    text = (
        "When the old clock in the hall of the grey house by the river struck twelve that night, the cat looked up; "
        "nobody else heard it, because the wind was loud and the windows were shut, and so the story could begin."
    )
    clauses = [sentence.spoken for sentence in read_out(text, max_characters=120).sentences]
    assert [clause[-1] for clause in clauses] == [";", "."]
    assert " ".join(clauses) == text


def test_long_sentences_without_pauses_are_cut_before_conjunctions_or_between_words():
    text = "the wind was loud and the windows were shut and the clock was old because nobody cared"
    clauses = [sentence.spoken for sentence in read_out(text, max_characters=60).sentences]
    assert clauses == ["the wind was loud and the windows were shut,", "and the clock was old because nobody cared."]


def test_a_word_longer_than_a_sentence_may_be_is_cut_and_nothing_is_lost():
    sentences = read_out("ab" * 150, max_characters=100).sentences
    assert "".join(re.sub("[,.]", "", sentence.spoken) for sentence in sentences) == "ab" * 150
    assert "".join(sentence.written for sentence in sentences) == "ab" * 150


def test_figures_longer_than_a_sentence_may_be_are_all_read():
    sentences = read_out("7" * 500).sentences
    assert sum(sentence.spoken.count("seven") for sentence in sentences) == 500


@pytest.mark.parametrize(
    ("text", "spoken", "named"),
    [
        ("Привет means hello.", "means hello.", ["Cyrillic"]),
        ("東京 and こんにちは and 안녕, hello.", "and and, hello.", ["Chinese", "Hiragana", "Hangul"]),
        ("שלום or سلام or नमस्ते", "or or.", ["Hebrew", "Arabic", "Devanagari"]),
        ("μῆνιν is Greek.", "is Greek.", ["Greek"]),
        ("♫ music", "music.", ["♫"]),
        ("private \ue000 use", "private use.", ["U+E000"]),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_spoken(text: str, spoken: str, named: list[str]):
    reading = read_out(text)
    assert [sentence.spoken for sentence in reading.sentences] == [spoken]
    assert all(name in " ".join(reading.warnings) for name in named)


@pytest.mark.parametrize("text", ["naïve “quotes” – and £5 ½ 😀 © π ² ✓ →", "plain"])
def test_nothing_is_warned_of_without_need(text: str):
    assert read_out(text).warnings == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing to speak"),
        (" \n\t ", "nothing to speak"),
        ("!!! ... ---", "nothing to speak"),
        ("Привет", "Cyrillic"),
        ("😀 👍", "only emoji"),
        ("\u200b\u202e\x00", "nothing to speak"),
    ],
)
def test_a_text_without_anything_to_speak_says_why(text: str, reason: str):
    with pytest.raises(TextError, match=reason):
        read_out(text)


def test_a_limit_too_short_for_words_is_refused():
    with pytest.raises(ValueError, match="at least 20"):
        read_out("Hello", max_characters=5)


PATHOLOGICAL = (
    *("a@", "a.", "1/", "(", "<a", "[", "US$", "&", "\u0301"),
    *("*sighs ", "(laughs at ", '5"', "b-", "A&", "Denver, CO", "3x", "Jan 5-", "no. ", "a\n", "really use "),
)


@pytest.mark.parametrize("bit", PATHOLOGICAL)
def test_pathological_repetition_returns(bit: str):
    """Quadratic patterns would take minutes here."""
    check_any(bit * (20_000 // len(bit)), "speak", MAX_CHARACTERS)
