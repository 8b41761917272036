"""A dialogue in Blender: takes in turns, faces that listen, another order, another line, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.dialogue import arrangement, cameras, dialogue_job, directions, lines
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.headless import command_line, dialogue_film
from alphsistant_addon.blender.takes import playback, record
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.dialogue.script import read_script
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from tests.blender.whole_file import differences, whole_file

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

SCRIPT = "ADA: Bob may pop?\nBEN: My mum.\nADA: A bad dad.\nBEN: Pop.\n"


@pytest.fixture
def two(make_face: Callable[..., Any]) -> tuple[Any, Any]:
    """Two faces a metre apart, named as in the script, that look to the front."""
    ada, ben = (make_face(name, (*VISEME_CHANNELS, *ARKIT_CHANNELS)) for name in ("Ada", "Ben"))
    ben.location.x = 1.0
    bpy.context.view_layer.update()
    return ada, ben


def read(text: str = SCRIPT) -> Any:
    scene = bpy.context.scene
    scene.alphsistant_dialogue.script = bpy.data.texts.get("Script") or bpy.data.texts.new("Script")
    scene.alphsistant_dialogue.script.from_string(text)
    assert bpy.ops.alphsistant.read_script() == {"FINISHED"}
    return scene.alphsistant_dialogue


def make(finish: Any) -> Any:
    assert bpy.ops.alphsistant.make_dialogue() == {"FINISHED"}
    status = finish()
    assert status.error == ""
    return status


def said() -> list[tuple[int, int, str]]:
    """Start, end and text of each line's take, in time."""
    return sorted((take.start, take.end, take.text) for take in record.all_takes() if not take.listens)


def listening() -> list[tuple[int, int, str]]:
    return sorted((take.start, take.end, take.name) for take in record.all_takes() if take.listens)


def covered(face: Any) -> list[tuple[int, int]]:
    """Frames of the takes that move a face and play, in time."""
    takes = [
        take for take in record.all_takes() if face.data.shape_keys in [thing for thing, _ in record.parts_of(take.id)]
    ]
    assert all(playback.state(take.id) != playback.MUTED for take in takes)
    return sorted((take.start, take.end) for take in takes)


def value(face: Any, key: str, frame: int) -> float:
    bpy.context.scene.frame_set(frame)
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return float(evaluated.data.shape_keys.key_blocks[key].value)


@pytest.mark.usefixtures("two")
def test_each_line_is_a_take_of_its_face_after_the_one_before(finish: Any):
    settings = read()
    assert [(part.name, part.face.name) for part in settings.parts] == [("ADA", "Ada"), ("BEN", "Ben")]
    status = make(finish)
    assert status.notes[0] == "4 lines were spoken; the dialogue has 4."
    takes = said()
    assert [text for *_, text in takes] == ["Bob may pop?", "My mum.", "A bad dad.", "Pop."]
    assert takes[0][0] == 1
    gap = 9  # .35 s at 25 frames a second
    assert [later[0] - earlier[1] for earlier, later in pairwise(takes)] == [gap] * 3
    assert [take.name[:4] for take in record.all_takes() if not take.listens] == ["ADA:", "BEN:", "ADA:", "BEN:"]
    assert all(lines.is_spoken(bpy.context.scene, line) for line in settings.lines)


def test_a_face_that_says_nothing_listens_and_there_is_no_moment_without_life(two: Any, finish: Any):
    read()
    make(finish)
    last = said()[-1][1]
    for face in two:
        spans = covered(face)
        assert spans[0][0] == 1
        assert spans[-1][1] == last + 25
        assert all(earlier[1] == later[0] for earlier, later in pairwise(spans))
    ada, ben = two
    start, end, _ = said()[0]
    assert max(value(ada, "viseme_PP", frame) for frame in range(start, end)) > 0.9
    assert max(value(ben, "viseme_PP", frame) for frame in range(start, end)) == 0.0, "who listens is silent"
    # Ben is at Ada's left hand, so that she looks to her left and he to his right.
    assert value(ada, "eyeLookOutLeft", end - 2) > 0.2
    assert value(ben, "eyeLookInLeft", end - 2) > 0.2
    assert not [take for take in record.all_takes() if take.listens and record.sound_strips(take.id)]


@pytest.mark.usefixtures("two")
def test_lists_do_not_show_who_listens_and_speak_again_says_why_not(finish: Any):
    read()
    make(finish)
    listener = next(take for take in record.all_takes() if take.listens)
    with pytest.raises(RuntimeError, match="press Arrange"):
        bpy.ops.alphsistant.speak_take_again(take=listener.id)


