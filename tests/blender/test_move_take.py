"""A take is moved as a whole, and back; nothing else moves; a failure leaves the file as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.common.file_changes import FileChanges
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import captions, hand_edits, playback, record, removal, take_moving
from alphsistant_addon.core.errors import AlphsistantError
from tests.blender.test_take_back import add_rig
from tests.blender.test_takes import HAS_SOUND, bake, curve_of
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
