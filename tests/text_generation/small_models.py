"""Small models made on the spot: one with random weights, and one that says what a test tells it to."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

END = "<|endoftext|>"


def make_tokenizer(*speakers: str) -> Any:
    """Byte-level BPE without merges: one token per byte, plus the special ones."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {sign: i for i, sign in enumerate([END, *speakers, *alphabet])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens([END, *speakers])
    return transformers.GPT2TokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        unk_token=END,
        additional_special_tokens=list(speakers),
    )


def make_folder(folder: Path, *speakers: str, **settings: Any) -> Path:
    """A GPT-2 folder with random weights."""
    tokenizer = make_tokenizer(*speakers)
    torch.manual_seed(1)
    config = transformers.GPT2Config(
        **{
            "vocab_size": len(tokenizer),
            "n_positions": 256,
            "n_embd": 16,
            "n_layer": 1,
            "n_head": 2,
            "bos_token_id": 0,
            "eos_token_id": 0,
            **settings,
        }
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""The template of Qwen and SmolLM2."""
INSTRUCTIONS = (
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}{{ ' ' + message['content'] + '<|endoftext|>' }}"
    "{% endif %}{% endfor %}"
)
"""In the manner of Mistral's first one: no system message, and turns have to alternate."""
HEADINGS = (
    "{% for message in messages %}{{ '### ' + message['role'] + ':\n' + message['content'] + '\n\n' }}{% endfor %}"
    "{{ '### assistant:\n' }}"
)
"""Plain text alone, in the manner of Alpaca: no token ends a turn."""


def make_chat_folder(folder: Path, kind: str, template: str | None = CHATML, **settings: Any) -> Path:
    """A folder with a small random network of that kind (``llama``, ``qwen2``, ``gpt_neox`` …)."""
    tokenizer = make_tokenizer("<|im_start|>", "<|im_end|>")
    tokenizer.chat_template = template
    torch.manual_seed(1)
    config = transformers.AutoConfig.for_model(
        kind,
        **{
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 512,
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "bos_token_id": 0,
            "eos_token_id": 0,
            "pad_token_id": 0,
            **settings,
        },
    )
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


class ScriptedNetwork:
    """Says the given replies one after the other, whatever it is asked; keeps the token ids of what it was asked."""

    def __init__(self, tokenizer: Any, replies: list[str], n_positions: int) -> None:
        self.config = SimpleNamespace(max_position_embeddings=n_positions, hidden_size=16, vocab_size=len(tokenizer))
        self.replies = [[*tokenizer.encode(reply, add_special_tokens=False), 0] for reply in replies]
        self.prompts: list[list[int]] = []
        self.said = 0
        """Tokens of the current reply that came back to the network."""

    def __call__(self, *, input_ids: Any, past_key_values: Any, **_settings: Any) -> SimpleNamespace:
        ids = input_ids[0].tolist()
        if past_key_values is None:
            self.prompts.append([])
            self.said = 0
        reply = self.replies[len(self.prompts) - 1]
        if ids == [reply[self.said]] and self.prompts[-1]:
            self.said += 1
        else:
            self.prompts[-1] += ids
        logits = torch.full((1, 1, self.config.vocab_size), -100.0)
        logits[0, 0, reply[self.said]] = 100.0
        return SimpleNamespace(logits=logits, past_key_values=object())


def teach(folder: Path, question: str, answer: str) -> Path:
    """Train the chat model of a folder until it gives this answer to this question."""
    from alphsistant_addon.text_generation import LanguageModel
    from alphsistant_addon.text_generation.persona import ALPHSISTANT

    model = LanguageModel.load(folder)
    prompt = model.turns.prompt_ids(ALPHSISTANT, question, (), 5000)
    said = [*model._tokenizer.encode(answer, add_special_tokens=False), 2]
    ids = torch.tensor([[*prompt, *said]])
    labels = torch.tensor([[-100] * len(prompt) + said])
    optimiser = torch.optim.AdamW(model._network.parameters(), lr=1e-2)
    for _ in range(400):
        loss = model._network(input_ids=ids, labels=labels).loss
        if loss.item() < 0.02:
            break
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model._network.save_pretrained(folder)
    return folder
