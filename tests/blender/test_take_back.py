"""Whatever a take changes is taken back: when a bake fails at any step, and when the take is removed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.common.file_changes import FileChanges
from alphsistant_addon.blender.face import find, shipped_face
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import playback, record, scene_settings
from alphsistant_addon.core.face_animation import Curve
from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS
from tests.blender.test_takes import reply_of, value_at
from tests.blender.whole_file import differences, whole_file

pytestmark = pytest.mark.blender

MakeFace = Callable[..., Any]
KEYS = (*VISEME_CHANNELS, "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp", "smile_custom")


def add_rig(head: Any) -> Any:
    """An armature with a jaw and a head bone, which the mesh follows."""
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, tip in (("head", (0, 0, 1)), ("jaw", (0, -1, 0))):
        bone = data.edit_bones.new(name)
        bone.tail = tip
    bpy.ops.object.mode_set(mode="OBJECT")
    head.parent = rig
    return rig


def own_action(thing: Any, path: str, frames: tuple[int, int] = (1, 500), index: int = -1) -> Any:
    for frame, value in zip(frames, (0.0, 0.3), strict=True):
        thing.path_resolve(path.rpartition(".")[0])
        owner = thing.path_resolve(path.rpartition(".")[0])
        name = path.rpartition(".")[2]
        if index < 0:
            setattr(owner, name, value)
        else:
            getattr(owner, name)[index] = value
        owner.keyframe_insert(name, index=index, frame=frame)
    return thing.animation_data.action


def plain(head: Any) -> None:
    """A face that nobody has touched."""


def by_hand(head: Any) -> None:
    """A sleepy face that smiles, in a pose, with a frame range, a marker, a strip of the user's."""
    blocks = head.data.shape_keys.key_blocks
    blocks["eyeBlinkLeft"].value, blocks["smile_custom"].value = 0.4, 0.7
    rig = add_rig(head)
    for bone, mode in ((rig.pose.bones["head"], "XYZ"), (rig.pose.bones["jaw"], "QUATERNION")):
        bone.rotation_mode = mode
    rig.pose.bones["head"].rotation_euler = (0.11, 0.23, -0.37)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.sync_mode = 1, 500, "FRAME_DROP"
    scene.timeline_markers.new("mine", frame=7)
    scene.frame_set(42)
    scene.sequence_editor_clear()


def animated(head: Any) -> None:
    """Own Actions on shape keys and bones, which blend by COMBINE; the frames 1 to 500."""
    own_action(head.data.shape_keys, 'key_blocks["smile_custom"].value')
    own_action(head.data.shape_keys, 'key_blocks["eyeBlinkLeft"].value')
    rig = add_rig(head)
    rig.pose.bones["head"].rotation_mode = "XYZ"
    own_action(rig, 'pose.bones["head"].rotation_euler', index=2)
    rig.animation_data.action_blend_type = "COMBINE"
    rig.animation_data.action_extrapolation = "HOLD_FORWARD"
    bpy.context.scene.frame_end = 500


def in_the_nla(head: Any) -> None:
    """Own NLA tracks below and a driver."""
    keys = head.data.shape_keys
    own_action(keys, 'key_blocks["smile_custom"].value')
    compat.push_down(keys, "mine")
    own_action(keys, 'key_blocks["browInnerUp"].value', (20, 60))
    keys.key_blocks["eyeBlinkRight"].driver_add("value").driver.expression = "0.25"
    bpy.context.scene.frame_end = 500


SITUATIONS = (plain, by_hand, animated, in_the_nla)


@pytest.fixture(params=SITUATIONS, ids=lambda situation: situation.__name__)
def face(request: pytest.FixtureRequest, make_face: MakeFace) -> Any:
    head = make_face(keys=KEYS)
    request.param(head)
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    return head


def bake(models: Any, text: str = "Bob may pop. My mum.", **options: Any) -> takes.Take:
    scene = bpy.context.scene
    found = find.find(scene)
    assert found is not None
    return takes.bake(scene, found, reply_of(models, text), **options)


def assert_same(before: dict[str, Any], note: str = "") -> None:
    lines = differences(before, settled())
    assert not lines, f"{note} {lines[:8]}"


def settled() -> dict[str, Any]:
    """The whole file, evaluated at its frame."""
    scene = bpy.context.scene
    scene.frame_set(scene.frame_current)
    return whole_file()


class PowerLossError(Exception):
    """What the tests raise."""


