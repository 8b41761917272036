"""GPT-2's network on plain torch, and its tokenizer: read in a tenth of the time that importing transformers takes.

Source: Radford et al., *Language Models are Unsupervised Multitask Learners*, 2019, section 2.3: a Transformer decoder
whose layer normalisation comes before each sub-block and once more after the last. The names of the parameters are
those of the published weights. Whatever this does not know (other architectures, unusual settings, weights as pickle,
tokenizers without ``tokenizer.json``) is left to transformers.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, Self, TypeAlias

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer as BytePairs
from torch import Tensor, nn
from torch.nn import functional

from ..core.eight_bits import packed, unpacked
from .model_files import EIGHT_BITS

Cache: TypeAlias = tuple[tuple[Tensor, Tensor], ...]
"""Keys and values ``[batch, heads, tokens, width of a head]`` of each layer."""

WEIGHTS: Final = "model.safetensors"
_USUAL: Final = {
    "activation_function": "gelu_new",
    "add_cross_attention": False,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "tie_word_embeddings": True,
}
"""Settings of ``config.json`` that the network below takes for granted."""
_CONV1D: Final = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")
"""Parameters that the published weights hold transposed."""


@dataclass(frozen=True)
class Config:
    """What is needed of ``config.json``; the defaults are those of the 124 M model."""

    vocab_size: int = 50257
    n_positions: int = 1024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None
    layer_norm_epsilon: float = 1e-5
    task_specific_params: dict[str, Any] | None = None

    @property
    def hidden_size(self) -> int:
        """The width, as transformers names it for every model."""
        return self.n_embd

    @property
    def max_position_embeddings(self) -> int:
        """Tokens that the network can see at once, as transformers names it."""
        return self.n_positions


class Attention(nn.Module):
    """Causal self-attention with a cache."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(width, 3 * width, device="meta")
        self.c_proj = nn.Linear(width, width, device="meta")

    def forward(self, x: Tensor, before: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """``[batch, tokens, width]`` → the same shape, and keys and values of these tokens and all before them."""
        batch, tokens, width = x.shape
        query, key, value = (
            part.view(batch, tokens, self.heads, -1).transpose(1, 2) for part in self.c_attn(x).split(width, dim=2)
        )
        if before is not None:
            key, value = torch.cat((before[0], key), dim=2), torch.cat((before[1], value), dim=2)
        mask = None
        if tokens > 1:  # each token sees itself and what is before it
            mask = torch.ones(tokens, key.shape[2], dtype=torch.bool, device=x.device).tril(key.shape[2] - tokens)
        y = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.c_proj(y.transpose(1, 2).reshape(batch, tokens, width)), (key, value)


class Perceptron(nn.Module):
    """The two linear layers of a block."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, inner, device="meta")
        self.c_proj = nn.Linear(inner, width, device="meta")

    def forward(self, x: Tensor) -> Tensor:
        """``[batch, tokens, width]`` → the same shape."""
        return self.c_proj(functional.gelu(self.c_fc(x), approximate="tanh"))  # type: ignore[no-any-return]


class Block(nn.Module):
    """Attention, then a perceptron, each added to what it read."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon, device="meta")
        self.attn = Attention(config.n_embd, config.n_head)
        self.ln_2 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon, device="meta")
        self.mlp = Perceptron(config.n_embd, config.n_inner or 4 * config.n_embd)

    def forward(self, x: Tensor, before: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """``[batch, tokens, width]`` → the same shape, and the cache of the attention."""
        attended, cache = self.attn(self.ln_1(x), before)
        x = x + attended
        return x + self.mlp(self.ln_2(x)), cache


class GPT2(nn.Module):
    """The network; called as a causal model of ``transformers`` is."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.wte = _embedding(config.vocab_size, config.n_embd)
        self.wpe = _embedding(config.n_positions, config.n_embd)
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon, device="meta")
        self.head: nn.Module | None = None
        """From the width to the vocabulary: the embedding again, which :meth:`tie` makes it."""

    def tie(self) -> Self:
        """Let the head be the embedding, once that has its values."""
        head = nn.Linear(self.config.n_embd, self.config.vocab_size, bias=False, device="meta")
        head.weight = self.wte.weight
        self.head = head
        return self

    def read(self, input_ids: Tensor, past_key_values: Cache | None) -> Cache:
        """Take in tokens whose logits nobody needs; the head alone is a third of the largest model's weights."""
        return self._states(input_ids, past_key_values)[1]

    def forward(
        self, input_ids: Tensor, past_key_values: Cache | None = None, use_cache: bool = True, logits_to_keep: int = 0
    ) -> SimpleNamespace:
        """Token ids ``[batch, tokens]`` → ``logits`` ``[batch, kept, vocabulary]`` and ``past_key_values``.

        Args:
            input_ids: what follows the tokens in the cache.
            past_key_values: what came back for the tokens before; it is not changed.
            use_cache: whether the cache is given back.
            logits_to_keep: so many of the last tokens get logits; 0 is all.
        """
        x, cache = self._states(input_ids, past_key_values)
        head = self.head or self.tie().head
        logits = head(self.ln_f(x[:, -logits_to_keep:]))  # type: ignore[misc]
        return SimpleNamespace(logits=logits, past_key_values=cache if use_cache else None)

    def _states(self, input_ids: Tensor, past_key_values: Cache | None) -> tuple[Tensor, Cache]:
        """``[batch, tokens, width]`` after the last block, and the cache that holds these tokens too."""
        seen = past_key_values[0][0].shape[2] if past_key_values else 0
        positions = torch.arange(seen, seen + input_ids.shape[1], device=input_ids.device)
        x = self.wte(input_ids) + self.wpe(positions)
        cache = []
        for index, block in enumerate(self.h):
            x, own = block(x, past_key_values[index] if past_key_values else None)
            cache.append(own)
        return x, tuple(cache)


def _embedding(rows: int, width: int) -> nn.Embedding:
    """Make an embedding without values; ``nn.Embedding`` itself would draw them, for which torch imports sympy: 1 s."""
    made: nn.Embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
        torch.empty(rows, width, device="meta"), freeze=False
    )
    return made


