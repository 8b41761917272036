"""The shipped model's recipe: its texts can be read, none gives the examination away, rows are packed right."""

from __future__ import annotations

import json
import random
import re
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

REPOSITORY = Path(__file__).parents[2]
RECIPE = REPOSITORY / "blender_assets" / "language_model" / "recipe"
sys.path.insert(0, str(RECIPE))

import copying
from persona import read, read_file
from train import END_ID, HUMAN_ID, SELF_ID, Mixture, Packer, build_model, encoded, hold_out, rate_at
from wording import typed


@pytest.fixture(scope="module")
def blocks():
    return read(RECIPE / "text")


USUAL = set(
    re.findall(
        r"\w+",
        "your you are is it its that told me about said of course yes on to as if i remember correctly years old "
        "have live home in going trip goes favourite like best work called works name a an",
    )
)
"""What an answer may say without having been told."""


class LetterTokenizer:
    """One token a letter."""

    def __call__(self, text: str):
        return {"input_ids": [3 + ord(letter) % 90 for letter in text]}


def write(folder: Path, text: str) -> Path:
    path = folder / "some.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_there_are_thousands_of_exchanges_fit_to_be_spoken(blocks):
    parts = [part for block in blocks for part in block.chain()]
    assert len(blocks) >= 4000
    for part in parts:
        for answer in part.answers:
            assert len(answer.split()) <= 75, answer
            assert answer.rstrip("\"'")[-1] in ".!?", answer


def test_no_prompt_of_the_examination_was_learned(blocks):
    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9 ]", "", text.lower()).strip()

    wordings = {plain(question) for block in blocks for part in block.chain() for question in part.questions}
    path = REPOSITORY / "tests" / "benchmarks" / "data" / "language_model_examination.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    prompts = {plain(row["prompt"]) for row in rows if not row["history"]} - {""}
    assert len(prompts) > 130
    assert not prompts & wordings


def test_follow_ups_hang_on_their_block_and_slots_keep_their_word(tmp_path: Path):
    text = "animal = ape, unicorn, dog\n\n# pets\n"
    text += "Q: I have a {animal}.\nA: {Animal}s are fine.\nQ: Why?\nA: A {animal} is.\n"
    (block,) = read_file(write(tmp_path, text), {})
    for seed in range(20):
        (_, told), (_, fine), *_, (_, last) = block.dialogue(random.Random(seed), 1.0)
        word = last.removesuffix(" is.").split()[-1]
        assert fine == f"{word.capitalize()}s are fine."
        assert told == f"I have {'an' if word == 'ape' else 'a'} {word}."


@pytest.mark.parametrize(
    ("text", "fault"),
    [("Q: Hm?\n", "no answer"), ("Q: Hm?\nA: {x}.\n", "slot"), ("Hm?\n", "neither"), ("A: Hm.\n", "neither")],
)
def test_a_faulty_file_is_named(tmp_path: Path, text: str, fault: str):
    with pytest.raises(ValueError, match=f"some.txt.*{fault}"):
        read_file(write(tmp_path, text), {})


def test_typing_errors_spare_what_the_answer_repeats():
    rng = random.Random(0)
    asked = {typed("I painted my bicycle turquoise.", "A turquoise bicycle!", rng).lower() for _ in range(2000)}
    assert len(asked) > 20
    assert all("bicycle" in text and "turquoise" in text for text in asked)


def test_what_is_asked_back_was_told():
    for seed in range(200):
        dialogue = copying.conversation(random.Random(seed), lambda: [("human", "So?"), ("self", "So.")])
        before = " ".join(text for _, text in dialogue[:-2]).lower()
        answer = re.findall(r"[a-z]+", dialogue[-1][1].lower())
        known = set(re.findall(r"[a-z]+", before + " " + dialogue[-2][1].lower()))
        assert set(answer) <= known | USUAL, dialogue


def test_rows_hold_dialogues_as_they_are_used(blocks):
    learned, *_ = hold_out(blocks[:400])
    facts = [block for block in learned[:50] if setattr(block, "topic", "capital") is None]
    chat = [[("human", "Hm."), ("self", "Hm, hm.")]]
    mixture = Mixture(learned, facts, chat, seed=0)
    mixture.fact = mixture.block
    model = build_model().eval()
    batch = Packer(mixture, LetterTokenizer()).batch(0.0)
    row, positions = batch.ids[0], batch.positions[0]
    starts = [i for i in range(1, len(row)) if positions[i] == 0 and row[i] != END_ID]
    first = slice(0, starts[0] if starts else int((row == END_ID).nonzero()[0]) + 1)
    with torch.inference_mode():
        packed = model(row[None], attention_mask=batch.mask[:1], position_ids=positions[None]).logits[0, first]
        alone = model(row[None, first]).logits[0]
    assert torch.allclose(packed, alone, atol=1e-4)
    learned_after = batch.labels[0, first] >= 0
    assert learned_after.any()
    assert not learned_after.all()


def test_replies_and_their_ends_are_learned():
    ids, learned = encoded([("human", "ab"), ("self", "cd"), ("human", "e"), ("self", "f")], LetterTokenizer())
    assert [id_ for id_ in ids if id_ in {HUMAN_ID, SELF_ID, END_ID}] == [HUMAN_ID, SELF_ID, HUMAN_ID, SELF_ID, END_ID]
    assert learned == [False] * 4 + [True] * 2 + [True, False] + [False, True] + [True]


def test_the_rate_rises_stays_and_falls():
    rates = [rate_at(0, 0.0), rate_at(500, 0.1), rate_at(500, 0.3), rate_at(500, 0.7), rate_at(500, 1.0)]
    assert rates[0] < rates[1] == rates[2] > rates[3] > rates[4] > 0
