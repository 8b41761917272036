"""Where the shipped face comes to, what is seen of it, and what a scene of the user's keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from mathutils import Matrix, Vector

import alphsistant_addon
from alphsistant_addon.blender.common.panel_parts import lines_of
from alphsistant_addon.blender.face import find, shipped_face, surroundings, views
from alphsistant_addon.blender.takes import bake

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

SHIPPED = Path(alphsistant_addon.__file__).parents[1] / "blender_assets" / "face" / "face.blend"
needs_face = pytest.mark.skipif(not SHIPPED.is_file(), reason="the shipped face is not there")

Finish = Callable[[], Any]


@pytest.fixture
def startup() -> Any:
    """Blender's startup file, with its cube, camera and lamp."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.ed.undo_push(message="startup")
    return bpy.context.scene


def speak(finish: Finish) -> tuple[str, ...]:
    bpy.context.scene.alphsistant.prompt = "Bob. Pop."
    assert bpy.ops.alphsistant.speak() == {"FINISHED"}
    ended = finish()
    assert ended.error == ""
    notes: tuple[str, ...] = ended.notes
    return notes


def box(thing: Any) -> tuple[Any, Any]:
    corners = [thing.matrix_world @ Vector(corner) for corner in thing.bound_box]
    low, high = (Vector([pick(corner[axis] for corner in corners) for axis in range(3)]) for pick in (min, max))
    return low, high


def test_the_startup_file_is_known(startup: Any):
    """In every Blender that the tests run on."""
    assert sorted(thing.name for thing in startup.objects) == ["Camera", "Cube", "Light"]
    assert not surroundings.is_users_own(startup)
    assert surroundings.untouched_cube(startup) is not None


@pytest.mark.parametrize(
    "touch",
    [
        lambda: setattr(bpy.data.objects["Cube"], "location", (1, 0, 0)),
        lambda: setattr(bpy.data.objects["Cube"], "scale", (2, 1, 1)),
        lambda: setattr(bpy.data.objects["Cube"], "name", "Wall"),
        lambda: setattr(bpy.data.meshes["Cube"].vertices[0], "co", (1.5, 1, 1)),
        lambda: bpy.data.objects["Cube"].modifiers.new("Bevel", "BEVEL"),
        lambda: bpy.data.objects["Cube"].keyframe_insert("location"),
        lambda: setattr(bpy.data.objects["Camera"], "location", (0, -5, 0)),
        lambda: setattr(bpy.data.cameras["Camera"], "lens", 85),
        bpy.ops.mesh.primitive_cube_add,
    ],
    ids=["moved", "scaled", "renamed", "edited", "modifier", "keys", "camera", "lens", "added"],
)
def test_what_the_user_has_touched_is_the_users(startup: Any, touch: Callable[[], Any]):
    touch()
    assert surroundings.is_users_own(startup)


@needs_face
def test_the_first_click_in_the_startup_file(startup: Any, finish: Finish):
    startup.frame_set(40)
    bpy.ops.ed.undo_push(message="frame 40")
    notes = speak(finish)
    face, cube = bpy.data.objects[shipped_face.MESH], bpy.data.objects["Cube"]
    assert cube.hide_get()
    assert cube.hide_render
    assert any("default cube was hidden" in note for note in notes)
    assert startup.camera == bpy.data.objects[shipped_face.CAMERA]
    assert bpy.context.view_layer.objects.active == face, "its keys are in the Dope Sheet"
    assert [thing.name for thing in bpy.context.selected_objects] == [face.name]
    assert startup.frame_current == bake.all_takes()[0].start == startup.frame_start
    assert startup.sync_mode == "AUDIO_SYNC"
    lamps = [thing for thing in bpy.data.collections[shipped_face.COLLECTION].objects if thing.type == "LIGHT"]
    assert len(lamps) == 6
    assert all(lamp.data.cutoff_distance <= 0.05 + 1e-6 and not lamp.data.use_custom_distance for lamp in lamps)
    bpy.ops.ed.undo()
    assert shipped_face.MESH not in bpy.data.objects
    assert not bpy.data.objects["Cube"].hide_get()
    assert not bpy.data.objects["Cube"].hide_render
    assert bpy.context.scene.camera == bpy.data.objects["Camera"]
    assert bpy.context.scene.frame_current == 40


@needs_face
@pytest.mark.parametrize("resolution", [(1920, 1080), (1080, 1080), (1080, 1920)])
def test_the_camera_sees_the_whole_head_in_every_format(startup: Any, finish: Finish, resolution: tuple[int, int]):
    from bpy_extras.object_utils import world_to_camera_view

    startup.render.resolution_x, startup.render.resolution_y = resolution
    speak(finish)
    bpy.context.view_layer.update()
    low, high = box(bpy.data.objects[shipped_face.MESH])
    for corner in (low, high):
        seen = world_to_camera_view(startup, startup.camera, corner)
        assert 0.0 < seen.x < 1.0
        assert 0.0 < seen.y < 1.0
        assert seen.z > 0.0