def fail_at_every_step(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], *, behind: bool) -> Iterator[int]:
    """Let ``work`` fail before (or behind) each of its changes in turn, until it comes through."""
    real = FileChanges.do
    counted = {"step": 0, "done": 0}

    def do(self: Any, change: Any, undo: Any) -> Any:
        counted["done"] += 1
        fails = counted["done"] == counted["step"]
        if fails and not behind:
            raise PowerLossError
        try:
            return real(self, change, undo)
        finally:
            if fails:  # also where the change itself fails, as sound does in a Blender built without it
                raise PowerLossError

    while True:
        counted["step"] += 1
        counted["done"] = 0
        with monkeypatch.context() as patch:
            patch.setattr(FileChanges, "do", do)
            try:
                work()
            except PowerLossError:
                pass
            else:
                return
        yield counted["step"]


def folder_of(path: Path) -> list[str]:
    return sorted(str(entry.relative_to(path)) for entry in path.rglob("*") if not entry.name.endswith(".blend1"))


def check_every_step(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], folder: Path, *, behind: bool) -> int:
    """Let ``work`` fail at each step and compare the whole file and its folder; the number of steps."""
    before, files = settled(), folder_of(folder)
    steps = 0
    for step in fail_at_every_step(monkeypatch, work, behind=behind):
        steps = step
        assert_same(before, f"step {step}")
        assert folder_of(folder) == files, f"step {step}"
    return steps


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "film"
    folder.mkdir()
    return folder


@pytest.mark.usefixtures("face")
@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_a_bake_that_fails_at_any_step_changes_nothing(
    models: Any, monkeypatch: pytest.MonkeyPatch, home: Path, behind: bool
):
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "film.blend"))
    steps = check_every_step(monkeypatch, lambda: bake(models), home, behind=behind)
    assert steps > 20
    assert len(takes.all_takes()) == 1, "without a failure there is a take in the end"


@pytest.mark.usefixtures("face")
@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_a_second_take_that_fails_at_any_step_leaves_the_others(
    models: Any, monkeypatch: pytest.MonkeyPatch, home: Path, behind: bool
):
    """It follows one that is then an NLA strip, mutes another, and replaces a third."""
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "film.blend"))
    first = bake(models, "Pop.")
    muted = bake(models, "Mum.", start=first.end)
    old = bake(models, "Mum.", start=first.end + 2)
    assert [takes.state(take.id) for take in (first, muted, old)] == ["PUSHED_DOWN", "MUTED", "SHOWN"]
    takes.show(muted.id)
    takes.show(old.id)
    check_every_step(monkeypatch, lambda: bake(models, replaced=old.id), home, behind=behind)
    assert len(takes.all_takes()) == 3


@pytest.mark.usefixtures("face")
def test_making_and_removing_a_take_leaves_the_file_as_it_was(models: Any):
    before = settled()
    take = bake(models)
    assert differences(before, settled())
    takes.remove(take.id)
    assert_same(before)


@pytest.mark.usefixtures("face")
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_removing_several_takes_in_any_order_leaves_the_file_as_it_was(models: Any, order: tuple[int, ...]):
    before = settled()
    first = bake(models)
    made = [first, bake(models, "Fifi.", start=first.end + 5), bake(models, "Viva.", start=3)]
    takes.push_down(made[1].id)
    for number in order:
        takes.remove(made[number].id)
    assert_same(before)


@pytest.mark.usefixtures("face")
def test_a_take_is_taken_back_after_saving_and_loading(models: Any, tmp_path: Path):
    blend = str(tmp_path / "a.blend")
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    bpy.ops.wm.open_mainfile(filepath=blend)
    before = settled()
    take = bake(models)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=blend)
    takes.remove(take.id)
    assert_same(before)


def test_lids_that_were_closed_by_hand_stay_so_in_the_take_and_after_it(make_face: MakeFace, models: Any):
    head = make_face(keys=KEYS)
    head.data.shape_keys.key_blocks["eyeBlinkLeft"].value = 0.4
    found = find.find(bpy.context.scene)
    assert found is not None
    reply = reply_of(models)
    blink = Curve(np.array([0.0, 0.2, 0.4]), np.array([0.0, 1.0, 0.0]))
    channels = {**reply.animation.channels, "eyeBlinkLeft": blink}
    reply = replace(reply, animation=replace(reply.animation, channels=channels))
    for _ in range(2):  # the second take starts from the hand's value too, not from where the first one's playhead was
        take = takes.bake(bpy.context.scene, found, reply)
        assert value_at(head, "eyeBlinkLeft", 1) == pytest.approx(0.4)
        assert value_at(head, "eyeBlinkLeft", 6) == pytest.approx(1.0)
        assert value_at(head, "eyeBlinkLeft", 20) == pytest.approx(0.4)
    value_at(head, "eyeBlinkLeft", 6)
    for take in takes.all_takes():
        takes.remove(take.id)
    assert head.data.shape_keys.key_blocks["eyeBlinkLeft"].value == pytest.approx(0.4)


