"""Composed visemes as real shape keys: one key per viseme on each mesh, mixed by Blender itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import bpy

from ...core.errors import AssetError
from ...face_rig import RigMap, Row
from ...lip_sync.channels import VISEME_CHANNELS
from .find import Face, shape_keys


def build(face: Face) -> tuple[RigMap, dict[str, int]]:
    """Make a key of each viseme that is composed of several or weighted keys, on every mesh that has a share in it.

    Visemes that are one key of their own already stay as they are; so does every existing key. ``viseme_sil`` and
    closed lips that are the rest pose become keys without motion, because other tools look for all fifteen.

    Returns:
        The face's mapping with the new keys in place of the recipes, and mesh → number of keys that were made.

    Raises:
        AssetError: Blender forbids keys on a mesh, or there is nothing to build.
    """
    for name in face.meshes:
        _check(name)
    rig = face.rig
    made: dict[str, int] = {}
    for name in face.meshes:
        recipes = rig.recipes(name)
        visemes = {channel: recipes.get(channel, {}) for channel in VISEME_CHANNELS}
        if not any(visemes.values()):
            continue
        thing = bpy.data.objects[name]
        there = set(thing.data.shape_keys.key_blocks.keys())
        for channel, recipe in visemes.items():
            if channel in there or (set(recipe.values()) == {1.0} and len(recipe) == 1):
                continue
            _add_key(thing, channel, recipe)
            made[name] = made.get(name, 0) + 1
            rig = _with_own_key(rig, channel, name)
    if not made:
        raise AssetError("Every viseme of this face is a shape key of its own already: there is nothing to build.")
    return rig, made


def _check(name: str) -> None:
    keys = shape_keys(name)
    thing = bpy.data.objects[name]
    if thing.mode != "OBJECT":
        raise AssetError(f"“{name}” is being edited: go back to Object Mode first.")
    if not keys.use_relative:
        raise AssetError(f"The shape keys of “{name}” are absolute: set them to Relative first.")
    if thing.data.override_library is not None:
        raise AssetError(f"“{name}” is a library override, on which Blender allows no new shape keys: make it local.")


def _add_key(thing: Any, name: str, recipe: Mapping[str, float]) -> None:
    """Blender's own mix of the keys: it minds what each is relative to, and vertex groups."""
    with _at_rest(thing):
        blocks = thing.data.shape_keys.key_blocks
        for key, weight in recipe.items():
            blocks[key].slider_max = max(blocks[key].slider_max, weight)
            blocks[key].value = weight
        # A new key is fully on from 5.2 on, and off before.
        thing.shape_key_add(name=name, from_mix=True).value = 0.0


@contextlib.contextmanager
def _at_rest(thing: Any) -> Iterator[None]:
    """All keys at 0 and none muted or shown alone while the block runs."""
    blocks = list(thing.data.shape_keys.key_blocks[1:])
    before = [(block, block.value, block.mute, block.slider_min, block.slider_max) for block in blocks]
    alone = thing.show_only_shape_key
    try:
        thing.show_only_shape_key = False
        for block in blocks:
            block.mute = False
            block.slider_min = min(block.slider_min, 0.0)
            block.value = 0.0
        yield
    finally:
        thing.show_only_shape_key = alone
        for block, value, mute, low, high in before:
            block.value, block.mute = value, mute
            block.slider_min, block.slider_max = low, high
            block.value = value


def _with_own_key(rig: RigMap, channel: str, mesh: str) -> RigMap:
    old = [row for row in rig.rows if row.channel == channel and row.mesh == mesh]
    partial = any(row.partial for row in old)
    substitute = next((row.substitute for row in old), "")
    rows = tuple(row for row in rig.rows if row not in old)
    own = Row(channel, mesh, channel, scheme="Oculus", substitute=substitute, partial=partial)
    return replace(rig, rows=(*rows, own))
