"""Blender's habits: any frame rate and range, several scenes, copying, packing, tooltips, a quiet console."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

import alphsistant_addon
from alphsistant_addon.blender import registration
from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.takes import bake

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

REPOSITORY = Path(alphsistant_addon.__file__).parents[1]
Finish = Callable[[], Any]
MakeFace = Callable[..., Any]
PHONE_SECONDS = 0.09
"""Of the tests' voice: silence, then each letter."""

has_strips = bpy.app.build_options.audaspace


def speak(finish: Finish, text: str = "Bob.") -> bake.Take:
    bpy.context.scene.alphsistant.prompt = text
    before = {take.id for take in bake.all_takes()}
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    (take,) = (take for take in bake.all_takes() if take.id not in before)
    return take


def sealed_at(mesh: Any, seconds: float, start: int) -> float:
    """The lips' seal as it plays, so long after the sound's start in the scene's own time."""
    scene = bpy.context.scene
    frame = start + seconds * scene.render.fps / scene.render.fps_base
    scene.frame_set(int(frame), subframe=frame % 1)
    return float(mesh.data.shape_keys.key_blocks["viseme_PP"].value)


@pytest.mark.parametrize(
    ("fps", "base"),
    [(24, 1.001), (25, 1.0), (30, 1.001), (60, 1.0), (60, 1.001), (12, 1.0), (240, 1.0)],
    ids=["23.976", "25", "29.97", "60", "59.94", "12", "240"],
)
def test_the_lips_keep_time_at_every_frame_rate(make_face: MakeFace, finish: Finish, fps: int, base: float):
    mesh = make_face()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    take = speak(finish, "Bob")
    assert sealed_at(mesh, 1.5 * PHONE_SECONDS, take.start) > 0.9
    if fps > 12:  # at 12 there is a frame for each b, and none between them
        assert sealed_at(mesh, 2.5 * PHONE_SECONDS, take.start) < 0.6
    assert sealed_at(mesh, 3.5 * PHONE_SECONDS, take.start) > 0.9
    assert (take.end - take.start) * base / fps == pytest.approx(5 * PHONE_SECONDS, abs=base / fps)


@pytest.mark.parametrize(("old", "new"), [(100, 200), (100, 50), (24, 25)])
def test_the_lips_keep_time_where_time_is_remapped(make_face: MakeFace, finish: Finish, old: int, new: int):
    """Output ▸ Frame Rate ▸ Time Stretching moves animation, but not the sound."""
    mesh = make_face()
    bpy.context.scene.render.frame_map_old, bpy.context.scene.render.frame_map_new = old, new
    bpy.context.scene.frame_start = 101
    take = speak(finish, "Bob")
    assert take.start == 101
    assert sealed_at(mesh, 1.5 * PHONE_SECONDS, take.start) > 0.9
    assert sealed_at(mesh, 2.5 * PHONE_SECONDS, take.start) < 0.65
    assert sealed_at(mesh, 3.5 * PHONE_SECONDS, take.start) > 0.9
    assert [marker.frame for marker in bpy.context.scene.timeline_markers] == [101]


@pytest.mark.parametrize("first", [0, 1001, 1_000_000])
def test_a_scene_that_does_not_start_at_frame_1(make_face: MakeFace, finish: Finish, first: int):
    mesh = make_face()
    scene = bpy.context.scene
    scene.frame_end = first + 10
    scene.frame_start = first
    take = speak(finish, "Bob")
    assert (take.start, scene.frame_start, scene.frame_end) == (first, first, take.end)
    assert sealed_at(mesh, 1.5 * PHONE_SECONDS, first) > 0.9


def test_the_preview_range_stays_the_users(make_face: MakeFace, finish: Finish):
    make_face()
    scene = bpy.context.scene
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 5, 9
    speak(finish)
    assert (scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end) == (True, 5, 9)


def test_the_take_goes_to_the_scene_it_was_asked_in(make_face: MakeFace, models: Any, finish: Finish):
    make_face()
    first, second = bpy.context.scene, bpy.data.scenes.new("Second")
    go_on = threading.Event()
    models.voice.before_sentence = lambda: go_on.wait(10)
    bpy.ops.alphsistant.generate()
    for window in bpy.context.window_manager.windows:
        window.scene = second
    go_on.set()
    assert finish().error == ""
    (take,) = bake.all_takes()
    assert take.scene == first.name
    assert first.timeline_markers
    assert not second.timeline_markers
    assert not compat.existing_strips(second)


def test_renaming_the_scene_and_the_face_later_does_no_harm(make_face: MakeFace, finish: Finish):
    mesh = make_face()
    take = speak(finish)
    bpy.context.scene.name, mesh.name, mesh.data.name = "New scene", "New face", "New mesh"
    bpy.ops.alphsistant.remove_take(take=take.id)
    assert not compat.existing_strips(bpy.context.scene)
    assert not [action for action in bpy.data.actions if bake.TAG in action]


