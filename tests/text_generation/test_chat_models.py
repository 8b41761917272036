"""Models of any architecture, with their own chat templates: loaded, asked in their format, stopped, refused."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from small_models import CHATML, HEADINGS, INSTRUCTIONS, ScriptedNetwork, make_chat_folder, make_tokenizer

from alphsistant_addon.core.errors import AssetError, TextError
from alphsistant_addon.text_generation import LanguageModel, Persona
from alphsistant_addon.text_generation.chat_template import SAMPLING, ChatTemplate
from alphsistant_addon.text_generation.dialogue_format import END_OF_TEXT, SCRIPT
from alphsistant_addon.text_generation.language_model import MOST_CONTEXT

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

MARA = Persona("Mara", "Keeps a lighthouse.", "Dry.", "Who goes there?", (("How is the sea?", "Wet."),))


def tokenizer_with(template: str) -> Any:
    tokenizer = make_tokenizer("<|im_start|>", "<|im_end|>")
    tokenizer.chat_template = template
    return tokenizer


def written(template: str, prompt: str, turns: Any = (), room: int = 5000, persona: Persona = MARA) -> str:
    tokenizer = tokenizer_with(template)
    ids = ChatTemplate.of(tokenizer).prompt_ids(persona, prompt, turns, room)
    assert len(ids) <= room
    return tokenizer.decode(ids)


@pytest.mark.parametrize("kind", ["llama", "qwen2", "gpt_neox", "gpt2", "mistral", "phi3"])
def test_any_causal_model_is_loaded_and_answers(tmp_path: Path, kind: str):
    model = LanguageModel.load(make_chat_folder(tmp_path, kind))
    assert isinstance(model.turns, ChatTemplate)
    assert model.context == 512
    for seed in range(3):
        try:
            reply = list(model.reply("Hello!", [("Hi.", "Hm.")], persona=MARA, seed=seed, max_seconds=1))
        except TextError:
            continue  # random weights may say nothing in six attempts
        assert all(sentence[-1] in ".!?\"')]" for sentence in reply)
    ids = list(range(5, 75))
    whole, _ = model._step(ids, None)
    cache = None
    for token in ids:
        logits, cache = model._step([token], cache)
    assert torch.allclose(whole, logits, atol=1e-4)


def small(kind: str) -> dict[str, Any]:
    """Settings by the names that a kind of model has for them."""
    sizes = {"vocab_size": 259, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    if kind == "gemma3":
        text = {**sizes, "num_key_value_heads": 1, "head_dim": 8, "intermediate_size": 32}
        seen = {**sizes, "image_size": 28, "patch_size": 14, "intermediate_size": 32}
        return {"text_config": text, "vision_config": seen}
    if kind == "bloom":
        return {"vocab_size": 259, "hidden_size": 16, "n_layer": 1, "n_head": 2}
    return {"vocab_size": 259, "d_model": 16, "n_layers": 1, "n_heads": 2, "max_seq_len": 512}


@pytest.mark.parametrize("kind", ["bloom", "mpt", "gemma3"])
def test_kinds_that_name_their_settings_otherwise_answer_too(tmp_path: Path, kind: str):
    torch.manual_seed(1)
    config = transformers.AutoConfig.for_model(kind, **small(kind))
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    tokenizer_with(CHATML).save_pretrained(tmp_path)
    model = LanguageModel.load(tmp_path)
    assert model.context == MOST_CONTEXT
    with contextlib.suppress(TextError):  # random weights may say nothing
        list(model.reply("Hello!", max_seconds=0.1))


def test_kinds_that_remember_otherwise_are_refused_in_a_sentence(tmp_path: Path):
    config = transformers.MambaConfig(vocab_size=300, hidden_size=16, num_hidden_layers=1, state_size=4)
    transformers.MambaForCausalLM(config).save_pretrained(tmp_path)
    tokenizer_with(CHATML).save_pretrained(tmp_path)
    with pytest.raises(AssetError, match="choose another model"):
        LanguageModel.load(tmp_path)


def test_a_long_context_is_not_used_up(tmp_path: Path):
    folder = make_chat_folder(tmp_path, "llama", max_position_embeddings=100_000)
    assert LanguageModel.load(folder).context == MOST_CONTEXT


def test_without_a_template_the_formats_are_those_of_gpt2(tmp_path: Path):
    assert LanguageModel.load(make_chat_folder(tmp_path / "neox", "gpt_neox", None)).turns is SCRIPT
    assert LanguageModel.load(make_chat_folder(tmp_path / "DialoGPT", "gpt2", CHATML)).turns is END_OF_TEXT


def test_system_persona_and_history_stand_where_the_template_puts_them():
    text = written(CHATML, "Alone?", [("How is the sea?", "Wet.")])
    assert text == (
        f"<|im_start|>system\n{MARA.system}<|im_end|>\n<|im_start|>user\nHow is the sea?<|im_end|>\n"
        "<|im_start|>assistant\nWet.<|im_end|>\n<|im_start|>user\nAlone?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_template_without_a_system_message_gets_it_before_the_first_words():
    assert not ChatTemplate.of(tokenizer_with(INSTRUCTIONS)).knows_system
    text = written(INSTRUCTIONS, "Alone?", [("How is the sea?", "Wet.")])
    assert text == f"[INST] {MARA.system}\n\nHow is the sea? [/INST] Wet.<|endoftext|>[INST] Alone? [/INST]"
    assert written(INSTRUCTIONS, "Alone?") == f"[INST] {MARA.system}\n\nAlone? [/INST]"


def test_a_template_that_leaves_the_system_message_out_is_noticed():
    silent = CHATML.replace(
        "{% for message in messages %}", "{% for message in messages if message.role != 'system' %}"
    )
    assert not ChatTemplate.of(tokenizer_with(silent)).knows_system
    assert MARA.system in written(silent, "Alone?")


def test_turns_end_by_a_token_or_by_what_begins_the_next():
    assert ChatTemplate.of(tokenizer_with(CHATML)).stop_texts == ()
    assert ChatTemplate.of(tokenizer_with(INSTRUCTIONS)).stop_texts == ()
    assert ChatTemplate.of(tokenizer_with(HEADINGS)).stop_texts == ("### user:",)


@pytest.mark.parametrize("room", [40, 150, 300, 420, 5000])
@pytest.mark.parametrize("length", [5, 400, 4000])
def test_the_oldest_turns_go_first_and_the_question_stays(room: int, length: int):
    turns = [(f"question {i}?", f"answer {i}.") for i in range(20)]
    text = written(CHATML, "w" * length + " end?", turns, room)
    assert text.endswith("end?<|im_end|>\n<|im_start|>assistant\n")
    kept = [i for i in range(20) if f"answer {i}." in text]
    assert kept == list(range(20))[20 - len(kept) :]
    if kept:
        assert MARA.system in text


@pytest.mark.parametrize("template", [CHATML, INSTRUCTIONS])
def test_of_a_long_persona_the_beginning_is_kept(template: str):
    text = written(template, "Alone?", [("Q?", "A.")], 500, Persona("Mara", "Keeps a lighthouse. " * 300))
    assert "You are Mara. Keeps a lighthouse. Keeps" in text
    assert "Alone?" in text


@pytest.mark.parametrize("template", ["{{ raise_exception('no') }}", "{{ messages[99].content }}", "Hello", "{% if %}"])
def test_a_template_that_writes_no_conversation_is_refused(template: str, tmp_path: Path):
    with pytest.raises(AssetError, match="chat template"):
        LanguageModel.load(make_chat_folder(tmp_path, "llama", template))


def test_a_template_reaches_nothing_outside(tmp_path: Path):
    witness = tmp_path / "witness"
    evil = "{{ ''.__class__.__mro__[1].__subclasses__() }}{{ messages.append.__globals__['os'].system('touch %s') }}"
    with pytest.raises(AssetError, match="chat template"):
        ChatTemplate.of(tokenizer_with(evil % witness))
    assert not witness.exists()


def scripted(template: str, *replies: str) -> tuple[LanguageModel, ScriptedNetwork]:
    tokenizer = tokenizer_with(template)
    network = ScriptedNetwork(tokenizer, list(replies), 2048)
    return LanguageModel(network, tokenizer, ChatTemplate.of(tokenizer)), network


def test_the_reply_ends_where_the_template_ends_a_turn():
    model, _ = scripted(CHATML, "I am fine.<|im_end|>\n<|im_start|>user\nAnd more.")
    assert list(model.reply("How are you?")) == ["I am fine."]
    model, _ = scripted(HEADINGS, "I am fine\n\n### user:\nAnd more.")
    assert list(model.reply("How are you?")) == ["I am fine."]


def test_the_end_is_also_what_the_generation_settings_say(tmp_path: Path):
    folder = make_chat_folder(tmp_path, "llama")
    settings = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps({**settings, "eos_token_id": [0, 77]}))
    assert {0, 1, 2, 77} <= set(LanguageModel.load(folder)._stop_ids)


def test_what_a_model_thinks_to_itself_is_not_said():
    model, _ = scripted(CHATML, "<think>\nThe human greets me. So do I.\n</think>\n\nHello there. Good day.")
    assert list(model.reply("Who are you?")) == ["Hello there.", "Good day."]


def test_a_thought_that_the_template_begins_is_ended_before_the_reply():
    opened = CHATML.replace("assistant\n'", "assistant\n<think>\n'")
    assert written(opened, "Alone?").endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert written(CHATML, "Alone?").endswith("<|im_start|>assistant\n")


def test_chat_models_draw_carefully_unless_their_files_say_otherwise(tmp_path: Path):
    folder = make_chat_folder(tmp_path, "qwen2")
    assert LanguageModel.load(folder).sampling == SAMPLING
    settings = {"do_sample": True, "temperature": 0.7, "top_p": 0.8}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    sampling = LanguageModel.load(folder).sampling
    assert (sampling.temperature, sampling.top_p, sampling.repetition_penalty) == (0.7, 0.8, 1.0)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"model_type": "vit"}, "writes no text"),
        ({"model_type": "t5"}, "writes no text"),
        ({"model_type": "new_thing"}, "unknown kind"),
        ({"model_type": "new_thing", "auto_map": {"AutoConfig": "x.Config"}}, "code of its own"),
    ],
)
def test_other_kinds_are_refused_in_a_sentence(tmp_path: Path, settings: dict[str, Any], sentence: str):
    folder = make_chat_folder(tmp_path, "llama")
    known = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**known, **settings}))
    with pytest.raises(AssetError, match=sentence):
        LanguageModel.load(folder)


def test_pickled_weights_are_not_read(tmp_path: Path):
    folder = make_chat_folder(tmp_path, "llama")
    torch.save(LanguageModel.load(folder)._network.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(AssetError, match="no weights as safetensors"):
        LanguageModel.load(folder)
