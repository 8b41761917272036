"""Somebody else's voice: a file or a strip becomes a take, and the user's own sound stays as it was."""

from __future__ import annotations

import json
import types
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon import listening
from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.recording import sound_input
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.core.errors import AlphsistantError, AssetError
from alphsistant_addon.core.speech import Phone, Speech, Word

HAS_SOUND = bpy.app.build_options.audaspace

pytestmark = [
    pytest.mark.blender,
    pytest.mark.usefixtures("blender"),
    pytest.mark.skipif(not HAS_SOUND, reason="this bpy wheel was built without sound"),
]

DATA = Path(__file__).parents[1] / "data"
FILE = DATA / "fitting_symbol.wav"
KNOWN = json.loads((DATA / "fitting_symbol.json").read_text(encoding="utf-8"))
SECONDS = 43080 / 24000

Finish = Callable[[], Any]
MakeFace = Callable[..., Any]


@pytest.fixture
def aligned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """An aligner that needs no PocketSphinx: it notes what it is given and finds one “b ɑ” over the whole sound."""
    given: list[tuple[Any, ...]] = []

    def align(samples: Any, rate: int, transcript: str | None, **options: Any) -> Speech:
        given.append((len(samples) / rate, transcript, options["whisper"]))
        end = len(samples) / rate
        phones = (Phone("b", 0.0, end / 2), Phone("ɑ", end / 2, end, 1))
        return Speech(samples, rate, phones, (Word("Ba", 0.0, end),), transcript or "heard")

    monkeypatch.setitem(vars(listening), "align", align)  # looked up by the module's __getattr__ otherwise
    return given


def write(path: Path, *, rate: int = 24000, channels: int = 1, seconds: float = 1.0) -> Path:
    tone = 0.3 * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 220 / rate)
    data = np.repeat(np.round(tone * 32767).astype("<i2"), channels)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data.tobytes())
    return path


def add_strip(path: Path = FILE, frame: int = 40) -> Any:
    strip = compat.strips(bpy.context.scene).new_sound("Voice-over", str(path), 3, frame)
    bpy.context.scene.sequence_editor.active_strip = strip
    return strip


def test_a_file_becomes_a_take_that_plays_the_file_itself(
    make_face: MakeFace, finish: Finish, aligned: list[tuple[Any, ...]]
):
    make_face()
    settings = bpy.context.scene.alphsistant_recording
    settings.path, settings.transcript = str(FILE), KNOWN["text"]
    before = FILE.read_bytes()
    assert bpy.ops.alphsistant.lip_sync_recording() == {"FINISHED"}
    assert finish().error == ""
    assert aligned == [(SECONDS, KNOWN["text"], None)]
    (take,) = bake.all_takes()
    assert take.text == KNOWN["text"]
    assert take.end == take.start + 45
    (strip,) = compat.existing_strips(bpy.context.scene)
    assert Path(bpy.path.abspath(strip.sound.filepath)) == FILE
    bake.remove(take.id)
    assert compat.existing_strips(bpy.context.scene) == []
    assert FILE.read_bytes() == before


def test_the_selected_strip_is_used_where_it_is_and_stays(
    make_face: MakeFace, finish: Finish, aligned: list[tuple[Any, ...]]
):
    make_face()
    strip = add_strip()
    settings = bpy.context.scene.alphsistant_recording
    settings.use_strip, settings.transcript = True, KNOWN["text"]
    bpy.ops.alphsistant.lip_sync_recording()
    assert finish().error == ""
    assert len(aligned) == 1
    (take,) = bake.all_takes()
    assert take.start == 40
    assert compat.existing_strips(bpy.context.scene) == [strip]
    bake.remove(take.id)
    assert compat.existing_strips(bpy.context.scene) == [strip]
    assert not strip.mute


def test_only_the_part_of_a_strip_that_plays_is_aligned():
    strip = add_strip()
    strip.frame_final_start += 10
    strip.frame_final_end -= 5
    meant = sound_input.from_strip(bpy.context.scene, strip)
    assert meant.skipped == pytest.approx(10 / 25)
    start, end = compat.strip_range(strip)
    samples, rate = sound_input.read(meant)
    whole, _ = sound_input.read(sound_input.Recording(FILE))
    assert len(samples) / rate == pytest.approx((end - start) / 25, abs=0.01)
    first = round(meant.skipped * rate)
    np.testing.assert_allclose(samples, whole[first : first + len(samples)], atol=1e-4)


