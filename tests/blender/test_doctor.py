"""Each way in which keys move nothing is made, found, put right by its button, and the mesh moves again."""

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
from alphsistant_addon.blender.takes import doctor, heard
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.pipeline import reply_stream
from alphsistant_addon.pipeline.reply import Reply

pytestmark = pytest.mark.blender

KEYS = ("viseme_PP", "viseme_aa", "viseme_E", "viseme_O")


@pytest.fixture
def head(make_face: Callable[..., Any], models: Any) -> Any:
    """A mesh with a take that moves it."""
    head = make_face("Head", KEYS)
    bake(models)
    assert moves(head)
    assert [finding.is_fault for finding in doctor.examine(bpy.context.scene)] == [False]
    return head


def bake(models: Any, **options: Any) -> takes.Take:
    scene = bpy.context.scene
    reply = list(reply_stream.run("", models, text="Bob may pop.", frame_rate=25))[-1]
    found = find.find(scene)
    assert found is not None
    assert isinstance(reply, Reply)
    take = takes.bake(scene, found, reply, **options)
    scene.alphsistant.take = take.id
    return take


def points(thing: Any, frame: int) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    evaluated = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    found = np.array([tuple(vertex.co) for vertex in mesh.vertices])
    evaluated.to_mesh_clear()
    return found


def moves(thing: Any) -> bool:
    """Whether the evaluated mesh changes its shape within the take; the playhead stays in the take."""
    shapes = [points(thing, frame) for frame in range(1, 28)]
    bpy.context.scene.frame_set(1)
    return bool(max(np.abs(shape - shapes[0]).max() for shape in shapes) > 0.05)


def mute_keys(head: Any) -> None:
    for block in head.data.shape_keys.key_blocks:
        block.mute = True


def clip(head: Any) -> None:
    for block in head.data.shape_keys.key_blocks:
        block.slider_max = 0.01


def clip_from_below(head: Any) -> None:
    for block in head.data.shape_keys.key_blocks:
        block.slider_max = block.slider_min = 0.5


def assign_another_action(head: Any) -> None:
    action = bpy.data.actions.new("Mine")
    curves, slot = compat.new_curves(action, head.data.shape_keys, "mine")
    for key in KEYS:
        curves.new(f'key_blocks["{key}"].value', index=0).keyframe_points.insert(1, 0.0)
    compat.assign(head.data.shape_keys, action, slot)


def unassign(head: Any) -> None:
    head.data.shape_keys.animation_data.action = None


def forget_slot(head: Any) -> None:
    head.data.shape_keys.animation_data.action_slot = None


def win_from_above(head: Any) -> None:
    takes.push_down(takes.all_takes()[0].id)
    assign_another_action(head)
    compat.push_down(head.data.shape_keys, "On Top")


def win_by_action(head: Any) -> None:
    takes.push_down(takes.all_takes()[0].id)
    assign_another_action(head)


def mute_nla_track(head: Any) -> None:
    takes.push_down(takes.all_takes()[0].id)
    head.data.shape_keys.animation_data.nla_tracks[-1].mute = True


def fade_strip(head: Any) -> None:
    takes.push_down(takes.all_takes()[0].id)
    strip = head.data.shape_keys.animation_data.nla_tracks[-1].strips[0]
    strip.use_animated_influence = True
    strip.influence = 0.0


def turn_nla_off(head: Any) -> None:
    takes.push_down(takes.all_takes()[0].id)
    head.data.shape_keys.animation_data.use_nla = False


def solo(head: Any) -> None:
    take_action = head.data.shape_keys.animation_data.action
    assign_another_action(head)
    compat.push_down(head.data.shape_keys, "Loner")
    takes.show(take_action[takes.TAG])
    head.data.shape_keys.animation_data.nla_tracks["Loner"].is_solo = True


def take_influence(head: Any) -> None:
    solo(head)
    head.data.shape_keys.animation_data.nla_tracks["Loner"].is_solo = False
    head.data.shape_keys.animation_data.action_influence = 0.0


def drive(head: Any) -> None:
    for key in KEYS:
        head.data.shape_keys.key_blocks[key].driver_add("value").driver.expression = "0.0"


def make_absolute(head: Any) -> None:
    head.data.shape_keys.use_relative = False


def pin(head: Any) -> None:
    head.active_shape_key_index = 0
    head.show_only_shape_key = True


def mute_curves(head: Any) -> None:
    for curve in compat.curves_of(head.data.shape_keys):
        curve.mute = True


def limit_curves(head: Any) -> None:
    for curve in compat.curves_of(head.data.shape_keys):
        modifier = curve.modifiers.new("LIMITS")
        modifier.use_max_y = True
        modifier.max_y = 0.0


