"""A reply becomes keys, sound, markers and range; and nothing else in the file changes."""

from __future__ import annotations

import subprocess
import sys
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon import lip_sync
from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.face import find, shipped_face
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import hand_edits, playback, record, sound
from alphsistant_addon.blender.takes.record import PARTS
from alphsistant_addon.core.errors import AlphsistantError, AssetError
from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.face_rig.plain_keys import TOLERANCES
from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.pipeline import reply_stream
from alphsistant_addon.pipeline.reply import Reply

pytestmark = pytest.mark.blender

HAS_SOUND = bpy.app.build_options.audaspace


def reply_of(models: Any, text: str = "Bob may pop. My mum.", frame_rate: float | None = 25) -> Reply:
    reply = list(reply_stream.run("", models, text=text, frame_rate=frame_rate))[-1]
    assert isinstance(reply, Reply)
    return reply


def bake(models: Any, **options: Any) -> takes.Take:
    scene = bpy.context.scene
    found = find.find(scene)
    assert found is not None
    return takes.bake(scene, found, reply_of(models), **options)


def value_at(thing: Any, key: str, frame: float) -> float:
    bpy.context.scene.frame_set(int(frame // 1), subframe=frame % 1)
    return float(thing.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get()).key_blocks[key].value)


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


def test_keys_are_smooth_clamped_few_and_near(make_face: Callable[..., Any], models: Any):
    head = make_face()
    scene = bpy.context.scene
    reply = reply_of(models)
    found = find.find(scene)
    assert found is not None
    takes.bake(scene, found, reply)
    frames = np.arange(1, 60)
    for name, wanted in reply.animation.channels.items():
        curve = curve_of(head, name)
        played = np.array([curve.evaluate(frame) for frame in frames])
        assert np.abs(played - sample_curve(wanted, (frames - 1) / 25)).max() <= TOLERANCES[-1] + 1e-5, name
    curve = curve_of(head, "viseme_PP")
    assert {point.interpolation for point in curve.keyframe_points} == {"BEZIER"}
    assert {point.handle_left_type for point in curve.keyframe_points} == {"AUTO_CLAMPED"}
    dense = [curve.evaluate(frame) for frame in np.arange(0, 80, 0.1)]
    assert min(dense) >= -1e-6
    assert max(dense) <= 1 + 1e-6


def test_sound_range_sync_and_markers(make_face: Callable[..., Any], models: Any):
    make_face()
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 10, 500
    scene.frame_set(123)
    take = bake(models)
    reply = reply_of(models)
    with wave.open(take.sound) as written:
        assert written.getnframes() == len(reply.speech.samples)
        assert written.getframerate() == reply.speech.sample_rate
    assert (scene.frame_start, scene.frame_end) == (10, 500), "the user's range is never shortened"
    assert scene.frame_current == 10
    assert scene.use_audio_scrub
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
    assert len(scene.timeline_markers) == 1, "those of the kept take wait until it is shown"
    takes.show(kept.id)
    assert len(scene.timeline_markers) == 3
    assert not any(marker.select for marker in scene.timeline_markers if marker.name != "mine")
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
    found = find.find(bpy.context.scene, active=head)
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
    found = find.find(bpy.context.scene)
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

    def broken(*_arguments: Any, **_options: Any) -> None:
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
    still = Reply("", 0, reply.parts, reply.speech, FaceAnimation({"x": Curve(np.zeros(1), np.zeros(1))}, 1.0))
    found = find.find(bpy.context.scene)
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


def moments_of(reply: Reply, start: int) -> list[float]:
    """Frames in the middle of each p, b and m."""
    closures = (phone for phone in reply.speech.phones if phone.symbol in {"p", "b", "m"})
    return [start + 25 * (phone.start + phone.end) / 2 for phone in closures]


def sound_is_muted() -> dict[str, bool]:
    return {strip[takes.TAG]: strip.mute for strip in compat.existing_strips(bpy.context.scene)}


@pytest.mark.parametrize("shown", ["last", "first"])
def test_takes_one_after_the_other_all_play(make_face: Callable[..., Any], models: Any, shown: str):
    head = make_face()
    scene = bpy.context.scene
    first = bake(models)
    assert playback.after_last(scene) == first.end
    second = bake(models, start=first.end)
    third = bake(models, start=second.end)
    if shown == "first":
        takes.show(first.id)
    states = [takes.state(take.id) for take in (first, second, third)]
    assert states == (["PUSHED_DOWN", "PUSHED_DOWN", "SHOWN"] if shown == "last" else ["SHOWN", *["PUSHED_DOWN"] * 2])
    reply = reply_of(models)
    for take in (third, first, second):
        for frame in moments_of(reply, take.start):
            assert value_at(head, "viseme_PP", frame) > 0.9, (take.start, frame)
        assert value_at(head, "viseme_PP", take.end - 0.5) < 0.1
    assert not any(sound_is_muted().values())
    assert (scene.frame_start, scene.frame_end) == (first.start, third.end)


def test_a_mouth_rests_where_another_take_would_have_left_it(make_face: Callable[..., Any], models: Any):
    head = make_face()
    scene = bpy.context.scene
    found = find.find(scene)
    assert found is not None
    first = takes.bake(scene, found, reply_of(models, "Fifi. Viva."))
    second = takes.bake(scene, found, reply_of(models, "Bob."), start=first.end + 50)
    assert max(value_at(head, "viseme_FF", frame) for frame in range(first.start, first.end)) > 0.5
    frame = next(f for f in range(first.start, first.end) if value_at(head, "viseme_FF", f) > 0.5)
    for outside in (second.start + 5, second.end + 20, first.end + 20, -20):
        value_at(head, "viseme_FF", frame)
        assert value_at(head, "viseme_FF", outside) < 0.01, outside
    value_at(head, "viseme_FF", frame)
    takes.remove(first.id)
    assert value_at(head, "viseme_FF", frame) == 0.0
    value_at(head, "viseme_PP", second.start + 25 * 0.135)
    takes.remove(second.id)
    assert value_at(head, "viseme_PP", 1) == 0.0


def test_pushing_down_and_bringing_back_plays_the_same(make_face: Callable[..., Any], models: Any):
    head = make_face()
    take = bake(models, start=11)
    frames = np.arange(5, 90, 0.7)
    before = [value_at(head, "viseme_PP", frame) for frame in frames]
    takes.push_down(take.id)
    assert head.data.shape_keys.animation_data.action is None
    assert takes.state(take.id) == "PUSHED_DOWN"
    assert [value_at(head, "viseme_PP", frame) for frame in frames] == pytest.approx(before, abs=1e-4)
    takes.push_down(take.id)
    tracks = [track.name for track in head.data.shape_keys.animation_data.nla_tracks]
    assert tracks == [playback.REST_TRACK, playback.TRACK]
    takes.show(take.id)
    assert len(head.data.shape_keys.animation_data.nla_tracks) == 0
    assert [value_at(head, "viseme_PP", frame) for frame in frames] == pytest.approx(before, abs=1e-4)
    takes.push_down(take.id)
    takes.remove(take.id)
    assert head.data.shape_keys.animation_data is None
    assert value_at(head, "viseme_PP", 15) == 0.0


def test_two_characters_speak_at_the_same_frames(make_face: Callable[..., Any], models: Any):
    scene = bpy.context.scene
    bob, ann = make_face("Bob"), make_face("Ann")
    by_face = {}
    for thing in (bob, ann):
        found = find.find(scene, picked=thing)
        assert found is not None
        by_face[thing.name] = takes.bake(scene, found, reply_of(models))
    assert [takes.state(take.id) for take in takes.all_takes()] == ["SHOWN", "SHOWN"]
    assert not any(sound_is_muted().values())
    (frame, *_) = moments_of(reply_of(models), 1)
    assert value_at(bob, "viseme_PP", frame) > 0.9
    assert value_at(ann, "viseme_PP", frame) > 0.9
    found = find.find(scene, picked=bob)
    assert found is not None
    takes.bake(scene, found, reply_of(models, "Aha."))
    assert takes.state(by_face["Bob"].id) == "MUTED"
    assert takes.state(by_face["Ann"].id) == "SHOWN"
    assert sound_is_muted().get(by_face["Ann"].id, False) is False
    takes.remove(by_face["Ann"].id)
    assert value_at(bob, "viseme_aa", 1 + 25 * 0.13) > 0.2
    assert value_at(ann, "viseme_PP", frame) == 0.0


def test_a_take_is_renamed_with_all_that_bears_its_name(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    make_face()
    take = bake(models)
    action = next(action for action in bpy.data.actions if takes.TAG in action)
    action.alphsistant_name = "Scene 4, angry"
    (renamed,) = takes.all_takes()
    assert renamed.name == "Scene 4, angry"
    assert action.name == ("Take 1: Scene 4, angry" if compat.has_slots() else "Scene 4, angry keys")
    assert {strip.name for strip in compat.existing_strips(bpy.context.scene)} <= {"Scene 4, angry"}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    (again,) = takes.all_takes()
    assert (again.name, again.text) == ("Scene 4, angry", take.text)
    takes.rename(take.id, "")
    assert takes.all_takes()[0].name == take.name


def snapshot(thing: Any) -> dict[str, list[tuple[float, float]]]:
    curves = compat.curves_of(thing.data.shape_keys)
    return {curve.data_path: [(point.co[0], point.co[1]) for point in curve.keyframe_points] for curve in curves}


def edit(thing: Any) -> float:
    """Open the mouth .1 less at the widest key of viseme_aa; the frame."""
    curve = curve_of(thing, "viseme_aa")
    point = max(curve.keyframe_points, key=lambda point: point.co[1])
    point.co[1] -= 0.1
    curve.update()
    return float(point.co[0])


def test_baking_again_replaces_the_takes_own_data_only(make_face: Callable[..., Any], models: Any):
    head = make_face()
    scene = bpy.context.scene
    other = bake(models)
    old = bake(models, start=other.end)
    takes.rename(old.id, "Mine")
    scene.timeline_markers.new("mine", frame=3)
    markers = sorted((marker.name, marker.frame) for marker in scene.timeline_markers)
    before = snapshot(head)
    edit(head)
    new = bake(models, replaced=old.id)
    assert [(take.id, take.name, take.number) for take in takes.all_takes()] == [
        (other.id, other.name, 1),
        (new.id, "Mine", 2),
    ]
    assert (new.start, new.end) == (old.start, old.end)
    assert sorted((marker.name, marker.frame) for marker in scene.timeline_markers) == markers
    assert snapshot(head) == before
    assert takes.state(other.id) == "PUSHED_DOWN"
    takes.push_down(new.id)
    again = bake(models, replaced=new.id)
    assert takes.state(again.id) == "PUSHED_DOWN"


def test_hand_edits_come_along(make_face: Callable[..., Any], models: Any):
    head = make_face(keys=("viseme_PP", "viseme_aa", "viseme_O", "viseme_E", "smile_custom"))
    old = bake(models)
    before = snapshot(head)
    assert hand_edits.count_edited(old.id) == 0
    frame = edit(head)
    keys = head.data.shape_keys
    curves = compat.curve_collections(keys.animation_data.action, keys[PARTS][old.id]["slot"])[0]
    curves.remove(curve_of(head, "viseme_O"))
    mine = curves.new('key_blocks["smile_custom"].value', index=0)
    mine.keyframe_points.insert(3, 0.25).interpolation = "CONSTANT"
    mine.keyframe_points.insert(9, 0.75)
    assert hand_edits.count_edited(old.id) == 3
    edited = [value_at(head, "viseme_aa", at) for at in np.arange(1, 60, 0.5)]
    new = bake(models, replaced=old.id, keep_edits=True)
    assert "3 curves were kept" in " ".join(new.warnings)
    after = snapshot(head)
    assert 'key_blocks["viseme_O"].value' not in after
    assert curve_of(head, "smile_custom").keyframe_points[0].interpolation == "CONSTANT"
    assert value_at(head, "smile_custom", 5) == pytest.approx(0.25)
    assert [value_at(head, "viseme_aa", at) for at in np.arange(1, 60, 0.5)] == pytest.approx(edited, abs=0.01)
    assert after['key_blocks["viseme_PP"].value'] == before['key_blocks["viseme_PP"].value']
    assert hand_edits.count_edited(new.id) == 3, "they are still known as edits the next time"
    again = bake(models, replaced=new.id, keep_edits=True)
    assert value_at(head, "viseme_aa", frame) == pytest.approx(edited[round((frame - 1) * 2)], abs=0.03)
    bake(models, replaced=again.id)
    assert snapshot(head) == before


def test_hand_edits_follow_their_sounds_into_another_style_and_rate(make_face: Callable[..., Any], models: Any):
    head = make_face()
    scene = bpy.context.scene
    old = bake(models)
    frame = edit(head)
    reply = reply_of(models)
    slow = [replace(phone, start=2 * phone.start, end=2 * phone.end) for phone in reply.speech.phones]
    speech = replace(reply.speech, phones=tuple(slow), samples=np.repeat(reply.speech.samples, 2))
    quiet = replace(reply, speech=speech, animation=lip_sync.animate(speech, style="mumble", frame_rate=25))
    found = find.find(scene)
    assert found is not None
    plain = takes.bake(scene, found, quiet, start=old.start)
    there = 1 + 2 * (frame - 1)
    unedited = [value_at(head, "viseme_aa", at) for at in (there, there + 40)]
    takes.remove(plain.id)
    new = takes.bake(scene, found, quiet, replaced=old.id, keep_edits=True)
    assert value_at(head, "viseme_aa", there) == pytest.approx(max(unedited[0] - 0.1, 0), abs=0.02)
    assert value_at(head, "viseme_aa", there + 40) == pytest.approx(unedited[1], abs=0.02)
    assert new.warnings[-1] == "Your changes to 1 curve were kept."
    other = takes.bake(scene, found, reply_of(models, "Ada."), replaced=new.id, keep_edits=True)
    assert "look them over" in other.warnings[-1]


def test_places_of_the_next_take(make_face: Callable[..., Any], finish: Callable[[], Any]):
    make_face()
    settings = bpy.context.scene.alphsistant
    settings.placement = "AFTER"
    for text in ("Bob.", "Mum."):
        settings.prompt = text
        bpy.ops.alphsistant.speak()
        assert finish().error == ""
    first, second = takes.all_takes()
    assert (first.start, second.start) == (1, first.end + 13), "after half a second"
    assert settings.take == second.id
    settings.placement = "REPLACE"
    settings.take = first.id
    settings.prompt = "Pop. Pop. Pop."
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    assert [(take.text, take.start) for take in takes.all_takes()] == [("Pop. Pop. Pop.", 1), ("Mum.", first.end + 13)]
    assert [takes.state(take.id) for take in takes.all_takes()] == ["PUSHED_DOWN", "MUTED"], "it overlaps now"


@pytest.mark.parametrize("edits", ["KEEP", "REPLACE"])
def test_speaking_again(make_face: Callable[..., Any], finish: Callable[[], Any], edits: str):
    head = make_face()
    make_face("Aaa")  # another face, which a search would find first
    settings = bpy.context.scene.alphsistant
    settings.face = head
    bpy.ops.alphsistant.generate()
    finish()
    settings.face = None
    (old,) = takes.all_takes()
    frame = edit(head)
    edited = value_at(head, "viseme_aa", frame)
    settings.prompt = "Something else."
    settings.seed = 5
    bpy.ops.alphsistant.speak_take_again(take=old.id, edits=edits)
    assert finish().error == ""
    (new,) = takes.all_takes()
    assert (new.prompt, new.text, new.seed, new.start) == (old.prompt, old.text, old.seed, old.start)
    assert settings.take == new.id
    expected = edited if edits == "KEEP" else edited + 0.1
    assert value_at(head, "viseme_aa", frame) == pytest.approx(expected, abs=0.02)
    bpy.ops.alphsistant.speak_take_again(take=new.id, manner="PANEL")
    assert finish().error == ""
    assert takes.all_takes()[0].seed == 5


def test_speaking_again_without_the_face_is_met_with_a_sentence(make_face: Callable[..., Any], models: Any):
    head = make_face()
    take = bake(models)
    bpy.data.objects.remove(head)
    with pytest.raises(RuntimeError, match="no longer in the scene"):
        bpy.ops.alphsistant.speak_take_again(take=take.id)


def test_a_library_override_speaks(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    """Keys go onto an override of the object and its mesh; where only the object is one, there is a sentence."""
    make_face("Far")
    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(library), link=True) as (_, target):
        target.objects = ["Far"]
    far = target.objects[0].override_create(remap_local_usages=True)
    bpy.context.scene.collection.objects.link(far)
    with pytest.raises(AssetError, match="linked from another file"):
        bake(models)
    far.data.override_create(remap_local_usages=True)
    assert far.data.shape_keys.library is None
    take = bake(models)
    frame = 1 + 0.13 * 25
    assert value_at(far, "viseme_PP", frame) > 0.9
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert [again.id for again in takes.all_takes()] == [take.id]
    far = bpy.data.objects["Far"]
    assert value_at(far, "viseme_PP", frame) > 0.9
    takes.push_down(take.id)
    assert value_at(far, "viseme_PP", frame) > 0.9
    takes.remove(take.id)
    assert value_at(far, "viseme_PP", frame) == 0.0


def test_channels_lie_in_groups_with_handles_set_and_nothing_selected(make_face: Callable[..., Any], models: Any):
    head = make_face(keys=(*VISEME_CHANNELS, "jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp"))
    found = find.find(bpy.context.scene)
    assert found is not None
    reply = reply_of(models)
    channels = dict(reply.animation.channels)
    channels["eyeBlinkLeft"] = channels["browInnerUp"] = Curve(np.array([0.2, 0.4]), np.array([0.0, 1.0]))
    channels["eyeBlinkRight"] = Curve(np.array([0.2]), np.array([0.5]))
    reply = replace(reply, animation=replace(reply.animation, channels=channels))
    take = takes.bake(bpy.context.scene, found, reply)
    curves = {curve.data_path.split('"')[1]: curve for curve in compat.curves_of(head.data.shape_keys)}
    groups = {name: curve.group.name for name, curve in curves.items()}
    assert groups["viseme_PP"] == "Lips"
    assert (groups["eyeBlinkLeft"], groups["browInnerUp"]) == ("Blinks", "Brows")
    assert all(curve.group.color_set != "DEFAULT" for curve in curves.values())
    assert all(len(curve.keyframe_points) > 1 or name == "eyeBlinkRight" for name, curve in curves.items())
    (lone,) = curves["eyeBlinkRight"].keyframe_points
    assert lone.handle_left[1] == lone.handle_right[1] == pytest.approx(0.5)
    assert lone.handle_left[0] == pytest.approx(lone.co[0] - 1)
    for curve in curves.values():
        assert not curve.select
        assert not any(p.select_control_point or p.select_left_handle for p in curve.keyframe_points)
    takes.push_down(take.id)
    assert not any(strip.select for strip in compat.nla_strips_of(head.data.shape_keys))
    if HAS_SOUND:
        assert not compat.existing_strips(bpy.context.scene)[0].select


def names_of(scene: Any, take: takes.Take) -> tuple[list[str], list[str], list[str]]:
    """Names of the take's Actions and slots, and of its sound strips."""
    actions = record.actions_of(take.id)
    slots = [slot.name_display for action in actions for slot in action.slots] if compat.has_slots() else []
    return [action.name for action in actions], slots, [strip.name for strip in compat.existing_strips(scene)]


def test_names_say_what_they_are_and_are_taken_over(make_face: Callable[..., Any], models: Any):
    head, teeth = make_face("Head"), make_face("Teeth", ("viseme_aa", "viseme_PP"))
    teeth.parent = head
    scene = bpy.context.scene
    parts = ["Take 1 keys", "Take 1 Teeth"]
    take = bake(models)
    for _ in range(2):
        actions, slots, strips = names_of(scene, take)
        assert (slots or actions) == parts
        assert not compat.has_slots() or actions == [f"Take 1: {take.name}"]
        assert strips == ([take.name] if HAS_SOUND else [])
        assert not HAS_SOUND or compat.existing_strips(scene)[0].channel == 1
        take = bake(models, replaced=take.id)
    takes.rename(take.id, "Angry")
    actions, slots, strips = names_of(scene, take)
    assert (slots or actions) == ["Angry keys", "Angry Teeth"]
    assert strips == (["Angry"] if HAS_SOUND else [])


def test_markers_go_and_come_with_the_take(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    make_face()
    first = bake(models)
    markers = [(m.name, m.frame) for m in bpy.context.scene.timeline_markers]
    bpy.context.scene.timeline_markers[1].name = "Mine now"
    second = bake(models)
    there = [(m.name, m.frame) for m in bpy.context.scene.timeline_markers]
    assert sorted(there) == sorted([*markers, ("Mine now", markers[1][1])]), "one of each, not two"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    takes.remove(second.id)
    assert [m.name for m in bpy.context.scene.timeline_markers] == ["Mine now"]
    takes.show(first.id)
    assert sorted((m.name, m.frame) for m in bpy.context.scene.timeline_markers) == [
        *sorted([markers[0], ("Mine now", markers[1][1])])
    ]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("fps", "base"), [(25, 1.0), (24, 1.001), (60, 1.0)])
def test_seals_are_exact_on_few_keys(make_face: Callable[..., Any], models: Any, fps: int, base: float, whole: bool):
    head = make_face()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    scene.alphsistant.whole_frames = whole
    rate = fps / base
    reply = reply_of(models, frame_rate=rate)
    take = takes.bake(scene, find.find(scene), reply, start=7)
    curves = {curve.data_path.split('"')[1]: curve for curve in compat.curves_of(head.data.shape_keys)}
    if whole:
        keys = np.array([point.co[0] for curve in curves.values() for point in curve.keyframe_points])
        assert np.abs(keys - keys.round()).max() < 1e-3
    for phone in reply.speech.phones:
        if phone.symbol not in "pbm":
            continue
        start, end = 7 + phone.start * rate, 7 + (phone.start + 0.72 * (phone.end - phone.start)) * rate
        seen = [curves["viseme_PP"].evaluate(frame) for frame in range(int(np.floor(start)), int(np.ceil(end)) + 1)]
        assert max(seen) >= 0.998, "a frame shows it"
        inside = range(int(np.ceil(start - 1e-6)), int(np.floor(end + 1e-6)) + 1)
        for frame in inside:
            assert curves["viseme_PP"].evaluate(frame) >= 0.998
            others = {name: curve.evaluate(frame) for name, curve in curves.items() if name != "viseme_PP"}
            assert max(others.values()) <= 0.003, others
    assert sum(len(curve.keyframe_points) for curve in curves.values()) <= 100 * reply.speech.duration
    assert take.start == 7


def test_shapes_that_move_nothing_get_no_keys(make_face: Callable[..., Any], models: Any):
    head, teeth = make_face("Head"), make_face("Teeth")
    teeth.parent = head
    for block in teeth.data.shape_keys.key_blocks:
        if block.name != "viseme_aa":
            block.data[0].co.z = 0.0
    take = bake(models)
    moved = {thing.user.name: record.curves_of_part(part) for thing, part in record.parts_of(take.id)}
    assert [curve.data_path for curve in moved["Teeth"]] == ['key_blocks["viseme_aa"].value']
    assert len(moved["Head"]) > 3


def test_making_a_take_imports_nothing_after_the_tick_before_it(tmp_path: Path):
    """Imports are a quarter of the time for which the window stands still (measured: ``tests/gui/test_stalls.py``)."""
    script = """
import os, sys
import bpy
sys.path.insert(0, "tests/benchmarks")
import many_takes
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.takes import bake
many_takes.alphsistant_addon.register()
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[1])
many_takes.make_face()
bake.get_ready()
before = set(sys.modules)
scene = bpy.context.scene
bake.bake(scene, find.find(scene), many_takes.make_reply(), start=1)
print("FOUND", *(name for name in set(sys.modules) - before if name.startswith("alphsistant_addon")), flush=True)
os._exit(0)  # the wheel of 4.2 may crash in its own destructors
"""
    answer = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "film.blend")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert [line for line in answer.stdout.splitlines() if line.startswith("FOUND")] == ["FOUND"]


@pytest.mark.usefixtures("blender")
def test_a_take_that_moves_keys_and_bones_plays_on_when_another_one_comes(models: Any):
    """Blender cannot tell by itself which slot of the Action an NLA strip plays, and makes it one frame long."""
    scene = bpy.context.scene
    with shipped_face.shipped(scene) as face:
        pass
    head = bpy.data.objects[face.meshes[0]]
    text = "Bob may pop a bad dad and my mum may bid a dab."
    one = takes.bake(scene, face, reply_of(models, text))
    assert {thing.id_type for thing, _ in record.parts_of(one.id)} == {"KEY", "OBJECT"}
    takes.bake(scene, face, reply_of(models, text), start=one.end + 10)
    (strip,) = playback.nla_strips(head.data.shape_keys, one.id)
    assert (strip.frame_start, strip.scale) == (one.start, 1.0)
    assert strip.frame_end == pytest.approx(one.end, abs=3)
    assert max(value_at(head, "viseme_PP", frame) for frame in range(one.start, one.end)) > 0.9
