"""Keys with the names of an open mouth, with and without the jaw bone that some exporters leave the opening to."""

from __future__ import annotations

from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.face import find

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

LIP_SHAPES = ("V_Open", "V_Explosive", "V_Dental_Lip", "V_Tight_O", "V_Tight", "V_Wide", "V_Affricate", "V_Lip_Open")
DAZ_VISEMES = tuple(f"eCTRLv{viseme}" for viseme in ("AA", "M", "F", "OW", "EH", "IY", "UW"))


def make_head(jaw: str, drop: float, keys: tuple[str, ...] = LIP_SHAPES, group: str = "") -> Any:
    """A head whose lower half hangs on a jaw bone; its first key drops it by some metres."""
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bone = data.edit_bones.new(jaw)
    bone.head, bone.tail = (0, 0, 1.0), (0, -0.1, 0.95)
    bpy.ops.object.mode_set(mode="OBJECT")
    mesh = bpy.data.meshes.new("Body")
    heights = [0.95 + 0.01 * i for i in range(12)]
    mesh.from_pydata([(0.01 * i, -0.1, z) for i, z in enumerate(heights)], [(i, i + 1) for i in range(11)], [])
    body = bpy.data.objects.new("Body", mesh)
    bpy.context.scene.collection.objects.link(body)
    body.parent = rig
    body.modifiers.new("Armature", "ARMATURE").object = rig
    body.vertex_groups.new(name=group or jaw).add([i for i, z in enumerate(heights) if z < 1.0], 1.0, "REPLACE")
    body.shape_key_add(name="Basis", from_mix=False)
    for key in keys:
        block = body.shape_key_add(name=key, from_mix=False)
        block.value = 0.0  # from 5.0 on a new key starts at 1
        for index, z in enumerate(heights):
            # Lips part in any case; the chin moves where the opening is in the key.
            block.data[index].co.z -= (drop if z < 1.0 else 0.0) + (0.002 if 0.99 < z < 1.0 else 0.0)
    return body


def sentence() -> str:
    face = find.find(bpy.context.scene)
    assert face is not None
    return face.sentence


@pytest.mark.parametrize(("jaw", "keys"), [("CC_Base_JawRoot", LIP_SHAPES), ("lowerJaw", DAZ_VISEMES)])
def test_the_jaw_turns_where_the_keys_shape_the_lips_alone(jaw: str, keys: tuple[str, ...]):
    make_head(jaw, drop=0.0, keys=keys)
    assert f"jaw by bone “{jaw}”" in sentence()


def test_the_jaw_stays_where_the_opening_is_in_the_key():
    make_head("CC_Base_JawRoot", drop=0.025)
    assert "bone" not in sentence()


def test_a_jaw_bone_on_which_nothing_hangs_is_left_alone():
    make_head("CC_Base_JawRoot", drop=0.0, group="CC_Base_Head")
    assert "jaw by bone" not in sentence()


def test_a_note_where_no_jaw_bone_can_turn():
    make_head("CC_Base_JawRoot", drop=0.0)
    rig = bpy.data.objects["Rig"]
    rig.pose.bones["CC_Base_JawRoot"].constraints.new("COPY_ROTATION")
    assert "The shape of “V_Open” may need a jaw bone, and none that can turn was found." in sentence()


def test_apples_names_are_believed():
    make_head("jaw", drop=0.0, keys=("jawOpen", "mouthLowerDownLeft", "mouthUpperUpLeft", "mouthFunnel"))
    assert "bone" not in sentence()
