"""A take is moved as a whole, and back; nothing else moves; a failure leaves the file as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.common.file_changes import FileChanges
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import captions, hand_edits, playback, record, removal, take_moving, take_remaking
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.sound_files import write_wav
from tests.blender.test_take_back import add_rig
from tests.blender.test_takes import HAS_SOUND, bake, curve_of, reply_of
from tests.blender.whole_file import differences, whole_file

pytestmark = pytest.mark.blender


@pytest.fixture
def head(make_face: Callable[..., Any]) -> Any:
    made = make_face()
    add_rig(made)
    return made


def key_frames(take_id: str) -> list[float]:
    return [
        frame
        for _, part in record.parts_of(take_id)
        for curve in record.curves_of_part(part)
        for point in curve.keyframe_points
        for frame in (point.co[0], point.handle_left[0], point.handle_right[0])
    ]


def places(take_id: str) -> dict[str, list[float]]:
    scene = bpy.context.scene
    return {
        "keys": key_frames(take_id),
        "sound": [compat.strip_range(strip)[0] for strip in record.sound_strips(take_id)],
        "markers": sorted(marker.frame for marker in scene.timeline_markers),
        "captions": [compat.strip_range(strip)[0] for strip in captions.there(take_id)],
        "take": [record.find(take_id).start, record.find(take_id).end],
        "nla": [s.frame_start for thing, _ in record.parts_of(take_id) for s in playback.nla_strips(thing, take_id)],
    }


@pytest.mark.usefixtures("head")
@pytest.mark.parametrize("how", ["shown", "pushed down", "muted"])
@pytest.mark.parametrize("frame", [41, 2])
def test_everything_moves_together(models: Any, how: str, frame: int):
    scene = bpy.context.scene
    scene.timeline_markers.new("mine", frame=3)
    take = bake(models, start=11)
    bpy.ops.alphsistant.add_captions(take=take.id)
    if how == "pushed down":
        takes.push_down(take.id)
    elif how == "muted":
        takes.hide(take.id)
    before, state = places(take.id), playback.state(take.id)
    scene.frame_current = frame
    assert bpy.ops.alphsistant.move_take(take=take.id) == {"FINISHED"}
    after = places(take.id)
    assert playback.state(take.id) == state
    shift = frame - 11
    for name, frames in before.items():
        expected = [3, *(f + shift for f in frames if f != 3)] if name == "markers" else [f + shift for f in frames]
        assert sorted(after[name]) == pytest.approx(sorted(expected), abs=2e-3), name
    assert before["keys"]
    if HAS_SOUND:
        assert before["sound"]
        assert before["captions"]
    assert hand_edits.count_edited(take.id) == 0, "to move is no edit"
    scene.frame_current = 11
    bpy.ops.alphsistant.move_take(take=take.id)
    assert places(take.id)["take"] == before["take"]
    assert sorted(places(take.id)["keys"]) == pytest.approx(sorted(before["keys"]), abs=2e-3)
    if how == "shown":
        takes.remove(take.id)
        assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == [("mine", 3)]


@pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")
@pytest.mark.usefixtures("head")
@pytest.mark.parametrize("frame", [21, 8])
def test_captions_and_pieces_of_the_sound_stay_in_their_channels(models: Any, frame: int):
    """One that lands on the next one, which has not been moved yet, would get another channel."""
    scene = bpy.context.scene
    take = bake(models, start=11)
    words = [(f"caption {number}", number * 0.4, number * 0.4 + 0.4) for number in range(4)]
    with FileChanges() as changes:
        captions.add(take.id, words, changes)
    (whole,) = record.sound_strips(take.id)
    whole.split(frame=21, split_method="SOFT")
    strips = [*record.sound_strips(take.id), *captions.there(take.id)]
    assert len(strips) == 6
    before = {strip.name: strip.channel for strip in strips}
    take_moving.move(take.id, frame)
    assert {strip.name: strip.channel for strip in compat.existing_strips(scene)} == before


def test_edits_by_hand_move_along(head: Any, models: Any):
    take = bake(models, start=11)
    point = curve_of(head, "viseme_PP").keyframe_points[1]
    point.co[1] = 0.3
    assert hand_edits.count_edited(take.id) == 1
    take_moving.move(take.id, 111)
    assert curve_of(head, "viseme_PP").keyframe_points[1].co[1] == pytest.approx(0.3)
    assert hand_edits.count_edited(take.id) == 1


@pytest.mark.usefixtures("head")
def test_a_take_that_it_comes_to_overlap_is_muted(models: Any):
    first, second = bake(models, start=1), bake(models, start=500)
    assert playback.state(first.id) == playback.PUSHED_DOWN
    take_moving.move(second.id, 10)
    assert playback.state(second.id) == playback.SHOWN
    assert playback.state(first.id) == playback.MUTED


@pytest.mark.usefixtures("head")
def test_no_take_is_moved_to_where_no_scene_plays(models: Any):
    take = bake(models, start=11)
    before = whole_file()
    with pytest.raises(AlphsistantError, match="frame 0 or later"):
        take_moving.move(take.id, -1)
    assert differences(before, whole_file()) == []
    take_moving.move(take.id, 0)
    assert record.find(take.id).start == 0


@pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")
def test_a_strip_that_two_takes_are_heard_from_stays(make_face: Callable[..., Any], models: Any, tmp_path: Path):
    scene = bpy.context.scene
    heads = [make_face(), make_face()]
    sound = tmp_path / "both.wav"
    write_wav(reply_of(models).speech, sound)
    strip = compat.strips(scene).new_sound("Both", str(sound), 1, 11)
    own = takes.OwnSound(sound, has_strip=True)
    faces = [find.find(scene, head) for head in heads]
    first, second = (takes.bake(scene, face, reply_of(models), start=11, own_sound=own) for face in faces)
    assert {playback.state(first.id), playback.state(second.id)} == {playback.SHOWN}
    with pytest.raises(AlphsistantError, match="heard from one strip, “Both”"):
        take_moving.move(first.id, 50)
    assert compat.strip_range(strip)[0] == 11
    takes.hide(second.id)
    take_moving.move(first.id, 50)
    assert compat.strip_range(strip)[0] == 50


@pytest.mark.usefixtures("head")
def test_a_failure_leaves_the_file_as_it_was(models: Any, monkeypatch: pytest.MonkeyPatch):
    take = bake(models, start=11)
    bpy.ops.alphsistant.add_captions(take=take.id)
    before = whole_file()

    def fail(*_arguments: Any) -> None:
        raise AlphsistantError("no")

    monkeypatch.setattr(playback, "show", fail)
    with pytest.raises(AlphsistantError):
        take_moving.move(take.id, 77)
    assert differences(before, whole_file()) == []
    monkeypatch.undo()
    take_moving.move(take.id, 77)
    assert record.find(take.id).start == 77


@pytest.mark.usefixtures("head")
def test_a_take_that_is_gone(models: Any):
    take = bake(models)
    removal.remove(take.id)
    with pytest.raises(AlphsistantError, match="no longer there"):
        take_moving.move(take.id, 3)


def set_strip(strip: Any) -> None:
    """Set a strip as an animator does: slower, half as strong, cut short, somewhere else, and fading."""
    strip.action_frame_end -= 3.0
    strip.scale, strip.repeat = 2.0, 1.5
    strip.frame_start, strip.frame_end = strip.frame_start + 7.0, strip.frame_end + 7.0
    strip.use_auto_blend, strip.blend_in, strip.blend_type = False, 4.0, "ADD"
    strip.use_animated_influence = True
    curve = strip.fcurves.find("influence")
    for frame, value in ((20.0, 0.25), (30.0, 0.75)):
        curve.keyframe_points.insert(frame, value)


def settings_of(strip: Any) -> list[Any]:
    """Return how a strip is set; places from the first key of its Action on."""
    first = strip.action.frame_range[0]
    places = [strip.frame_start, strip.frame_end, strip.action_frame_start, strip.action_frame_end]
    keys = [(point.co[0] - first, point.co[1]) for point in strip.fcurves.find("influence").keyframe_points]
    numbers = [place - first for place in places] + [number for key in keys for number in key]
    exact = [round(number, 2) for number in (*numbers, strip.scale, strip.repeat, strip.blend_in)]
    return [strip.blend_type, strip.use_auto_blend, *exact]


@pytest.mark.usefixtures("head")
@pytest.mark.parametrize("how", ["moved", "made again"])
def test_the_strip_stays_as_the_animator_has_set_it(models: Any, how: str):
    take = bake(models, start=11)
    takes.push_down(take.id)
    things = [thing for thing, _ in record.parts_of(take.id)]
    for thing in things:
        (strip,) = playback.nla_strips(thing, take.id)
        set_strip(strip)
    before = [settings_of(playback.nla_strips(thing, take.id)[0]) for thing in things]
    if how == "moved":
        take_moving.move(take.id, 60)
    else:
        take_remaking.remake(take.id)
    after = [playback.nla_strips(thing, take.id) for thing in things]
    assert [len(strips) for strips in after] == [1] * len(things)
    assert [settings_of(strip) for (strip,) in after] == before
    assert playback.state(take.id) == playback.PUSHED_DOWN


@pytest.mark.usefixtures("head")
def test_a_strip_that_the_animator_has_muted_stays_muted(models: Any):
    take = bake(models, start=11)
    takes.push_down(take.id)
    for thing, _ in record.parts_of(take.id):
        playback.nla_strips(thing, take.id)[0].mute = True
    take_moving.move(take.id, 60)
    assert all(playback.nla_strips(thing, take.id)[0].mute for thing, _ in record.parts_of(take.id))