@pytest.mark.usefixtures("two")
def test_another_order_moves_takes_and_makes_none(finish: Any):
    settings = read()
    make(finish)
    ids = [line.take for line in settings.lines]
    sounds = {take.id: take.sound for take in record.all_takes()}
    settings.line_index = 3
    assert bpy.ops.alphsistant.move_dialogue_line(direction="UP") == {"FINISHED"}
    assert settings.line_index == 2
    assert [line.take for line in settings.lines] == [ids[0], ids[1], ids[3], ids[2]]
    assert [text for *_, text in said()] == ["Bob may pop?", "My mum.", "Pop.", "A bad dad."]
    assert {record.find(take_id).sound for take_id in ids} == {sounds[take_id] for take_id in ids}
    assert [later[0] - earlier[1] for earlier, later in pairwise(said())] == [9] * 3
    for take_id in ids:
        take = record.find(take_id)
        assert playback.state(take_id) != playback.MUTED
        strips = record.sound_strips(take_id)
        assert [compat.strip_range(strip)[0] for strip in strips] == [take.start] * len(strips)


@pytest.mark.usefixtures("two")
def test_a_line_that_was_changed_is_spoken_again_alone_and_what_is_after_it_moves(finish: Any):
    settings = read()
    make(finish)
    before, ids = said(), [line.take for line in settings.lines]
    settings.lines[1].text = "My mum may bid a bad dad."
    assert [lines.is_spoken(bpy.context.scene, line) for line in settings.lines] == [True, False, True, True]
    status = make(finish)
    assert status.notes[0] == "1 line was spoken; the dialogue has 4."
    after = said()
    assert [text for *_, text in after] == ["Bob may pop?", "My mum may bid a bad dad.", "A bad dad.", "Pop."]
    shift = (after[1][1] - after[1][0]) - (before[1][1] - before[1][0])
    assert shift > 20
    assert [new[0] - old[0] for new, old in zip(after, before, strict=True)] == [0, 0, shift, shift]
    assert [line.take for line in settings.lines][2:] == ids[2:]
    assert record.find(ids[1]) is None


@pytest.mark.usefixtures("two")
def test_a_script_that_was_edited_keeps_the_takes_of_its_lines_and_loses_those_that_are_gone(finish: Any):
    settings = read()
    make(finish)
    ids = {line.text: line.take for line in settings.lines}
    read("BEN: Pop.\nADA: Bob may pop?\nBEN: A new dab.\n")
    make(finish)
    assert [text for *_, text in said()] == ["Pop.", "Bob may pop?", "A new dab."]
    assert [line.take for line in settings.lines][:2] == [ids["Pop."], ids["Bob may pop?"]]
    assert record.find(ids["My mum."]) is None


@pytest.mark.usefixtures("two")
def test_a_line_is_removed_with_its_take_and_pauses_are_kept(finish: Any):
    settings = read()
    make(finish)
    settings.line_index = 1
    settings.lines[2].pause = 2.0
    assert bpy.ops.alphsistant.remove_dialogue_line() == {"FINISHED"}
    takes = said()
    assert [text for *_, text in takes] == ["Bob may pop?", "A bad dad.", "Pop."]
    assert takes[1][0] - takes[0][1] == 50


@pytest.mark.usefixtures("two")
def test_edits_by_hand_come_along_when_a_line_moves(finish: Any):
    settings = read()
    make(finish)
    take_id = settings.lines[2].take
    thing, part = next(iter(record.parts_of(take_id)))
    curve = next(c for c in record.curves_of_part(part) if "viseme_aa" in c.data_path)
    curve.keyframe_points[1].co[1] = 0.123
    settings.lines[1].pause = 3.0
    assert bpy.ops.alphsistant.arrange_dialogue() == {"FINISHED"}
    part = next(part for other, part in record.parts_of(take_id) if other == thing)
    curve = next(c for c in record.curves_of_part(part) if "viseme_aa" in c.data_path)
    assert curve.keyframe_points[1].co[1] == pytest.approx(0.123)


@pytest.mark.usefixtures("two")
def test_speaking_a_line_again_keeps_it_in_the_dialogue(finish: Any):
    settings = read()
    make(finish)
    old = settings.lines[1].take
    bpy.ops.alphsistant.speak_take_again(take=old)
    assert finish().error == ""
    assert settings.lines[1].take not in {old, ""}
    assert record.find(settings.lines[1].take).text == "My mum."
    assert bpy.ops.alphsistant.arrange_dialogue() == {"FINISHED"}
    assert len(said()) == 4


def test_if_anything_fails_the_file_is_as_it_was(two: Any, finish: Any, monkeypatch: pytest.MonkeyPatch):
    settings = read()
    make(finish)
    settings.lines[1].text = "My mum may bid a bad dad."
    before = whole_file()

    def fail(*_arguments: Any) -> None:
        raise AlphsistantError("No.")

    monkeypatch.setattr(arrangement, "_let_listen", fail)
    bpy.ops.alphsistant.make_dialogue()
    assert finish().error == "No."
    assert differences(before, whole_file()) == []
    assert two[0].name in bpy.context.scene.objects


