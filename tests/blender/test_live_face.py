"""The live face moves, and nothing of it is ever in the file: whatever is done to the file in whatever state."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from whole_file import differences, whole_file

import alphsistant_addon
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.live import file_values, live_face, live_session
from alphsistant_addon.blender.live.live_status import current as live_status
from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from alphsistant_addon.lip_sync.live_motion import LIVE_CHANNELS, CurveTable, LiveMotion, weights_of

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

STATES = ("idle", "listening", "thinking", "speaking")
SENTENCE = CurveTable(
    FaceAnimation(
        {
            "viseme_aa": Curve(np.array([0.0, 0.2, 60.0]), np.array([0.0, 0.8, 0.8])),
            "eyeBlinkLeft": Curve(np.array([0.0, 0.1, 60.0]), np.array([0.0, 0.5, 0.5])),
            "headPitchDown": Curve(np.array([0.0, 0.1, 60.0]), np.array([0.0, 0.6, 0.6])),
        },
        60.0,
    )
)


class Shown:
    """A source that is always in one state."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.motion = LiveMotion(seed=3)
        self.is_over = False
        self.is_closed = False
        self.ticks = 0
        self.began = time.perf_counter()

    def tick(self, _now: float) -> None:
        self.ticks += 1

    def weights(self, now: float) -> Any:
        # The clock is put on, so that every state shows something at once.
        seconds = now - self.began + 5.0
        return self.motion.at(seconds, self.state, [(SENTENCE, seconds)] if self.state == "speaking" else [])

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def character(make_face: Callable[..., Any]) -> Iterator[tuple[Any, Any]]:
    """A face with keys set by hand, and an armature with a jaw, a head and a neck."""
    mesh = make_face(keys=(*VISEME_CHANNELS, *ARKIT_CHANNELS), active=True)
    keys = mesh.data.shape_keys.key_blocks
    keys["eyeBlinkLeft"].value = 0.3
    keys["viseme_aa"].value = 0.15
    keys["mouthSmileLeft"].value = 0.2
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, height in (("neck", 1.0), ("head", 1.2)):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = (0.0, 0.0, height), (0.0, 0.0, height + 0.2)
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.pose.bones["head"].rotation_quaternion = (0.9, 0.1, 0.2, 0.3)
    rig.pose.bones["neck"].rotation_mode = "XYZ"
    rig.pose.bones["neck"].rotation_euler = (0.1, 0.2, 0.3)
    mesh.parent = rig
    bpy.context.view_layer.objects.active = mesh
    bpy.ops.ed.undo_push(message="character")
    yield mesh, rig
    live_session.stop()


def go_live(state: str) -> Shown:
    shown = Shown(state)
    live_session.start(shown, bpy.context.scene)
    move(shown)
    return shown


def move(shown: Shown) -> None:
    """Turn the timer until something moves."""
    shown.began -= 0.4
    for _ in range(3):
        live_session.tick()


def own_values() -> list[Any]:
    keys = [block.value for block in bpy.data.shape_keys[0].key_blocks]
    bones = [tuple(file_values.rotation_of(bone)) for bone in bpy.data.objects["Rig"].pose.bones]
    return [*keys, *bones, file_values.NOTE in bpy.data.shape_keys[0], file_values.NOTE in bpy.data.objects["Rig"]]


def in_file(path: Path) -> list[Any]:
    """What a file holds, read without the add-on's help."""
    other = path.with_name("other.blend")  # Blender does not read from the file that is open
    shutil.copyfile(path, other)
    with bpy.data.libraries.load(str(other)) as (there, here):
        here.objects = [name for name in there.objects if name in ("Head", "Rig")]
    mesh, rig = sorted(here.objects, key=lambda thing: thing.type != "MESH")
    keys = mesh.data.shape_keys
    values = [
        *(block.value for block in keys.key_blocks),
        *(tuple(file_values.rotation_of(bone)) for bone in rig.pose.bones),
        *(file_values.NOTE in thing for thing in (keys, rig)),
    ]
    for thing in (mesh, rig):
        bpy.data.objects.remove(thing)
    return values


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
def test_a_live_face_moves_and_is_put_back(state: str) -> None:
    before, own = whole_file(), own_values()
    shown = go_live(state)
    moved = own_values()
    assert moved != own
    assert file_values.NOTE in bpy.data.shape_keys[0]
    live_session.stop()
    assert shown.is_closed
    assert own_values() == own
    assert differences(before, whole_file()) == []
    assert not bpy.app.timers.is_registered(live_session.tick)


