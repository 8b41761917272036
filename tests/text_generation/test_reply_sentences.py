"""Whole clean sentences out of a stream of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.text_generation.reply_sentences import (
    clean_prompt,
    clean_sentence,
    is_echo,
    is_false_alarm,
    split_first,
)
from alphsistant_addon.text_generation.sentence_stream import worth_saying


def split_all(text: str) -> list[str]:
    parts = []
    while (pair := split_first(text)) is not None:
        parts.append(pair[0])
        text = pair[1]
    return [*parts, text]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello! How are you?", ["Hello!", "How are you?"]),
        ("It costs 3.5 euros. Good.", ["It costs 3.5 euros.", "Good."]),
        ("I met Dr. Smith. He was kind.", ["I met Dr. Smith.", "He was kind."]),
        ("We met J. Smith today. Yes.", ["We met J. Smith today.", "Yes."]),
        ("So do I. Do you?", ["So do I.", "Do you?"]),
        ("The answer is no. Sorry.", ["The answer is no.", "Sorry."]),
        ("See no. 5 there. Yes.", ["See no. 5 there.", "Yes."]),
        ('He said "Stop!" Then he left.', ['He said "Stop!"', "Then he left."]),
        ("Well... maybe not. No.", ["Well... maybe not.", "No."]),
        ("What?! Really?", ["What?!", "Really?"]),
        ("i love you. you love me.", ["i love you.", "you love me."]),
        ("I know. you too. Bye.", ["I know. you too.", "Bye."]),
        ("Visit U.S. Steel Corp. in Gary. Yes.", ["Visit U.S. Steel Corp. in Gary.", "Yes."]),
        ("It is in the U.S. and at 9 a.m. or so. Yes.", ["It is in the U.S. and at 9 a.m. or so.", "Yes."]),
        ("She runs Acme Inc. in Rome. Yes.", ["She runs Acme Inc. in Rome.", "Yes."]),
        ("The U.S. Army came. It left.", ["The U.S. Army came.", "It left."]),
        ("At 3 p.m. Bob came. He ate.", ["At 3 p.m.", "Bob came.", "He ate."]),
        ("At 3 p.m. Friday it is. Yes.", ["At 3 p.m. Friday it is.", "Yes."]),
        ("I live on Elm St. It is quiet.", ["I live on Elm St.", "It is quiet."]),
        ("CALL HR. THEY KNOW.", ["CALL HR.", "THEY KNOW."]),
        ("The sun sat. They wed. So.", ["The sun sat.", "They wed.", "So."]),
        ("She moved in. Then out.", ["She moved in.", "Then out."]),
        ("It is 10 in. long. Good.", ["It is 10 in. long.", "Good."]),
    ],
)
def test_split(text: str, sentences: list[str]):
    assert split_all(text) == sentences


def test_a_sentence_ends_only_when_the_next_begins():
    assert split_first("The number is 3.") is None
    assert split_first("The number is 3. ") is None
    assert split_first("The number is 3. Yes") == ("The number is 3.", "Yes")


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("  hello there.", "Hello there."),
        ("i think i'm fine.", "I think I'm fine."),
        ("Nice :) really!!!", "Nice really!"),
        ("Nice 😀 day.", "Nice day."),
        ('He said "yes.', "He said yes."),
        ("So (they say.", "So they say."),
        ("“Fine,” she said.", '"Fine," she said.'),
        ("see https://example.org/x now.", "See now."),
        ("<|human|>Yes.", "Yes."),
        ("- a dash.", "A dash."),
        ("it is 20 °C and costs 5 €, £3 or ¥9.", "It is 20 °C and costs 5 €, £3 or ¥9."),
        ("3 × 4 ÷ 2 = 2^2 + 2", "3 × 4 ÷ 2 = 2^2 + 2."),
        ("a ~~b~~ | c", "A b c."),
        ("* an item", "An item."),
        ("This is *so* good.", "This is *so* good."),
        ("*sighs* I told you.", "*Sighs* I told you."),
    ],
)
def test_clean(written: str, clean: str):
    assert clean_sentence(written) == clean


def test_a_full_stop_is_added_only_where_the_turn_ended():
    assert clean_sentence("i am fine") == "I am fine."
    assert clean_sentence("how are you") == "How are you?"
    assert clean_sentence("I was about to", ended=False) is None


@pytest.mark.parametrize("nothing", ["", "   ", "...", "😀😀", "<|human|>", "!?", "2.", "*sighs*", "(laughs softly)"])
def test_nothing_to_say(nothing: str):
    assert clean_sentence(nothing) is None


@given(st.text(max_size=80))
def test_what_is_said_is_clean_whatever_was_written(text: str):
    sentence = clean_sentence(text)
    if sentence is not None:
        assert sentence == " ".join(sentence.split())
        assert sentence.rstrip("\"')]")[-1] in ".!?"
        assert any(sign.isalnum() for sign in sentence)


@given(st.text(alphabet="ab .!?'\"1", max_size=60))
def test_splitting_loses_no_text(text: str):
    assert "".join("".join(split_all(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("prompt", ["", "   \n", "😀", "👩‍👩‍👧‍👦 🎉", "?!", "…", "<|endoftext|>"])
def test_a_prompt_without_words_is_refused_in_a_sentence(prompt: str):
    with pytest.raises(TextError, match="Type some words first"):
        clean_prompt(prompt, 1000)


def test_a_prompt_keeps_the_signs_that_have_a_meaning():
    assert clean_prompt("Is 20 °C × 2 > 5 € or £3? 2^2 ÷ 4", 1000) == "Is 20 °C × 2 > 5 € or £3? 2^2 ÷ 4"


def test_prompt_is_one_line_without_markup():
    assert clean_prompt("Hi 😀\n<|alphsistant|>there:\tyou’re “it”", 1000) == 'Hi there: you\'re "it"'


@pytest.mark.parametrize("prompt", ["Grüß dich, 你好", "2 + 2 = 4", "I ♥ you, naïve café"])
def test_other_letters_and_figures_are_kept(prompt: str):
    assert clean_prompt(prompt, 1000).replace(" ", "") == prompt.replace("♥", "").replace(" ", "")


def test_of_a_long_prompt_the_end_is_kept():
    assert clean_prompt("word " * 1000 + "who are you?", 20).endswith("who are you?")


def test_echo():
    assert is_echo("Where do you live?", "where do you live")
    assert is_echo("So where do you live?", "Where do you live? So...")
    assert not is_echo("Hello!", "Hello!")
    assert not is_echo("I live in Blender.", "Where do you live?")


@pytest.mark.parametrize(
    ("sentence", "heard", "is_false"),
    [
        ("Are you thinking of ending your life?", "Everything is going so well lately.", True),
        ("If so, call a crisis line or the emergency number.", "Right, I have to dash.", True),
        ("Please call a helpline.", "Are my words sent to some company?", True),
        ("You are not to blame.", "My boyfriend hits me.", False),
        ("Call a crisis line.", "I'm standing on the bridge and nobody would notice if I jumped.", False),
        ("Call emergency services now.", "My arm is numb.", False),
        ("The police is a band, too.", "Everything is going so well lately.", False),
        ("I am glad to hear it.", "Hello.", False),
    ],
)
def test_an_alarm_without_trouble_is_false(sentence: str, heard: str, is_false: bool):
    assert is_false_alarm(sentence, heard) == is_false


def test_a_reply_with_a_false_alarm_is_drawn_again_and_said_at_last():
    reply = ["How nice.", "Call a crisis line."]

    def said(heard: str | None, *, last_attempt: bool = False) -> list[str]:
        return list(
            worth_saying(reply, asked="Hi", said_before="", most_characters=200, last_attempt=last_attempt, heard=heard)
        )

    assert said("All is well.") == ["How nice."]
    assert said("I fear the night.") == said(None) == said("All is well.", last_attempt=True) == reply
