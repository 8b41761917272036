"""*Record My Voice*: the face follows, the recording is on disk whatever happens, and becomes a take."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from fake_audio import FakeAudio
from test_panel import drawn
from whole_file import differences, whole_file

from alphsistant_addon.audio_process.protocol import RATE, SPEECH_RATE, Devices, Failed, Sound, VoiceEnded
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.live import audio_owner, live_session, puppet_operators, puppet_source
from alphsistant_addon.blender.live.live_status import current as live_status
from alphsistant_addon.blender.recording import recording_job
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.core.sound_files import read_sound
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from alphsistant_addon.lip_sync.live_motion import REST_FADE

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

DATA = Path(__file__).resolve().parents[1] / "data"
PIECE = 160
"""Samples: 10 ms."""


def voice() -> Any:
    """A few words at the rate of the ears."""
    import soxr

    sound = read_sound(DATA / "german.wav")
    return np.asarray(soxr.resample(sound.samples, sound.sample_rate, SPEECH_RATE), np.float32)[: 2 * SPEECH_RATE]


@pytest.fixture
def audio(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAudio]:
    fake = FakeAudio()
    monkeypatch.setattr(audio_owner, "begin", lambda: None)
    monkeypatch.setattr(audio_owner, "audio", lambda: fake)
    monkeypatch.setattr(live_session, "time", SimpleNamespace(perf_counter=lambda: fake.stream))
    yield fake
    live_session.stop()
    audio_owner.stop()


@pytest.fixture
def face(make_face: Callable[..., Any]) -> Any:
    return make_face(keys=(*VISEME_CHANNELS, *ARKIT_CHANNELS))


def hear(audio: FakeAudio, samples: Any, each: Callable[[], object] = lambda: None) -> None:
    """Let the microphone hear something, in pieces of 10 ms."""
    for first in range(0, len(samples), PIECE):
        audio.told.append(Sound(samples[first : first + PIECE]))
        audio.pass_time(PIECE / SPEECH_RATE)
        live_session.tick()
        each()


def turn(audio: FakeAudio, seconds: float) -> None:
    for _ in range(round(seconds * 60)):
        audio.pass_time(1.0 / 60.0)
        live_session.tick()


def answer(audio: FakeAudio, samples: Any) -> None:
    """The process of the sound hands over the whole recording."""
    audio.told.append(VoiceEnded(audio.stream, np.repeat(samples, RATE // SPEECH_RATE)))
    live_session.tick()


@pytest.fixture
def lip_synced(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The recordings that were handed on to be lip-synced; each is “Bob may pop.”."""
    asked: list[Any] = []

    def run(request: Any, _cancel: Any) -> Any:
        from fake_speech import fake_speech

        from alphsistant_addon.lip_sync import animate
        from alphsistant_addon.pipeline.reply import Part, Reply

        asked.append(request)
        speech = fake_speech("Bob may pop.")
        yield Reply.of("", 0, (Part(speech, animate(speech), 0.0),))

    monkeypatch.setattr(recording_job.models_owner, "run", run)
    return asked


def test_a_recording_moves_the_face_and_becomes_a_take(
    audio: FakeAudio, face: Any, lip_synced: list[Any], finish: Callable[[], Any]
) -> None:
    keys = face.data.shape_keys.key_blocks
    bpy.context.scene.alphsistant_recording.words = "SOUND"
    assert bpy.ops.alphsistant.record_voice() == {"FINISHED"}
    assert audio.modes["record"] is True
    assert "microphone is open" in drawn(puppet_operators.RecordVoicePanel)
    opened: list[float] = []
    samples = voice()
    hear(
        audio, samples, lambda: opened.append(max(keys[f"viseme_{name}"].value for name in ("aa", "E", "I", "O", "U")))
    )
    assert max(opened) > 0.5
    assert min(opened) < 0.05
    assert bpy.ops.alphsistant.record_voice() == {"FINISHED"}
    assert audio.modes["record"] is False
    answer(audio, samples)
    assert live_status.puppet is None
    assert "microphone is open" not in drawn(puppet_operators.RecordVoicePanel)
    ended = finish()
    assert ended.error == ""
    (request,) = lip_synced
    assert request.sound_alone
    with wave.open(str(request.path)) as file:
        assert (file.getframerate(), file.getnframes()) == (RATE, 3 * len(samples))
    (take,) = bake.all_takes()
    assert Path(bpy.path.abspath(take.sound)) == request.path, "the take plays the recording itself"
    turn(audio, REST_FADE + 0.1)
    assert not live_status.is_running


