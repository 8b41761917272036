"""Small models for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from small_models import ScriptedNetwork, make_folder, make_tokenizer

from alphsistant_addon.text_generation import LanguageModel
from alphsistant_addon.text_generation.dialogue_format import HUMAN, SELF, TURN_TOKENS, TurnFormat


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "tiny", HUMAN, SELF)


@pytest.fixture
def scripted() -> Callable[..., tuple[LanguageModel, ScriptedNetwork]]:
    def make(
        *replies: str, turns: TurnFormat = TURN_TOKENS, n_positions: int = 1024
    ) -> tuple[LanguageModel, ScriptedNetwork]:
        tokenizer = make_tokenizer(HUMAN, SELF)
        network = ScriptedNetwork(tokenizer, list(replies), n_positions)
        return LanguageModel(network, tokenizer, turns), network

    return make
