"""Somebody of the cast comes into the scene, or into the Asset Browser; on copies of the shipped face."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_cast import FACE, REPOSITORY, use_cast

bpy = pytest.importorskip("bpy")

from alphsistant_addon import cast
from alphsistant_addon.blender.cast import asset_library, pictures
from alphsistant_addon.blender.cast.add_character import add_character, added
from alphsistant_addon.blender.conversation import memory
from alphsistant_addon.blender.face import find, shipped_face
from alphsistant_addon.blender.speak.operators import chosen_models
from alphsistant_addon.blender.takes import bake, record
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.pipeline import reply_stream
from alphsistant_addon.pipeline.reply import Reply

pytestmark = [
    pytest.mark.blender,
    pytest.mark.usefixtures("blender"),
    pytest.mark.skipif(not FACE.is_file(), reason="the shipped face is not there"),
]

Finish = Callable[[], Any]


@pytest.fixture(autouse=True)
def copies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Amy and Bob are the cast; the folder of the assets."""
    use_cast(monkeypatch, tmp_path / "assets", "Amy", "Bob")
    return tmp_path / "assets"


def blocks() -> set[tuple[str, str]]:
    """Everything in memory, by kind and name."""
    return {(kind, block.name) for kind in shipped_face._kinds() for block in getattr(bpy.data, kind)}


def root_of(face: find.Face) -> Any:
    return bpy.data.objects[face.root]


def test_add_character_brings_face_voice_and_persona():
    before = {thing.name for thing in bpy.context.scene.objects}
    assert bpy.ops.alphsistant.add_character(character="bob") == {"FINISHED"}
    face = find.find(bpy.context.scene)
    assert face is not None
    root = root_of(face)
    assert root.name == "Bob"
    assert root.users_collection[0].name == "Bob"
    assert face.meshes == ("Bob Face",)
    names = {thing.name for thing in bpy.context.scene.objects} - before
    assert names
    assert all(name.startswith("Bob") for name in names), names
    persona = memory.persona(root)
    assert persona is not None
    assert (persona.name, persona.first_message) == ("Bob", "I am Bob.")
    assert memory.voice(root) == "voice of Bob"
    assert bpy.context.scene.camera.name == "Bob Camera"
    assert bpy.context.view_layer.objects.active.name == "Bob Face"


def test_one_undo_takes_it_all_back():
    bpy.ops.ed.undo_push(message="before")
    before = blocks()
    bpy.ops.alphsistant.add_character(character="amy")
    bpy.ops.ed.undo_push(message="Add Character")  # as a window does after an operator
    assert blocks() != before
    bpy.ops.ed.undo()
    assert blocks() == before


def test_without_a_name_it_is_whom_the_chooser_shows():
    bpy.context.window_manager.alphsistant_character = "bob"
    bpy.ops.alphsistant.add_character()
    assert "Bob Face" in bpy.data.objects


def test_three_stand_side_by_side_and_none_is_mistaken_for_another():
    scene = bpy.context.scene
    faces = []
    for name in ("amy", "Bob", "AMY"):
        faces.append(add_character(scene, name))
        bpy.context.view_layer.update()
    assert [face.root for face in faces] == ["Amy", "Bob", "Amy.001"]
    places = [root_of(face).matrix_world.translation.x for face in faces]
    assert places[1] - places[0] > 0.4
    assert places[2] - places[1] > 0.4
    for face in faces:
        found = find.find(scene, root_of(face))
        assert found is not None
        assert found.meshes == face.meshes
        assert len(found.meshes) == 1
    keys = [bpy.data.objects[face.meshes[0]].data.shape_keys for face in faces]
    assert len({key.name for key in keys}) == 3


def test_each_has_an_action_of_its_own(finish: Finish):
    scene = bpy.context.scene
    for name in ("amy", "bob"):
        face = add_character(scene, name)
        bpy.context.view_layer.update()
        scene.alphsistant.face = bpy.data.objects[face.meshes[0]]
        scene.alphsistant.prompt = f"Pop {name}."
        bpy.ops.alphsistant.speak()
        assert finish().error == ""
    first, second = bake.all_takes()
    assert record.objects_of(scene, first.id)[0].name == "Amy Face"
    assert record.objects_of(scene, second.id)[0].name == "Bob Face"
    used = [bpy.data.objects[f"{name} Face"].data.shape_keys.animation_data for name in ("Amy", "Bob")]
    assert all(used)
    assert {action.name for action in record.actions_of(first.id)}.isdisjoint(
        action.name for action in record.actions_of(second.id)
    )