FAULTS = {
    mute_keys: "muted",
    clip: "slider's range clips",
    clip_from_below: "slider's range clips",
    assign_another_action: "Another Action",
    unassign: "not assigned",
    win_from_above: "wins over it",
    win_by_action: "wins over it",
    mute_nla_track: "is muted",
    fade_strip: "partial influence",
    turn_nla_off: "NLA evaluation is off",
    solo: "plays solo",
    take_influence: "0% influence",
    drive: "drivers win",
    make_absolute: "absolute",
    pin: "only its active shape key",
    mute_curves: "muted",
    limit_curves: "modifiers",
}


def strip() -> Any:
    (found,) = (strip for strip in compat.existing_strips(bpy.context.scene) if strip.type == "SOUND")
    return found


def move_strip(_head: Any) -> None:
    compat.move_strip(strip(), 50)


def mute_strip(_head: Any) -> None:
    strip().mute = True


def mute_channel(_head: Any) -> None:
    bpy.context.scene.sequence_editor.channels[strip().channel].mute = True


def mute_meta(_head: Any) -> None:
    meta = compat.strips(bpy.context.scene).new_meta("Meta", 5, 1)
    strip().move_to_meta(meta)
    meta.mute = True


def turn_volume_down(_head: Any) -> None:
    strip().volume = 0.0


def mute_scene(_head: Any) -> None:
    bpy.context.scene.use_audio = False


def remove_strip(_head: Any) -> None:
    compat.strips(bpy.context.scene).remove(strip())


UNHEARD = {
    move_strip: "play 50 frames (2.00 s) before the sound",
    mute_strip: "The sound strip “Bob may pop.” is muted",
    mute_channel: "The sequencer's channel",
    mute_meta: "The meta strip “Meta”",
    turn_volume_down: "The volume",
    mute_scene: "The sound of the scene",
    remove_strip: "No sound strip",
}
needs_sound = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this bpy wheel was built without sound")


@needs_sound
@pytest.mark.parametrize("break_it", UNHEARD, ids=lambda fault: fault.__name__)
def test_what_keeps_the_take_from_being_heard_is_found_and_put_right(head: Any, break_it: Callable[[Any], None]):
    break_it(head)
    bpy.ops.alphsistant.find_out_why()
    (finding,) = doctor.findings()
    assert finding.is_fault
    assert UNHEARD[break_it] in finding.sentence
    bpy.ops.alphsistant.fix(finding=0)
    assert not doctor.findings()[0].is_fault, doctor.findings()
    take = takes.all_takes()[0]
    lag = heard.lag_of(bpy.context.scene, take)
    assert lag is not None
    assert abs(lag.start) < 1e-3


@needs_sound
def test_a_sound_that_is_gone_or_at_another_speed_is_named(head: Any):
    scene = bpy.context.scene
    Path(bpy.path.abspath(strip().sound.filepath)).unlink()
    (finding,) = doctor.examine(scene)
    assert "is missing" in finding.sentence
    assert finding.repair is None
    scene.render.fps = 50
    text = " ".join(finding.sentence for finding in doctor.examine(scene))
    assert "plays 50 frames a second" in text
    assert head.name not in text


def test_nothing_is_wrong_with_the_shipped_face_in_a_new_scene(blender: Any, models: Any):
    """The mouth at rest needs no shape, and armatures are always hidden in renders."""
    from alphsistant_addon.blender.face import shipped_face

    reply = list(reply_stream.run("", models, text="Bob may pop.", frame_rate=25))[-1]
    assert isinstance(reply, Reply)
    scene = blender.data.scenes.new("New")
    blender.context.window.scene = scene
    with shipped_face.shipped(scene, shipped_face.read_shipped()) as face:
        take = takes.bake(scene, face, reply)
    scene.frame_set(take.start)
    (finding,) = doctor.examine(scene, take.id)
    assert not finding.is_fault, finding


if compat.has_slots():
    FAULTS[forget_slot] = "not its slot"


@pytest.mark.parametrize("break_it", FAULTS, ids=lambda fault: fault.__name__)
def test_what_stops_the_mesh_is_found_and_put_right(head: Any, break_it: Callable[[Any], None]):
    break_it(head)
    assert not moves(head)
    bpy.ops.alphsistant.find_out_why()
    (finding,) = doctor.findings()
    assert finding.is_fault
    assert FAULTS[break_it] in finding.sentence
    assert finding.fix_label
    bpy.ops.alphsistant.fix(finding=0)
    assert moves(head)
    assert not doctor.findings()[0].is_fault, doctor.findings()


def test_several_faults_are_all_found_and_put_right(head: Any):
    mute_keys(head)
    make_absolute(head)
    drive(head)
    doctor.look(bpy.context.scene)
    assert len(doctor.findings()) == 3
    for _ in range(3):
        bpy.ops.alphsistant.fix(finding=0)
    assert moves(head)


@pytest.mark.parametrize(
    ("where", "words"), [("hide_render", "hidden in renders"), ("hide_viewport", "hidden in the viewport")]
)
def test_a_hidden_mesh_is_found_and_shown(head: Any, where: str, words: str):
    setattr(head, where, True)
    doctor.look(bpy.context.scene)
    (finding,) = doctor.findings()
    assert words in finding.sentence
    bpy.ops.alphsistant.fix(finding=0)
    assert not getattr(head, where)
    assert moves(head)


