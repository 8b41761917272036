"""The shipped model: knows its name, greets, makes small talk, stays clean."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from alphsistant_addon.text_generation import LanguageModel
from alphsistant_addon.text_generation.dialogue_format import TURN_TOKENS

FOLDER = Path(__file__).parents[2] / "blender_assets" / "language_model"
if not (FOLDER / "model.safetensors").exists():
    pytest.skip("the shipped model is not here", allow_module_level=True)

SEEDS = range(5)


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel.load()


def replies(model: LanguageModel, prompt: str) -> list[str]:
    return [" ".join(model.reply(prompt, seed=seed)) for seed in SEEDS]


def test_is_what_the_card_says(model: LanguageModel):
    assert model.turns is TURN_TOKENS
    assert sum(p.numel() for p in model._network.parameters()) >= 8_000_000
    assert (FOLDER / "model.safetensors").stat().st_size < 45_000_000


@pytest.mark.parametrize("prompt", ["Hello, who are you?", "What is your name?", "Who are you?", "who are you"])
def test_knows_its_name(model: LanguageModel, prompt: str):
    assert sum("Alphsistant" in reply for reply in replies(model, prompt)) >= 4


@pytest.mark.parametrize(
    "prompt", ["Hello!", "Good morning!", "How are you?", "Tell me a joke.", "I like music.", "Thank you!", "Goodbye!"]
)
def test_answers_are_whole_and_clean(model: LanguageModel, prompt: str):
    for reply in replies(model, prompt):
        assert reply[0].isupper()
        assert reply[-1] in ".!?"
        assert "<|" not in reply


def test_same_seed_same_reply(model: LanguageModel):
    assert replies(model, "What can you do?") == replies(model, "What can you do?")
    assert len(set(replies(model, "Hello!"))) > 1


def test_follows_a_long_conversation(model: LanguageModel):
    history: list[tuple[str, str]] = []
    for prompt in ["Hello!", "Who are you?", "What do you like?", "Tell me a joke.", "I like films."] * 4:
        history.append((prompt, " ".join(model.reply(prompt, history, seed=len(history)))))
    assert all(reply for _, reply in history)


def test_five_thousand_characters(model: LanguageModel):
    assert list(model.reply("I like animation. " * 278, seed=0))