def test_place_and_turn_are_those_of_the_whole():
    face = add_character(bpy.context.scene, "amy", (1.0, 2.0, 3.0), turn=0.5)
    bpy.context.view_layer.update()
    root = root_of(face)
    assert tuple(root.matrix_world.translation) == pytest.approx((1.0, 2.0, 3.0))
    assert root.matrix_world.to_euler().z == pytest.approx(0.5)
    camera = bpy.data.objects["Amy Camera"]
    bpy.data.objects.remove(root)  # the camera is no child of it, and has turned with it all the same
    assert camera.matrix_world.translation.x > 1.0


def test_a_camera_of_the_users_stays_the_scenes():
    camera = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    add_character(bpy.context.scene, "amy")
    assert bpy.context.scene.camera == camera


def test_what_fails_leaves_nothing_behind():
    before = blocks()

    def fail() -> None:
        with added(bpy.context.scene, "amy"):
            assert blocks() != before
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail()
    assert blocks() == before


def test_whoever_is_not_in_the_cast_is_said():
    before = blocks()
    with pytest.raises(RuntimeError, match="nobody called “Tim” in the cast: choose one of Amy, Bob"):
        bpy.ops.alphsistant.add_character(character="Tim")
    assert blocks() == before


def test_everybody_shipped_is_an_asset_and_has_a_picture(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    for member in cast.members():
        with bpy.data.libraries.load(str(member.blend), assets_only=True) as (there, here):
            assert there.collections == [member.name]
            here.collections = [member.name]
        asset = bpy.data.collections[member.name]
        data = asset.asset_data
        assert (data.author, data.license) == (member.author, member.licence)
        assert {tag.name for tag in data.tags} == set(member.tags)
        assert tuple(asset.preview.image_size) != (0, 0), member.id
        assert member.preview.stat().st_size <= 60_000, "it is in every zip"


@pytest.mark.parametrize("is_in_scene", [True, False])
def test_what_carries_the_hair_is_no_face(copies: Path, models: Any, tmp_path: Path, is_in_scene: bool):
    """It shares the face's mesh, so that it follows the same keys; what refers to it may be all that holds it."""
    path = copies / "cast" / "amy" / "amy.blend"
    bpy.ops.wm.open_mainfile(filepath=str(path))
    head = bpy.data.objects[shipped_face.MESH]
    cage = bpy.data.objects.new("Alphsistant Cage", head.data)
    cage.parent, cage[find.CAGE] = head.parent, True
    head["carrier"] = cage  # as an input of a modifier holds it
    if is_in_scene:
        head.users_collection[0].objects.link(cage)
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    before = blocks()
    shipped_face.read_shipped(path, "Amy").put_away()
    assert blocks() == before
    scene = bpy.context.scene
    face = add_character(scene, "amy")
    assert face.meshes == ("Amy Face",)
    assert bpy.data.objects["Amy Cage"].data == bpy.data.objects["Amy Face"].data
    for active in ("Amy Cage", "Amy Face", None):
        found = find.find(scene, None, bpy.data.objects[active] if active else None)
        assert found is not None
        assert found.meshes == ("Amy Face",)
    spoken = reply_stream.run("Hi", models, text="Pop.", frame_rate=25)
    reply = next(event for event in spoken if isinstance(event, Reply))
    take = bake.bake(scene, face, reply, sound_path=tmp_path / "pop.wav", start=1)
    assert [thing.name for thing in record.objects_of(scene, take.id)] == ["Amy Face"]


def test_a_damaged_file_is_said(copies: Path):
    (copies / "cast" / "amy" / "amy.blend").write_bytes(b"BLENDER is not here")
    with pytest.raises(AssetError, match="The file of Amy's face is damaged"):
        add_character(bpy.context.scene, "amy")


def test_the_face_speaks_with_its_own_voice(finish: Finish, monkeypatch: pytest.MonkeyPatch, models: Any):
    from alphsistant_addon.blender.jobs import models_owner
    from alphsistant_addon.pipeline import perform

    face = add_character(bpy.context.scene, "bob")
    asked = []

    def run(request: Any, cancel: Any) -> Any:
        asked.append(request)
        return perform(request, models, cancel)

    monkeypatch.setattr(models_owner, "run", run)
    bpy.ops.alphsistant.generate()
    assert finish().error == ""
    assert str(asked[0].models.voice) == "voice of Bob"
    assert asked[0].persona.name == "Bob"
    root_of(face).alphsistant_conversation.voice = "another"
    bpy.ops.alphsistant.speak_take_again(take=bake.all_takes()[0].id, manner="TAKE")
    finish()
    assert str(asked[1].models.voice) == "voice of Bob", "as it was spoken"
    bpy.ops.alphsistant.speak_take_again(take=bake.all_takes()[0].id, manner="PANEL")
    finish()
    assert str(asked[2].models.voice) == "another"


def test_a_face_without_a_voice_of_its_own_speaks_as_the_preferences_say(make_face: Callable[..., Any]):
    assert chosen_models(bpy.context, make_face()).voice == chosen_models(bpy.context).voice == ""


def test_a_first_message_comes_in_the_faces_own_voice(finish: Finish, monkeypatch: pytest.MonkeyPatch, models: Any):
    from alphsistant_addon.blender.jobs import models_owner
    from alphsistant_addon.pipeline import perform

    asked = []

    def run(request: Any, cancel: Any) -> Any:
        asked.append(request)
        return perform(request, models, cancel)

    monkeypatch.setattr(models_owner, "run", run)
    add_character(bpy.context.scene, "amy")
    bpy.ops.alphsistant.say_first_message()
    assert finish().error == ""
    assert (asked[0].text, str(asked[0].models.voice)) == ("I am Amy.", "voice of Amy")


def test_the_pictures_are_read_once_and_freed():
    entries = pictures.items(None, None)
    assert [entry[:2] for entry in entries] == [("amy", "Amy"), ("bob", "Bob")]
    assert pictures.items(None, None) is entries
    assert all(isinstance(entry[3], int) for entry in entries)
    pictures.forget()
    assert pictures._read == {}


def test_who_has_no_picture_gets_a_sign(copies: Path):
    pictures.forget()
    (copies / "cast" / "amy" / "preview.png").unlink()
    assert pictures.items(None, None)[0][3] == "USER"
    assert pictures.icon_of("amy") == 0


def test_the_asset_browser_gets_the_folder_of_the_assets(monkeypatch: pytest.MonkeyPatch, copies: Path):
    monkeypatch.setattr(asset_library, "asset_folder", lambda asset: copies / asset)
    libraries = bpy.context.preferences.filepaths.asset_libraries
    before = len(libraries)
    try:
        assert not asset_library.is_listed()
        bpy.ops.alphsistant.list_in_asset_browser()
        bpy.ops.alphsistant.list_in_asset_browser()
        assert asset_library.is_listed()
        assert len(libraries) == before + 1
        assert (libraries[-1].name, Path(libraries[-1].path)) == ("Alphsistant", copies)
        assert libraries[-1].import_method == "APPEND"
    finally:
        while len(libraries) > before:
            libraries.remove(libraries[-1])


def test_a_marked_file_shows_its_person_and_comes_in_unmarked(monkeypatch: pytest.MonkeyPatch, copies: Path):
    monkeypatch.syspath_prepend(str(REPOSITORY / "blender_assets" / "cast" / "recipe"))
    import mark_assets

    monkeypatch.setattr(mark_assets, "CAST", copies / "cast")
    path = copies / "cast" / "bob" / "bob.blend"
    monkeypatch.setattr("sys.argv", ["mark_assets.py", "bob"])
    mark_assets.main()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(path), assets_only=True) as (there, here):
        assert there.collections == ["Bob"]
        here.collections = ["Bob"]
    asset = bpy.data.collections["Bob"]
    data = asset.asset_data
    assert (data.author, data.license, data.description) == ("The tests", "CC0-1.0", "Bob is made for tests.")
    assert {tag.name for tag in data.tags} == {"test", "bob"}
    catalogs = (REPOSITORY / "blender_assets" / "blender_assets.cats.txt").read_text(encoding="utf-8")
    assert f"{data.catalog_id}:Alphsistant/Characters" in catalogs
    assert tuple(asset.preview.image_size) != (0, 0)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    face = add_character(bpy.context.scene, "bob")
    own = root_of(face).users_collection[0]
    assert own.name == "Bob"
    assert own.asset_data is None
    assert own.preview is None or tuple(own.preview.image_size) == (0, 0)


