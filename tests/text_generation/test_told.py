"""What the user has told is said back: names, ages, homes, work, things; and nothing that was not told."""

from __future__ import annotations

import pytest

from alphsistant_addon.text_generation.known_answers import TALK
from alphsistant_addon.text_generation.told import find_told


def answered(prompt: str, *said: str) -> str | None:
    found = find_told(prompt, [(words, "I see.") for words in said])
    if found is not None:
        assert (found.source, found.fixed, found.is_personal) == (TALK, False, False)
    return None if found is None else found.text


@pytest.mark.parametrize(
    ("said", "prompt", "value"),
    [
        ("My name is Clara.", "What is my name?", "Clara"),
        ("Hi, I'm Tomasz.", "what's my name", "Tomasz"),
        ("I’m Anna Lena and I live in Oslo.", "Do you remember my name?", "Anna Lena"),
        ("Call me Zed, please.", "Who am I?", "Zed"),
        ("I am 34 years old.", "How old am I?", "34"),
        ("I'm thirty-four years old", "how old am I again?", "thirty-four"),
        ("I live in a small house in Bergen.", "Where do I live?", "a small house in Bergen"),
        ("I work as a nurse, at night.", "What is my job?", "a nurse"),
        ("My kite is red and white.", "What colour is my kite?", "red and white"),
        ("I have a blue bicycle.", "What color is my bicycle?", "blue"),
        ("My favorite colour is green.", "What's my favourite color?", "green"),
        ("I have a dog called Rex.", "What is my dog called?", "Rex"),
        ("I adopted a cat named Mia.", "What's the name of my cat?", "Mia"),
        ("My sister's name is Ida.", "What is my sister's name?", "Ida"),
        ("My shoes are in the hall.", "What are my shoes?", "in the hall"),
        ("My boat is older than my car.", "What is my boat?", "older than your car"),
    ],
)
def test_what_was_told_is_said_back(said: str, prompt: str, value: str):
    text = answered(prompt, said, "Nice weather.")
    assert text is not None
    assert value in text
    assert text.endswith((".", "forgotten."))


def test_the_last_telling_counts():
    assert "Mara" in (answered("What is my name?", "My name is Clara.", "Sorry, my name is Mara.") or "")
    assert "Mara" in (answered("What is my name?", "I am Clara. No, wait, I am Mara.") or "")


@pytest.mark.parametrize(
    ("said", "prompt"),
    [
        ("I am German.", "What is my name?"),
        ("I'm sorry.", "What is my name?"),
        ("I am Clara.", "What is your name?"),
        ("I am Clara.", "How old am I?"),
        ("My kite is broken.", "What colour is my kite?"),
        ("My dog is what I love.", "What is my dog?"),
        ("My kite is red.", "What is my car?"),
        ("My kite is red.", "Why is my kite red?"),
        ("Hello.", "What is my name?"),
    ],
)
def test_what_was_not_told_is_not_made_up(said: str, prompt: str):
    assert answered(prompt, said) is None


def test_many_things_are_many_and_the_seed_chooses_the_wording():
    said = [("My shoes are red.", "Nice.")]
    texts = {found.text for seed in range(20) if (found := find_told("What colour are my shoes?", said, seed))}
    assert texts == {"Your shoes are red.", "You told me: your shoes are red."}
