"""A take goes out as files and captions, and others' timing comes in as a take."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")


from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.interchange import export_take
from alphsistant_addon.blender.interchange.operators import READ_SUFFIXES, sound_for, with_ending
from alphsistant_addon.blender.speak import speak_again
from alphsistant_addon.blender.speak.speaking_job import ChosenModels
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import captions, record, removal, stored
from alphsistant_addon.core.errors import AlphsistantError, AssetError
from alphsistant_addon.core.face_animation import FaceAnimation
from alphsistant_addon.core.sound_files import write_wav
from alphsistant_addon.interchange import animation_json, text_grid, timing_file
from alphsistant_addon.interchange.formats import FORMATS
from alphsistant_addon.interchange.spoken import Spoken
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.pipeline import reply_stream

pytestmark = pytest.mark.blender

HAS_SOUND = bpy.app.build_options.audaspace


@pytest.fixture
def take(make_face: Callable[..., Any], models: Any) -> takes.Take:
    make_face(keys=(*VISEME_CHANNELS, "eyeBlinkLeft", "eyeBlinkRight"))
    return baked(models)


def baked(models: Any, start: int = 11) -> takes.Take:
    scene = bpy.context.scene
    reply = list(reply_stream.run("", models, text="Bob may pop. My mum.", frame_rate=25))[-1]
    made = takes.bake(scene, find.find(scene), reply, start=start)
    scene.alphsistant.take = made.id
    return made


def curve_of(take_id: str, key: str) -> Any:
    path = f'key_blocks["{key}"].value'
    return next(c for _, part in record.parts_of(take_id) for c in record.curves_of_part(part) if c.data_path == path)


def test_a_take_keeps_what_was_spoken(take: takes.Take, models: Any):
    reply = list(reply_stream.run("", models, text="Bob may pop. My mum.", frame_rate=25))[-1]
    kept = record.record_of(take.id)
    assert stored.phones_of(kept) == reply.speech.phones
    assert stored.words_of(kept) == reply.speech.words
    assert stored.sentences_of(kept) == tuple((part.speech.text, part.start) for part in reply.parts)
    back = stored.animation_of(kept)
    assert back.duration == reply.animation.duration
    for name, curve in reply.animation.channels.items():
        assert np.array_equal(back.channels[name].times, curve.times)
        assert np.array_equal(back.channels[name].weights, curve.weights)


@pytest.mark.parametrize("name", FORMATS)
def test_export_in_every_format(take: takes.Take, tmp_path: Path, name: str):
    answer = bpy.ops.alphsistant.export_take(take=take.id, format=name, filepath=str(tmp_path / "out" / "a"))
    assert answer == {"FINISHED"}
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == f"a{FORMATS[name].suffix}"
    assert path.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("folder", ["", "out/"])
def test_export_without_a_name_is_a_sentence(
    take: takes.Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match="Type a name"):
        bpy.ops.alphsistant.export_take(take=take.id, format="srt", filepath=folder and f"{tmp_path}/{folder}")
    assert not list(tmp_path.rglob("*.srt"))


@pytest.mark.parametrize("how", ["deleted", "unlinked"])
def test_export_of_a_take_whose_face_is_gone(take: takes.Take, tmp_path: Path, how: str):
    path = tmp_path / "a.json"
    made = stored.animation_of(record.record_of(take.id))
    thing = bpy.data.objects[find.find(bpy.context.scene).meshes[0]]
    if how == "deleted":
        bpy.data.objects.remove(thing)
    else:
        thing.users_collection[0].objects.unlink(thing)
    assert bpy.ops.alphsistant.export_take(take=take.id, format="json", filepath=str(path)) == {"FINISHED"}
    back = animation_json.read(path.read_text(encoding="utf-8"))
    assert back.animation.channels.keys() == made.channels.keys()


def test_export_of_a_take_that_is_gone(take: takes.Take, tmp_path: Path):
    removal.remove(take.id)
    with pytest.raises(AssetError, match="no longer there"):
        export_take.write_file(take.id, "srt", tmp_path / "a.srt")
    assert not (tmp_path / "a.srt").exists()


def test_edits_by_hand_are_exported_where_a_key_is_one_channels_own(take: takes.Take, tmp_path: Path):
    curve = curve_of(take.id, "viseme_aa")
    peak = max(curve.keyframe_points, key=lambda point: point.co[1])
    at, before = peak.co[0], peak.co[1]
    peak.co[1] = 0.25 + 0.5 * before
    curve.update()
    curve_of(take.id, "viseme_U").mute = True
    animation = stored.as_edited(take.id)
    assert "viseme_U" not in animation.channels
    assert sample_curve(animation.channels["viseme_aa"], (at - 11) / 25) == pytest.approx(0.25 + 0.5 * before, abs=1e-4)
    made = stored.animation_of(record.record_of(take.id))
    assert np.array_equal(animation.channels["viseme_PP"].times, made.channels["viseme_PP"].times)
    export_take.write_file(take.id, "frames", tmp_path / "a.csv")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert float(rows[0]["viseme_aa"]) < 0.01
    assert {row["viseme_U"] for row in rows} == {"0.0000"}


def test_a_moved_take_is_exported_from_its_own_start(take: takes.Take):
    for _, part in record.parts_of(take.id):
        for curve in record.curves_of_part(part):
            for point in curve.keyframe_points:
                point.co[0] += 7
            curve.update()
    made, edited = stored.animation_of(record.record_of(take.id)), stored.as_edited(take.id)
    times = np.linspace(0, made.duration, 50)
    now, then = (sample_curve(animation.channels["viseme_PP"], times) for animation in (edited, made))
    assert now == pytest.approx(then, abs=0.02)


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("/a/b.arkit.csv", "srt", "/a/b.srt"),
        ("/a/b", "moho", "/a/b.dat"),
        ("/a/b.srt", "srt", "/a/b.srt"),
        ("/a/b.textgrid", "json", "/a/b.json"),
        ("/a/b.rhubarb.json", "json", "/a/b.json"),
    ],
)
def test_the_ending_is_that_of_the_format(path: str, name: str, expected: str):
    assert with_ending(path, name) == expected


@pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")
def test_captions_come_and_go_with_the_take(take: takes.Take):
    scene = bpy.context.scene
    others = [strip.name for strip in compat.existing_strips(scene)]
    assert bpy.ops.alphsistant.add_captions(take=take.id) == {"FINISHED"}
    found = captions.there(take.id)
    assert [strip.text for strip in found] == ["Bob may pop.", "My mum."]
    first, last = compat.strip_range(found[0])
    words = stored.words_of(record.record_of(take.id))
    assert first == 11 + round(words[0].start * 25)
    assert last <= compat.strip_range(found[1])[0]
    assert len({strip.channel for strip in found}) == 1
    bpy.ops.alphsistant.add_captions(take=take.id)
    assert len(captions.there(take.id)) == 2, "replaced, not added twice"
    captions.there(take.id)[0].text = "Mine"
    removal.remove(take.id)
    left = [strip.text for strip in compat.existing_strips(scene) if strip.type == "TEXT"]
    assert left == ["Mine"], "a changed one is the user's"
    assert not set(others) & {strip.name for strip in compat.existing_strips(scene)}


def test_captions_live_through_speak_again(take: takes.Take, models: Any):
    scene = bpy.context.scene
    bpy.ops.alphsistant.add_captions(take=take.id)
    for strip in captions.there(take.id):
        strip.channel = 9
    found = find.find(scene)
    reply = list(reply_stream.run("", models, text="Pop, Bob.", frame_rate=25))[-1]
    again = takes.bake(scene, found, reply, replaced=take.id)
    texts = [(strip.text, strip.channel) for strip in compat.existing_strips(scene) if strip.type == "TEXT"]
    assert texts == [("Pop, Bob.", 9)]
    assert len(captions.there(again.id)) == 1, "they are the new take's"
    bpy.ops.alphsistant.remove_captions(take=again.id)
    last = takes.bake(scene, found, reply, replaced=again.id)
    assert not captions.there(last.id), "who has none gets none"


def test_captions_can_be_removed_alone(take: takes.Take):
    bpy.ops.alphsistant.add_captions(take=take.id)
    assert captions.there(take.id)
    bpy.ops.alphsistant.remove_captions(take=take.id)
    assert [s for s in compat.existing_strips(bpy.context.scene) if s.type == "TEXT"] == []
    assert record.find(take.id) is not None


def imported(path: Path, finish: Callable[[], Any], **options: Any) -> takes.Take:
    assert bpy.ops.alphsistant.import_timing(filepath=str(path), **options) == {"FINISHED"}
    status = finish()
    assert not status.error
    (made,) = record.all_takes()
    return made


CUES = "0.0\tX\n0.2\tD\n0.5\tA\n0.7\tD\n1.0\tX\n"
SRT = "1\n00:00:00,200 --> 00:00:01,200\nMy mum may pop.\n"


@pytest.mark.parametrize(("name", "content"), [("a.tsv", CUES), ("a.srt", SRT)])
def test_timing_becomes_a_take(
    make_face: Callable[..., Any], finish: Callable[[], Any], tmp_path: Path, name: str, content: str
):
    pytest.importorskip("phonemizer")
    make_face()
    (tmp_path / name).write_text(content)
    take = imported(tmp_path / name, finish)
    sealed = curve_of(take.id, "viseme_PP")
    assert max(point.co[1] for point in sealed.keyframe_points) == pytest.approx(1.0)
    phones = stored.phones_of(record.record_of(take.id))
    m = next(phone for phone in phones if phone.symbol == "m")
    assert sealed.evaluate(take.start + (m.start + m.end) / 2 * 25) >= 0.99
    assert take.name == ("My mum may pop." if name == "a.srt" else "a")
    with pytest.raises(AlphsistantError, match="import the file again"):
        speak_again.task_for(take.id, ChosenModels(), as_before=True, keep_edits=False)


def test_timing_with_the_sound_beside_it(
    make_face: Callable[..., Any], models: Any, finish: Callable[[], Any], tmp_path: Path
):
    make_face()
    (speech,) = models.voice.stream("Bob may pop.")
    write_wav(speech, tmp_path / "ann.wav")
    grid = text_grid.write(Spoken.of(speech, FaceAnimation(), 25.0))
    (tmp_path / "ann.TextGrid").write_text(grid, encoding="utf-8")
    take = imported(tmp_path / "ann.TextGrid", finish)
    assert Path(bpy.path.abspath(take.sound)).name == "ann.wav"
    if HAS_SOUND:
        assert len(record.sound_strips(take.id)) == 1
    assert [p.symbol for p in stored.phones_of(record.record_of(take.id))] == [p.symbol for p in speech.phones]
    assert [word.text for word in stored.words_of(record.record_of(take.id))] == ["Bob", "may", "pop."]


def test_our_own_json_comes_back_as_the_same_take(take: takes.Take, finish: Callable[[], Any], tmp_path: Path):
    path = tmp_path / "a.json"
    export_take.write_file(take.id, "json", path)
    made = stored.animation_of(record.record_of(take.id))
    removal.remove(take.id)
    again = imported(path, finish)
    back = stored.animation_of(record.record_of(again.id))
    assert back.channels.keys() == made.channels.keys()
    for name, curve in made.channels.items():
        assert back.channels[name].weights == pytest.approx(curve.weights, abs=1e-6)
    assert again.text == take.text
    assert json.loads(path.read_text())["format"] == animation_json.FORMAT


def test_damaged_timing_is_a_sentence_and_no_take(
    make_face: Callable[..., Any], finish: Callable[[], Any], tmp_path: Path
):
    make_face()
    (tmp_path / "a.srt").write_text("nothing")
    bpy.ops.alphsistant.import_timing(filepath=str(tmp_path / "a.srt"))
    assert "no caption" in finish().error
    assert not record.all_takes()


def test_the_file_browser_shows_every_file_that_is_read():
    assert sorted(f".{suffix}".lower() for suffix in READ_SUFFIXES) == sorted(timing_file.SUFFIXES)


def test_the_sound_is_looked_for_by_its_name(tmp_path: Path):
    for name in ("ann.wav", "bea.mp3"):
        (tmp_path / name).write_bytes(b"x")
    assert sound_for(tmp_path / "ann.TextGrid", "") == tmp_path / "ann.wav"
    assert sound_for(tmp_path / "bea.rhubarb.json", "") == tmp_path / "bea.mp3"
    assert sound_for(tmp_path / "eve.srt", "") is None
    assert sound_for(tmp_path / "eve.srt", "ann.wav") == tmp_path / "ann.wav"
    (tmp_path / "Fay.WAV").write_bytes(b"x")
    assert sound_for(tmp_path / "fay.TextGrid", "") == tmp_path / "Fay.WAV"
    with pytest.raises(AssetError, match="no sound"):
        sound_for(tmp_path / "eve.srt", "eve.wav")


GLTF: dict[str, Any] = {"export_animations": True, "export_morph": True, "export_morph_animation": True}


@pytest.mark.parametrize("keys", [VISEME_CHANNELS, ARKIT_CHANNELS], ids=["visemes", "arkit"])
def test_gltf_carries_the_keys(make_face: Callable[..., Any], models: Any, tmp_path: Path, keys: tuple[str, ...]):
    """By Blender's own exporter and importer, with the settings that docs/export.md names."""
    import addon_utils

    assert addon_utils.enable("io_scene_gltf2") is not None
    head = make_face(keys=keys)
    scene = bpy.context.scene
    scene.alphsistant.whole_frames = True
    baked(models, start=1)
    scene.frame_end = max(scene.frame_end, 60)
    last = round(head.data.shape_keys.animation_data.action.frame_range[1])
    before = values_by_frame(head, keys, last)
    path = tmp_path / "a.glb"
    bpy.ops.export_scene.gltf(
        filepath=str(path), export_animations=True, export_morph=True, export_morph_animation=True
    )
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    addon_utils.enable("io_scene_gltf2")
    scene = bpy.context.scene
    scene.render.fps = 25
    bpy.ops.import_scene.gltf(filepath=str(path))
    (back,) = (thing for thing in bpy.data.objects if thing.type == "MESH" and thing.data.shape_keys is not None)
    after = values_by_frame(back, keys, last)
    assert max(np.abs(before[key] - after[key]).max() for key in keys) < 0.02
    assert max(before[key].max() for key in keys) > 0.4


def values_by_frame(thing: Any, keys: tuple[str, ...], last: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {key: [] for key in keys}
    for frame in range(1, last + 1):
        bpy.context.scene.frame_set(frame)
        blocks = thing.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get()).key_blocks
        for key in keys:
            found[key].append(blocks[key].value)
    return {key: np.array(values) for key, values in found.items()}
