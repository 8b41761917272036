"""Lines of a table as scenes: on the shipped face or a character's own file, which nobody writes to."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fake_cast import use_cast

bpy = pytest.importorskip("bpy")

from alphsistant_addon.batch import command_line as batch_command_line
from alphsistant_addon.batch.run import run
from alphsistant_addon.batch.table import Line
from alphsistant_addon.blender.common.scene_time import frames_per_second
from alphsistant_addon.blender.headless import batch_scene, command_line
from alphsistant_addon.blender.takes import bake, record

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]


def options(**more: Any) -> argparse.Namespace:
    return argparse.Namespace(**{"fps": 25.0, "film": False, "engine": "workbench", "size": 64, "also": (), **more})


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def character(make_face: Any, tmp_path: Path) -> Path:
    """A file of the user's: two heads, 24 frames a second, an action of its own, a text that runs when trusted."""
    make_face("Ann")
    make_face("Bea")
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.001
    scene.frame_start, scene.frame_end = 101, 110
    script = bpy.data.texts.new("evil.py")
    script.use_module = True
    script.from_string("import bpy\nbpy.app.driver_namespace['evil'] = True")
    path = tmp_path / "heads" / "two “heads”.blend"
    path.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return path


def test_a_character_of_the_users_own_file(models: Any, character: Path, tmp_path: Path):
    before = fingerprint(character)
    line = Line("a 1", text="Bob. Pop.", character=character, face="Bea", mood="happy")
    (outcome,) = run([line], tmp_path / "out", batch_scene.in_scene(options(), models))
    assert outcome.error == ""
    assert fingerprint(character) == before
    assert [path.name for path in character.parent.iterdir()] == [character.name]
    assert "evil" not in bpy.app.driver_namespace, "scripts in a character's file never run"

    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "a 1" / batch_scene.SCENE))
    scene = bpy.context.scene
    (take,) = bake.all_takes()
    assert take.start == 101
    assert take.sound == "//speech.wav", "the folder may be moved to another machine"
    assert bpy.data.objects["Bea"].data.shape_keys.animation_data.action is not None
    assert bpy.data.objects["Ann"].data.shape_keys.animation_data is None
    record = json.loads((tmp_path / "out" / "a 1" / "animation.json").read_text(encoding="utf-8"))
    assert record["frame_rate"] == pytest.approx(24000 / 1001)
    assert frames_per_second(scene) == pytest.approx(24000 / 1001)
    assert scene.frame_end == 101 + -(-record["duration"] * 24000 // 1001)


def test_somebody_of_the_cast_speaks(models: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    use_cast(monkeypatch, tmp_path / "assets", "Amy", "Bob")
    (outcome,) = run([Line("a", text="Bob.", member="bob")], tmp_path / "out", batch_scene.in_scene(options(), models))
    assert outcome.error == ""
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "a" / batch_scene.SCENE))
    (take,) = bake.all_takes()
    assert record.objects_of(bpy.context.scene, take.id)[0].name == "Bob Face"
    assert bpy.context.scene.camera.name == "Bob Camera"


def test_the_shipped_face_at_any_frame_rate(models: Any, tmp_path: Path):
    make = batch_scene.in_scene(options(fps=30000 / 1001, film=True, also=("srt",)), models)
    (outcome,) = run([Line("a", text="Bop.")], tmp_path, make)
    assert outcome.error == ""
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        *("animation.json", "curves.csv", "film.mp4", "line.json", "speech.srt", "speech.wav", "take.blend")
    ]
    clip = bpy.data.movieclips.load(str(tmp_path / "a" / "film.mp4"))
    assert clip.fps == pytest.approx(30000 / 1001, abs=0.01)
    assert str(tmp_path).encode() not in (tmp_path / "a" / "film.mp4").read_bytes(), "no path of the user's in it"


def test_what_is_wrong_with_a_character_is_said_and_the_next_line_is_done(models: Any, character: Path, tmp_path: Path):
    broken = tmp_path / "broken.blend"
    broken.write_bytes(b"BLENDER-v405 but not really" * 9)
    rows = [
        Line("missing", text="Bob.", character=tmp_path / "none.blend"),
        Line("broken", text="Bob.", character=broken),
        Line("nobody", text="Bob.", character=character, face="Eve"),
        Line("good", text="Bob.", character=character),
    ]
    outcomes = run(rows, tmp_path / "out", batch_scene.in_scene(options(), models))
    assert ["missing" in outcomes[0].error, "damaged" in outcomes[1].error, "“Eve”" in outcomes[2].error] == [True] * 3
    assert outcomes[3].error == ""
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good"]


def test_the_command_of_blender(
    models: Any, character: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(batch_command_line, "models_of", lambda _options: models)
    table = tmp_path / "lines.csv"
    table.write_text(f"id,text,character\na,Bob.,{character.relative_to(tmp_path)}\nb,🙂,\nc,Pop.,\n")
    out = tmp_path / "out"
    assert command_line.run(["batch", str(table), "--out", str(out), "--shard", "1/3"]) == 0
    assert command_line.run(["batch", str(table), "--out", str(out)]) == 1
    assert "1 done, 1 there before, 1 failed" in capsys.readouterr().out
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert [line["status"] for line in report["lines"]] == ["kept", "failed", "done"]


def in_edit_mode(head: Any) -> None:
    bpy.context.view_layer.objects.active = head
    bpy.ops.object.mode_set(mode="EDIT")


def muted(head: Any) -> None:
    for block in head.data.shape_keys.key_blocks:
        block.mute = True


def absolute(head: Any) -> None:
    head.data.shape_keys.use_relative = False


def driven(head: Any) -> None:
    for block in head.data.shape_keys.key_blocks[1:]:
        block.driver_add("value").driver.expression = "0.0"


@pytest.mark.parametrize(
    ("spoil", "warning"),
    [(in_edit_mode, ""), (muted, "mute"), (absolute, "(?i)relative|absolute"), (driven, "driver")],
)
def test_a_character_that_would_stand_still_is_told(
    models: Any, make_face: Any, tmp_path: Path, spoil: Any, warning: str
):
    """The keys are there, and without a look at the mesh the line would be called done."""
    spoil(make_face("Ann"))
    path = tmp_path / "ann.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    (outcome,) = run(
        [Line("a", text="Bob.", character=path)], tmp_path / "out", batch_scene.in_scene(options(), models)
    )
    assert outcome.error == ""
    if warning:
        assert re.search(warning, outcome.warnings)
    else:
        assert "Edit Mode" not in outcome.warnings
        assert bpy.context.mode == "OBJECT"