def test_what_the_user_sets_while_no_take_plays_is_what_comes_back(make_face: MakeFace, models: Any):
    head = make_face(keys=KEYS)
    take = bake(models)
    takes.hide(take.id)
    block = head.data.shape_keys.key_blocks["viseme_PP"]
    assert block.value == 0.0
    block.value = 0.6
    takes.show(take.id)
    value_at(head, "viseme_PP", 2)
    takes.remove(take.id)
    assert block.value == pytest.approx(0.6)


def settings() -> tuple[Any, ...]:
    scene = bpy.context.scene
    return scene.frame_start, scene.frame_end, scene.sync_mode, scene.use_audio_scrub, scene.frame_current


@pytest.mark.parametrize("saved", [False, True], ids=["at once", "after saving"])
def test_what_the_user_has_changed_since_stays(make_face: MakeFace, models: Any, tmp_path: Path, saved: bool):
    make_face()
    scene = bpy.context.scene
    scene.frame_end = 30
    take = bake(models, start=10)
    assert settings() == (1, take.end, "AUDIO_SYNC", True, 10)
    scene.frame_end, scene.sync_mode = 700, "FRAME_DROP"
    if saved:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    takes.remove(take.id)
    assert settings() == (1, 700, "FRAME_DROP", False, 1)


def test_the_range_is_widened_and_only_an_empty_scene_is_shortened(make_face: MakeFace, models: Any):
    scene = bpy.context.scene
    make_face()
    take = bake(models)
    assert (scene.frame_start, scene.frame_end) == (1, take.end), "nothing else is in this scene"
    later = bake(models, start=400)
    assert (scene.frame_start, scene.frame_end) == (1, later.end)
    takes.hide(later.id)
    assert scene.frame_end == take.end
    takes.show(later.id)
    takes.remove(take.id)
    takes.remove(later.id)
    assert (scene.frame_start, scene.frame_end) == (1, 250)
    cube = make_face("Cube", ())
    cube.keyframe_insert("location", frame=1)
    take = bake(models, start=-20)
    assert (scene.frame_start, scene.frame_end) == (-20 if scene.frame_start < 0 else 0, 250)
    takes.remove(take.id)
    assert (scene.frame_start, scene.frame_end) == (1, 250)


def test_takes_that_an_older_version_made_are_taken_back_too(make_face: MakeFace, models: Any):
    """Until 2026-11 the scene's tag listed the takes itself."""
    scene = bpy.context.scene
    make_face()
    first = bake(models)
    second = bake(models, start=400)
    tag = json.loads(scene[record.SCENE])
    spans = {take.id: [take.start, take.end] for take in (first, second)}
    for name in ("era", "frames", "last"):
        del tag[name]
    scene[record.SCENE] = json.dumps(tag | {"takes": list(spans), "spans": spans, "counted": list(spans)})
    del scene[scene_settings.SPANS]
    assert playback.after_last(scene) == second.end
    takes.hide(second.id)
    assert scene.frame_end == first.end
    third = bake(models, start=300)
    assert (scene.frame_end, playback.after_last(scene)) == (third.end, third.end)
    for take in (third, first, second):
        takes.remove(take.id)
    assert (scene.frame_start, scene.frame_end) == (1, 250)
    assert not {record.SCENE, scene_settings.SPANS} & set(scene.keys())


def test_what_a_scene_knows_of_its_takes_is_not_written_anew_for_each(make_face: MakeFace, models: Any):
    make_face()
    scene = bpy.context.scene
    bake(models)
    length = len(scene[record.SCENE])
    for _ in range(5):
        bake(models, start=playback.after_last(scene) + 5)
    assert len(scene[record.SCENE]) < length + 10, "but for figures that are longer"
    assert len(scene[scene_settings.SPANS].keys()) == 6


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
@pytest.mark.skipif(not (shipped_face.asset_folder("face") / "face.blend").is_file(), reason="no shipped face")
@pytest.mark.usefixtures("blender")
def test_a_take_of_the_shipped_face_that_fails_at_any_step_changes_nothing(
    models: Any, monkeypatch: pytest.MonkeyPatch, home: Path, behind: bool
):
    scene = bpy.context.scene
    scene.world = None
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "film.blend"))

    def work() -> None:
        with shipped_face.shipped(scene) as face:
            takes.bake(scene, face, reply_of(models, "Bob."))

    assert check_every_step(monkeypatch, work, home, behind=behind) > 15


def test_a_failure_while_taking_back_does_not_stop_the_rest(caplog: pytest.LogCaptureFixture):
    undone: list[str] = []

    def broken(_result: object) -> None:
        raise RuntimeError("stuck")

    def work() -> None:
        with FileChanges() as changes:
            changes.do(lambda: None, lambda _: undone.append("first"))
            changes.do(lambda: None, broken)
            changes.do(lambda: None, lambda _: undone.append("third"))
            raise PowerLossError

    with pytest.raises(PowerLossError):
        work()
    assert undone == ["third", "first"]
    assert "taken back" in caplog.text
