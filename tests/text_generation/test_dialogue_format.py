"""How conversations are written for the three kinds of GPT-2."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from small_models import END, make_tokenizer

from alphsistant_addon.text_generation.dialogue_format import (
    END_OF_TEXT,
    HUMAN,
    SCRIPT,
    SELF,
    TURN_TOKENS,
    TurnFormat,
    earlier_turns,
    join_unanswered,
    prompt_ids,
)
from alphsistant_addon.text_generation.language_model import turn_format

HISTORY = [("Hi.", "Hello!"), ("Who are you?", "I am a face.")]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer(HUMAN, SELF)


def written(turns: TurnFormat, tokenizer: Any, prompt: str, history: list[tuple[str, str]], room: int = 5000) -> str:
    return tokenizer.decode(prompt_ids(turns, tokenizer, prompt, history, room))


def test_turn_tokens(tokenizer: Any):
    expected = f"{HUMAN}Hi.{SELF}Hello!{HUMAN}Who are you?{SELF}I am a face.{HUMAN}Where?{SELF}"
    assert written(TURN_TOKENS, tokenizer, "Where?", HISTORY) == expected


def test_dialogpt_puts_end_of_text_between_turns(tokenizer: Any):
    expected = f"Hi.{END}Hello!{END}Who are you?{END}I am a face.{END}Where?{END}"
    assert written(END_OF_TEXT, tokenizer, "Where?", HISTORY) == expected


def test_plain_gpt2_gets_a_persona_and_a_script(tokenizer: Any):
    expected = f"{SCRIPT.preamble}Human: Hi.\nAlphsistant: Hello!\nHuman: Where?\nAlphsistant:"
    assert written(SCRIPT, tokenizer, "Where?", HISTORY[:1]) == expected


@pytest.mark.parametrize("turns", [TURN_TOKENS, END_OF_TEXT, SCRIPT])
@pytest.mark.parametrize("room", [60, 200, 1000])
@pytest.mark.parametrize("length", [1, 150, 5000])
def test_never_more_tokens_than_room(tokenizer: Any, turns: TurnFormat, room: int, length: int):
    prompt = ("a question " * length)[:length] + " at the end?"
    history = [("h" * 40, f"reply {i}.") for i in range(50)]
    ids = prompt_ids(turns, tokenizer, prompt, history, room)
    assert len(ids) <= room
    assert tokenizer.decode(ids).endswith("at the end?" + turns.after_human + turns.before_self)


def test_oldest_turns_go_first(tokenizer: Any):
    text = written(TURN_TOKENS, tokenizer, "Where?", HISTORY, room=40)
    assert "I am a face." in text
    assert "Hello!" not in text


def test_interrupted_and_empty_replies_are_not_fed_back():
    history = [("a", "I was abo…"), ("b", ""), ("c", "Well..."), ("😀", "Yes."), ("d", "Fine.")]
    assert earlier_turns(history, 1000) == [("d", "Fine.")]


def test_words_that_were_never_answered_stand_before_the_next_ones():
    history = [("My name is Tom.", ""), ("And yours?", "I am Ada."), ("", "Well."), ("I think", ""), ("that", " ")]
    assert join_unanswered(history, "it rains.") == (
        [("My name is Tom. And yours?", "I am Ada."), ("", "Well.")],
        "I think that it rains.",
    )


def test_a_turn_that_is_an_address_does_not_end_the_conversation():
    history = [("", "www.blender.org"), ("https://blender.org", "A link."), ("d", "Fine."), ("e", "Fine" + "-" * 1000)]
    assert earlier_turns(history, 1000) == [("d", "Fine.")]


@pytest.mark.parametrize(
    ("speakers", "settings", "name", "expected"),
    [
        ((HUMAN, SELF), {}, "", TURN_TOKENS),
        ((), {}, "openai-community/gpt2", SCRIPT),
        ((), {"task_specific_params": {"text-generation": {"max_length": 50}}}, "distilgpt2", SCRIPT),
        ((), {}, "microsoft/DialoGPT-small", END_OF_TEXT),
        ((), {"task_specific_params": {"conversational": {"max_length": 1000}}}, "/some/folder", END_OF_TEXT),
    ],
)
def test_the_format_is_told_from_the_model(speakers: tuple[str, ...], settings: Any, name: str, expected: TurnFormat):
    config = SimpleNamespace(**settings)
    assert turn_format(make_tokenizer(*speakers), config, name) is expected
