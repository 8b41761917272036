"""Other language models through the panel: a small chat model of Llama's kind that was taught one answer, a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")
from alphsistant_addon.blender import preferences
from alphsistant_addon.blender.common import addon_preferences
from alphsistant_addon.blender.jobs import desk, models_owner
from alphsistant_addon.blender.speak import operators
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.pipeline import ShippedModels, perform
from alphsistant_addon.text_generation import model_list

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

SMALL_MODELS = Path(__file__).parents[1] / "text_generation"
QUESTION, ANSWER = "Who are you?", "I am a llama. I like hay."


@pytest.fixture(autouse=True)
def small_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SMALL_MODELS))


@pytest.fixture
def server(models: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that the preferences name, asked by the real models' side."""
    from chat_server_fake import running

    with running() as server:
        chosen = SimpleNamespace(
            model_source="SERVER",
            server_address=f" {server.address} ",
            server_model="second",
            server_key="s3cret",
            other_computers=False,
            language_model="",
            voice="",
            use_gpu=False,
        )
        monkeypatch.setattr(operators, "preferences_of", lambda _context: chosen)
        monkeypatch.setattr(preferences, "preferences_of", lambda _context: chosen)

        def run(request: Any, cancel: Any) -> Any:
            models.writer = ShippedModels(server=request.models.server).writer
            return perform(request, models, cancel)

        monkeypatch.setattr(models_owner, "run", run)
        server.chosen = chosen
        yield server


def test_a_server_answers_through_the_panel(make_face: Callable[..., Any], finish: Callable[[], Any], server: Any):
    face = make_face()
    bpy.context.scene.alphsistant.prompt = QUESTION
    for _ in range(2):
        bpy.ops.alphsistant.generate()
        assert finish().error == ""
    assert {take.text for take in bake.all_takes()} == {"I am a server. I live at a port. And I."}
    assert server.asked[1]["model"] == "second"
    said = [message["content"] for message in server.asked[1]["messages"][1:]]
    assert said == [QUESTION, "I am a server. I live at a port. And I.", QUESTION]
    assert server.keys == ["Bearer s3cret"] * 2
    (record,) = {bake.record_of(take.id)["manner"] for take in bake.all_takes()}
    assert "s3cret" not in record, "the key is nothing for the .blend"
    assert len(face.alphsistant_conversation.turns) == 2


@pytest.mark.parametrize("kind", ["401", "die", "html"])
def test_what_goes_wrong_at_the_server_stands_in_the_panel(
    make_face: Callable[..., Any], finish: Callable[[], Any], server: Any, kind: str
):
    make_face()
    server.kind = kind
    bpy.ops.alphsistant.generate()
    assert server.address in finish().error
    assert not bake.all_takes()


def test_a_job_at_a_server_is_cancelled(make_face: Callable[..., Any], server: Any):
    make_face()
    server.kind = "silent"
    bpy.ops.alphsistant.generate()
    for _ in range(500):
        if server.asked:
            break
        time.sleep(0.01)
    bpy.ops.alphsistant.cancel()
    started = time.monotonic()
    desk.stop()
    assert time.monotonic() - started < 0.3
    assert not bake.all_takes()


def test_the_server_s_models_are_listed(finish: Callable[[], Any], server: Any):
    assert bpy.ops.alphsistant.list_server_models() == {"FINISHED"}
    assert finish().notes == ("The server has 2 models.",)
    assert preferences._models_of_the_server(None, None, "") == ["first", "second"]
    assert preferences._models_of_the_server(None, None, "SEC") == ["second"]
    server.models = []
    bpy.ops.alphsistant.list_server_models()
    assert "no model yet" in finish().error
    server.chosen.server_address = "http://example.org"
    bpy.ops.alphsistant.list_server_models()
    assert "another computer" in finish().error


@pytest.mark.parametrize(
    ("allowed", "online", "expected"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_other_computers_need_both_permissions(
    monkeypatch: pytest.MonkeyPatch, server: Any, allowed: bool, online: bool, expected: bool
):
    server.chosen.other_computers = allowed
    monkeypatch.setattr(addon_preferences, "bpy", SimpleNamespace(app=SimpleNamespace(online_access=online)))
    assert operators.chosen_models(bpy.context).server.allow_network is expected
    server.chosen.model_source = "HERE"
    assert operators.chosen_models(bpy.context).server is None


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the models' process is asked for; no model of the hub is here, and preferences that can be read."""
    requests: list[Any] = []
    chosen = SimpleNamespace(language_model="", use_gpu=False, requests=requests)
    monkeypatch.setattr(preferences, "preferences_of", lambda _context: chosen)
    monkeypatch.setattr(model_list, "is_here", lambda model: model == "")
    monkeypatch.setattr(preferences, "bpy", SimpleNamespace(app=SimpleNamespace(online_access=True)))
    monkeypatch.setattr(models_owner, "run", lambda request, _cancel: requests.append(request) or ())
    return chosen


def test_a_model_of_the_list_is_downloaded_and_then_chosen(finish: Callable[[], Any], fetched: Any):
    assert bpy.ops.alphsistant.use_model(model="openai-community/gpt2") == {"FINISHED"}
    assert fetched.language_model == "", "not before it is there"
    assert finish().notes == ("GPT-2 answers from now on.",)
    assert fetched.language_model == "openai-community/gpt2"
    (request,) = fetched.requests
    assert (request.models.language_model, request.models.allow_network) == ("openai-community/gpt2", True)
    bpy.ops.alphsistant.use_model(model="")
    assert fetched.language_model == ""
    assert len(fetched.requests) == 1


def test_nothing_is_downloaded_without_permission(monkeypatch: pytest.MonkeyPatch, fetched: Any):
    offline = SimpleNamespace(online_access=False, online_access_override=False)
    monkeypatch.setattr(preferences, "bpy", SimpleNamespace(app=offline))
    with pytest.raises(RuntimeError, match="allow it in Preferences"):
        bpy.ops.alphsistant.use_model(model="openai-community/gpt2")
    assert bpy.ops.alphsistant.use_model(model="some/other") == {"CANCELLED"}
    assert (fetched.requests, fetched.language_model) == ([], "")


def test_a_download_that_fails_chooses_nothing(
    monkeypatch: pytest.MonkeyPatch, finish: Callable[[], Any], fetched: Any
):
    def fail(_request: Any, _cancel: Any) -> Any:
        raise AssetError("The hub has no such model.")

    monkeypatch.setattr(models_owner, "run", fail)
    bpy.ops.alphsistant.use_model(model="openai-community/gpt2")
    assert finish().error == "The hub has no such model."
    assert fetched.language_model == ""


def test_a_chat_model_answers_through_the_panel(
    make_face: Callable[..., Any],
    models: Any,
    finish: Callable[[], Any],
    tmp_path: Path,
):
    pytest.importorskip("torch")
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
