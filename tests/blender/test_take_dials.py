"""Dials and layers change a take's curves at once, and back; hand edits stay; nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import dial_settings, hand_edits, playback, record, stored, take_remaking
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from alphsistant_addon.pipeline import reply_stream
from tests.blender.test_take_back import add_rig
from tests.blender.whole_file import differences, whole_file

pytestmark = pytest.mark.blender

TEXT = "Bob may pop a little van. Look at who laughed."
FRAMES = np.arange(1, 130)


def bake(models: Any, **options: Any) -> takes.Take:
    from alphsistant_addon.lip_sync import Delivery, Life

    scene = bpy.context.scene
    delivery = Delivery(life=Life(mood="happy"))
    reply = list(reply_stream.run("", models, text=TEXT, frame_rate=25, delivery=delivery))[-1]
    return takes.bake(scene, find.find(scene), reply, **options)


@pytest.fixture
def head(make_face: Callable[..., Any]) -> Any:
    made = make_face(keys=(*VISEME_CHANNELS, "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp", "mouthSmileLeft"))
    add_rig(made)
    return made


@pytest.fixture
def take(head: Any, models: Any) -> takes.Take:
    assert head
    return bake(models)


def curves(take_id: str) -> dict[tuple[str, int], Any]:
    return {
        (curve.data_path, curve.array_index): curve
        for _, part in record.parts_of(take_id)
        for curve in record.curves_of_part(part)
    }


def played(take_id: str) -> dict[tuple[str, int], Any]:
    return {place: np.array([c.evaluate(f) for f in FRAMES]) for place, c in curves(take_id).items() if not c.mute}


def keys_of(take_id: str) -> dict[tuple[str, int], list[tuple[float, float]]]:
    return {place: [tuple(p.co) for p in curve.keyframe_points] for place, curve in curves(take_id).items()}


def key(name: str) -> tuple[str, int]:
    return f'key_blocks["{name}"].value', 0


def dials(take_id: str) -> Any:
    return dial_settings.of_take(take_id)


def same(first: Any, second: Any) -> bool:
    return first.keys() == second.keys() and all(
        len(first[place]) == len(second[place]) and np.allclose(first[place], second[place], atol=1e-4)
        for place in first
    )


CHANGES: tuple[tuple[str, Any], ...] = (
    *(("jaw", 0.3), ("lips", 0.4), ("rounding", 1.6), ("tongue", 0.0), ("smoothing", 150), ("lead", 40), ("hold", 80)),
    *(("frames", "TWOS"), ("frames", "THREES"), ("frames", "ONES"), ("stepped", True), ("mouth", False)),
    *(("blinks", False), ("head", False), ("mood", False)),
)


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_a_dial_changes_the_curves_and_back(take: takes.Take, name: str, value: Any):
    before = keys_of(take.id), {place: curve.mute for place, curve in curves(take.id).items()}
    setattr(dials(take.id), name, value)
    now = keys_of(take.id), {place: curve.mute for place, curve in curves(take.id).items()}
    assert now != before
    assert hand_edits.count_edited(take.id) == (0 if now[1] == before[1] else sum(now[1].values()))
    assert bpy.ops.alphsistant.reset_dials(take=take.id) == {"FINISHED"}
    assert same(keys_of(take.id), before[0])
    assert {place: curve.mute for place, curve in curves(take.id).items()} == before[1]
    assert not dial_settings.are_turned(dials(take.id))
    assert hand_edits.count_edited(take.id) == 0
    assert len(bpy.data.actions) == len(record.actions_of(take.id)), "no copy is left"


def test_the_jaw_dial_leaves_closed_lips_alone(take: takes.Take):
    before = played(take.id)
    dials(take.id).jaw = 0.3
    after = played(take.id)
    assert after[key("viseme_aa")].max() == pytest.approx(0.3 * before[key("viseme_aa")].max(), abs=0.03)
    sealed = before[key("viseme_PP")] > 0.995
    assert sealed.sum() > 3
    assert after[key("viseme_PP")][sealed].min() >= 0.99


def test_lead_moves_the_mouth_and_nothing_else(take: takes.Take):
    before = played(take.id)
    dials(take.id).lead = 80  # two frames
    after = played(take.id)
    assert np.abs(after[key("viseme_PP")][10:60] - before[key("viseme_PP")][12:62]).max() < 0.11
    assert np.array_equal(after[key("eyeBlinkLeft")], before[key("eyeBlinkLeft")])


@pytest.mark.parametrize(("on", "step"), [("ONES", 1), ("TWOS", 2), ("THREES", 3)])
@pytest.mark.parametrize("stepped", [False, True])
def test_keys_on_ones_twos_threes(head: Any, models: Any, on: str, step: int, stepped: bool):
    assert head
    take = bake(models, start=4)
    dials(take.id).stepped = stepped
    dials(take.id).frames = on
    frames = np.array([frame for keys in keys_of(take.id).values() for frame, _ in keys])
    assert np.abs((frames - 4) / step - ((frames - 4) / step).round()).max() < 1e-3
    kinds = {point.interpolation for curve in curves(take.id).values() for point in curve.keyframe_points}
    assert kinds == ({"CONSTANT"} if stepped else {"BEZIER"})
    reply_phones = [phone for phone in stored.phones_of(record.record_of(take.id)) if phone.symbol in "pbm"]
    sealed = curves(take.id)[key("viseme_PP")]
    for phone in reply_phones:
        middle = 4 + (phone.start + 0.36 * (phone.end - phone.start)) * 25
        assert max(sealed.evaluate(frame) for frame in np.arange(middle - step, middle + step, 0.5)) > 0.99, phone


def test_edits_by_hand_stay(take: takes.Take):
    curve = curves(take.id)[key("viseme_aa")]
    point = max(curve.keyframe_points, key=lambda p: p.co[1])
    frame, height = point.co
    point.co[1] = height + 0.2
    curve.update()
    extra = compat.curve_collections(*part_of(take.id))[0].new('key_blocks["viseme_CH"].value')
    extra.keyframe_points.insert(5, 0.25)
    curves(take.id)[key("eyeBlinkRight")].lock = True
    before = keys_of(take.id)
    dials(take.id).tongue = 0.5
    now = curves(take.id)
    assert now[key("viseme_aa")].evaluate(frame) == pytest.approx(height + 0.2, abs=0.06)
    assert [tuple(p.co) for p in now[key("viseme_CH")].keyframe_points] == [(5.0, 0.25)]
    assert now[key("eyeBlinkRight")].lock
    assert hand_edits.count_edited(take.id) == 2
    take_remaking.reset(take.id)
    after = keys_of(take.id)
    assert np.interp(frame, *np.array(after[key("viseme_aa")]).T) == pytest.approx(height + 0.2, abs=0.02)
    assert after.keys() == before.keys()
    assert same({k: v for k, v in after.items() if k != key("viseme_aa")}, {k: v for k, v in before.items() if k != key("viseme_aa")})  # fmt: skip  # noqa: E501


def part_of(take_id: str) -> tuple[Any, int]:
    part = next(part for thing, part in record.parts_of(take_id) if isinstance(thing, bpy.types.Key))
    return part["action"], part["slot"]


def test_a_deleted_curve_stays_deleted(take: takes.Take):
    collection = compat.curve_collections(*part_of(take.id))[0]
    collection.remove(curves(take.id)[key("eyeBlinkLeft")])
    dials(take.id).jaw = 0.5
    assert key("eyeBlinkLeft") not in curves(take.id)
    take_remaking.remake_layer(take.id, "blinks")
    assert key("eyeBlinkLeft") in curves(take.id), "made again"


def test_a_muted_layer_keeps_its_keys(take: takes.Take):
    before = keys_of(take.id)
    dials(take.id).blinks = False
    assert {place for place, curve in curves(take.id).items() if curve.mute} == {key("eyeBlinkLeft"), key("eyeBlinkRight")}  # fmt: skip  # noqa: E501
    assert same(keys_of(take.id), before)
    dials(take.id).blinks = True
    assert not any(curve.mute for curve in curves(take.id).values())


def test_a_layer_is_cleared_and_made_again_apart(take: takes.Take):
    before = keys_of(take.id)
    mouth = curves(take.id)[key("viseme_aa")]
    mouth.keyframe_points[1].co[1] += 0.1
    mouth.update()
    edited = keys_of(take.id)
    assert bpy.ops.alphsistant.clear_layer(take=take.id, layer="blinks") == {"FINISHED"}
    assert key("eyeBlinkLeft") not in curves(take.id)
    assert dial_settings.cleared(dials(take.id)) == {"blinks"}
    assert bpy.ops.alphsistant.remake_layer(take=take.id, layer="blinks") == {"FINISHED"}
    assert same({key("eyeBlinkLeft"): keys_of(take.id)[key("eyeBlinkLeft")]}, {key("eyeBlinkLeft"): before[key("eyeBlinkLeft")]})  # fmt: skip  # noqa: E501
    aa = key("viseme_aa")
    assert same({aa: keys_of(take.id)[aa]}, {aa: edited[aa]}), "another layer's edit"
    bpy.ops.alphsistant.remake_layer(take=take.id, layer="mouth")
    assert same(keys_of(take.id), before), "and that edit goes when its own layer is made again"


def test_a_key_that_layers_share_goes_on_with_the_others(make_face: Callable[..., Any], models: Any):
    make_face(keys=ARKIT_CHANNELS)
    take = bake(models)
    smile = key("mouthSmileLeft")
    both = played(take.id)[smile]
    dials(take.id).mood = False
    mouth = played(take.id)[smile]
    dials(take.id).mood = True
    dials(take.id).mouth = False
    mood = played(take.id)[smile]
    assert not curves(take.id)[smile].mute
    assert mouth.max() > 0.05
    assert mood.max() > 0.05
    assert np.abs(mouth + mood - both).max() < 0.3
    assert both.max() > max(mouth.max(), mood.max())
    assert curves(take.id)[key("jawOpen")].mute


@pytest.mark.parametrize("how", [playback.SHOWN, playback.PUSHED_DOWN, playback.MUTED])
def test_what_plays_goes_on_playing(take: takes.Take, how: str):
    if how == playback.PUSHED_DOWN:
        takes.push_down(take.id)
    elif how == playback.MUTED:
        takes.hide(take.id)
    dials(take.id).lead = 100
    assert playback.state(take.id) == how


def test_groups_have_names_and_colours(take: takes.Take):
    groups = {place[0].split('"')[1]: curve.group.name for place, curve in curves(take.id).items()}
    assert groups["viseme_aa"] == "Lips"
    assert (groups["eyeBlinkLeft"], groups["mouthSmileLeft"]) == ("Blinks", "Mood")
    assert (groups["head"], groups.get("jaw", "Jaw")) == ("Head", "Jaw")
    dials(take.id).lips = 0.7
    assert all(curve.group is not None and curve.group.color_set != "DEFAULT" for curve in curves(take.id).values())


def test_spoken_again_the_dials_stay(take: takes.Take, models: Any):
    dials(take.id).jaw = 0.5
    dials(take.id).blinks = False
    low = played(take.id)
    again = bake(models, replaced=take.id, keep_edits=True)
    assert (dials(again.id).jaw, dials(again.id).blinks) == (0.5, False)
    assert np.abs(played(again.id)[key("viseme_aa")] - low[key("viseme_aa")]).max() < 0.02
    assert curves(again.id)[key("eyeBlinkLeft")].mute


def test_exports_follow_the_dials(take: takes.Take):
    before = stored.as_edited(take.id).channels["viseme_aa"].weights.max()
    dials(take.id).jaw = 0.5
    dials(take.id).blinks = False
    animation = stored.as_edited(take.id)
    assert animation.channels["viseme_aa"].weights.max() == pytest.approx(0.5 * before, abs=0.02)
    assert "eyeBlinkLeft" not in animation.channels


def test_a_failure_leaves_the_curves_as_they_were(take: takes.Take, monkeypatch: pytest.MonkeyPatch):
    curves(take.id)[key("viseme_aa")].keyframe_points[1].co[1] += 0.1
    before = whole_file()

    def fail(*_arguments: Any) -> None:
        raise AlphsistantError("no")

    monkeypatch.setattr(take_remaking.take_keys, "put_in_groups", fail)
    with dial_settings.quietly():
        dials(take.id).jaw = 0.2
    with pytest.raises(AlphsistantError):
        take_remaking.remake(take.id)
    with dial_settings.quietly():
        dials(take.id).property_unset("jaw")
    monkeypatch.undo()
    left = [line for line in differences(before, whole_file()) if "group" not in line and "handle" not in line]
    assert left == []