def test_a_mesh_in_a_hidden_or_excluded_collection_is_found(head: Any):
    scene = bpy.context.scene
    collection = bpy.data.collections.new("Set")
    scene.collection.children.link(collection)
    scene.collection.objects.unlink(head)
    collection.objects.link(head)
    collection.hide_viewport = True
    assert any("hidden in the viewport" in finding.sentence for finding in doctor.examine(scene))
    collection.hide_viewport = False
    collection.hide_render = True
    assert any("hidden in renders" in finding.sentence for finding in doctor.examine(scene))
    bpy.context.view_layer.layer_collection.children["Set"].exclude = True
    assert any("excluded" in finding.sentence for finding in doctor.examine(scene))


def test_a_playhead_outside_the_take_is_found(head: Any):
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 200, 300
    scene.frame_set(250)
    doctor.look(scene)
    assert [finding.fix_label for finding in doctor.findings()] == ["Go to Its Start", "Play Its Frames Too"]
    bpy.ops.alphsistant.fix(finding=1)
    bpy.ops.alphsistant.fix(finding=0)
    assert scene.frame_current == scene.frame_start == 1
    assert moves(head)


def test_the_wrong_mesh_is_named(head: Any, make_face: Callable[..., Any]):
    other = make_face("Other")
    bpy.context.scene.alphsistant.face = other
    sentences = [finding.sentence for finding in doctor.examine(bpy.context.scene)]
    assert any("moves “Head”, not “Other”" in sentence for sentence in sentences)
    assert head.name == "Head"


def test_keys_that_are_renamed_empty_or_gone_are_named(head: Any):
    blocks = head.data.shape_keys.key_blocks
    head.shape_key_remove(blocks["viseme_aa"])
    for index in range(3):
        blocks["viseme_O"].data[index].co = blocks[0].data[index].co
    text = " ".join(finding.sentence for finding in doctor.examine(bpy.context.scene))
    assert "no shape key “viseme_aa” any more" in text
    assert "“viseme_O” has no shape" in text
    bpy.data.objects.remove(head)
    assert "No object in this scene" in doctor.examine(bpy.context.scene)[0].sentence


def test_a_lock_stops_nothing_and_is_not_reported(head: Any):
    for block in head.data.shape_keys.key_blocks:
        block.lock_shape = True
    for curve in compat.curves_of(head.data.shape_keys):
        curve.lock = True
    assert moves(head)
    assert [finding.is_fault for finding in doctor.examine(bpy.context.scene)] == [False]


def test_without_a_take_it_says_so(blender: Any):
    (finding,) = doctor.examine(blender.context.scene)
    assert "no take yet" in finding.sentence


def test_looking_leaves_the_playhead(head: Any):
    bpy.context.scene.frame_set(7)
    assert "at frame" in doctor.examine(bpy.context.scene)[0].sentence
    assert bpy.context.scene.frame_current == 7
    assert head.name in bpy.context.scene.objects


def test_a_fault_on_linked_data_is_a_sentence(head: Any, tmp_path: Path):
    mute_keys(head)
    doctor.look(bpy.context.scene)
    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert doctor.findings() == (), "another file"
    with pytest.raises(AssetError, match="no longer there"):
        doctor.fix(bpy.context.scene, 0)
    with bpy.data.libraries.load(str(library), link=True) as (_, target):
        target.objects = ["Head"]
    bpy.context.scene.collection.objects.link(target.objects[0])
    scene = bpy.context.scene
    scene.frame_set(1)
    found = doctor.examine(scene)
    assert "muted" in " ".join(finding.sentence for finding in found)


def test_what_no_button_can_put_right_is_named(head: Any):
    scene = bpy.context.scene
    keys = head.data.shape_keys
    keys.key_blocks["viseme_aa"].vertex_group = head.vertex_groups.new(name="Lips").name
    head.vertex_groups.clear()
    keys.key_blocks["viseme_aa"].vertex_group = "Lips"
    head.modifiers.new("Cache", "MESH_CACHE")
    takes.push_down(takes.all_takes()[0].id)
    tracks = keys.animation_data.nla_tracks
    tracks.active = tracks[-1]
    tracks[-1].strips[0].select = True
    keys.animation_data.use_tweak_mode = True
    by_sentence = {finding.sentence: finding for finding in doctor.examine(scene)}
    text = " ".join(by_sentence)
    assert "tweak mode" in text
    assert "“viseme_aa” is limited to a vertex group that is not there" in text
    (cache,) = (finding for sentence, finding in by_sentence.items() if "“Cache”" in sentence)
    assert cache.repair is not None
    cache.repair()
    assert not head.modifiers["Cache"].show_viewport
    keys.animation_data.use_tweak_mode = False
