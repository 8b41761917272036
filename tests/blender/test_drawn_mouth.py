"""Drawn mouths: a take puts stepped keys on one number, and each way of showing it shows the right drawing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.face import description, drawn_mouth, drawn_operators, find
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import dial_settings, doctor, hand_edits, playback, record, removal, take_moving
from alphsistant_addon.interchange.mouth_sets import SETS
from alphsistant_addon.pipeline import reply_stream
from tests.blender.whole_file import differences, whole_file

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = "Bob may pop a loud van."


def add(name: str, data: Any = None) -> Any:
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def select(active: Any, *others: Any) -> None:
    for thing in bpy.context.scene.objects:
        thing.select_set(thing in (active, *others))
    bpy.context.view_layer.objects.active = active


def set_up(thing: Any, *others: Any, mouths: str = "blair", shows: str = "NUMBER", **options: Any) -> Any:
    select(thing, *others)
    assert bpy.ops.alphsistant.set_up_drawn_mouth(mouths=mouths, shows=shows, **options) == {"FINISHED"}
    return thing


def bake(models: Any, **options: Any) -> takes.Take:
    scene = bpy.context.scene
    reply = list(reply_stream.run("", models, text=TEXT, frame_rate=25))[-1]
    return takes.bake(scene, find.find(scene), reply, **options)


def curve_of(take_id: str) -> Any:
    ((_, part),) = record.parts_of(take_id)
    (curve,) = record.curves_of_part(part)
    return curve


def show(thing: Any, number: int) -> Any:
    thing[drawn_mouth.NUMBER] = number
    thing.update_tag()
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    return bpy.context.evaluated_depsgraph_get()


def test_the_sets_are_those_that_are_known():
    assert [name for name, *_ in drawn_operators.SET_ITEMS] == list(SETS)
    for name, _, drawings, _ in drawn_operators.SET_ITEMS:
        if name != "rhubarb":
            assert sorted(drawings.split(", ")) == sorted(SETS[name].drawings)


def test_a_take_on_a_drawn_mouth(models: Any):
    mouth = set_up(add("Mouth"))
    assert "drawn mouth: Preston Blair" in description.describe(bpy.context.scene, None, mouth)
    take = bake(models, start=5)
    curve = curve_of(take.id)
    names = drawn_mouth.drawings_of(mouth)
    points = [(point.co[0], names[round(point.co[1])]) for point in curve.keyframe_points]
    assert points[0] == (5, "rest")
    assert {point.interpolation for point in curve.keyframe_points} == {"CONSTANT"}
    frames = np.array([frame for frame, _ in points])
    assert np.allclose(frames, frames.round())
    assert np.diff(frames).min() >= 2
    reply = list(reply_stream.run("", models, text=TEXT, frame_rate=25))[-1]
    for phone in reply.speech.phones:
        if phone.symbol in "pbm":
            frame = 5 + int((phone.start + phone.end) / 2 * 25)
            assert names[round(curve.evaluate(frame))] == "MBP"
    bpy.context.scene.frame_set(5)
    assert mouth[drawn_mouth.NUMBER] == 0
    assert isinstance(mouth[drawn_mouth.NUMBER], int)
    assert hand_edits.count_edited(take.id) == 0
    assert curve.group.name == "Lips"


def test_a_take_goes_without_a_trace(models: Any):
    mouth = set_up(add("Mouth"))
    mouth[drawn_mouth.NUMBER] = 3
    before = whole_file()
    take = bake(models)
    takes.push_down(take.id)
    takes.hide(take.id)
    assert mouth[drawn_mouth.NUMBER] == 3
    takes.show(take.id)
    removal.remove(take.id)
    assert [line for line in differences(before, whole_file()) if "sequence_editor" not in line] == []


def test_twos_threes_lead_and_moving(models: Any):
    set_up(add("Mouth"))
    take = bake(models, start=4)
    made = [tuple(point.co) for point in curve_of(take.id).keyframe_points]
    dials = dial_settings.of_take(take.id)
    dials.frames = "THREES"
    frames = np.array([point.co[0] for point in curve_of(take.id).keyframe_points])
    assert np.allclose((frames - 4) / 3, ((frames - 4) / 3).round())
    dials.frames = "MADE"
    dials.lead = 80
    early = [tuple(point.co) for point in curve_of(take.id).keyframe_points]
    closed = [next(frame for frame, number in keys if number == 1) for keys in (made, early)]
    assert closed[0] - closed[1] in {1, 2, 3}
    bpy.ops.alphsistant.reset_dials(take=take.id)
    assert [tuple(point.co) for point in curve_of(take.id).keyframe_points] == made
    dials.mouth = False
    assert curve_of(take.id).mute
    dials.mouth = True
    take_moving.move(take.id, 104)
    assert [point.co[0] for point in curve_of(take.id).keyframe_points] == [frame + 100 for frame, _ in made]


def test_an_edit_by_hand_stays(models: Any):
    set_up(add("Mouth"))
    take = bake(models)
    curve = curve_of(take.id)
    curve.keyframe_points[3].co[1] = 9
    curve.update()
    assert hand_edits.count_edited(take.id) == 1
    again = bake(models, replaced=take.id, keep_edits=True)
    assert curve_of(again.id).keyframe_points[3].co[1] == pytest.approx(9)
    assert {point.interpolation for point in curve_of(again.id).keyframe_points} == {"CONSTANT"}


def test_objects_are_shown_by_their_names():
    mouth = add("Mouth")
    shapes = {name: add(f"Mouth_{name}.001") for name in SETS["blair"].drawings}
    set_up(mouth, *shapes.values(), shows="OBJECTS")
    for number, name in enumerate(drawn_mouth.drawings_of(mouth)):
        graph = show(mouth, number)
        visible = [key for key, thing in shapes.items() if not thing.evaluated_get(graph).hide_render]
        assert visible == [name]
        assert all(thing.hide_viewport == thing.hide_render for thing in shapes.values())
    drivers = [driver for thing in shapes.values() for driver in thing.animation_data.drivers]
    assert all(driver.driver.is_simple_expression for driver in drivers), "no Python that might not be trusted"
    bpy.ops.alphsistant.forget_drawn_mouth(root=mouth.name)
    assert not any(thing.animation_data.drivers for thing in shapes.values())
    assert not drawn_mouth.is_drawn(mouth)


def test_a_sheet_of_drawings():
    mesh = bpy.data.meshes.new("Plane")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])
    mouth = add("Mouth", mesh)
    material = bpy.data.materials.new("Sheet")
    material.use_nodes = True
    mesh.materials.append(material)
    image = material.node_tree.nodes.new("ShaderNodeTexImage")
    set_up(mouth, shows="SHEET", columns=4, rows=3, mouths="rhubarb")
    mapping = next(node for node in material.node_tree.nodes if node.type == "MAPPING")
    assert image.inputs["Vector"].links[0].from_node == mapping
    assert tuple(mapping.inputs["Scale"].default_value) == pytest.approx((0.25, 1 / 3, 1))
    for number, place in {0: (0.0, 2 / 3), 3: (0.75, 2 / 3), 4: (0.0, 1 / 3), 8: (0.0, 0.0)}.items():
        graph = show(mouth, number)
        evaluated = material.evaluated_get(graph).node_tree.nodes[mapping.name]
        assert tuple(evaluated.inputs["Location"].default_value)[:2] == pytest.approx(place, abs=1e-6), number


def grease_pencil(name: str) -> Any:
    collection = bpy.data.grease_pencils if not hasattr(bpy.data, "grease_pencils_v3") else bpy.data.grease_pencils_v3
    return add(name, collection.new(name))


def test_frames_of_a_grease_pencil():
    mouth = set_up(grease_pencil("Mouth"), shows="PENCIL_FRAMES", first_frame=11)
    modifiers, _ = compat.time_modifiers(mouth)
    show(mouth, 4)
    assert modifiers[0].offset == 15
    assert modifiers[0].mode == "FIX"


def test_layers_of_a_grease_pencil():
    mouth = grease_pencil("Mouth")
    layers = {name: mouth.data.layers.new(name) for name in ("rest", "MBP", "ai", "O")}
    set_up(mouth, shows="PENCIL_LAYERS")
    names = drawn_mouth.drawings_of(mouth)
    for wanted in ("rest", "MBP", "AI", "O"):
        show(mouth, names.index(wanted))
        assert [name for name, layer in layers.items() if layer.opacity > 0.5] == [wanted.lower() if wanted == "AI" else wanted]  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("shows", ["OBJECTS", "SHEET", "PENCIL_FRAMES", "PENCIL_LAYERS"])
def test_what_cannot_show_a_drawing_is_said_and_nothing_is_changed(shows: str):
    select(add("Mouth"))
    before = whole_file()
    with pytest.raises(RuntimeError):
        bpy.ops.alphsistant.set_up_drawn_mouth(shows=shows)
    assert differences(before, whole_file()) == []


def test_set_up_again_takes_the_place_of_what_was_there():
    mouth = add("Mouth")
    shapes = [add(f"Mouth_{name}") for name in SETS["blair"].drawings]
    set_up(mouth, *shapes, shows="OBJECTS")
    set_up(mouth, *shapes, shows="NUMBER", mouths="visemes")
    assert not any(thing.animation_data.drivers for thing in shapes)
    assert len(drawn_mouth.drawings_of(mouth)) == 15


def test_a_face_with_keys_is_preferred_unless_the_drawing_is_meant(make_face: Any, models: Any):
    head = make_face()
    mouth = set_up(add("Mouth"))
    select(head)
    assert find.find(bpy.context.scene, None, None).meshes == ("Head",)
    assert find.find(bpy.context.scene, mouth).drawing == "Mouth"
    assert find.find(bpy.context.scene, None, mouth).drawing == "Mouth"
    take = bake(models)
    assert playback.is_shown(take.id)


def test_the_doctor_and_the_check_look_at_it(models: Any, finish: Any):
    set_up(add("Mouth"))
    take = bake(models)
    assert doctor.examine(bpy.context.scene, take.id)
    bpy.ops.alphsistant.report_take(take=take.id)
    assert not finish().error


@pytest.mark.skipif(bpy.app.version < (4, 5, 0), reason="the example is of Blender 4.5")
def test_the_example_shows_one_mouth_at_a_time():
    path = REPOSITORY / "blender_assets" / "drawn_mouth" / "recipe" / "drawn_mouth.blend"
    bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)
    scene = bpy.context.scene
    mouth = scene.objects["Mouth"]
    names = drawn_mouth.drawings_of(mouth)
    (take,) = record.all_takes()
    drawings = [thing for thing in scene.objects if thing.name.startswith("Mouth ")]
    assert len(drawings) == len(names) == 10
    seen = []
    for frame in range(take.start, take.end):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        (shown,) = (thing.name for thing in drawings if not thing.evaluated_get(graph).hide_render)
        assert shown == f"Mouth {names[mouth[drawn_mouth.NUMBER]]}"
        seen.append(shown.removeprefix("Mouth "))
    assert {"MBP", "FV", "WQ", "O", "L", "rest"} <= set(seen)
