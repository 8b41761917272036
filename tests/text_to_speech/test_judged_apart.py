"""The sentences that a voice is judged by are never among those it learns from."""

import importlib.util
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "blender_assets" / "voices" / "recipe" / "sentences.py"
DATA = Path(__file__).parents[1] / "benchmarks" / "data"


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("voice_recipe_sentences", RECIPE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["held_out", "hard"])
def test_the_recipe_leaves_the_judged_sentences_out(recipe, name):
    texts = [line.split("\t")[1] for line in (DATA / f"{name}.tsv").read_text("utf-8").splitlines()]
    assert len(texts) == len({recipe.key_of(text) for text in texts}) == 100
    pool = [("anywhere", text.upper().rstrip(".") + "!") for text in texts] + [("anywhere", "This one may be learnt.")]
    assert recipe.without(pool, recipe.kept_apart()) == [("anywhere", "This one may be learnt.")]


def test_the_recipe_asks_for_it_when_it_writes(recipe, tmp_path, monkeypatch):
    """All that is written goes through it: sources of judged sentences alone leave an empty file."""
    judged = [line.split("\t")[1] for line in (DATA / "hard.tsv").read_text("utf-8").splitlines()]
    words = {word.strip(",.?!").lower() for text in judged for word in text.split()} | {"here"}
    monkeypatch.setattr(recipe, "lexicon_of_the_teacher", lambda: frozenset(words))
    learnt = {
        "chatterbot": "The red fish bought a cup.",
        "wordnet": "The fox has fresh tea here.",
        "chitchat": "Who has fresh red fish here?",
    }
    for name, text in learnt.items():
        monkeypatch.setattr(recipe, name, lambda _sources, text=text: iter([*judged, text]))
    out = tmp_path / "sentences.tsv"
    monkeypatch.setattr("sys.argv", ["sentences", "--sources", str(tmp_path), "--out", str(out), "--count", "500"])
    recipe.main()
    written = {line.split("\t")[2] for line in out.read_text("utf-8").splitlines()}
    assert written
    assert written <= set(learnt.values())