class Tokenizer:
    """GPT-2's byte-level BPE from ``tokenizer.json``, with what is needed of a tokenizer of transformers."""

    chat_template: None = None

    def __init__(self, pairs: BytePairs, end: str) -> None:
        self._pairs = pairs
        self.eos_token_id = pairs.token_to_id(end)
        self.all_special_ids = [number for number, token in pairs.get_added_tokens_decoder().items() if token.special]

    def __len__(self) -> int:
        """How many tokens there are, special ones included."""
        return int(self._pairs.get_vocab_size())

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """Token ids of the text."""
        return list(self._pairs.encode(text, add_special_tokens=add_special_tokens).ids)

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool = False) -> str:
        """The text of token ids."""
        return str(self._pairs.decode(ids, skip_special_tokens=skip_special_tokens))

    def get_vocab(self) -> dict[str, int]:
        """Token → id."""
        return dict(self._pairs.get_vocab())


def load(folder: Path) -> tuple[GPT2, Tokenizer] | None:
    """Read a folder; ``None`` where transformers is needed for it.

    Raises:
        Exception: whatever safetensors, tokenizers and torch raise at damaged files.
        ValueError: weights are missing, or the tokenizer knows more tokens than the network.
    """
    settings = _settings(folder / "config.json")
    names = _settings(folder / "tokenizer_config.json")
    usual = settings.get("model_type") == "gpt2" and all(
        settings.get(name, value) == value for name, value in _USUAL.items()
    )
    weights = next((folder / name for name in (WEIGHTS, EIGHT_BITS) if (folder / name).is_file()), None)
    if (
        not (usual and weights and (folder / "tokenizer.json").is_file())
        or "chat_template" in names
        or (folder / "chat_template.jinja").exists()
    ):
        return None
    config = Config(**{name: settings[name] for name in Config.__annotations__ if name in settings})
    network = GPT2(config)
    network.load_state_dict(_weights(weights), assign=True)
    network.tie()
    pairs = BytePairs.from_file(str(folder / "tokenizer.json"))
    pairs.no_truncation()
    end = names.get("eos_token", "<|endoftext|>")
    tokenizer = Tokenizer(pairs, end["content"] if isinstance(end, dict) else end)
    if len(tokenizer) > config.vocab_size:
        raise ValueError("The tokenizer knows more tokens than the network.")
    return network.eval(), tokenizer


def _settings(path: Path) -> dict[str, Any]:
    """Read a JSON file; one that is not there is empty."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _weights(path: Path) -> dict[str, Tensor]:
    """Parameters by their names here, in single precision: half precision is slow on a CPU."""
    found = {}
    for name, tensor in unpacked(load_file(path)).items():
        short = name.removeprefix("transformer.")
        # Old files also hold the causal mask, and some the head, which is the embedding again.
        if short == "lm_head.weight" or short.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        found[short] = (tensor.T if short.endswith(_CONV1D) else tensor).contiguous()
    return found


def pack(folder: Path) -> None:
    """Put a folder's weights into eight bits: :data:`EIGHT_BITS` takes the place of :data:`WEIGHTS`.

    Raises:
        Exception: whatever safetensors raises at a damaged file, and the system where a file cannot be written.
    """
    save_file(packed(load_file(folder / WEIGHTS), by_column=_CONV1D), folder / EIGHT_BITS)
    (folder / EIGHT_BITS).chmod(0o644)
    (folder / WEIGHTS).unlink()


def expand(folder: Path, out: Path) -> None:
    """Write a folder's eight-bit weights in single precision, as transformers reads them, with its other files.

    Raises:
        Exception: whatever safetensors raises at a damaged file, and the system where a file cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            shutil.copy(folder / name, out / name)
    save_file(unpacked(load_file(folder / EIGHT_BITS)), out / WEIGHTS, metadata={"format": "pt"})
