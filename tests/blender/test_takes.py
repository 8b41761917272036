"""A reply becomes keys, sound, markers and range; and nothing else in the file changes."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon import pipeline
from alphsistant_addon.blender import compat, face, sound, takes
from alphsistant_addon.data import Curve, FaceAnimation
from alphsistant_addon.errors import AlphsistantError, AssetError

pytestmark = pytest.mark.blender

HAS_SOUND = bpy.app.build_options.audaspace


def reply_of(models: Any, text: str = "Bob may pop. My mum.", frame_rate: float | None = 25) -> pipeline.Reply:
    reply = list(pipeline.run("", models, text=text, frame_rate=frame_rate))[-1]
    assert isinstance(reply, pipeline.Reply)
    return reply


def bake(models: Any, **options: Any) -> takes.Take:
    scene = bpy.context.scene
    found = face.find(scene)
    assert found is not None
    return takes.bake(scene, found, reply_of(models), **options)


def value_at(thing: Any, key: str, frame: float) -> float:
    bpy.context.scene.frame_set(int(frame // 1), subframe=frame % 1)
    return float(thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys.key_blocks[key].value)


def curve_of(thing: Any, key: str) -> Any:
    path = f'key_blocks["{key}"].value'
    return next(curve for curve in compat.curves_of(thing.data.shape_keys) if curve.data_path == path)


@pytest.mark.parametrize(
    ("fps", "base", "start"),
    [(25, 1.0, 1), (24, 1.001, 1), (30, 1.001, 101), (60, 1.0, 0), (12, 1.0, 1)],
)
def test_lips_seal_on_every_p_b_m_whatever_the_frame_rate(
    make_face: Callable[..., Any], models: Any, fps: int, base: float, start: int
):
    head = make_face()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    scene.frame_end = start + 10
    scene.frame_start = start
    take = bake(models)
    assert take.start == start
    phones = [phone for phone in reply_of(models).speech.phones if phone.symbol in {"p", "b", "m"}]
    assert len(phones) == 8
    rate = fps / base
    for phone in phones:
        moments = np.linspace(phone.start, phone.end, 9)
        most = max(value_at(head, "viseme_PP", start + moment * rate) for moment in moments)
        assert most >= 0.9, phone


def test_keys_are_smooth_clamped_and_as_given(make_face: Callable[..., Any], models: Any):
    head = make_face()
    scene = bpy.context.scene
    reply = reply_of(models)
    found = face.find(scene)
    assert found is not None
    takes.bake(scene, found, reply)
    wanted = reply.animation.channels["viseme_PP"]
    curve = curve_of(head, "viseme_PP")
    assert [point.co[0] for point in curve.keyframe_points] == pytest.approx(1 + wanted.times * 25, abs=1e-3)
    assert [point.co[1] for point in curve.keyframe_points] == pytest.approx(wanted.weights, abs=1e-6)
    assert {point.interpolation for point in curve.keyframe_points} == {"BEZIER"}
    assert {point.handle_left_type for point in curve.keyframe_points} == {"AUTO_CLAMPED"}
    dense = [curve.evaluate(frame) for frame in np.arange(0, 80, 0.1)]
    assert min(dense) >= -1e-6
    assert max(dense) <= 1 + 1e-6


def test_sound_range_sync_and_markers(make_face: Callable[..., Any], models: Any):
    make_face()
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 10, 500
    take = bake(models)
    reply = reply_of(models)
    with wave.open(take.sound) as written:
        assert written.getnframes() == len(reply.speech.samples)
        assert written.getframerate() == reply.speech.sample_rate
    assert (scene.frame_start, scene.frame_end) == (10, take.end)
    assert take.end == 10 + int(np.ceil(reply.speech.duration * 25))
    assert scene.sync_mode == "AUDIO_SYNC"
    markers = [(marker.name, marker.frame) for marker in scene.timeline_markers]
    assert markers == [(part.speech.text, 10 + round(part.start * 25)) for part in reply.parts]
    strips = compat.existing_strips(scene)
    if HAS_SOUND:
        (strip,) = strips
        assert compat.strip_range(strip)[0] == 10
        assert abs(compat.strip_range(strip)[1] - take.end) <= 1
    else:
        assert strips == []
        assert "cannot play sound" in take.warnings[0]


@pytest.mark.skipif(not HAS_SOUND, reason="this bpy was built without sound")
def test_sound_finds_a_free_channel(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    make_face()
    scene = bpy.context.scene
    users = tmp_path / "user.wav"
    sound.write_wav(reply_of(models).speech, users)
    mine = sound.add_strip(scene, users, "mine", 1)
    bake(models)
    (strip,) = (strip for strip in compat.existing_strips(scene) if takes.TAG in strip)
    assert mine.channel == 1
    assert compat.strip_range(mine)[0] == 1
    assert strip.channel == 2


def test_users_own_animation_goes_on_playing(make_face: Callable[..., Any], models: Any):
    head = make_face(keys=("viseme_PP", "viseme_aa", "viseme_O", "smile_custom"))
    keys = head.data.shape_keys
    block = keys.key_blocks["smile_custom"]
    for frame, value in ((1, 0.0), (20, 0.8)):
        block.value = value
        block.keyframe_insert("value", frame=frame)
    mine = keys.animation_data.action
    take = bake(models)
    assert keys.animation_data.action[takes.TAG] == take.id
    assert value_at(head, "smile_custom", 20) == pytest.approx(0.8)
    assert value_at(head, "smile_custom", 1) == pytest.approx(0.0)
    assert mine.name in bpy.data.actions
    takes.remove(take.id)
    assert value_at(head, "smile_custom", 20) == pytest.approx(0.8)


def test_two_takes_one_is_heard_and_seen(make_face: Callable[..., Any], models: Any):
    head = make_face()
    first = bake(models)
    second = bake(models)
    assert [take.id for take in takes.all_takes()] == [first.id, second.id]
    assert takes.is_shown(second.id)
    assert not takes.is_shown(first.id)
    muted = {strip[takes.TAG]: strip.mute for strip in compat.existing_strips(bpy.context.scene)}
    assert muted == ({first.id: True, second.id: False} if HAS_SOUND else {})
    takes.show(first.id)
    assert head.data.shape_keys.animation_data.action[takes.TAG] == first.id
    muted = {strip[takes.TAG]: strip.mute for strip in compat.existing_strips(bpy.context.scene)}
    assert muted == ({first.id: False, second.id: True} if HAS_SOUND else {})
    assert value_at(head, "viseme_PP", 1 + 0.13 * 25) > 0.9


def test_removing_a_take_leaves_the_rest(make_face: Callable[..., Any], models: Any):
    make_face()
    scene = bpy.context.scene
    scene.timeline_markers.new("mine", frame=7)
    bpy.data.actions.new("mine")
    kept = bake(models)
    gone = bake(models)
    takes.remove(gone.id)
    assert [take.id for take in takes.all_takes()] == [kept.id]
    assert "mine" in bpy.data.actions
    assert "mine" in scene.timeline_markers
    assert len(scene.timeline_markers) == 3
    assert len(compat.existing_strips(scene)) == int(HAS_SOUND)
    assert Path(gone.sound).is_file(), "undo must be able to play it"


def test_a_take_can_take_the_place_of_another(make_face: Callable[..., Any], models: Any):
    make_face()
    old = bake(models)
    new = bake(models, replaced=old.id)
    assert [take.id for take in takes.all_takes()] == [new.id]
    assert len(compat.existing_strips(bpy.context.scene)) == int(HAS_SOUND)


def test_several_meshes_speak_together(make_face: Callable[..., Any], models: Any):
    head = make_face("Head")
    teeth = make_face("Teeth", ("viseme_aa", "viseme_PP"))
    stranger = make_face("Other")
    root = bpy.data.objects.new("Root", None)
    bpy.context.scene.collection.objects.link(root)
    head.parent = teeth.parent = root
    bpy.context.view_layer.objects.active = head
    found = face.find(bpy.context.scene, active=head)
    assert found is not None
    takes.bake(bpy.context.scene, found, reply_of(models))
    moment = 1 + 0.13 * 25
    assert value_at(head, "viseme_PP", moment) > 0.9
    assert value_at(teeth, "viseme_PP", moment) > 0.9
    assert stranger.data.shape_keys.animation_data is None


@pytest.mark.parametrize("name", ['He"ad', "a/b\\c", "Gesicht-äöü-顔" * 4, "x" * 63, "Head.001", "%s {0} \n"])
def test_hostile_names(make_face: Callable[..., Any], models: Any, name: str):
    head = make_face(name, ('my "key"]', "viseme_PP", "viseme_aa", "viseme_O"))
    reply = reply_of(models, text=f"Bob, {name * 3} pop.")
    found = face.find(bpy.context.scene)
    assert found is not None
    take = takes.bake(bpy.context.scene, found, reply)
    assert value_at(head, "viseme_PP", 1 + 0.13 * 25) > 0.9
    assert Path(take.sound).is_file()
    takes.remove(take.id)


def test_a_face_of_arkit_keys_speaks(make_face: Callable[..., Any], models: Any):
    names = (
        "jawOpen",
        "mouthClose",
        "mouthFunnel",
        "mouthPucker",
        "mouthRollLower",
        "mouthRollUpper",
        "mouthSmileLeft",
    )
    head = make_face("ARKit", names)
    bake(models)
    assert max(point.co[1] for point in curve_of(head, "jawOpen").keyframe_points) > 0.1


def test_the_sound_lies_beside_a_saved_file(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    make_face()
    blend = tmp_path / "my film" / "scene.blend"
    blend.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    take = bake(models)
    assert take.sound.startswith("//")
    assert Path(bpy.path.abspath(take.sound)).is_relative_to(blend.parent)


def test_a_blend_in_a_read_only_folder_keeps_its_sound_elsewhere(
    make_face: Callable[..., Any], models: Any, tmp_path: Path
):
    make_face()
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    (tmp_path / "alphsistant").write_text("in the way: the folder cannot be made")
    take = bake(models)
    assert (tmp_path / "user") in Path(bpy.path.abspath(take.sound)).parents


def test_where_nothing_can_be_written_nothing_is_changed(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    head = make_face()
    wall = tmp_path / "wall"
    wall.write_text("")
    with pytest.raises(AssetError, match="could not be written"):
        bake(models, sound_path=wall / "reply.wav")
    assert head.data.shape_keys.animation_data is None
    assert not bpy.data.actions
    assert not bpy.context.scene.timeline_markers


def test_a_bake_that_breaks_takes_everything_back(
    make_face: Callable[..., Any], models: Any, monkeypatch: pytest.MonkeyPatch
):
    make_face()
    scene = bpy.context.scene
    before = (scene.frame_start, scene.frame_end, scene.sync_mode)

    def broken(*_arguments: Any) -> None:
        raise RuntimeError("power loss")

    monkeypatch.setattr(takes, "show", broken)
    with pytest.raises(RuntimeError, match="power loss"):
        bake(models)
    assert not bpy.data.actions
    assert not scene.timeline_markers
    assert compat.existing_strips(scene) == []
    assert (scene.frame_start, scene.frame_end, scene.sync_mode) == before


def test_a_speech_that_moves_nothing_is_an_error(make_face: Callable[..., Any], models: Any):
    make_face()
    reply = reply_of(models)
    still = pipeline.Reply("", 0, reply.parts, reply.speech, FaceAnimation({"x": Curve(np.zeros(1), np.zeros(1))}, 1.0))
    found = face.find(bpy.context.scene)
    assert found is not None
    with pytest.raises(AlphsistantError, match="None of the face"):
        takes.bake(bpy.context.scene, found, still)
    assert not bpy.data.actions


def test_tweak_mode_is_met_with_a_sentence(make_face: Callable[..., Any], models: Any):
    head = make_face()
    keys = head.data.shape_keys
    keys.key_blocks["viseme_aa"].keyframe_insert("value", frame=1)
    compat.push_down(keys, "mine")
    keys.animation_data.nla_tracks[0].strips[0].select = True
    keys.animation_data.nla_tracks.active = keys.animation_data.nla_tracks[0]
    keys.animation_data.use_tweak_mode = True
    with pytest.raises(AssetError, match="tweak mode"):
        bake(models)


def test_a_linked_face_is_met_with_a_sentence(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    make_face("Far")
    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(library), link=True) as (_, target):
        target.objects = ["Far"]
    bpy.context.scene.collection.objects.link(target.objects[0])
    with pytest.raises(AssetError, match="linked from another file"):
        bake(models)


def test_takes_survive_saving_and_reading(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    make_face()
    take = bake(models)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    (again,) = takes.all_takes()
    assert (again.id, again.text, again.start, again.end) == (take.id, take.text, take.start, take.end)
    assert value_at(bpy.data.objects["Head"], "viseme_PP", 1 + 0.13 * 25) > 0.9
