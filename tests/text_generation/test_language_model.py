"""Replies: streamed, seeded, cancelled, trimmed, refused when they echo."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from small_models import ScriptedNetwork, make_chat_folder, make_folder

from alphsistant_addon.core.errors import Cancelled, TextError
from alphsistant_addon.text_generation import LanguageModel, Persona
from alphsistant_addon.text_generation.dialogue_format import END_OF_TEXT, HUMAN, SCRIPT, SELF
from alphsistant_addon.text_generation.language_model import MOST_ATTEMPTS

torch = pytest.importorskip("torch")

Make = Callable[..., tuple[LanguageModel, ScriptedNetwork]]


def test_sentences_are_streamed(scripted: Make):
    model, network = scripted("Hello there! I am a face. And you")
    reply = model.reply("Hi.", seed=0)
    assert next(reply) == "Hello there!"
    assert network.said < len("Hello there! I am")
    assert list(reply) == ["I am a face.", "And you."]


def test_reply_stops_at_the_next_speaker(scripted: Make):
    model, _ = scripted(f"I am fine.{SELF}And more.")
    assert list(model.reply("How are you?")) == ["I am fine."]
    model, _ = scripted("\n I am fine.\nHuman: And you?", turns=SCRIPT)
    assert list(model.reply("How are you?")) == ["I am fine."]
    model, _ = scripted("i am fine\nnot this", turns=END_OF_TEXT)
    assert list(model.reply("How are you?")) == ["I am fine."]


@pytest.mark.parametrize("bad", ["Where do you live?", "...", "🙂", "where do you live"])
def test_empty_and_echoing_replies_are_drawn_again(scripted: Make, bad: str):
    model, network = scripted(bad, "I live in Blender.")
    assert list(model.reply("Where do you live?")) == ["I live in Blender."]
    assert len(network.prompts) == 2


def test_attempts_are_bounded(scripted: Make):
    model, network = scripted(*["..."] * 50)
    with pytest.raises(TextError, match="choose another seed"):
        list(model.reply("Where do you live?"))
    assert len(network.prompts) == MOST_ATTEMPTS


def test_words_that_were_never_answered_are_asked_with_the_new_ones(scripted: Make):
    asked = []
    for prompt, history in (
        ("And what is yours?", [("My name is Tom.", "")]),
        ("My name is Tom. And what is yours?", []),
    ):
        model, network = scripted("I am Ada.")
        list(model.reply(prompt, history))
        asked.append(network.prompts)
    assert asked[0] == asked[1]


def test_the_last_reply_is_not_said_again_unless_nothing_else_comes(scripted: Make):
    history = [("Who are you?", "I am a face.")]
    model, _ = scripted("I am a face.", "A face in Blender, as I said.")
    assert list(model.reply("Who is that?", history)) == ["A face in Blender, as I said."]
    model, _ = scripted(*["I am a face."] * MOST_ATTEMPTS)
    assert list(model.reply("Who is that?", history)) == ["I am a face."]


def test_the_persona_and_what_was_said_reach_the_network(scripted: Make):
    model, network = scripted("Wet.\n", turns=SCRIPT, n_positions=4096)
    mara = Persona("Mara", "Mara keeps a lighthouse.", first_message="Who goes there?")
    assert list(model.reply("How is the sea?", [("A friend.", "Come in.")], persona=mara)) == ["Wet."]
    asked = model._tokenizer.decode(network.prompts[0])
    assert "and Mara. Mara keeps a lighthouse." in asked
    expected = "Human: Hello.\nMara: Who goes there?\nHuman: A friend.\nMara: Come in.\nHuman: How is the sea?\nMara:"
    assert asked.endswith(expected)


def test_the_persona_s_turns_are_cut_before_what_was_said(scripted: Make):
    model, network = scripted("Wet.", n_positions=128)
    mara = Persona("Mara", examples=(("An example that is long?", "A long example, yes."),))
    list(model.reply("How is the sea?", [("A friend.", "Come in.")], persona=mara))
    asked = model._tokenizer.decode(network.prompts[0])
    assert "Come in." in asked
    assert "example" not in asked


def test_a_sentence_is_not_repeated_within_a_reply(scripted: Make):
    model, _ = scripted("I like red apples. I like red apples. I like red apples.")
    assert list(model.reply("What do you like?")) == ["I like red apples."]


def test_length_limit_keeps_sentences_whole(scripted: Make):
    text = "This sentence has forty characters, yes. " * 1 + "Another one of them is here, of course. " + "Third one."
    model, _ = scripted(text)
    assert list(model.reply("Hi.", max_seconds=4)) == ["This sentence has forty characters, yes."]
    model, _ = scripted(text)
    assert len(list(model.reply("Hi.", max_seconds=60))) == 3


def test_a_sentence_without_end_is_given_up(scripted: Make):
    model, network = scripted("and so on " * 90, "That is all.")
    assert list(model.reply("Hi.")) == ["That is all."]
    assert len(network.prompts) == 2


def test_a_last_sentence_cut_off_by_the_context_is_left_out(scripted: Make):
    model, _ = scripted("Yes. And more " + "and more and more " * 10, n_positions=128)
    assert list(model.reply("Hi.")) == ["Yes."]


def test_cancel_before_and_between(scripted: Make):
    cancel = threading.Event()
    cancel.set()
    model, network = scripted("One. Two. Three.")
    with pytest.raises(Cancelled):
        next(model.reply("Hi.", cancel=cancel))
    assert not network.prompts
    cancel.clear()
    reply = model.reply("Hi.", cancel=cancel)
    assert next(reply) == "One."
    cancel.set()
    before = network.said
    with pytest.raises(Cancelled):
        next(reply)
    assert network.said == before


def test_cancel_while_a_long_prompt_is_read(scripted: Make):
    cancel = threading.Event()

    class CancelsItself(ScriptedNetwork):
        def __call__(self, **settings: object) -> object:
            cancel.set()
            return super().__call__(**settings)  # type: ignore[arg-type]

    model, network = scripted("Yes.")
    network.__class__ = CancelsItself
    with pytest.raises(Cancelled):
        next(model.reply("word " * 100, cancel=cancel))
    assert len(network.prompts[0]) < 100


def test_prompts_without_words_are_refused_at_once(scripted: Make):
    model, network = scripted("Yes.")
    for prompt in ("", "  ", "🎉🎉"):
        with pytest.raises(TextError):
            model.reply(prompt)
    assert not network.prompts


@pytest.mark.parametrize("characters", [5_000, 1_000_000])
def test_very_long_prompts_and_histories_fit(scripted: Make, characters: int):
    model, network = scripted("Fine.")
    history = [("word " * 500, "A long answer. " * 100)] * 5
    assert list(model.reply("w" * characters + " how are you?", history)) == ["Fine."]
    assert len(network.prompts[0]) < model.context


def test_random_weights_from_a_folder_never_crash(tiny_folder: Path):
    model = LanguageModel.load(tiny_folder)
    for seed in (0, 1, -5, 2**70):
        try:
            reply = list(model.reply("Hello " * 300, seed=seed, max_seconds=3))
        except TextError:
            continue
        assert all(sentence[-1] in ".!?\"')]" for sentence in reply)


def test_seed_decides_and_leaves_the_global_random_state_alone(tmp_path: Path):
    # Without an end token a random model goes on writing, so that there is something to compare.
    model = LanguageModel.load(make_folder(tmp_path, n_positions=512))

    def tokens(seed: int) -> list[int]:
        return list(model._tokens([5, 6, 7], 40, torch.Generator().manual_seed(seed), None))

    state = torch.get_rng_state()
    assert tokens(1) == tokens(1)
    assert tokens(1) != tokens(2)
    assert torch.equal(state, torch.get_rng_state())


def test_the_number_of_threads_is_left_as_it_was(tiny_folder: Path):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        LanguageModel.load(tiny_folder)._step([5, 6], None)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_cached_steps_equal_reading_everything_at_once(tiny_folder: Path):
    model = LanguageModel.load(tiny_folder)
    ids = list(range(5, 75))
    whole, _ = model._step(ids, None)
    cache = None
    for token in ids:
        logits, cache = model._step([token], cache)
    assert torch.allclose(whole, logits, atol=1e-5)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "gpt_neox"])
def test_what_was_read_before_is_not_read_again_and_changes_nothing(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
):
    folder = make_folder(tmp_path, n_positions=512) if kind == "gpt2" else make_chat_folder(tmp_path, kind)
    shared = list(range(5, 80))
    prompts = [shared, [*shared, *range(90, 130)], shared[:40], [*shared[:70], 99], [9, *shared], shared]
    read: list[int] = []
    model = LanguageModel.load(folder)
    for name in ("_step", "_take_in"):
        real = getattr(LanguageModel, name)
        monkeypatch.setattr(LanguageModel, name, lambda *a, real=real: read.append(len(a[1])) or real(*a))
    counts = []
    for ids in prompts:
        read.clear()
        found, cache = model._read(ids, None)
        counts.append(sum(read))
        fresh, other = LanguageModel.load(folder)._read(ids, None)
        assert torch.equal(found, fresh), "the same to the last bit, whatever was asked before"
        assert torch.equal(model._step([7], cache)[0], LanguageModel.load(folder)._step([7], other)[0])
    assert counts == [75, 115 - 64, 40 - 32, 71 - 32, 76, 75]
    read.clear()
    model._read(prompts[-1], None)
    assert read == [], "another attempt at the same prompt"


def test_a_prompt_whose_reading_was_cancelled_is_read_anew(tiny_folder: Path):
    model = LanguageModel.load(tiny_folder)
    expected, _ = model._read(list(range(5, 80)), None)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        model._read(list(range(6, 80)), cancel)
    assert torch.equal(model._read(list(range(5, 80)), None)[0], expected)


def test_a_reply_is_the_same_whatever_was_asked_before(tmp_path: Path):
    folder = make_folder(tmp_path, HUMAN, SELF, n_positions=512)
    history = [("Hello there, my friend.", "Good day to you as well.")]

    def reply(model: LanguageModel) -> list[str]:
        ids = model._tokenizer.encode("".join(map("".join, history)) + "What now?")
        return list(model._tokens(ids, 30, torch.Generator().manual_seed(1), None))

    expected = reply(LanguageModel.load(folder))
    model = LanguageModel.load(folder)
    list(model._tokens(model._tokenizer.encode("Hello there, my friend. Good"), 40, torch.Generator(), None))
    assert reply(model) == reply(model) == expected


def test_the_graphics_card_is_used_where_there_is_one(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch):
    """No card here: what the model asks of torch is looked at, and carried out on the CPU."""
    expected = list(LanguageModel.load(tiny_folder)._tokens([1, 2, 3], 8, torch.Generator().manual_seed(0), None))
    moved: list[str] = []
    placed: list[str] = []
    real = torch.tensor

    def tensor(data: object, *, device: str = "cpu", **options: object) -> object:
        placed.append(str(device))
        return real(data, **options)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.nn.Module, "to", lambda self, device: moved.append(device) or self)
    without = LanguageModel.load(tiny_folder, use_gpu=False)
    assert (without.device, moved) == ("cpu", [])
    model = LanguageModel.load(tiny_folder)
    assert (model.device, moved) == ("cuda", ["cuda"])
    monkeypatch.setattr(torch, "tensor", tensor)
    assert list(model._tokens([1, 2, 3], 8, torch.Generator().manual_seed(0), None)) == expected
    assert placed.count("cuda") == 9, "the prompt, and each token drawn"
    assert set(placed) == {"cuda", "cpu"}, "tokens are drawn on the CPU"


def test_a_graphics_card_that_fails_is_done_without(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    if torch.cuda.is_available():
        pytest.skip("the card of this computer does not fail")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    model = LanguageModel.load(tiny_folder)  # torch without CUDA, or without a driver: a real failure
    assert model.device == "cpu"
    assert "cannot be used" in caplog.text
    assert list(model._tokens([1, 2, 3], 4, torch.Generator().manual_seed(0), None))
