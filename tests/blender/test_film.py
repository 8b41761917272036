"""Films from the panel: where they go, how far they are, and that nothing of the user's is touched."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.film import film_job, film_process, render
from alphsistant_addon.blender.jobs import desk

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]


@pytest.fixture
def scene(tmp_path: Path) -> Any:
    """A saved scene of three frames with a camera of the user's, small and quick to render."""
    scene = bpy.context.scene
    camera = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.frame_end = 3
    scene.render.engine = compat.WORKBENCH
    scene.render.resolution_x, scene.render.resolution_y = 65, 33
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    return scene


def render_film() -> list[str]:
    """Start it as the button does; the steps that the panel has shown."""
    desk.start(film_job.task_for(bpy.context.scene))
    steps: list[str] = []
    for _ in range(6000):
        if status.step and status.step not in steps:
            steps.append(status.step)
        if desk.poll() is None:
            break
        time.sleep(0.01)
    return steps


def test_a_film_says_how_far_it_is_and_where(scene: Any, tmp_path: Path):
    before = sorted(path.name for path in tmp_path.iterdir())
    scenes = list(bpy.data.scenes)
    steps = render_film()
    assert status.error == ""
    assert "Rendering: frame 3 of 3" in steps
    assert Path(status.film) == tmp_path / "film.mp4"
    clip = bpy.data.movieclips.load(status.film)
    assert clip.frame_duration == 3
    assert tuple(clip.size) == (64, 32), "the scene's size, in even numbers"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "film.mp4"])
    assert list(bpy.data.scenes) == scenes
    assert (scene.render.resolution_x, scene.render.resolution_y) == (65, 33)


def test_a_cancelled_film_leaves_the_last_one(scene: Any, tmp_path: Path):
    scene.frame_end = 5000
    (tmp_path / "film.mp4").write_bytes(b"the last one")
    task = film_job.task_for(scene)
    desk.start(task)
    for _ in range(6000):
        desk.poll()
        if status.step.startswith("Rendering"):
            break
        time.sleep(0.01)
    assert status.step.startswith("Rendering: frame")
    bpy.ops.alphsistant.cancel()
    assert status.error == "Cancelled."
    desk.stop()
    assert (tmp_path / "film.mp4").read_bytes() == b"the last one"
    assert not list(tmp_path.glob("*unfinished*"))
    assert not task._folder.exists()


def test_another_file_opened_while_a_film_renders_is_not_touched(scene: Any, tmp_path: Path):
    """A scene there may have any name: no copy is looked for by its name."""
    other = tmp_path / "other.blend"
    bpy.data.scenes.new(f"{scene.name}.001")
    bpy.ops.wm.save_as_mainfile(filepath=str(other), copy=True)
    bpy.data.scenes.remove(bpy.data.scenes[f"{scene.name}.001"])
    scene.frame_end = 5000
    desk.start(film_job.task_for(scene))
    bpy.ops.wm.open_mainfile(filepath=str(other))
    desk.stop()
    assert sorted(bpy.data.scenes.keys()) == ["Scene", "Scene.001"]
    assert desk.poll() is None
    assert sorted(bpy.data.scenes.keys()) == ["Scene", "Scene.001"]


def test_what_cannot_be_rendered_is_a_sentence(scene: Any, monkeypatch: pytest.MonkeyPatch):
    broken = ["-c", "print('no paper in the printer'); raise SystemExit(3)"]
    monkeypatch.setattr(film_process, "command", lambda *_arguments: [film_process.sys.executable, *broken])
    render_film()
    assert "exit code 3" in status.error
    assert "no paper in the printer" in status.error
    scene.camera = None
    with pytest.raises(RuntimeError, match="no camera"):
        bpy.ops.alphsistant.render_film()


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("//film.mp4", "film.mp4"),
        ("//shot.v02", "shot.v02.mp4"),
        ("//shot.v03", "shot.v03.mp4"),
        ("//shot.v03.MP4", "shot.v03.MP4"),
        ("//shot.mov", "shot.mp4"),
        ("//v1.2/take 7", "take 7.mp4"),
        ("//films/", "film.mp4"),
        ("", "film.mp4"),
    ],
)
@pytest.mark.parametrize("saved", [True, False])
def test_names_of_films(tmp_path: Path, wanted: str, name: str, saved: bool):
    if saved:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    scene = bpy.context.scene
    scene.alphsistant.film_path = wanted
    path = film_job.path_of(scene)
    assert path.name == name
    assert path.is_relative_to(tmp_path if saved else tmp_path / "user" / "films")


def test_kinds_of_films(scene: Any):
    settings = scene.alphsistant
    assert film_job.settings_of(scene) == render.FilmSettings(None, None), "as the scene is set"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 1920, 1080, 100
    settings.film_kind = "PREVIEW"
    assert film_job.settings_of(scene) == render.FilmSettings(compat.WORKBENCH, (960, 540))
    settings.film_kind = "SQUARE"
    settings.film_size = 301
    assert film_job.settings_of(scene).size in {(300, 300), (302, 302)}
    assert film_job.settings_of(scene).engine is None


def test_the_scenes_own_look_is_left_as_it_is_set(scene: Any, tmp_path: Path):
    scene.render.engine = compat.CYCLES
    scene.cycles.samples = 7
    scene.view_settings.exposure = 1.5
    with render.film_scene(scene, tmp_path / "x.mp4", film_job.settings_of(scene)) as copy:
        assert copy.render.engine == compat.CYCLES
        assert copy.cycles.samples == 7
        assert copy.view_settings.exposure == 1.5


def test_play_and_open_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from alphsistant_addon.blender.film import operators

    with pytest.raises(RuntimeError, match="no film yet"):
        bpy.ops.alphsistant.play_film()
    film = tmp_path / "film.mp4"
    status.film = str(film)
    with pytest.raises(RuntimeError, match="no longer there"):
        bpy.ops.alphsistant.play_film()
    film.write_bytes(b"")
    opened: list[Path] = []
    monkeypatch.setattr(operators, "_open", opened.append)
    bpy.ops.alphsistant.play_film()
    bpy.ops.alphsistant.open_film_folder()
    assert opened == [film, tmp_path]
    status.forget()