def test_a_face_that_an_older_version_added_still_speaks(finish: Finish, tmp_path: Path):
    """It has the shipped names, and nobody's voice or persona."""
    bpy.ops.alphsistant.add_face()
    path = tmp_path / "old.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert shipped_face.MESH in bpy.data.objects
    root = bpy.data.objects["Alphsistant Rig"]
    assert memory.persona(root) is None
    assert memory.voice(root) == ""
    bpy.context.scene.alphsistant.prompt = "Bob."
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    (take,) = bake.all_takes()
    assert record.objects_of(bpy.context.scene, take.id)[0].name == shipped_face.MESH


def test_everybody_shipped_can_be_added_and_speak_with_all_visemes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    scene = bpy.context.scene
    for member in cast.members():
        face = add_character(scene, member.name)
        bpy.context.view_layer.update()
        assert face.rig.sentence.startswith("15 of 15 visemes"), member.id
        assert len(bpy.data.objects[face.meshes[0]].data.shape_keys.key_blocks) >= 1 + 52 + 15


def test_gltf_carries_keys_and_animation_of_the_shipped_face(
    monkeypatch: pytest.MonkeyPatch, models: Any, tmp_path: Path
):
    """By Blender's own exporter and importer: all keys, their values at every frame, and the turns of the head."""
    import addon_utils

    monkeypatch.undo()
    scene = bpy.context.scene
    scene.alphsistant.whole_frames = True
    face = add_character(scene, cast.members()[0].name)
    spoken = reply_stream.run("Hi", models, text="Bob may pop a map.", frame_rate=25)
    reply = next(event for event in spoken if isinstance(event, Reply))
    take = bake.bake(scene, face, reply, sound_path=tmp_path / "pop.wav", start=1)
    head = bpy.data.objects[face.meshes[0]]
    keys = [key.name for key in head.data.shape_keys.key_blocks[1:]]
    before = values(head, keys, take.end - 1), turns(root_of(face), take.end - 1)
    assert (before[0].max(axis=0) > 0.2).sum() >= 3
    assert np.ptp(before[1], axis=0).max() > 0.005
    for thing in scene.objects:
        thing.hide_viewport = thing.type == "CURVES"  # the exporter would grow the hair at every frame of every bone
    path = tmp_path / "face.glb"
    addon_utils.enable("io_scene_gltf2")
    bpy.ops.export_scene.gltf(
        filepath=str(path), use_visible=True, export_animations=True, export_morph=True, export_morph_animation=True
    )
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    addon_utils.enable("io_scene_gltf2")
    bpy.context.scene.render.fps = 25
    bpy.ops.import_scene.gltf(filepath=str(path))
    (back,) = (thing for thing in bpy.data.objects if find.has_shape_keys(thing))
    (bones,) = (thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    assert {key.name for key in back.data.shape_keys.key_blocks} >= set(keys)
    assert np.abs(values(back, keys, take.end - 1) - before[0]).max() < 0.02
    assert np.abs(turns(bones, take.end - 1) - before[1]).max() < 0.01


def values(thing: Any, keys: list[str], last: int) -> Any:
    """Values of the keys, frame by frame."""
    found = []
    for frame in range(1, last + 1):
        bpy.context.scene.frame_set(frame)
        blocks = thing.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get()).key_blocks
        found.append([blocks[key].value for key in keys])
    return np.array(found)


def turns(armature: Any, last: int) -> Any:
    """How far the head is turned from its rest, frame by frame, in radians."""
    found = []
    for frame in range(1, last + 1):
        bpy.context.scene.frame_set(frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones["head"]
        turned = posed.bone.matrix_local.inverted() @ posed.matrix
        found.append(abs(turned.to_quaternion().angle))
    return np.array(found).reshape(-1, 1)