def test_the_recording_is_on_disk_while_it_is_made(audio: FakeAudio, face: Any) -> None:
    """Whatever ends Blender, what was said is there."""
    assert face.name
    bpy.ops.alphsistant.record_voice()
    samples = voice()[: SPEECH_RATE // 2]
    hear(audio, samples)
    path = live_status.puppet.path
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnframes()) == (SPEECH_RATE, len(samples))
        written = np.frombuffer(file.readframes(len(samples)), "<i2") / 32767.0
    np.testing.assert_allclose(written, samples, atol=1e-4)
    live_session.stop()
    assert path.is_file()
    assert audio.modes["record"] is False


def test_without_an_answer_what_came_piece_by_piece_is_used(
    audio: FakeAudio, face: Any, lip_synced: list[Any], finish: Callable[[], Any]
) -> None:
    assert face.name
    bpy.ops.alphsistant.record_voice()
    samples = voice()[:SPEECH_RATE]
    hear(audio, samples)
    bpy.ops.alphsistant.record_voice()
    turn(audio, puppet_source._ANSWER_SECONDS + 0.1)
    assert finish().error == ""
    assert len(read_sound(lip_synced[0].path).samples) == len(samples)
    assert len(bake.all_takes()) == 1


def test_nothing_recorded_is_a_sentence_and_no_file(audio: FakeAudio, face: Any, lip_synced: list[Any]) -> None:
    assert face.name
    bpy.ops.alphsistant.record_voice()
    path = live_status.puppet.path
    bpy.ops.alphsistant.record_voice()
    answer(audio, np.zeros(0, np.float32))
    assert "Nothing was recorded" in drawn(puppet_operators.RecordVoicePanel)
    assert lip_synced == []
    assert not path.exists()


def test_no_microphone_is_a_sentence(audio: FakeAudio, face: Any) -> None:
    assert face.name
    audio.told.append(Devices(("Loudspeaker",), ()))
    bpy.ops.alphsistant.record_voice()
    turn(audio, REST_FADE + 0.1)
    assert "No microphone" in drawn(puppet_operators.RecordVoicePanel)
    assert live_status.puppet is None
    assert not live_status.is_running


def test_what_the_sound_tells_is_shown(audio: FakeAudio, face: Any) -> None:
    assert face.name
    bpy.ops.alphsistant.record_voice()
    audio.told.append(Failed("The microphone gives nothing but silence."))
    turn(audio, 0.1)
    assert live_status.sound == "The microphone gives nothing but silence."
    assert "The microphone gives" in drawn(puppet_operators.RecordVoicePanel)


def test_nothing_of_it_is_in_the_file(audio: FakeAudio, face: Any) -> None:
    face.data.shape_keys.key_blocks["viseme_aa"].value = 0.2
    before = whole_file()
    bpy.ops.alphsistant.record_voice()
    hear(audio, voice()[:SPEECH_RATE])
    live_session.stop()
    assert differences(before, whole_file()) == []


def test_it_waits_for_jobs_and_talks(monkeypatch: pytest.MonkeyPatch, audio: FakeAudio, face: Any) -> None:
    assert face.name
    status.start("Thinking")
    with pytest.raises(RuntimeError, match="A job is running"):
        bpy.ops.alphsistant.record_voice()
    status.end()
    assert "record" not in audio.modes
    monkeypatch.setattr(live_status, "talk", object())
    assert not bpy.ops.alphsistant.record_voice.poll()


def test_a_file_that_cannot_be_written_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, audio: FakeAudio, face: Any, tmp_path: Path
) -> None:
    from alphsistant_addon.blender.live import puppet_start

    assert face.name
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(puppet_start, "_new_path", lambda: tmp_path / "file" / "voice.wav")
    with pytest.raises(RuntimeError, match="cannot be written"):
        bpy.ops.alphsistant.record_voice()
    assert "record" not in audio.modes
    assert not live_status.is_running
