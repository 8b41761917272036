"""What the report says of a take is what the evaluated mesh does; its markers come and go with the take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import doctor, record
from alphsistant_addon.blender.takes import report as take_report
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.pipeline import reply_stream
from alphsistant_addon.pipeline.reply import Reply

pytestmark = pytest.mark.blender

COLUMNS = 9


@pytest.fixture
def lips(blender: Any) -> Any:
    """Two lips of nine points each, joined at the corners, and a row of teeth behind them that never closes."""
    x = np.linspace(-1.0, 1.0, COLUMNS)
    rows = [
        np.stack((x, np.full(COLUMNS, y), np.full(COLUMNS, z)), axis=1) for y, z in ((0, 1), (0, 0.02), (0, 0), (0, -1))
    ]
    teeth = [np.stack((x[:3] * 0.3, np.full(3, 0.2), np.full(3, z)), axis=1) for z in (0.1, -0.1)]
    points = np.concatenate(rows + teeth)
    quads = [
        (r + i, r + i + 1, r + i + 1 + COLUMNS, r + i + COLUMNS) for r in (0, 2 * COLUMNS) for i in range(COLUMNS - 1)
    ]
    corners = [(COLUMNS, 2 * COLUMNS), (2 * COLUMNS - 1, 3 * COLUMNS - 1)]
    mesh = blender.data.meshes.new("Lips")
    mesh.from_pydata(points.tolist(), corners, quads)
    thing = blender.data.objects.new("Lips", mesh)
    blender.context.scene.collection.objects.link(thing)
    thing.shape_key_add(name="Basis", from_mix=False)
    shapes = {
        "viseme_PP": 0.001,
        "viseme_aa": -0.8,
        "viseme_E": -0.4,
        "viseme_O": -0.5,
        "viseme_U": -0.2,
        "viseme_I": -0.2,
    }
    for name, drop in shapes.items():
        block = thing.shape_key_add(name=name, from_mix=False)
        for index in range(2 * COLUMNS, 4 * COLUMNS):
            block.data[index].co.z += drop * (1 - (index % COLUMNS / 4 - 1) ** 2)
        if name != "viseme_PP":
            for index in range(4 * COLUMNS + 3, 4 * COLUMNS + 6):
                block.data[index].co.z += drop
    return thing


def bake(models: Any, text: str = "Bob may pop. My mum.") -> takes.Take:
    scene = bpy.context.scene
    reply = list(reply_stream.run("", models, text=text, frame_rate=25))[-1]
    found = find.find(scene)
    assert found is not None
    assert isinstance(reply, Reply)
    return takes.bake(scene, found, reply)


def curve_of(thing: Any, key: str) -> Any:
    path = f'key_blocks["{key}"].value'
    return next(curve for curve in compat.curves_of(thing.data.shape_keys) if curve.data_path == path)


def marks() -> list[str]:
    return [marker.name for marker in bpy.context.scene.timeline_markers if marker.name.startswith("!")]


def test_a_sound_take(lips: Any, models: Any):
    take = bake(models)
    bpy.context.scene.frame_set(5)
    report = take_report.check(take.id)
    assert bpy.context.scene.frame_current == 5
    assert report.mesh == lips.name
    assert report.seals == report.closed == 8
    assert report.clipped == ()
    assert report.apex_ms is not None
    assert report.apex_ms[1] < 100
    keys = sum(len(curve.keyframe_points) for curve in compat.curves_of(lips.data.shape_keys))
    assert report.keys_per_second == pytest.approx(keys * 25 / (take.end - take.start))
    assert record.report_lines(take.id)[0] == "8 of 8 lip seals (p b m) close on “Lips”."


def test_a_take_in_stretched_time(lips: Any, models: Any):
    bpy.context.scene.render.frame_map_new = 250
    take = bake(models)
    report = take_report.check(take.id)
    assert report.closed == report.seals == 8, lips
    assert report.apex_ms is not None
    assert report.apex_ms[1] < 100
    bpy.context.scene.alphsistant.take = take.id
    assert [finding.is_fault for finding in doctor.examine(bpy.context.scene)] == [False]


def test_a_mouth_held_open_by_hand_is_seen_on_the_mesh(lips: Any, models: Any):
    take = bake(models)
    curve = curve_of(lips, "viseme_aa")
    for point in curve.keyframe_points:
        point.co.y = 0.9
    curve.update()
    report = take_report.check(take.id)
    assert (report.closed, report.seals) == (0, 8)
    assert len(report.worst) == len(marks()) == 5
    assert sum("stays open (9" in moment.sentence for moment in report.worst) == 5
    frames = sorted(m.frame for m in bpy.context.scene.timeline_markers if m.name.startswith("!"))
    assert frames == sorted(round(moment.frame) for moment in report.worst)


def test_a_driver_that_opens_the_mouth_is_seen_though_the_keys_are_right(lips: Any, models: Any):
    take = bake(models)
    block = lips.data.shape_keys.key_blocks["viseme_O"]
    block.driver_add("value").driver.expression = "1.0"
    assert take_report.check(take.id).closed == 0


def test_markers_belong_to_the_take(lips: Any, models: Any):
    take = bake(models)
    bpy.context.scene.timeline_markers.new("! mine", frame=3)
    lips.data.shape_keys.key_blocks["viseme_O"].driver_add("value").driver.expression = "1.0"
    for _ in range(2):
        bpy.ops.alphsistant.report_take(take=take.id)
        assert len(marks()) == 6
    bpy.ops.alphsistant.remove_report_markers(take=take.id)
    assert marks() == ["! mine"]
    bpy.ops.alphsistant.report_take(take=take.id)
    takes.remove(take.id)
    assert [marker.name for marker in bpy.context.scene.timeline_markers] == ["! mine"]


def test_clipped_keys_are_named(lips: Any, models: Any):
    take = bake(models)
    lips.data.shape_keys.key_blocks["viseme_aa"].slider_max = 0.3
    report = take_report.check(take.id)
    assert report.clipped == ("viseme_aa",)
    assert any("“viseme_aa” is clipped by" in moment.sentence for moment in report.worst)


def test_vowels_moved_by_hand_are_late(lips: Any, models: Any):
    take = bake(models)
    before = take_report.check(take.id)
    for curve in compat.curves_of(lips.data.shape_keys):
        for point in curve.keyframe_points:
            point.co.x += 2  # frames of 40 ms
        curve.update()
    after = take_report.check(take.id)
    assert before.apex_ms is not None
    assert after.apex_ms is not None
    assert after.apex_ms[0] - before.apex_ms[0] == pytest.approx(80, abs=30)


def test_subdivision_does_not_disturb_it(lips: Any, models: Any):
    take = bake(models)
    lips.modifiers.new("Subdivision", "SUBSURF")
    report = take_report.check(take.id)
    assert report.closed == report.seals == 8


def test_without_its_sound_the_lips_are_still_measured(lips: Any, models: Any):
    take = bake(models)
    Path(bpy.path.abspath(take.sound)).unlink()
    report = take_report.check(take.id)
    assert report.apex_ms is None
    assert report.mesh == lips.name
    assert "not measured" in report.lines[1]


def test_a_face_without_a_mouth_is_said_to_have_none(make_face: Callable[..., Any], models: Any):
    make_face("Blob", ("viseme_PP", "viseme_aa", "viseme_O"))
    report = take_report.check(bake(models).id)
    assert report.mesh == ""
    assert "no mesh was found" in report.lines[0]


def test_a_muted_take_is_met_with_a_sentence(lips: Any, models: Any):
    first = bake(models)
    bake(models)
    with pytest.raises(AlphsistantError, match="show it first"):
        take_report.check(first.id)
    assert lips.name


def test_a_report_survives_saving(lips: Any, models: Any, tmp_path: Path):
    take = bake(models)
    assert takes.is_shown(take.id), lips
    take_report.check(take.id)
    lines = record.report_lines(take.id)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert record.report_lines(take.id) == lines
    assert take_report.check(take.id).lines == lines