def test_what_is_missing_is_a_sentence(two: Any, finish: Any):
    with pytest.raises(RuntimeError, match="Choose a text"):
        bpy.ops.alphsistant.read_script()
    with pytest.raises(RuntimeError, match="no lines yet"):
        bpy.ops.alphsistant.make_dialogue()
    settings = read()
    with pytest.raises(RuntimeError, match=r"Line 1 \(ADA\) has not been spoken yet"):
        bpy.ops.alphsistant.arrange_dialogue()
    settings.parts["BEN"].face = two[0]
    bpy.ops.alphsistant.make_dialogue()
    assert "have the same face" in finish().error
    assert said() == []


def test_names_without_a_face_get_one_each_turned_to_the_other(finish: Any):
    settings = read("TOM: Bob.\nUna: Pop.\n")
    settings.cameras = "CUTS"
    make(finish)
    roots = [settings.parts[name].face for name in ("TOM", "Una")]
    assert [root.users_collection[0].name for root in roots] == ["TOM", "Una"]
    assert roots[0].location.x < roots[1].location.x
    faces = [find.find(bpy.context.scene, root) for root in roots]
    one, other = (directions.place_of(face) for face in faces)
    assert 15.0 < directions.look_from(one, other).left < 75.0
    assert -75.0 < directions.look_from(other, one).left < -15.0
    scene = bpy.context.scene
    bound = [(marker.frame, marker.camera[cameras.TAG]) for marker in scene.timeline_markers if marker.camera]
    ends = [take[1] for take in said()]
    assert min(bound) == (1, "")
    assert max(bound)[0] <= ends[-1]
    assert scene.camera[cameras.TAG] == ""
    assert bpy.ops.alphsistant.arrange_dialogue() == {"FINISHED"}
    again = [(marker.frame, marker.camera[cameras.TAG]) for marker in scene.timeline_markers if marker.camera]
    assert sorted(again) == sorted(bound), "no marker is added twice"


@pytest.mark.usefixtures("two")
def test_three_in_a_talk_look_at_whoever_speaks(make_face: Callable[..., Any], finish: Any):
    third = make_face("Cy", (*VISEME_CHANNELS, *ARKIT_CHANNELS))
    third.location.x = 0.5
    bpy.context.view_layer.update()
    read("ADA: Bob may pop a bad dad.\nBEN: My mum may pop a dad.\nCY: Pop.\n")
    make(finish)
    (first, _, _), (second, end, _), _ = said()
    # Cy stands between Ada at the right hand and Ben at the left.
    assert value(third, "eyeLookInLeft", first + 10) > 0.2
    assert value(third, "eyeLookOutLeft", first + 10) == 0.0
    assert value(third, "eyeLookOutLeft", min(second + 20, end)) > 0.2


def test_one_command_makes_the_scene_and_the_film(models: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    script = tmp_path / "script.txt"
    script.write_text("ADA: Bob.\nBEN: (pause 0.5) Pop.\n")
    monkeypatch.setattr(dialogue_film, "ShippedModels", lambda **_options: models)
    out = tmp_path / "out"
    assert (
        command_line.run(["dialogue", str(script), "--out", str(out), "--size", "64", "--cuts", "--cast", "BEN=:-2"])
        == 0
    )
    assert sorted(path.name for path in out.iterdir()) == [
        *("alphsistant", "dialogue.blend", "dialogue.mp4", "dialogue.srt", "lines.png")
    ]
    assert "ADA: Bob." in (out / "dialogue.srt").read_text()
    bpy.ops.wm.open_mainfile(filepath=str(out / "dialogue.blend"))
    settings = bpy.context.scene.alphsistant_dialogue
    assert settings.parts["BEN"].pitch == -2.0
    assert settings.script.as_string().startswith("ADA: Bob.")
    assert all(take.sound.startswith("//alphsistant/") for take in record.all_takes() if not take.listens)
    clip = bpy.data.movieclips.load(str(out / "dialogue.mp4"))
    assert clip.frame_duration == bpy.context.scene.frame_end
    assert command_line.run(["dialogue", str(script), "--out", str(out), "--cast", "EVE=x"]) == 1


def test_a_scene_of_the_users_is_read_and_its_faces_speak(two: Any, models: Any, tmp_path: Path):
    path = tmp_path / "mine.blend"
    two[0].name = "Head"
    collection = bpy.data.collections.new("ADA")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(two[0])
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    before = path.read_bytes()
    made = dialogue_film.make_dialogue(
        read_script(SCRIPT), tmp_path / "out", scene_file=path, cameras="NONE", film=False, models=models
    )
    assert path.read_bytes() == before
    bpy.ops.wm.open_mainfile(filepath=str(made.blend))
    scene = bpy.context.scene
    assert len([thing for thing in scene.objects if thing.type == "MESH"]) == 2, "nobody was added"
    assert [part.face.name for part in scene.alphsistant_dialogue.parts] == ["Head", "Ben"]
    assert dialogue_job.wishes_of(scene, dialogue_job.ChosenModels()) == {}
