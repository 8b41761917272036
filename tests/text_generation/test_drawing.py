"""How tokens are drawn: seeds, the first token, the repetition penalty, nucleus and temperature."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.text_generation import LanguageModel
from alphsistant_addon.text_generation.dialogue_format import TURN_TOKENS, Sampling
from alphsistant_addon.text_generation.language_model import MOST_ATTEMPTS, WARMER

END, BEST, SECOND, THIRD = 0, 1, 2, 3
TOKENIZER = SimpleNamespace(all_special_ids=[END], encode=lambda _text, **_options: [BEST])
NETWORK = SimpleNamespace(config=SimpleNamespace(max_position_embeddings=64, hidden_size=8))


def draw(logits: list[float], written: list[int], sampling: Sampling, draws: int = 200) -> set[int]:
    """Tokens that come in so many draws."""
    model = LanguageModel(NETWORK, TOKENIZER, TURN_TOKENS, sampling)
    random = torch.Generator().manual_seed(0)
    return {model._draw(torch.tensor(logits), written, random, model.sampling) for _ in range(draws)}


def test_the_first_token_is_never_the_end() -> None:
    sampling = Sampling(1.0, 1.0, 1.0)
    assert draw([50.0, 1.0, 1.0, 1.0], [], sampling) == {BEST, SECOND, THIRD}
    assert draw([50.0, 1.0, 1.0, 1.0], [BEST], sampling) == {END}


def test_what_the_reply_has_said_is_less_likely_by_the_penalty() -> None:
    """Positive scores are divided by it, negative ones multiplied (Keskar et al. 2019)."""
    strict = Sampling(1.0, 0.01, 1.5)
    assert draw([0.0, 9.0, 7.0, 0.0], [], strict) == {BEST}
    assert draw([0.0, 9.0, 7.0, 0.0], [THIRD], strict) == {BEST}
    assert draw([0.0, 9.0, 7.0, 0.0], [BEST], strict) == {SECOND}
    assert draw([-9.0, -1.0, -1.4, -9.0], [BEST], strict) == {SECOND}


def test_only_the_nucleus_is_drawn_from() -> None:
    probabilities = torch.tensor([0.02, 0.5, 0.3, 0.18]).log().tolist()
    assert draw(probabilities, [THIRD], Sampling(1.0, 0.7, 1.0)) == {BEST, SECOND}
    assert draw(probabilities, [THIRD], Sampling(1.0, 0.97, 1.0)) == {BEST, SECOND, THIRD}


def test_a_low_temperature_leaves_the_likeliest() -> None:
    logits = [0.0, 2.0, 1.0, 0.0]
    assert draw(logits, [THIRD], Sampling(0.02, 1.0, 1.0)) == {BEST}
    assert draw(logits, [THIRD], Sampling(1.0, 1.0, 1.0)) == {END, BEST, SECOND, THIRD}


def test_every_attempt_of_every_seed_is_drawn_with_a_seed_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    temperatures: list[float] = []

    def nothing(
        _model: Any, _ids: Any, _stops: Any, _tokens: int, random: Any, sampling: Sampling, _cancel: Any
    ) -> Iterator[str]:
        seeds.append(random.initial_seed())
        temperatures.append(sampling.temperature)
        return iter(())

    monkeypatch.setattr(LanguageModel, "_sentences", nothing)
    model = LanguageModel(NETWORK, TOKENIZER, TURN_TOKENS)
    for seed in (0, 1, 2, -1):
        with pytest.raises(TextError, match="another seed"):
            list(model.reply("Hello there.", seed=seed))
    assert len(seeds) == len(set(seeds)) == 4 * MOST_ATTEMPTS
    assert temperatures[0] == model.sampling.temperature
    assert np.allclose(np.diff(temperatures[:MOST_ATTEMPTS]), WARMER), "a cool model would say the same again"
