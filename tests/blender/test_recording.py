"""Somebody else's voice: a file or a strip becomes a take, and the user's own sound stays as it was."""

from __future__ import annotations

import json
import re
import sys
import threading
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
from alphsistant_addon.blender.recording import blender_sound, sound_input
from alphsistant_addon.blender.takes import bake, heard
from alphsistant_addon.core.errors import AlphsistantError, AssetError, Cancelled
from alphsistant_addon.core.sound_files import read_sound
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


def test_only_the_part_of_a_strip_that_plays_is_aligned(
    make_face: MakeFace, finish: Finish, aligned: list[tuple[Any, ...]]
):
    make_face()
    strip = add_strip()
    strip.frame_final_start += 10
    strip.frame_final_end -= 5
    meant, first = sound_input.from_strip(bpy.context.scene, strip)
    assert meant.skipped == pytest.approx(10 / 25)
    assert first == 50
    start, end = compat.strip_range(strip)
    settings = bpy.context.scene.alphsistant_recording
    settings.use_strip, settings.transcript = True, KNOWN["text"]
    bpy.ops.alphsistant.lip_sync_recording()
    assert finish().error == ""
    ((seconds, _, _),) = aligned
    assert seconds == pytest.approx((end - start) / 25, abs=0.01)


@pytest.mark.parametrize(("pulled", "rate", "first"), [(-30, 25, 50), (0, 25, 50), (10, 25, 60), (-30, 30, 50)])
def test_the_take_starts_where_the_sound_does_wherever_the_left_handle_is(
    make_face: MakeFace, finish: Finish, aligned: list[tuple[Any, ...]], pulled: int, rate: int, first: int
):
    """A strip may begin in the silence before its sound."""
    bpy.context.scene.render.fps = rate
    head = make_face()
    strip = add_strip(frame=50)
    strip.frame_final_start += pulled
    settings = bpy.context.scene.alphsistant_recording
    settings.use_strip, settings.transcript = True, KNOWN["text"]
    bpy.ops.alphsistant.lip_sync_recording()
    assert finish().error == ""
    (take,) = bake.all_takes()
    assert take.start == first
    assert aligned[0][0] == pytest.approx(SECONDS - max(pulled, 0) / rate, abs=1 / rate)
    # The “b” of the aligner's “b ɑ” is closed from the sound's first frame on.
    (curve,) = (c for c in compat.curves_of(head.data.shape_keys) if "viseme_PP" in c.data_path)
    assert curve.evaluate(first + 3) > 0.9
    lag = heard.lag_of(bpy.context.scene, take)
    assert lag is not None
    assert abs(lag.start) < 1e-3


def test_a_packed_sound_needs_no_file(
    tmp_path: Path, make_face: MakeFace, finish: Finish, aligned: list[tuple[Any, ...]]
):
    make_face()
    path = write(tmp_path / "gone.wav")
    strip = add_strip(path)
    strip.sound.pack()
    path.unlink()
    bpy.context.scene.alphsistant_recording.use_strip = True
    bpy.ops.alphsistant.lip_sync_recording()
    assert finish().error == ""
    assert aligned[0][0] == pytest.approx(1.0, abs=0.05)


def test_a_format_that_only_blender_knows_is_read_by_blender(tmp_path: Path):
    """AAC in a video's container: the models' process does not know it."""
    aud = pytest.importorskip("aud")
    path = tmp_path / "voice.m4a"
    tone = aud.Sound.sine(220, 44100).limit(0, 5).volume(0.3)
    tone.write(str(path), 44100, aud.CHANNELS_STEREO, aud.FORMAT_S16, aud.CONTAINER_MP3, aud.CODEC_MP3, 128000)
    with blender_sound.as_wav(path, threading.Event()) as wav:
        sound = read_sound(wav)
    assert (sound.sample_rate, sound.channels) == (44100, 2)
    assert len(sound.samples) / 44100 == pytest.approx(5.0, abs=0.1)
    # Pieces meet without a gap: the tone's level is the same everywhere but at the ends.
    levels = np.abs(sound.samples[44100 // 2 : -44100 // 2]).reshape(-1, 4410).max(axis=1)
    assert levels.min() > 0.9 * levels.max()
    assert not wav.exists()


def test_reading_by_blender_can_be_cancelled(tmp_path: Path):
    pytest.importorskip("aud")
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled), blender_sound.as_wav(write(tmp_path / "a.wav"), cancel):
        pass


def test_a_blender_without_aud_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Debian's Blender plays sound, but Python's module is missing."""
    monkeypatch.setitem(sys.modules, "aud", None)
    with (
        pytest.raises(AssetError, match="module “aud”, which this Blender lacks"),
        blender_sound.as_wav(write(tmp_path / "a.m4a"), threading.Event()),
    ):
        pass


def test_what_is_no_sound_is_met_with_a_sentence(tmp_path: Path, make_face: MakeFace, finish: Finish):
    text = tmp_path / "notes.wav"
    text.write_text("no sound", encoding="utf-8")
    make_face()
    settings = bpy.context.scene.alphsistant_recording
    for path, use_strip, words in (("", False, "Choose a recording"), ("", True, "Select a sound strip")):
        settings.path, settings.use_strip = path, use_strip
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.alphsistant.lip_sync_recording()
        assert words in status.error
    settings.use_strip = False
    for path, words in ((tmp_path / "gone.wav", "There is no recording"), (text, "no sound that can be read|“aud”")):
        settings.path = str(path)
        bpy.ops.alphsistant.lip_sync_recording()
        assert re.search(words, finish().error)
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


def test_words_that_are_not_wanted_do_not_reach_the_aligner(
    make_face: MakeFace, finish: Finish, aligned: list[tuple[Any, ...]]
):
    make_face()
    settings = bpy.context.scene.alphsistant_recording
    settings.path, settings.transcript, settings.words = str(FILE), KNOWN["text"], "RECOGNISE"
    bpy.ops.alphsistant.lip_sync_recording()
    assert finish().error == ""
    assert aligned == [(SECONDS, "", None)]


def test_sound_alone_makes_a_take_without_words(make_face: MakeFace, finish: Finish, monkeypatch: pytest.MonkeyPatch):
    def hear(samples: Any, rate: int, **_options: Any) -> Speech:
        end = len(samples) / rate
        return Speech(samples, rate, (Phone("b", 0.0, end / 2), Phone("ɑ", end / 2, end)), (), "")

    monkeypatch.setitem(vars(listening), "hear", hear)
    make_face()
    settings = bpy.context.scene.alphsistant_recording
    settings.path, settings.transcript, settings.words = str(FILE), KNOWN["text"], "SOUND"
    bpy.ops.alphsistant.lip_sync_recording()
    assert finish().error == ""
    (take,) = bake.all_takes()
    assert take.end == take.start + 45