def test_a_packed_sound_needs_no_file(tmp_path: Path):
    path = write(tmp_path / "gone.wav")
    strip = add_strip(path)
    strip.sound.pack()
    path.unlink()
    samples, rate = sound_input.read(sound_input.from_strip(bpy.context.scene, strip))
    assert len(samples) / rate == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_mono_or_stereo(tmp_path: Path, rate: int, channels: int):
    path = write(tmp_path / "a.wav", rate=rate, channels=channels)
    samples, read_rate = sound_input.read(sound_input.Recording(path))
    assert read_rate == rate
    assert samples.shape == (rate,)
    assert samples.max() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("kind", ["flac", "mp3", "ogg"])
def test_compressed_formats(tmp_path: Path, kind: str):
    import aud

    container, codec = {
        "flac": (aud.CONTAINER_FLAC, aud.CODEC_FLAC),
        "mp3": (aud.CONTAINER_MP3, aud.CODEC_MP3),
        "ogg": (aud.CONTAINER_OGG, aud.CODEC_VORBIS),
    }[kind]
    path = tmp_path / f"voice.{kind}"
    tone = aud.Sound.sine(220, 44100).limit(0, 1).volume(0.3)
    tone.write(str(path), 44100, aud.CHANNELS_STEREO, aud.FORMAT_S16, container, codec, 128000)
    samples, rate = sound_input.read(sound_input.Recording(path))
    assert rate == 44100
    assert len(samples) / rate == pytest.approx(1.0, abs=0.1)
    assert 0.15 < samples[rate // 4 : rate // 2].max() < 0.35


def test_what_is_no_sound_is_met_with_a_sentence(
    tmp_path: Path, make_face: MakeFace, finish: Finish, monkeypatch: pytest.MonkeyPatch
):
    text = tmp_path / "notes.wav"
    text.write_text("no sound", encoding="utf-8")
    with pytest.raises(AssetError, match="no sound that Blender can read"):
        sound_input.read(sound_input.Recording(text))
    with pytest.raises(AssetError, match="There is no file"):
        sound_input.read(sound_input.Recording(tmp_path / "gone.wav"))
    monkeypatch.setattr(sound_input, "LONGEST", 0.5)
    with pytest.raises(AssetError, match="cut it first"):
        sound_input.read(sound_input.Recording(write(tmp_path / "long.wav")))
    make_face()
    settings = bpy.context.scene.alphsistant_recording
    for path, use_strip, words in (("", False, "Choose a recording"), ("", True, "Select a sound strip")):
        settings.path, settings.use_strip = path, use_strip
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.alphsistant.lip_sync_recording()
        assert words in status.error
    settings.path, settings.use_strip = str(tmp_path / "gone.wav"), False
    bpy.ops.alphsistant.lip_sync_recording()
    assert "There is no file" in finish().error
    assert bake.all_takes() == []


def test_a_strip_whose_speed_was_changed_is_refused():
    # Adding a retiming key without a window crashes bpy 4.5, so the strip is a stand-in.
    strip = types.SimpleNamespace(name="Fast", sound=object(), retiming_keys=[1, 2])
    with pytest.raises(AlphsistantError, match="reset its retiming"):
        sound_input.from_strip(bpy.context.scene, strip)


def test_whisper_and_silence_of_the_transcript_reach_the_aligner(
    tmp_path: Path, make_face: MakeFace, finish: Finish, aligned: list[tuple[Any, ...]]
):
    make_face()
    settings = bpy.context.scene.alphsistant_recording
    settings.path, settings.whisper = str(FILE), str(tmp_path)
    bpy.ops.alphsistant.lip_sync_recording()
    assert finish().error == ""
    assert aligned == [(SECONDS, "", tmp_path)]
    assert bake.all_takes()[0].text == "heard"
