"""Which face speaks: the picked one, else the active one, else any face of the scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.face import build_visemes, find
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS


def test_the_picked_face_goes_before_the_active_one_and_that_before_all_others(make_face: Callable[..., Any]) -> None:
    one, two, three = (make_face(name) for name in ("Ann", "Bob", "Cid"))
    scene = bpy.context.scene
    for active in (one, two, three):
        found = find.find(scene, None, active)
        assert found is not None
        assert found.meshes == (active.name,)
        picked = find.find(scene, three, active)
        assert picked is not None
        assert picked.meshes == ("Cid",)
    anyone = find.find(scene)
    assert anyone is not None
    assert anyone.meshes == ("Ann",)


def test_an_active_thing_that_cannot_speak_leaves_it_to_a_face(make_face: Callable[..., Any]) -> None:
    cube = make_face("Cube", keys=())
    make_face("Zoe")
    found = find.find(bpy.context.scene, None, cube)
    assert found is not None
    assert found.meshes == ("Zoe",)


def test_an_active_object_of_another_scene_is_not_meant(make_face: Callable[..., Any]) -> None:
    make_face("Zoe")
    elsewhere = make_face("Ann")
    bpy.context.scene.collection.objects.unlink(elsewhere)
    found = find.find(bpy.context.scene, None, elsewhere)
    assert found is not None
    assert found.meshes == ("Zoe",)


def test_visemes_are_built_of_muted_keys_too(make_face: Callable[..., Any]) -> None:
    """A muted key takes no part in Blender's mix, and would be missing in the new shape."""
    head = make_face(keys=ARKIT_CHANNELS)
    blocks = head.data.shape_keys.key_blocks
    blocks["jawOpen"].mute = True
    face = find.find(bpy.context.scene, head)
    assert face is not None
    build_visemes.build(face)
    recipe = face.rig.recipes("Head")["viseme_aa"]
    rest = blocks["Basis"].data[0].co.z
    wanted = sum(weight * (blocks[key].data[0].co.z - rest) for key, weight in recipe.items())
    assert recipe["jawOpen"] > 0.0
    assert blocks["viseme_aa"].data[0].co.z - rest == pytest.approx(wanted, rel=1e-4)
    assert blocks["jawOpen"].mute
