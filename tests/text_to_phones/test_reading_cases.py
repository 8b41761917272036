"""What manuals, news, scripts and games hold is read out as an American reads it."""

from __future__ import annotations

import pytest

pytest.importorskip("phonemizer")
import reading_cases as cases

from alphsistant_addon.text_generation.reply_sentences import split_first
from alphsistant_addon.text_to_phones.phones import transcribe
from alphsistant_addon.text_to_phones.reading import read_out


def said(text: str) -> str:
    return " | ".join(sentence.spoken for sentence in read_out(text).sentences)


def sound(text: str, word: str) -> str:
    """Phones of a word of the text, with stress marks."""
    (sentence,) = read_out(text).sentences
    transcription = transcribe(sentence.spoken)
    place = [spoken.lower() for spoken in transcription.words].index(word.lower())
    return "".join(phone.token for phone in transcription.phones if phone and phone.word == place)


def split(text: str) -> str:
    parts = []
    while (pair := split_first(text)) is not None:
        parts.append(pair[0])
        text = pair[1]
    return "| ".join((*parts, text))


@pytest.mark.parametrize(("text", "spoken"), cases.READINGS + cases.HELD_BACK_READINGS + cases.MORE_READINGS)
def test_written_is_said(text: str, spoken: str):
    assert said(text).casefold() == spoken.casefold()


@pytest.mark.parametrize(("text", "word", "heard"), cases.SOUNDS + cases.HELD_BACK_SOUNDS + cases.MORE_SOUNDS)
def test_the_words_around_decide_how_a_word_sounds(text: str, word: str, heard: str):
    assert heard in sound(text, word)


@pytest.mark.parametrize("reply", cases.SPLITS + cases.HELD_BACK_SPLITS)
def test_a_reply_is_cut_where_its_sentences_end(reply: str):
    assert split(reply.replace("|", "")) == reply


def test_stage_directions_are_named_in_a_warning():
    reading = read_out("*sighs* Fine. (whispers) Go. [applause]")
    assert reading.warnings == ("Stage directions are not spoken; these were left out: sighs, whispers, applause.",)


def test_what_is_no_stage_direction_is_spoken():
    reading = read_out("*Really* good (he laughs a lot) and [see below].")
    assert reading.sentences[0].spoken == "Really good, he laughs a lot, and, see below."
    assert reading.warnings == ()
