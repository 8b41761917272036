"""Words are dragged as markers, and the mouth follows: the sound, the eyes and edits elsewhere stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

import itertools

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import hand_edits, markers, record, stored, take_moving
from alphsistant_addon.blender.words import word_edits
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS
from tests.blender.test_take_dials import bake, curves, key, keys_of
from tests.blender.whole_file import differences, whole_file

pytestmark = pytest.mark.blender

START = 11


@pytest.fixture
def take(make_face: Callable[..., Any], models: Any) -> takes.Take:
    """“Bob may pop a little van. Look at who laughed.”"""
    make_face(keys=(*VISEME_CHANNELS, "eyeBlinkLeft", "eyeBlinkRight"))
    return bake(models, start=START)


def show(take: takes.Take) -> dict[str, Any]:
    assert bpy.ops.alphsistant.show_words(take=take.id) == {"FINISHED"}
    return shown()


def shown() -> dict[str, Any]:
    return {
        marker.name.partition(" ")[2] or marker.name: marker
        for marker in bpy.context.scene.timeline_markers
        if marker.name.startswith("1.")
    }


def words(take: takes.Take) -> dict[str, Any]:
    return {word.text: word for word in stored.words_of(record.record_of(take.id))}


def test_each_word_has_a_marker_and_a_pause_has_its_own(take: takes.Take):
    found = show(take)
    for word in words(take).values():
        assert found[word.text].frame == START + round(word.start * 25)
    ends = [name for name in found if name.endswith("|")]
    assert ends == ["1.6|", "1.10|"], "before the pause between the sentences, and at the end"
    show(take)
    assert not shown(), "pressed again, they go"


def test_a_dragged_word_takes_its_keys_along(take: takes.Take):
    before, blinks = words(take), keys_of(take.id)[key("eyeBlinkLeft")]
    pops = np.array(list(keys_of(take.id)[key("viseme_PP")]))
    found = show(take)
    found["pop"].frame += 3
    assert bpy.ops.alphsistant.follow_words(take=take.id) == {"FINISHED"}
    after = words(take)
    assert after["pop"].start == pytest.approx(before["pop"].start + 3 / 25, abs=0.021)
    assert after["may"].end == pytest.approx(after["pop"].start, abs=0.01), "the word before it is longer"
    assert after["may"].start == before["may"].start
    assert after["van."] == before["van."]
    assert keys_of(take.id)[key("eyeBlinkLeft")] == blinks
    sealed = curves(take.id)[key("viseme_PP")]
    phones = stored.phones_of(record.record_of(take.id))
    first = next(p for p in phones if p.symbol == "p")
    assert sealed.evaluate(START + (first.start + 0.36 * (first.end - first.start)) * 25) > 0.99
    assert len(pops) > 3
    assert shown()["pop"].frame == START + round(after["pop"].start * 25)
    assert hand_edits.count_edited(take.id) == 0
    kept = phones
    assert all(a.end == pytest.approx(b.start) for a, b in itertools.pairwise(kept))


def test_nothing_dragged_changes_nothing(take: takes.Take):
    show(take)
    before = keys_of(take.id)
    word_edits.follow(take.id)
    assert keys_of(take.id) == before


def test_an_edit_elsewhere_stays_and_one_on_the_word_comes_along(take: takes.Take):
    laughed = max(
        (point for point in curves(take.id)[key("viseme_PP")].keyframe_points if point.co[0] < START + 20),
        key=lambda point: point.co[1],
    )
    frame = laughed.co[0]
    laughed.co[1] = 0.5
    found = show(take)
    found["laughed."].frame += 2
    word_edits.follow(take.id)
    sealed = curves(take.id)[key("viseme_PP")]
    assert sealed.evaluate(frame) == pytest.approx(0.5, abs=0.05)
    assert hand_edits.count_edited(take.id) == 1


def test_a_pause_is_stretched(take: takes.Take):
    before = words(take)
    found = show(take)
    found["1.6|"].frame -= 2
    word_edits.follow(take.id)
    after = words(take)
    assert after["van."].end == pytest.approx(before["van."].end - 2 / 25, abs=0.021)
    assert after["Look"].start == before["Look"].start


def test_a_word_before_the_one_before_it_is_refused(take: takes.Take):
    found = show(take)
    found["pop"].frame = START
    before = whole_file()
    with pytest.raises(AlphsistantError, match="drag their markers apart"):
        word_edits.follow(take.id)
    assert differences(before, whole_file()) == []


def test_words_move_and_go_with_the_take(take: takes.Take):
    show(take)
    take_moving.move(take.id, START + 100)
    assert shown()["Bob"].frame == START + 100 + round(words(take)["Bob"].start * 25)
    takes.hide(take.id)
    assert not shown()
    takes.show(take.id)
    assert shown()
    takes.remove(take.id)
    assert not shown()


def test_the_sound_stays(take: takes.Take):
    where = [compat.strip_range(strip) for strip in record.sound_strips(take.id)]
    found = show(take)
    found["pop"].frame += 2
    word_edits.follow(take.id)
    assert [compat.strip_range(strip) for strip in record.sound_strips(take.id)] == where
    assert record.find(take.id).start == START


def test_without_markers_there_is_nothing_to_follow(take: takes.Take):
    with pytest.raises(AlphsistantError, match="Show the words"):
        word_edits.follow(take.id)
    assert not markers.are_listed(take.id, "word")