@pytest.mark.parametrize("kind", ["LINK_COPY", "FULL_COPY"])
def test_a_copied_scene_speaks_for_itself(make_face: MakeFace, finish: Finish, kind: str):
    make_face()
    original = bpy.context.scene
    take = speak(finish)
    bpy.ops.scene.new(type=kind)
    copy = next(scene for scene in bpy.data.scenes if scene != original)
    bpy.context.window_manager.windows[0].scene = copy
    with bpy.context.temp_override(scene=copy, view_layer=copy.view_layers[0]):
        assert bpy.context.scene == copy
        other = speak(finish, "Pop.")
    assert other.scene == copy.name
    bake.remove(other.id)
    assert [kept.id for kept in bake.all_takes()] == [take.id]
    assert not has_strips or [strip for strip in compat.existing_strips(original) if strip.get(bake.TAG) == take.id]
    bake.remove(take.id)
    assert bake.all_takes() == []


@pytest.mark.skipif(not has_strips, reason="this Blender was built without sound")
def test_a_packed_file_speaks_without_its_folder(make_face: MakeFace, finish: Finish, tmp_path: Path):
    make_face()
    path = tmp_path / "film.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    take = speak(finish)
    sound = Path(bpy.path.abspath(take.sound))
    assert take.sound.startswith("//")
    bpy.ops.file.pack_all()
    bpy.ops.wm.save_mainfile()
    content = sound.read_bytes()
    sound.unlink()
    bpy.ops.wm.open_mainfile(filepath=str(path))
    (packed,) = (sound for sound in bpy.data.sounds if sound.packed_file)
    assert packed.packed_file.data[:] == content
    bpy.ops.file.unpack_all(method="WRITE_ORIGINAL")
    assert sound.read_bytes() == content


def test_the_folder_of_a_film_may_be_moved(make_face: MakeFace, finish: Finish, tmp_path: Path):
    make_face()
    home = tmp_path / "here"
    home.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "film.blend"))
    take = speak(finish)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    home.rename(tmp_path / "there")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "there" / "film.blend"))
    assert Path(bpy.path.abspath(take.sound)).is_file()


def tooltip(operator: Any) -> str:
    """What Blender shows over the button."""
    category, name = operator.bl_idname.split(".")
    return str(getattr(getattr(bpy.ops, category), name).get_rna_type().description)


def test_everything_has_a_tooltip_and_a_name():
    """Every class the add-on registers, every property on it, and every choice of every menu."""
    missing = []
    for cls in registration.CLASSES:
        described = cls.bl_rna
        if issubclass(cls, bpy.types.Operator) and not tooltip(cls):
            missing.append(cls.__name__)
        inherited = {
            prop.identifier for base in cls.__bases__ if hasattr(base, "bl_rna") for prop in base.bl_rna.properties
        }
        for prop in described.properties:
            if prop.identifier in inherited or prop.is_hidden or prop.type == "COLLECTION":
                continue
            if not prop.name or not prop.description:
                missing.append(f"{cls.__name__}.{prop.identifier}")
            if prop.type == "ENUM":
                missing += [
                    f"{cls.__name__}.{prop.identifier}.{item.identifier}"
                    for item in prop.enum_items_static
                    if not item.description
                ]
    assert missing == []


def test_buttons_are_found_by_operator_search_and_grey_where_they_cannot_work():
    for cls in registration.CLASSES:
        if issubclass(cls, bpy.types.Operator):
            assert cls.bl_label
            assert cls.bl_idname.startswith("alphsistant.")
            category, name = cls.bl_idname.split(".")
            getattr(getattr(bpy.ops, category), name).poll()  # in an empty scene: no exception


def test_a_tooltip_ends_without_a_full_stop():
    """As everywhere in Blender, which adds its own."""
    ended = [
        cls.__name__
        for cls in registration.CLASSES
        if issubclass(cls, bpy.types.Operator) and tooltip(cls).endswith(".")
    ]
    assert ended == []


def test_the_console_stays_quiet():
    """Enabling, showing, disabling and enabling again write nothing into Blender's console."""
    script = (
        "import bpy, alphsistant_addon\n"
        "for _ in range(2):\n"
        "    alphsistant_addon.register()\n"
        "    settings = bpy.context.scene.alphsistant\n"
        "    for prop in settings.bl_rna.properties:\n"
        "        if not prop.is_readonly and prop.type in {'STRING', 'INT', 'FLOAT', 'BOOLEAN', 'ENUM'}:\n"
        "            setattr(settings, prop.identifier, getattr(settings, prop.identifier))\n"
        "    alphsistant_addon.unregister()\n"
        # Leaves without destructors: the wheel of 4.2 crashes there after any property with a Python callback.
        "import os, sys; sys.stdout.flush(); sys.stderr.flush(); os._exit(0)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "always", "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    # Mesa and EGL complain where there is no display, and 5.2 tells which colours it uses; that is not ours.
    foreign = ("EGL", "MESA", "color_management")
    said = [line for line in (answer.stdout + answer.stderr).splitlines() if not any(word in line for word in foreign)]
    assert said == []
    assert not status.running
