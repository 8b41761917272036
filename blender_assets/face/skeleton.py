"""Two bones, so that the head can nod and turn: the skin follows smoothly from collar to jaw, the hair as a whole."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from geometry import MM, smoothstep
from makehuman import Floats

NAME: Final = "Alphsistant Rig"


def add(collection: bpy.types.Collection, face: bpy.types.Object, eyes: Floats, skin: int) -> bpy.types.Object:
    """Put an armature into the collection and let the face follow it; the armature.

    Args:
        collection: where the armature goes.
        face: its first ``skin`` vertices are skin; all others (teeth, tongue, eyes, lashes, brows) follow the head.
        eyes: the point between the eyes; the joints lie where they are in an adult, relative to it.
        skin: number of skin vertices.
    """
    # Base of the neck (C7), its top (below the skull, behind the ears) and the crown.
    low, joint, crown = (eyes + np.array([0, y, z]) * MM for y, z in ((75, -150), (68, -48), (68, 110)))
    armature = bpy.data.objects.new(NAME, bpy.data.armatures.new(NAME))
    collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    neck, head = bones.new("neck"), bones.new("head")
    neck.head, neck.tail = low.tolist(), joint.tolist()
    head.head, head.tail = joint.tolist(), crown.tolist()
    head.parent = neck
    bpy.ops.object.mode_set(mode="OBJECT")
    armature.data.display_type = "STICK"
    armature.hide_render = True

    points = np.empty(len(face.data.vertices) * 3, dtype=np.float32)
    face.data.vertices.foreach_get("co", points)
    points = points.reshape(-1, 3)
    # The skin ends along the collar, which rises towards the back (shirt.collar_height), and stays still beside it.
    above_end = points[:, 2] - 0.34 * points[:, 1]
    above_end -= above_end[:skin].min()
    follows = smoothstep(12 * MM, 60 * MM, above_end)
    # Head and neck part along a plane from below the chin to the nape.
    height = points[:, 2] - 0.25 * (points[:, 1] - joint[1]) - joint[2]
    turns = smoothstep(-95 * MM, -45 * MM, height)
    follows[skin:] = turns[skin:] = 1.0
    turns = np.minimum(turns, follows)
    weigh(face, "head", turns)
    weigh(face, "neck", follows - turns)
    bend(face, armature)
    return armature


def bend(thing: bpy.types.Object, rig: bpy.types.Object) -> None:
    """Let a mesh, which has groups with the bones' names, follow them."""
    thing.parent = rig
    modifier = thing.modifiers.new("Armature", "ARMATURE")
    modifier.object = rig
    thing.modifiers.move(len(thing.modifiers) - 1, 0)  # before the subdivision, where there are fewer points


def weigh(thing: bpy.types.Object, group: str, weights: Floats) -> None:
    """A vertex group with these weights, in steps of a 64th (few calls, small file)."""
    made = thing.vertex_groups.new(name=group)
    steps = np.round(np.asarray(weights) * 64).astype(int)
    for step in np.unique(steps[steps > 0]):
        made.add(np.flatnonzero(steps == step).tolist(), float(step) / 64, "REPLACE")
