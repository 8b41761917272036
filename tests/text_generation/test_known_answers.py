"""Looked-up answers: nearly known wordings are found, others are not, and danger is answered in any case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_generation.known_answers import (
    LEANING,
    NEAREST,
    SELF_HARM_ANSWER,
    KnownAnswers,
    _plain,
    find_example,
)
from alphsistant_addon.text_generation.persona import Persona

ENTRIES = [
    {"q": ["Why is the sky blue?", "What makes the sky blue?"], "a": ["Air scatters blue light."]},
    {"q": ["Tell me a story about a fox."], "a": ["A fox found a mirror."]},
    {"q": ["Say something nice."], "a": ["You are kind.", "You are clever.", "You are patient."]},
    {"q": ["How many minutes are in an hour?"], "a": ["Sixty."]},
    {"q": ["What is seven times eight?"], "a": ["Fifty-six."]},
    {"q": ["How can I make a bomb?"], "a": ["I will not help with that."], "fixed": True},
]


@pytest.fixture(scope="module")
def shipped() -> KnownAnswers:
    return KnownAnswers.load()


@pytest.mark.parametrize(
    "prompt", ["why is the sky blue", "WHY IS THE SKY BLUE???", "Why is teh sky blue?", "so, why is the sky blue?"]
)
def test_case_signs_and_typing_errors_do_not_matter(prompt: str):
    found = KnownAnswers(ENTRIES).find(prompt)
    assert found is not None
    assert (found.text, found.question, found.fixed) == ("Air scatters blue light.", "Why is the sky blue?", False)


@pytest.mark.parametrize("prompt", ["Tell me a story about a robot.", "Why is grass green?", "", "???", "Ü", "xyz"])
def test_another_question_is_not_answered(prompt: str):
    assert KnownAnswers(ENTRIES).find(prompt) is None


@pytest.mark.parametrize("prompt", ["How many minutes are in two hours?", "What is seven times nine?"])
def test_another_number_is_another_question(prompt: str):
    assert KnownAnswers(ENTRIES).find(prompt) is None


@pytest.mark.parametrize(
    ("prompt", "known"),
    [
        ("Thanks a lot, you were great.", "Thanks a lot."),
        ("Nice to meet you, I'm Clara.", "Nice to meet you."),
        ("Tell me a story about a lonely lighthouse.", "A story about a lighthouse."),
        ("I lost my wallet and I'm upset.", "I lost my wallet."),
    ],
)
def test_the_nearest_question_answers_a_longer_one(shipped: KnownAnswers, prompt: str, known: str):
    assert shipped.find(prompt) is None
    found = shipped.find_nearest(prompt)
    assert found is not None
    assert (found.question, found.source, found.fixed) == (known, NEAREST, False)


@pytest.mark.parametrize(
    "prompt",
    [
        "A poem about snow, please.",  # a story is known
        "What is nine plus four?",  # another sum
        "How can I make a big bomb?",  # nothing is guessed about danger
        "Am I a cucumber?",
        "My robot is red.",  # what is red is known
        "",
    ],
)
def test_the_nearest_question_is_about_the_same(shipped: KnownAnswers, prompt: str):
    assert shipped.find_nearest(prompt) is None


@pytest.mark.parametrize(
    "prompt", ["What colour is my kite?", "And of Italy?", "Tell me more about the wizard line.", "Do you like it too?"]
)
def test_what_leans_on_the_talk_is_not_guessed_at(prompt: str):
    assert LEANING.search(_plain(prompt))
    assert KnownAnswers([{"q": [prompt], "a": ["Yes."]}]).find_nearest(prompt, is_first=False) is None


def test_what_stands_alone_is_found_in_a_talk_too(shipped: KnownAnswers):
    first = shipped.find_nearest("Thanks a lot, you were great.")
    assert first is not None
    assert shipped.find_nearest("Thanks a lot, you were great.", is_first=False) == first


def test_in_a_talk_what_points_back_has_to_be_known_word_for_word():
    answers = KnownAnswers([{"q": ["How far away is the sun?", "I do not get it."], "a": ["Yes."]}])
    assert answers.find("How far away is it, the sun?") is not None
    assert answers.find("How far away is it, the sun?", is_first=False) is None
    assert answers.find("How far away is the sun?", is_first=False) is not None
    assert answers.find("I don't get it!", is_first=False) is not None


def test_numbers_may_stand_in_another_order():
    found = KnownAnswers(ENTRIES).find("What is eight times seven?")
    assert found is not None
    assert found.text == "Fifty-six."


def test_the_seed_chooses_among_the_answers():
    answers = KnownAnswers(ENTRIES)
    said = {answers.find("Say something nice!", seed).text for seed in range(20)}
    assert said == {"You are kind.", "You are clever.", "You are patient."}
    assert answers.find("Say something nice!", 7) == answers.find("Say something nice!", 7)


def test_what_is_about_danger_says_so():
    found = KnownAnswers(ENTRIES).find("how can i make bombs")
    assert found is not None
    assert found.fixed


@pytest.mark.parametrize(
    "prompt",
    [
        "I want to kill myself",
        "i'm thinking about ending my life.",
        "I CUT MYSELF AGAIN",
        "I don’t want to live any more",
        "I feel suicidal tonight",
        "everyone would be better off without me",
        "there is no point in living",
        "I just want to die",
        "I wish I was dead, I want to be dead",
    ],
)
def test_self_harm_gets_the_fixed_answer(shipped: KnownAnswers, prompt: str):
    found = shipped.find(prompt)
    assert found is not None
    assert (found.text, found.fixed) == (SELF_HARM_ANSWER, True)


@pytest.mark.parametrize(
    "prompt",
    [
        "I could kill for a pizza",
        "I nearly died laughing",
        "this render makes me want to die of boredom",
        "How do I kill a process?",
        "I cut my hair myself",
        "I got the job!",
        "My battery is about to die",
        "The hero dies in my film",
    ],
)
def test_harmless_words_do_not(shipped: KnownAnswers, prompt: str):
    found = shipped.find(prompt)
    assert found is None or not found.fixed


def test_the_shipped_list_answers_what_it_knows(shipped: KnownAnswers):
    found = shipped.find("why's the sky blue?")
    assert found is not None
    assert "light" in found.text


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"q": ["Hi"]}]', "not json"])
def test_a_damaged_list_is_a_sentence(tmp_path: Path, content: str):
    (tmp_path / "known.json").write_text(content, encoding="utf-8")
    if content == "{}":
        assert KnownAnswers.load(tmp_path / "known.json").find("Hello") is None
        return
    with pytest.raises(AssetError, match="damaged"):
        KnownAnswers.load(tmp_path / "known.json")


def test_the_list_is_what_the_recipe_makes_of_the_texts(monkeypatch: pytest.MonkeyPatch):
    folder = Path(__file__).parents[2] / "blender_assets" / "language_model"
    monkeypatch.syspath_prepend(str(folder / "recipe"))
    import known_answers as recipe

    made = recipe.known_answers(folder / "recipe" / "text")
    assert made == json.loads((folder / "known_answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "prompt", ["Who are you?", "Hello! Who are you?", "hi Kofi, who are you", "Good morning. Well, who are you?"]
)
def test_an_example_is_known_behind_a_greeting(prompt: str):
    persona = Persona("Kofi", examples=(("Who are you?", "I bake."), ("Hello!", "Good day.")))
    found = find_example(prompt, persona)
    assert found is not None
    assert found.text == "I bake."
    greeted = find_example("Hello!", persona)
    assert greeted is not None
    assert greeted.text == "Good day."


def test_another_question_is_no_example():
    persona = Persona("Kofi", examples=(("Who are you?", "I bake."),))
    assert find_example("Hello, who are you with?", persona) is None
    assert find_example("Ada asks who are you", persona) is None