def test_the_mouth_starts_from_rest_and_lids_from_where_they_are(character: tuple[Any, Any]) -> None:
    mesh, rig = character
    shown = go_live("speaking")
    shown.motion = LiveMotion()
    move(shown)
    shown.began -= 1.0  # beyond every fade
    live_session.tick()
    keys = mesh.data.shape_keys.key_blocks
    assert keys["viseme_aa"].value == pytest.approx(0.8, abs=1e-3)
    assert keys["eyeBlinkLeft"].value == pytest.approx(0.3 + 0.7 * 0.5, abs=1e-3)
    assert keys["mouthSmileLeft"].value == pytest.approx(0.2, abs=1e-6)
    head = rig.pose.bones["head"]
    turn = head.rotation_quaternion.normalized().rotation_difference(
        type(head.rotation_quaternion)((0.9, 0.1, 0.2, 0.3)).normalized()
    )
    assert np.degrees(turn.angle) == pytest.approx(0.6 * 0.6 * 15.0, abs=0.05), "the neck takes the rest"


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["save", "save copy", "save selected", "take's own changes"])
def test_what_is_written_is_the_file_as_it_was(tmp_path: Path, state: str, kind: str) -> None:
    path = tmp_path / "file.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    own = own_values()
    shown = go_live(state)
    assert own_values() != own
    if kind == "save":
        bpy.ops.wm.save_mainfile()
    elif kind == "save copy":
        path = tmp_path / "copy.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    elif kind == "save selected":  # as the film is made
        path = tmp_path / "part.blend"
        from alphsistant_addon.blender.common.stand_aside import stand_aside

        stand_aside()
        bpy.data.libraries.write(str(path), {bpy.context.scene})
    else:
        from alphsistant_addon.blender.common.file_changes import FileChanges

        with FileChanges():
            assert own_values() == own
            bpy.ops.wm.save_as_mainfile(filepath=str(path))
    assert in_file(path) == own
    move(shown)
    assert own_values() != own, "it goes on"


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
def test_an_autosave_is_mended_as_it_is_opened(tmp_path: Path, state: str) -> None:
    """Blender writes the last undo step then, and calls nobody."""
    own = own_values()
    go_live(state)
    bpy.app.handlers.save_pre.remove(live_session.put_back)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "auto.blend"), copy=True)
    bpy.app.handlers.save_pre.append(live_session.put_back)
    assert in_file(tmp_path / "auto.blend") != own
    live_session.stop()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "auto.blend"))
    assert own_values() == own


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
def test_undo_and_redo_find_nothing_of_it(state: str) -> None:
    own = own_values()
    bpy.data.objects["Head"].location.x = 1.0
    bpy.ops.ed.undo_push(message="before it is live")
    shown = go_live(state)
    bpy.data.objects["Head"].location.x = 2.0
    bpy.ops.ed.undo_push(message="while it is live")  # holds the moved face
    bpy.data.objects["Head"].location.x = 3.0
    bpy.ops.ed.undo_push(message="again")
    for step, place in (("undo", 2.0), ("undo", 1.0), ("redo", 2.0), ("redo", 3.0), ("undo", 2.0)):
        getattr(bpy.ops.ed, step)()
        assert bpy.data.objects["Head"].location.x == place
        assert own_values() == own
        move(shown)
        assert own_values() != own
    live_session.stop()
    assert own_values() == own
    bpy.ops.ed.redo()
    assert own_values() == own, "also when nothing is live any more"


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
def test_another_file_stops_it(tmp_path: Path, state: str) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    own = own_values()
    shown = go_live(state)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "file.blend"))
    assert shown.is_closed
    assert not live_status.is_running
    assert own_values() == own
    assert not bpy.app.timers.is_registered(live_session.tick)


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
def test_a_render_shows_the_file(tmp_path: Path, state: str) -> None:
    scene, own = bpy.context.scene, own_values()
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.render.filepath = str(tmp_path / "frame.png")
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    shown = go_live(state)
    seen: list[Any] = []

    def look(*_arguments: Any) -> None:
        live_session.tick()  # as Blender would, beside the render
        seen.append((own_values(), live_status.resting))

    bpy.app.handlers.render_pre.append(look)
    try:
        bpy.ops.render.render(write_still=True)
    finally:
        bpy.app.handlers.render_pre.remove(look)
    assert seen == [(own, "The face rests while a render runs")]
    move(shown)
    assert own_values() != own
    assert live_status.resting == ""


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ["Head", "Rig"])
def test_it_rests_in_edit_mode(state: str, name: str) -> None:
    own = own_values()
    shown = go_live(state)
    bpy.context.view_layer.objects.active = bpy.data.objects[name]
    bpy.ops.object.mode_set(mode="EDIT")
    ticks = shown.ticks
    live_session.tick()
    assert "rests" in live_status.resting
    assert shown.ticks == ticks + 1, "the sound goes on"
    bpy.ops.object.mode_set(mode="OBJECT")
    assert own_values() == own
    move(shown)
    assert own_values() != own
    assert live_status.resting == ""


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
def test_it_rests_while_the_timeline_plays(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    own = own_values()
    go_live(state)
    monkeypatch.setattr(live_face, "obstacle", lambda _face: "The face rests while the timeline plays")
    live_session.tick()
    assert own_values() == own
    assert live_status.resting == "The face rests while the timeline plays"


@pytest.mark.parametrize("state", STATES)
def test_a_renamed_face_goes_on_under_its_new_name(character: tuple[Any, Any], state: str) -> None:
    mesh, _ = character
    own = own_values()
    shown = go_live(state)
    mesh.name = "Bob"
    mesh.data.shape_keys.key_blocks["viseme_aa"].name = "viseme_aa renamed"
    live_session.tick()
    assert own_values() == own
    live_session._running[0]._looked = -1e9
    move(shown)
    assert own_values() != own
    live_session.stop()
    assert own_values() == own


def test_a_picked_face_that_is_renamed_is_not_another_one(
    character: tuple[Any, Any], make_face: Callable[..., Any]
) -> None:
    mesh, _ = character
    other = make_face("Ann", keys=(*VISEME_CHANNELS, *ARKIT_CHANNELS))
    shown = Shown("speaking")
    live_session.start(shown, bpy.context.scene, other)
    move(shown)
    other.name = "Zoe"
    live_session.tick()
    live_session._running[0]._looked = -1e9
    move(shown)
    assert [keys.name for keys in file_values.noted()] == [other.data.shape_keys.name]
    bpy.data.objects.remove(other)
    live_session.tick()
    live_session._running[0]._looked = -1e9
    move(shown)
    assert list(file_values.noted()) == []
    assert live_status.resting == "The face “Ann” is gone."
    assert mesh.data.shape_keys.key_blocks["viseme_aa"].value == pytest.approx(0.15)


@pytest.mark.parametrize("state", STATES)
def test_a_deleted_face_leaves_its_copy_as_it_was(character: tuple[Any, Any], state: str) -> None:
    mesh, _ = character
    own = [block.value for block in mesh.data.shape_keys.key_blocks]
    go_live(state)
    copy = mesh.copy()
    copy.data = mesh.data.copy()
    bpy.data.objects.remove(mesh)
    live_session.tick()
    live_session.stop()
    assert [block.value for block in copy.data.shape_keys.key_blocks] == own
    assert list(file_values.noted()) == []


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize("state", STATES)
def test_disabling_the_add_on_puts_it_back(state: str) -> None:
    own = own_values()
    shown = go_live(state)
    alphsistant_addon.unregister()
    try:
        assert shown.is_closed
        assert own_values() == own
        assert not bpy.app.timers.is_registered(live_session.tick)
        ours = [
            handler for name in dir(bpy.app.handlers) for handler in _handlers(name) if "live" in handler.__module__
        ]
        assert ours == []
    finally:
        alphsistant_addon.register()


def _handlers(name: str) -> list[Any]:
    found = getattr(bpy.app.handlers, name)
    return list(found) if isinstance(found, list) else []


def test_what_the_user_sets_meanwhile_is_the_users(character: tuple[Any, Any]) -> None:
    mesh, rig = character
    go_live("speaking")
    mesh.data.shape_keys.key_blocks["viseme_aa"].value = 0.42
    mesh.data.shape_keys.key_blocks["eyeWideLeft"].value = 0.33
    rig.pose.bones["neck"].rotation_euler = (0.0, 0.0, 0.5)
    live_session.tick()
    assert mesh.data.shape_keys.key_blocks["viseme_aa"].value != pytest.approx(0.42)
    live_session.stop()
    assert mesh.data.shape_keys.key_blocks["viseme_aa"].value == pytest.approx(0.42)
    assert mesh.data.shape_keys.key_blocks["eyeWideLeft"].value == pytest.approx(0.33)
    assert tuple(rig.pose.bones["neck"].rotation_euler) == pytest.approx((0.0, 0.0, 0.5))


@pytest.mark.parametrize("state", STATES)
def test_what_the_user_sets_is_in_the_undo_step_that_blender_pushes_with_it(
    character: tuple[Any, Any], state: str
) -> None:
    """A typed value and its undo step are one click: no tick comes between them."""
    _, rig = character
    shown = go_live(state)
    bpy.data.shape_keys[0].key_blocks["mouthSmileLeft"].value = 0.45
    rig.pose.bones["neck"].rotation_euler = (0.0, 0.0, 0.5)
    bpy.ops.ed.undo_push(message="set by hand")
    move(shown)
    bpy.data.objects["Head"].location.x = 2.0
    bpy.ops.ed.undo_push(message="something else")
    bpy.ops.ed.undo()
    live_session.stop()
    assert bpy.data.shape_keys[0].key_blocks["mouthSmileLeft"].value == pytest.approx(0.45)
    assert tuple(bpy.data.objects["Rig"].pose.bones["neck"].rotation_euler) == pytest.approx((0.0, 0.0, 0.5))


@pytest.mark.usefixtures("character")
def test_what_is_set_right_before_it_is_put_back_stays() -> None:
    keys = bpy.data.shape_keys[0].key_blocks
    go_live("speaking")
    keys["viseme_aa"].value = 0.42
    live_session.put_back()
    assert keys["viseme_aa"].value == pytest.approx(0.42)
    assert keys["eyeBlinkLeft"].value == pytest.approx(0.3)


def test_keys_of_a_take_win_only_for_the_moment_of_a_frame_change(character: tuple[Any, Any]) -> None:
    """An Action sets its keys at each frame change: that is the file's own from then on, and the live face goes on."""
    mesh, _ = character
    keys = mesh.data.shape_keys
    block = keys.key_blocks["viseme_aa"]
    for frame, value in ((1, 0.1), (11, 0.6)):
        block.value = value
        block.keyframe_insert("value", frame=frame)
    scene = bpy.context.scene
    scene.frame_set(1)
    shown = go_live("speaking")
    move(shown)
    bpy.context.view_layer.update()
    assert block.value == pytest.approx(0.8, abs=0.02), "an evaluation does not bring the Action's value back"
    scene.frame_set(11)
    assert block.value == pytest.approx(0.6, abs=1e-6)
    live_session.tick()
    assert block.value == pytest.approx(0.8, abs=0.02)
    live_session.stop()
    assert block.value == pytest.approx(0.6, abs=1e-6)


def test_a_driven_key_is_left_alone(character: tuple[Any, Any]) -> None:
    mesh, _ = character
    keys = mesh.data.shape_keys
    keys.key_blocks["viseme_aa"].driver_add("value").driver.expression = "0.7"
    face = find.find(bpy.context.scene)
    assert face is not None
    live = live_face.LiveFace(face)
    live.show(weights_of({"viseme_aa": 0.1, "viseme_O": 0.5}))
    assert "viseme_aa" not in [name for moved in live._keys for name in moved.names]
    live.put_back()


def test_a_face_that_comes_later_is_found(make_face: Callable[..., Any]) -> None:
    shown = go_live("listening")
    assert list(file_values.noted()) == []
    make_face(keys=(*VISEME_CHANNELS, *ARKIT_CHANNELS))
    live_session._running[0]._looked = -1e9
    move(shown)
    assert list(file_values.noted()) == [bpy.data.shape_keys[0]]
    live_session.stop()


@pytest.mark.usefixtures("character")
def test_a_failure_stops_it_and_leaves_nothing() -> None:
    own = own_values()
    shown = go_live("speaking")

    def fail(_now: float) -> None:
        raise RuntimeError("no sound card")

    shown.tick = fail  # type: ignore[method-assign]
    assert live_session.tick() is None
    assert shown.is_closed
    assert own_values() == own
    assert live_session.live_status.sound == "The live face had to stop after a fault: the log says why."
    live_session.live_status.forget()


@pytest.mark.usefixtures("character")
def test_nothing_is_set_that_has_not_changed() -> None:
    face = find.find(bpy.context.scene)
    assert face is not None
    live = live_face.LiveFace(face)
    weights = weights_of({"viseme_aa": 0.5, "eyeBlinkLeft": 0.5})
    assert live.show(weights) > 0
    assert live.show(weights) == 0
    assert live.show(weights_of({"viseme_aa": 0.6, "eyeBlinkLeft": 0.5})) == 1
    live.put_back()


def test_every_live_channel_is_known() -> None:
    assert len(set(LIVE_CHANNELS)) == len(LIVE_CHANNELS)
