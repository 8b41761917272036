"""The voice that is chosen in the panel and the preferences, and *Listen*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from fake_audio import FakeAudio

from alphsistant_addon.blender.common import voice_names
from alphsistant_addon.blender.conversation.operators import face_of
from alphsistant_addon.blender.jobs import models_owner
from alphsistant_addon.blender.live import audio_owner, hear_at_once, hear_switch, live_session
from alphsistant_addon.blender.live.live_status import current as live_status
from alphsistant_addon.blender.speak import listening_task
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.core.assets import asset_folder
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.pipeline import perform
from alphsistant_addon.text_to_speech import voices

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

Finish = Callable[[], Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, models: Any) -> list[Any]:
    """The jobs that the models' process is asked for."""
    requests: list[Any] = []

    def run(request: Any, cancel: Any) -> Any:
        requests.append(request)
        return perform(request, models, cancel)

    monkeypatch.setattr(models_owner, "run", run)
    return requests


@pytest.fixture
def audio(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAudio]:
    """A Blender with a window and a loudspeaker, whose user does not want to hear replies at once."""
    fake = FakeAudio()
    monkeypatch.setattr(hear_switch, "can_be_heard", lambda: True)
    monkeypatch.setattr(hear_switch, "is_wanted", lambda: False)
    monkeypatch.setattr(hear_at_once._heard, "is_mute", False)
    monkeypatch.setattr(audio_owner, "begin", lambda: None)
    monkeypatch.setattr(audio_owner, "audio", lambda: fake)
    monkeypatch.setattr(live_session, "time", SimpleNamespace(perf_counter=lambda: fake.stream))
    yield fake
    live_session.stop()
    audio_owner.stop()


def test_a_voice_is_heard_by_request_and_leaves_nothing(
    audio: FakeAudio, make_face: Callable[..., Any], asked: list[Any], finish: Finish
):
    make_face()
    face_of(bpy.context).alphsistant_conversation.voice = "heart"
    bpy.context.scene.alphsistant.voice.rate = 1.5
    assert bpy.ops.alphsistant.listen_to_voice(of_face=True) == {"FINISHED"}
    assert finish().error == ""
    assert (asked[0].text, asked[0].models.voice) == (listening_task.SAMPLE, "heart")
    assert asked[0].controls.rate == 1.5
    assert len(audio.parts) > 1, "sentence by sentence"
    assert live_status.is_running
    assert bake.all_takes() == []
    assert not bpy.data.sounds
    assert not bpy.data.actions
    assert len(face_of(bpy.context).alphsistant_conversation.turns) == 0


def test_the_preferences_voice_is_heard_without_a_face(audio: FakeAudio, asked: list[Any], finish: Finish):
    assert bpy.ops.alphsistant.listen_to_voice() == {"FINISHED"}
    assert finish().error == ""
    assert asked[0].models.voice is None
    assert audio.parts


def test_replies_are_not_heard_where_nobody_wants_them(
    audio: FakeAudio, make_face: Callable[..., Any], asked: list[Any], finish: Finish
):
    make_face()
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    assert asked
    assert audio.parts == []


def test_a_folder_is_kept_if_it_is_a_voice(make_face: Callable[..., Any], tmp_path: Path):
    make_face()
    kept = face_of(bpy.context).alphsistant_conversation
    heart = str(asset_folder("voices") / "heart")
    assert bpy.ops.alphsistant.voice_folder(directory=heart, of_face=True) == {"FINISHED"}
    assert kept.voice == heart
    with pytest.raises(RuntimeError, match="is not a voice"):
        bpy.ops.alphsistant.voice_folder(directory=str(tmp_path), of_face=True)
    assert kept.voice == heart


def test_shipped_voices_are_suggested_by_name_and_by_what_they_are(monkeypatch: pytest.MonkeyPatch):
    shipped = [voice.name for voice in voices.shipped_voices()]
    assert [name for name, _ in voice_names.suggested(None, None, "")] == shipped
    assert "heart" in [name for name, _ in voice_names.suggested(None, None, "WOMAN")]
    assert voice_names.suggested(None, None, "no such voice") == []

    def nothing() -> Any:
        raise AssetError("The folder is missing.")

    monkeypatch.setattr(voices, "shipped_voices", nothing)
    assert voice_names.suggested(None, None, "") == []
