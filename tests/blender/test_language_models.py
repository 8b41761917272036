"""Other language models through the panel: a small chat model of Llama's kind that was taught one answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")
pytest.importorskip("torch")

from alphsistant_addon.blender.takes import bake
from alphsistant_addon.pipeline import ShippedModels

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

QUESTION, ANSWER = "Who are you?", "I am a llama. I like hay."


def test_a_chat_model_answers_through_the_panel(
    make_face: Callable[..., Any],
    models: Any,
    finish: Callable[[], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "text_generation"))
    from small_models import make_chat_folder, teach

    folder = make_chat_folder(
        tmp_path / "llama", "llama", hidden_size=64, intermediate_size=128, max_position_embeddings=1024
    )
    teach(folder, QUESTION, ANSWER)
    models.writer = ShippedModels(str(folder), use_gpu=False).writer
    make_face()
    bpy.context.scene.alphsistant.prompt = QUESTION
    bpy.ops.alphsistant.generate()
    assert finish().error == ""
    assert bake.all_takes()[0].text == ANSWER
