"""The sentence about the face: it follows every change of a name, says what is missing, and costs little to draw."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.face import description
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS

pytestmark = pytest.mark.blender

MakeFace = Callable[..., Any]
MOST_SECONDS = 0.001


def said(active: Any = None, picked: Any = None) -> str:
    return description.describe(bpy.context.scene, picked, active)


def make_rig(name: str, *bones: str) -> Any:
    data = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in bones:
        made = data.edit_bones.new(bone)
        made.head, made.tail = (0, 0, 1), (0, -0.1, 0.95)
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


def test_a_key_that_is_renamed_is_seen_at_once(make_face: MakeFace):
    head = make_face("Head", ("one", "two"))
    assert "shipped" in said()
    head.data.shape_keys.key_blocks["one"].name = "viseme_aa"
    assert said().startswith("7 of 15 visemes: Oculus names on “Head”")
    head.data.shape_keys.key_blocks["viseme_aa"].name = "one"
    assert "shipped" in said()


def test_meshes_bones_and_scenes_that_are_renamed_or_gone_are_seen_at_once(make_face: MakeFace):
    head = make_face("Head")
    rig = make_rig("Rig", "skull")
    head.parent = rig
    assert "bone" not in said()
    rig.data.bones["skull"].name = "head"
    assert "head by bone “head”" in said()
    head.name = "Kopf"
    assert "“Kopf”" in said()
    assert description.root_of(bpy.context.scene) == rig
    rig.name = "Figur"
    assert description.root_of(bpy.context.scene) == rig
    bpy.context.scene.collection.objects.unlink(head)
    assert "Kopf" not in said()
    bpy.context.scene.collection.objects.link(head)
    assert "“Kopf”" in said()
    bpy.data.objects.remove(head)
    assert "shipped" in said()


def test_a_selected_character_is_told_what_is_missing_on_it(make_face: MakeFace):
    bob = make_face("Bob", ())
    assert said(bob) == "“Bob” has no shape keys and no jaw bone: the shipped face will be added."
    rig = make_rig("Rig", "hips", "jaw_master")
    rig.pose.bones["jaw_master"].constraints.new("COPY_ROTATION")
    bob.parent = rig
    for active in (bob, rig):
        assert "its jaw bone “jaw_master” is moved by constraints or drivers" in said(active)
    bob.shape_key_add(name="Basis")
    assert "“Bob” has a basis but no other shape key" in said(bob)
    bob.shape_key_add(name="Fat")
    assert said(bob).startswith("None of the shape keys of “Bob” has a name known for speech")
    make_face("Zoe")
    assert "on “Zoe”" in said(bob)
    assert said(bob).endswith("is moved by constraints or drivers."), "the user looks at Bob, so Bob is spoken of"


def test_things_that_nobody_expects_to_speak_are_not_spoken_of(make_face: MakeFace):
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    bpy.context.scene.collection.objects.link(lamp)
    assert said(lamp) == "No face in the scene: the shipped one will be added."
    cube = make_face("Cube", ())
    make_face("Zoe")
    assert "Cube" not in said(cube)
    assert "“Cube” has no shape keys and no jaw bone: pick a face" in said(cube, picked=cube)


def test_a_draw_costs_little_while_nothing_changes(make_face: MakeFace):
    """A scene of 2,000 objects and a face of 300 keys."""
    mesh = bpy.data.meshes.new("Brick")
    for index in range(2000):
        bpy.context.scene.collection.objects.link(bpy.data.objects.new(f"Brick {index}", mesh))
    others = tuple(f"body shape {index}" for index in range(300 - len(VISEME_CHANNELS) - len(ARKIT_CHANNELS)))
    face = make_face("Zoe", (*VISEME_CHANNELS, *ARKIT_CHANNELS, *others), active=True)
    scene = bpy.context.scene
    description.describe_with_root(scene, None, face)
    costs = []
    for _ in range(50):
        start = time.thread_time()
        sentence, root = description.describe_with_root(scene, None, face)
        costs.append(time.thread_time() - start)
    assert sentence.startswith("15 of 15")
    assert root == face
    costs.sort()
    assert costs[len(costs) // 2] < MOST_SECONDS, f"{costs[len(costs) // 2] * 1e6:.0f} µs"
