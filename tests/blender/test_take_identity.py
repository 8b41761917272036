"""What bears our tags and is the user's all the same: copies of Actions, faces, strips, scenes. What was renamed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import placement, playback, record, removal, sound
from tests.blender.test_takes import HAS_SOUND, bake, reply_of, value_at

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

MakeFace = Callable[..., Any]
Finish = Callable[[], Any]


def keys_of(name: str) -> Any:
    return bpy.data.objects[name].data.shape_keys


def key_count(action: Any) -> int:
    return sum(len(curve.keyframe_points) for curve in compat.all_curves(action))


def strips(scene: Any) -> dict[str, bool]:
    return {strip.name: strip.mute for strip in compat.existing_strips(scene)}


@pytest.fixture(params=[False, True], ids=["now", "saved"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], None]:
    """Save and load the file, or go on."""

    def again() -> None:
        if request.param:
            bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
            bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))

    return again


@pytest.mark.parametrize("renamed", ["", "original", "copy"])
def test_a_copy_of_a_takes_action_is_the_users(make_face: MakeFace, models: Any, saved: Any, renamed: str):
    """The “new Action” button: the copy is assigned and edited."""
    make_face()
    take = bake(models)
    animation = keys_of("Head").animation_data
    original = animation.action
    name = original.name
    copy = original.copy()
    slot = record.part_on(keys_of("Head"), take.id)["slot"]
    if renamed:
        original.name = "Renamed by hand"
    if renamed == "copy":
        copy.name = name
    compat.assign(keys_of("Head"), copy, slot)
    copy_name, count = copy.name, key_count(copy)
    saved()
    assert [found.id for found in takes.all_takes()] == [take.id]
    assert takes.state(take.id) == "MUTED"
    assert record.take_id_of(bpy.data.actions[copy_name]) == ""
    takes.show(take.id)
    assert bpy.data.actions[copy_name] in [strip.action for strip in compat.nla_strips_of(keys_of("Head"))]
    new = bake(models, replaced=take.id)
    takes.remove(new.id)
    assert key_count(bpy.data.actions[copy_name]) == count
    assert keys_of("Head").animation_data.action == bpy.data.actions[copy_name]
    assert [action.name for action in bpy.data.actions] == [copy_name]


def test_an_action_that_is_used_elsewhere_stays(make_face: MakeFace, models: Any):
    make_face()
    other = make_face("Other")
    take = bake(models)
    action = keys_of("Head").animation_data.action
    other.data.shape_keys.animation_data_create().action = action
    takes.remove(take.id)
    assert other.data.shape_keys.animation_data.action == action
    assert record.TAG not in action


@pytest.mark.parametrize("renamed", [False, True])
def test_a_copy_of_a_face_is_the_users(make_face: MakeFace, models: Any, saved: Any, renamed: bool):
    head = make_face()
    take = bake(models)
    double = head.copy()
    double.data = head.data.copy()
    double.name = "Double"
    bpy.context.scene.collection.objects.link(double)
    if renamed:
        head.name, head.data.name = "Z", "Z"
    head_name = head.name
    saved()
    animation = keys_of("Double").animation_data
    moved_by = animation.action.name if animation is not None and animation.action is not None else None
    assert [thing.name for thing in record.objects_of(bpy.context.scene, take.id)] == [head_name]
    takes.hide(take.id)
    takes.show(take.id)
    found = find.find(bpy.context.scene, bpy.data.objects["Double"])
    assert found is not None
    own = takes.bake(bpy.context.scene, found, reply_of(models, "Mum."))
    assert takes.state(take.id) == "SHOWN", "a take of another face is not muted"
    takes.remove(own.id)
    takes.remove(take.id)
    animation = keys_of("Double").animation_data
    assert (animation.action.name if animation is not None and animation.action is not None else None) == moved_by
    assert takes.all_takes() == []


def test_speaking_in_a_full_copy_of_a_scene_leaves_the_first_alone(make_face: MakeFace, models: Any, saved: Any):
    make_face()
    first = bpy.context.scene
    take = bake(models)
    bpy.ops.scene.new(type="FULL_COPY")
    saved()
    first, copy = bpy.data.scenes["Scene"], bpy.data.scenes["Scene.001"]
    (face,) = (thing for thing in copy.objects if thing.type == "MESH")
    heard, markers = strips(first), [(marker.name, marker.frame) for marker in first.timeline_markers]
    copied = strips(copy)
    found = find.find(copy, face)
    assert found is not None
    other = takes.bake(copy, found, reply_of(models, "Mum."))
    assert (takes.find(take.id).scene, other.scene) == ("Scene", "Scene.001")
    assert takes.state(take.id) == "SHOWN"
    assert strips(first) == heard
    assert [(marker.name, marker.frame) for marker in first.timeline_markers] == markers
    takes.hide(take.id)
    assert {name: mute for name, mute in strips(copy).items() if name in copied} == copied, (
        "the copied strip is the user's"
    )
    takes.show(take.id)
    takes.remove(other.id)
    assert strips(copy) == copied
    takes.remove(take.id)
    assert strips(first) == {}
    assert strips(copy) == copied
    assert len(copy.timeline_markers) == len(markers)


def test_a_renamed_scene_is_found_again(make_face: MakeFace, models: Any, finish: Finish, saved: Any):
    make_face()
    scene = bpy.context.scene
    take = bake(models)
    scene.name = "Shot 12"
    saved()
    scene = bpy.data.scenes["Shot 12"]
    assert takes.find(take.id).scene == "Shot 12"
    assert playback.after_last(scene) == take.end
    scene.alphsistant.gap = 0.0
    assert placement.after_the_last_take(scene) == take.end
    bpy.ops.alphsistant.report_take(take=take.id)
    assert finish().error == ""
    bpy.ops.alphsistant.speak_take_again(take=take.id)
    assert finish().error == ""
    (again,) = takes.all_takes()
    assert (again.scene, again.start) == ("Shot 12", take.start)


def test_a_renamed_scene_and_its_copy_are_told_apart(make_face: MakeFace, models: Any):
    make_face()
    take = bake(models)
    bpy.context.scene.name = "Shot 12"
    bpy.ops.scene.new(type="FULL_COPY")
    assert takes.find(take.id).scene == "Shot 12"


@pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")
def test_a_copy_of_a_strip_is_the_users_and_the_pieces_of_a_cut_one_are_not(make_face: MakeFace, models: Any):
    make_face()
    scene = bpy.context.scene
    take = bake(models)
    copy = sound.add_strip(scene, Path(take.sound), "copy", 300)
    copy[takes.TAG] = take.id
    assert len(record.sound_strips(take.id)) == 1
    takes.hide(take.id)
    assert strips(scene)["copy"] is False
    takes.remove(take.id)
    assert list(strips(scene)) == ["copy"]


def test_a_take_appended_to_another_file_is_a_take_there(make_face: MakeFace, models: Any, tmp_path: Path):
    make_face()
    take = bake(models)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "from.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    make_face("Another")
    with bpy.data.libraries.load(str(tmp_path / "from.blend")) as (_, target):
        target.objects = ["Head"]
    bpy.context.scene.collection.objects.link(bpy.data.objects["Head"])
    assert len(bpy.data.scenes) == 1, "no scene is dragged along"
    assert [found.id for found in takes.all_takes()] == [take.id]
    assert takes.is_shown(take.id)
    assert value_at(bpy.data.objects["Head"], "viseme_PP", 1 + 0.13 * 25) > 0.9
    takes.remove(take.id)
    assert not bpy.data.actions


def test_speaking_again_uses_the_takes_scene_seed_voice_and_manner(make_face: MakeFace, models: Any, finish: Finish):
    make_face()
    scene = bpy.context.scene
    settings = scene.alphsistant
    settings.prompt, settings.seed = "Bob may pop.", 7
    settings.voice.rate, settings.delivery.style, settings.delivery.mood = 1.5, "shout", "happy"
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    (old,) = takes.all_takes()
    before = {curve.data_path: key_count_of(curve) for curve in compat.curves_of(keys_of("Head"))}
    settings.seed, settings.voice.rate, settings.delivery.style, settings.delivery.mood = 1, 1.0, "mumble", "neutral"
    other = bpy.data.scenes.new("Other")
    other.render.fps = 60
    bpy.context.window_manager.windows[0].scene = other
    with bpy.context.temp_override(scene=other, view_layer=other.view_layers[0]):
        bpy.ops.alphsistant.speak_take_again(take=old.id)
        assert finish().error == ""
    (new,) = takes.all_takes()
    assert (new.scene, new.seed, new.start, new.end) == (old.scene, 7, old.start, old.end)
    assert models.voice.controls.rate == 1.5
    assert {curve.data_path: key_count_of(curve) for curve in compat.curves_of(keys_of("Head"))} == before


def key_count_of(curve: Any) -> int:
    return len(curve.keyframe_points)


@pytest.mark.parametrize("damage", ["no record", "a number", "half a record"])
def test_a_tagged_action_without_a_record_is_no_take(make_face: MakeFace, models: Any, damage: str):
    make_face()
    take = bake(models)
    stranger = bpy.data.actions.new("Tagged")
    stranger[takes.TAG] = "1234"
    if damage == "a number":
        stranger[record.RECORD] = 3
    elif damage == "half a record":
        stranger[record.RECORD] = {"text": "Hello."}
    keys_of("Head")[record.PARTS]["1234"] = {"action": stranger, "slot": 0, "of": keys_of("Head").name, "no": 0}
    record.forget()
    assert [found.id for found in takes.all_takes()] == [take.id]
    assert takes.find("1234") is None
    assert stranger.alphsistant_name == ""
    assert record.id_at(list(bpy.data.actions).index(stranger)) == ""
    removal.remove("1234")
    assert "Tagged" in bpy.data.actions


@pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")
def test_the_first_save_takes_the_sounds_along(make_face: MakeFace, models: Any, tmp_path: Path):
    make_face()
    take = bake(models)
    away = Path(take.sound)
    assert tmp_path / "user" in away.parents
    blend = tmp_path / "film" / "a.blend"
    blend.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    shutil.rmtree(tmp_path / "user")
    for _ in range(2):  # in memory, and as it was saved
        (kept,) = takes.all_takes()
        assert kept.sound == f"//alphsistant/{away.name}"
        assert not sound.is_missing(kept)
        (strip,) = compat.existing_strips(bpy.context.scene)
        assert strip.sound.filepath == kept.sound
        bpy.ops.wm.open_mainfile(filepath=str(blend))
    (blend.parent / "alphsistant" / away.name).unlink()
    assert sound.is_missing(takes.all_takes()[0])


@pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")
def test_a_missing_sound_is_made_again(make_face: MakeFace, finish: Finish, tmp_path: Path):
    make_face()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.context.scene.alphsistant.prompt = "Bob."
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    (take,) = takes.all_takes()
    Path(bpy.path.abspath(take.sound)).unlink()
    bpy.ops.alphsistant.speak_take_again(take=take.id)
    assert finish().error == ""
    assert not sound.is_missing(takes.all_takes()[0])


def test_looking_takes_up_does_not_search_the_file_again(
    make_face: MakeFace, models: Any, monkeypatch: pytest.MonkeyPatch
):
    """With many takes a search is what would cost: neither a redraw nor one more take makes any."""
    make_face()
    first = bake(models)
    searched: list[int] = []
    real = record._owners
    record.all_takes()
    monkeypatch.setattr(record, "_owners", lambda: searched.append(1) or real())
    second = bake(models, start=first.end)
    for take in (first, second):
        assert record.find(take.id) is not None
        assert record.id_at(record.index_of(take.id)) == take.id
        assert playback.state(take.id) != playback.MUTED
    assert [take.id for take in record.all_takes()] == [first.id, second.id]
    assert searched == []
    bpy.data.objects["Head"].data.shape_keys.name = "Renamed"
    assert record.find(first.id) is not None
    assert len(searched) == 1


def test_the_index_follows_undo_and_redo(make_face: MakeFace, finish: Finish):
    make_face()
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    (take,) = takes.all_takes()
    bpy.ops.alphsistant.speak_take_again(take=take.id)
    assert finish().error == ""
    (again,) = takes.all_takes()
    bpy.ops.ed.undo()
    assert [found.id for found in takes.all_takes()] == [take.id]
    bpy.ops.ed.redo()
    assert [found.id for found in takes.all_takes()] == [again.id]