@needs_face
def test_a_scene_of_the_users_keeps_what_is_the_users(startup: Any, finish: Finish):
    wall = bpy.data.objects["Cube"]
    wall.scale = (2.0, 2.0, 2.0)
    camera = bpy.data.objects["Camera"]
    camera.location = (0.0, -9.0, 1.0)
    world, selected = startup.world, list(bpy.context.selected_objects)
    bpy.context.view_layer.update()
    notes = speak(finish)
    bpy.context.view_layer.update()
    assert startup.camera == camera
    assert startup.world == world
    assert bpy.context.selected_objects == selected
    assert bpy.context.view_layer.objects.active == wall
    assert not wall.hide_get()
    assert not wall.hide_render
    assert box(bpy.data.objects[shipped_face.MESH])[0].x > box(wall)[1].x, "beside it"
    assert any("“Camera” was kept" in note for note in notes)


@needs_face
def test_the_face_comes_to_the_cursor_where_there_is_room(startup: Any, finish: Finish):
    bpy.data.objects["Cube"].scale = (2.0, 2.0, 2.0)
    startup.cursor.location = (0.0, -20.0, 3.0)
    bpy.context.view_layer.update()
    speak(finish)
    bpy.context.view_layer.update()
    assert (bpy.data.objects["Alphsistant Rig"].matrix_world.translation - startup.cursor.location).length < 1e-5
    assert startup.camera == bpy.data.objects[shipped_face.CAMERA], "Blender's own camera is none of the user's"


def test_instanced_characters_and_rooms(startup: Any):
    """What a collection instance shows takes up room; one stands inside a building."""
    bpy.data.objects["Cube"].scale = (30.0, 30.0, 30.0)
    bpy.context.view_layer.update()
    assert surroundings.free_place(startup) == Vector((0.0, 0.0, 0.0))
    collection = bpy.data.collections.new("Character")
    mesh = bpy.data.meshes.new("Body")
    mesh.from_pydata([(-1, -1, -1), (1, 1, 1), (1, -1, 0)], [], [(0, 1, 2)])
    collection.objects.link(bpy.data.objects.new("Body", mesh))
    instance = bpy.data.objects.new("Character", None)
    instance.instance_type, instance.instance_collection = "COLLECTION", collection
    instance.matrix_world = Matrix.Translation((0.5, 0.0, 0.0))
    startup.collection.objects.link(instance)
    bpy.context.view_layer.update()
    assert surroundings.free_place(startup).x > 1.5


@needs_face
def test_add_alphsistant_face(startup: Any):
    assert bpy.ops.alphsistant.add_face() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active == bpy.data.objects[shipped_face.MESH]
    assert bpy.ops.alphsistant.add_face() == {"FINISHED"}
    bpy.context.view_layer.update()
    first, second = (bpy.data.objects[name] for name in (shipped_face.MESH, f"{shipped_face.MESH}.001"))
    assert box(first)[1].x < box(second)[0].x, "a second one stands beside the first"
    assert startup.camera.name == shipped_face.CAMERA, "of the first"


class View:
    """What is set of a 3D view."""

    view_rotation: Any = None
    view_perspective = "CAMERA"
    view_location: Any = None
    view_distance = 60.0


@needs_face
@pytest.mark.parametrize("turn", [0.0, 1.2])
def test_look_at_the_face(startup: Any, turn: float):
    bpy.ops.alphsistant.add_face()
    rig, mesh = bpy.data.objects["Alphsistant Rig"], bpy.data.objects[shipped_face.MESH]
    rig.location, rig.rotation_euler.z = (3.0, 2.0, 1.0), turn
    bpy.context.view_layer.update()
    view, face = View(), find.find(startup)
    assert face is not None
    views.look_at(face, view)
    low, high = box(mesh)
    assert all(low[axis] < view.view_location[axis] < high[axis] for axis in range(3))
    assert 0.2 < view.view_distance < 2.0
    assert view.view_perspective == "PERSP"
    towards_the_eye = view.view_rotation @ Vector((0.0, 0.0, 1.0))
    front = Matrix.Rotation(turn, 3, "Z") @ Vector((0.0, -1.0, 0.0))
    assert towards_the_eye.dot(front) > 0.95


def test_show_keys_selects_the_face_alone(make_face: Callable[..., Any]):
    face = make_face()
    other = make_face("Cube", keys=(), active=True)
    other.select_set(True)
    assert bpy.ops.alphsistant.show_keys() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active == face
    assert bpy.context.selected_objects == [face]
    face.hide_set(True)
    with pytest.raises(RuntimeError, match="hidden"):
        bpy.ops.alphsistant.show_keys()


def test_a_name_ends_with_a_whole_word(make_face: Callable[..., Any], finish: Finish):
    make_face()
    bpy.context.scene.alphsistant.prompt = "Bob may pop a map of the whole of Bombay, and Pam may mop it up."
    bpy.ops.alphsistant.speak()
    finish()
    (take,) = bake.all_takes()
    assert take.name == "Bob may pop a map of the whole of Bombay, and…"


@pytest.mark.parametrize("room", [40, 20, 12, 1])
def test_lines_fit_into_the_room(room: int):
    text = "The film is in “/home/someone/a very long folder/film.mp4”, and that is all there is to say."
    lines = lines_of(text, room, len)
    assert all(len(line) <= max(room, 8) for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(lines_of(text, 1000, len)) == 1
