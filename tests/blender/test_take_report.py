"""What the report says of a take is what the evaluated mesh does; its markers come and go with the take."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.face.mouth_opening import Mouth
from alphsistant_addon.blender.jobs import desk
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import doctor, heard, playback, record
from alphsistant_addon.blender.takes import report as take_report
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.pipeline import reply_stream
from alphsistant_addon.pipeline.reply import Reply

pytestmark = pytest.mark.blender

COLUMNS = 9
HAS_SOUND = bpy.app.build_options.audaspace


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
        block.value = 0.0  # from 5.0 on a new key starts at 1
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


def test_markers_belong_to_the_take(lips: Any, models: Any, finish: Callable[[], Any]):
    take = bake(models)
    bpy.context.scene.timeline_markers.new("! mine", frame=3)
    lips.data.shape_keys.key_blocks["viseme_O"].driver_add("value").driver.expression = "1.0"
    for _ in range(2):
        bpy.ops.alphsistant.report_take(take=take.id)
        assert finish().error == ""
        assert len(marks()) == 6
    bpy.ops.alphsistant.remove_report_markers(take=take.id)
    assert marks() == ["! mine"]
    bpy.ops.alphsistant.report_take(take=take.id)
    finish()
    takes.remove(take.id)
    assert [marker.name for marker in bpy.context.scene.timeline_markers] == ["! mine"]


def test_clipped_keys_are_named(lips: Any, models: Any):
    take = bake(models)
    lips.data.shape_keys.key_blocks["viseme_aa"].slider_max = 0.1
    report = take_report.check(take.id)
    assert report.clipped == ("viseme_aa",)
    assert any("“viseme_aa” is clipped by" in moment.sentence for moment in report.worst)


@pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this bpy wheel was built without sound")
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
    assert "Vowels against the sound: not measured." in report.lines
    assert not HAS_SOUND or "is missing" in report.lines[0]


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


def strip_of(take: takes.Take) -> Any:
    strip = heard.strip_of(bpy.context.scene, take)
    assert strip is not None
    return strip


needs_sound = pytest.mark.skipif(not HAS_SOUND, reason="this bpy wheel was built without sound")


@needs_sound
@pytest.mark.parametrize("frames", [50, -50])
def test_a_moved_sound_strip_is_apart_from_the_keys(lips: Any, models: Any, frames: int):
    take = bake(models)
    before = take_report.check(take.id)
    compat.move_strip(strip_of(take), frames)
    report = take_report.check(take.id)
    side = "before" if frames > 0 else "after"
    assert report.lines[0] == f"The keys of “{take.name}” play 50 frames (2.00 s) {side} the sound."
    assert report.apex_ms is not None
    assert before.apex_ms is not None
    assert report.apex_ms[0] == pytest.approx(before.apex_ms[0] - 40 * frames, abs=1)
    assert report.closed == report.seals == 8, lips
    assert marks()[0].startswith("! The keys of")


@needs_sound
def test_keys_moved_as_a_whole_are_apart_from_the_sound(lips: Any, models: Any):
    take = bake(models)
    for curve in compat.curves_of(lips.data.shape_keys):
        for point in curve.keyframe_points:
            point.co.x += 30
        curve.update()
    report = take_report.check(take.id)
    assert "play 30 frames (1.20 s) after the sound" in report.lines[0]
    assert report.closed == report.seals == 8
    assert report.apex_ms is not None
    assert report.apex_ms[0] == pytest.approx(1200, abs=60)


@needs_sound
def test_an_nla_strip_that_was_moved_is_apart_from_the_sound(lips: Any, models: Any):
    take = bake(models)
    takes.push_down(take.id)
    (strip,) = playback.nla_strips(lips.data.shape_keys, take.id)
    strip.frame_end += 25
    strip.frame_start += 25
    report = take_report.check(take.id)
    assert "play 25 frames (1.00 s) after the sound" in report.lines[0]
    assert report.closed == report.seals == 8


@needs_sound
def test_another_frame_rate_is_said(lips: Any, models: Any):
    take = bake(models, "Bob may pop. My mum. " * 4)
    bpy.context.scene.render.fps = 50
    report = take_report.check(take.id)
    assert "plays 50 frames a second" in report.lines[0]
    assert "was made for 25" in report.lines[0]
    seconds = (take.end - take.start) / 25
    assert f"({seconds / 2:.2f} s) before the sound. Speak it again." in report.lines[0], lips


@needs_sound
def test_what_is_not_heard_is_said(lips: Any, models: Any):
    take = bake(models)
    strip = strip_of(take)
    strip.mute = True
    bpy.context.scene.sequence_editor.channels[strip.channel].mute = True
    text = " ".join(take_report.check(take.id).heard)
    assert "The sound strip “Bob may pop. My mum.” is muted." in text, lips
    assert "The sequencer's channel" in text


@needs_sound
def test_every_channel_of_any_format_is_measured(lips: Any, models: Any):
    """24 bits, and the voice on the second channel alone."""
    soundfile = pytest.importorskip("soundfile")
    take = bake(models)
    before = take_report.check(take.id)
    path = bpy.path.abspath(take.sound)
    samples, rate = soundfile.read(path)
    soundfile.write(path, np.stack((np.zeros_like(samples), samples), axis=1), rate, subtype="PCM_24")
    after = take_report.check(take.id)
    assert after.apex_ms == pytest.approx(before.apex_ms, abs=0.1), lips


@needs_sound
def test_a_packed_sound_is_measured(lips: Any, models: Any):
    take = bake(models)
    before = take_report.check(take.id)
    strip_of(take).sound.pack()
    Path(bpy.path.abspath(take.sound)).unlink()
    after = take_report.check(take.id)
    assert after.apex_ms == before.apex_ms, lips
    assert after.heard == ()


def test_a_take_is_checked_one_frame_in_a_tick(lips: Any, models: Any, monkeypatch: pytest.MonkeyPatch):
    take = bake(models, "Bob may pop. My mum. " * 4)
    lips.data.shape_keys.key_blocks["viseme_O"].driver_add(
        "value"
    ).driver.expression = "1.0"  # all frames are looked at
    bpy.context.scene.frame_set(7)
    looked: list[float] = []
    opening_at = Mouth.opening_at

    def slow(mouth: Mouth, scene: Any, frame: float) -> float:
        looked.append(frame)
        time.sleep(0.005)
        return opening_at(mouth, scene, frame)

    monkeypatch.setattr(Mouth, "opening_at", slow)
    assert bpy.ops.alphsistant.report_take(take=take.id) == {"FINISHED"}
    fractions = []
    while desk.poll() is not None:
        assert len(looked) <= 1, "more than one frame in a tick"
        looked.clear()
        fractions.append(status.fraction)
    assert status.error == ""
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 20
    assert record.report_lines(take.id)[0] == "0 of 32 lip seals (p b m) close on “Lips”."
    assert bpy.context.scene.frame_current == 7


def until_measuring() -> None:
    while not (status.step == "Measuring the lips" and status.fraction > 0.1):
        assert desk.poll() is not None
    assert bpy.context.scene.frame_current != 7


@pytest.fixture
def measuring(lips: Any, models: Any) -> takes.Take:
    """A take in the midst of being checked, with the playhead at frame 7 before."""
    take = bake(models, "Bob may pop. My mum. " * 4)
    lips.data.shape_keys.key_blocks["viseme_O"].driver_add("value").driver.expression = "1.0"
    bpy.context.scene.frame_set(7)
    bpy.ops.alphsistant.report_take(take=take.id)
    until_measuring()
    return take


def test_a_check_that_is_cancelled_leaves_everything_as_it_was(measuring: takes.Take):
    desk.cancel()
    assert bpy.context.scene.frame_current == 7
    assert record.report_lines(measuring.id) == []
    assert marks() == []


def test_a_check_waits_while_the_mesh_is_edited(measuring: takes.Take, lips: Any, finish: Callable[[], Any]):
    bpy.context.view_layer.objects.active = lips
    bpy.ops.object.mode_set(mode="EDIT")
    desk.poll()
    assert "Object Mode" in status.step
    assert bpy.context.scene.frame_current == 7
    bpy.ops.object.mode_set(mode="OBJECT")
    assert finish().error == ""
    assert record.report_lines(measuring.id)


def test_a_playhead_that_is_moved_during_a_check_stays_where_it_was_put(
    measuring: takes.Take, finish: Callable[[], Any]
):
    bpy.context.scene.frame_set(11)
    assert finish().error == ""
    assert bpy.context.scene.frame_current == 11
    assert record.report_lines(measuring.id)


def test_a_take_removed_during_its_check_is_a_sentence(measuring: takes.Take, finish: Callable[[], Any]):
    takes.remove(measuring.id)
    assert "no longer there" in finish().error


def test_lips_in_pieces_are_measured(lips: Any, models: Any):
    """A mesh cut at every edge, as importers leave it, whose upper lip is raised; teeth and hair are larger."""
    mesh = lips.data
    single = bpy.data.meshes.new("Pieces")
    shapes = {block.name: np.array([tuple(point.co) for point in block.data]) for block in mesh.shape_keys.key_blocks}
    faces = [list(face.vertices) for face in mesh.polygons]
    corners = [corner for face in faces for corner in face]
    hair = 400
    grid = [(0.01 * (i % 20), 5.0, 0.01 * (i // 20)) for i in range(hair)]
    quads = [(r * 20 + c, r * 20 + c + 1, r * 20 + c + 21, r * 20 + c + 20) for r in range(19) for c in range(19)]
    single.from_pydata(
        [*shapes["Basis"][corners].tolist(), *grid],
        [],
        [
            *(range(4 * i, 4 * i + 4) for i in range(len(faces))),
            *([len(corners) + index for index in quad] for quad in quads),
        ],
    )
    thing = bpy.data.objects.new("Pieces", single)
    bpy.context.scene.collection.objects.link(thing)
    bpy.data.objects.remove(lips)
    for name, points in shapes.items():
        block = thing.shape_key_add(name=name, from_mix=False)
        block.value = 0.0  # from 5.0 on a new key starts at 1
        for index, corner in enumerate(corners):
            block.data[index].co = points[corner]
            if name in ("viseme_aa", "viseme_O") and 0 < points[corner][2] < 0.5:
                block.data[index].co.z += 0.5 * (1 - points[corner][0] ** 2)
        if name == "viseme_aa":  # the hair swings farther than the lips, as one piece
            for index in range(len(corners), len(corners) + hair):
                block.data[index].co.z -= 2.0
    take = bake(models)
    report = take_report.check(take.id)
    assert report.mesh == "Pieces"
    assert report.closed == report.seals == 8
    thing.data.shape_keys.key_blocks["viseme_O"].driver_add("value").driver.expression = "1.0"
    assert take_report.check(take.id).closed == 0
