"""The scene that a film is rendered from is a copy that is gone afterwards; nothing of the user's is changed."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.film import render
from alphsistant_addon.core.errors import AssetError


@pytest.fixture
def scene(blender: Any) -> Any:
    """A scene with a camera, whose user has settings of their own."""
    scene = blender.context.scene
    camera = blender.data.objects.new("Camera", blender.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 1234, 567, 50
    scene.render.filepath = "//mine"
    scene.frame_start, scene.frame_end = 3, 9
    return scene


def settings_of(scene: Any) -> dict[str, Any]:
    """Every plain setting of how the scene is rendered."""
    found: dict[str, Any] = {"frames": (scene.frame_start, scene.frame_end)}
    for name, data in (("render", scene.render), ("image", scene.render.image_settings), ("view", scene.view_settings)):
        for prop in data.bl_rna.properties:
            if prop.type in {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"} and not getattr(prop, "is_array", False):
                found[f"{name}.{prop.identifier}"] = getattr(data, prop.identifier)
    return found


def film_settings() -> render.FilmSettings:
    return render.FilmSettings(compat.WORKBENCH, (320, 240))


def test_the_copy_is_gone_afterwards_and_the_users_scene_as_it_was(scene: Any, tmp_path: Path) -> None:
    before, scenes = settings_of(scene), bpy.data.scenes.keys()
    with render.film_scene(scene, tmp_path / "film.mp4", film_settings()) as copy:
        assert copy != scene
        assert (copy.render.resolution_x, copy.render.resolution_y, copy.render.resolution_percentage) == (
            320,
            240,
            100,
        )
        assert (copy.frame_start, copy.frame_end) == (3, 9)
    assert bpy.data.scenes.keys() == scenes
    assert settings_of(scene) == before


def test_the_copy_is_gone_after_an_error_too(scene: Any, tmp_path: Path) -> None:
    before, scenes = settings_of(scene), bpy.data.scenes.keys()

    def fail() -> None:
        with render.film_scene(scene, tmp_path / "film.mp4", film_settings()):
            raise RuntimeError("the render failed")

    with pytest.raises(RuntimeError, match="the render failed"):
        fail()
    assert bpy.data.scenes.keys() == scenes
    assert settings_of(scene) == before


def test_without_a_camera_nothing_is_made(scene: Any, tmp_path: Path) -> None:
    scene.camera = None
    scenes = bpy.data.scenes.keys()
    with pytest.raises(AssetError, match="no camera"), render.film_scene(scene, tmp_path / "f.mp4", film_settings()):
        pass
    assert bpy.data.scenes.keys() == scenes
    assert list(tmp_path.iterdir()) == []


def test_no_stamp_tells_the_users_path_unless_stamps_are_wanted(scene: Any, tmp_path: Path) -> None:
    for name in dir(scene.render):
        if name.startswith("use_stamp_"):
            setattr(scene.render, name, True)
    with render.film_scene(scene, tmp_path / "film.mp4", film_settings()) as copy:
        assert [name for name in dir(copy.render) if name.startswith("use_stamp_") and getattr(copy.render, name)] == []
    scene.render.use_stamp = True
    with render.film_scene(scene, tmp_path / "film.mp4", film_settings()) as copy:
        assert copy.render.use_stamp_filename


def test_subdivision_is_off_for_the_film_alone(make_face: Callable[..., Any]) -> None:
    face = make_face()
    on, off, other = (
        face.modifiers.new(name, kind) for name, kind in (("A", "SUBSURF"), ("B", "SUBSURF"), ("C", "SOLIDIFY"))
    )
    off.show_render = False
    with render.unsubdivided([face]):
        assert [modifier.show_render for modifier in (on, off, other)] == [False, False, True]
    assert [modifier.show_render for modifier in (on, off, other)] == [True, False, True]
    with pytest.raises(RuntimeError, match="failed"), render.unsubdivided([face]):
        raise RuntimeError("failed")
    assert on.show_render


def loudest(film: Path) -> float:
    """Loudest sample of a film."""
    aud = pytest.importorskip("aud")
    return float(np.abs(aud.Sound(str(film)).data()).max())


@pytest.mark.parametrize("with_picture", [False, True])
def test_a_film_is_heard_and_shows_the_cameras_view(scene: Any, tmp_path: Path, *, with_picture: bool) -> None:
    tone = (16_000 * np.sin(2 * np.pi * 220 * np.arange(48_000) / 48_000)).astype(np.int16)
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, len(tone), "NONE", ""))
        file.writeframes(tone.tobytes())
    scene.frame_start, scene.frame_end = 1, 24
    try:
        compat.strips(scene).new_sound("Tone", str(tmp_path / "tone.wav"), 1, 1)
    except RuntimeError:
        pytest.skip("this Blender has no sound")
    if with_picture:
        title = compat.new_text_strip(scene, "Title", "M", 2, 1, 25)
        title.use_box, title.box_color, title.box_margin = True, (1.0, 1.0, 1.0, 1.0), 1.0
    settings = render.FilmSettings(size=(64, 64))
    render.film(scene, tmp_path / "film.mp4", settings)
    assert loudest(tmp_path / "film.mp4") > 0.2
    assert not any(strip.mute for strip in compat.strips(scene)), "the user's strips are as they were"
    with render.film_scene(scene, tmp_path / "still.png", settings) as prepared:
        pixels = render.picture(prepared, 3, tmp_path / "still.png")
    assert pixels[..., :3].max() < 0.5, "the dark world, not the white title"
