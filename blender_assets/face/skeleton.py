"""The rig: neck and head turn, a jaw that adds to the keys, eyes that look at an aim, and dials for whole expressions.

At rest every bone leaves the face as the keys make it, so that takes, which key shapes and turn head and neck, and an
animator, who poses on top, do not get in each other's way.
"""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from geometry import MM, rigid_fit, smoothstep
from head import Head
from makehuman import Floats

NAME: Final = "Alphsistant Rig"
EYE_MATERIALS: Final = frozenset({"Sclera", "Cornea", "Iris", "Pupil"})
"""What turns with an eye; lashes and the wet line stay with the lids."""
AIM_DISTANCE: Final = 0.4
"""Metres from the eyes to the bone that they look at."""
EYE_BONE: Final = 0.03
"""Length of an eye's bone in metres."""


def add(head: Head, face: bpy.types.Object, collection: bpy.types.Collection) -> bpy.types.Object:
    """Put an armature into the collection and let the face follow it; the armature."""
    armature = bpy.data.objects.new(NAME, bpy.data.armatures.new(NAME))
    collection.objects.link(armature)
    _make_bones(armature, head)
    _look_at_aim(armature)
    armature.data.display_type = "STICK"
    armature.hide_render = True
    for group, weights in _weights(head, face).items():
        weigh(face, group, weights)
    bend(face, armature)
    return armature


def _make_bones(armature: bpy.types.Object, head: Head) -> None:
    """Draw the bones, sorted into collections: what bends the face, and what an animator takes hold of."""
    eyes = {side: head.eye_centre(side)[0] for side in "lr"}
    between = np.array([0, eyes["l"][1], eyes["l"][2]])
    # Base of the neck (C7) and the crown, as in an adult.
    low, crown = (between + np.array([0, y, z]) * MM for y, z in ((75, -150), (68, 110)))
    joint = _neck_top(head)
    hinge, chin = _jaw_line(head)
    ahead = np.array([0, -1.0, 0])
    lines: dict[str, tuple[Floats, Floats, str | None]] = {
        "neck": (low, joint, None),
        "head": (joint, crown, "neck"),
        "jaw": (hinge, chin, "head"),
        "aim": (between + ahead * AIM_DISTANCE, between + ahead * (AIM_DISTANCE + EYE_BONE), "head"),
    }
    for side, eye in eyes.items():
        target = eye + ahead * AIM_DISTANCE
        lines[f"eye.{side.upper()}"] = (eye, eye + ahead * EYE_BONE, "head")
        lines[f"aim.{side.upper()}"] = (target, target + ahead * EYE_BONE / 2, "aim")
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    for name, (start, end, parent) in lines.items():
        bone = bones.new(name)
        bone.head, bone.tail = start.tolist(), end.tolist()
        bone.parent = bones[parent] if parent else None
        bone.use_deform = not name.startswith("aim")
    bpy.ops.object.mode_set(mode="OBJECT")
    deforming, controls = (armature.data.collections.new(name) for name in ("Face", "Controls"))
    for bone in armature.data.bones:
        (deforming if bone.use_deform else controls).assign(bone)
    controls.assign(armature.data.bones["jaw"])


def _jaw_motion(head: Head) -> tuple[Floats, Floats]:
    """How the lower teeth, and so the jaw's bone, move when the jaw opens: rotation ``[3, 3]`` and shift ``[3]``."""
    teeth = head.mh.groups["helper-lower-teeth"]
    at_rest = head.mh.points[teeth]
    return rigid_fit(at_rest, at_rest + head.key("jawOpen")[teeth])


def _jaw_line(head: Head) -> tuple[Floats, Floats]:
    """Where the jaw's bone begins and ends: the point that stays when the jaw opens, and the chin."""
    rotation, shift = _jaw_motion(head)
    hinge = np.zeros(3)
    hinge[1:] = np.linalg.solve((np.eye(3) - rotation)[1:, 1:], shift[1:])
    teeth = head.mh.points[head.mh.groups["helper-lower-teeth"]]
    return hinge, np.array([0, teeth[:, 1].min(), teeth[:, 2].min() - 12 * MM])


def _look_at_aim(armature: bpy.types.Object) -> None:
    """Let each eye look at its own target, which the aim carries: parallel at rest."""
    for side in "LR":
        track = armature.pose.bones[f"eye.{side}"].constraints.new("DAMPED_TRACK")
        track.name = "Look at Aim"
        track.target, track.subtarget, track.track_axis = armature, f"aim.{side}", "TRACK_Y"


def _weights(head: Head, face: bpy.types.Object) -> dict[str, Floats]:
    """The share of each bone in every vertex of the face, ``[n]``."""
    points = np.empty(len(face.data.vertices) * 3, dtype=np.float32)
    face.data.vertices.foreach_get("co", points)
    points = points.reshape(-1, 3).astype(float)
    skin = len(head.used)
    joint = _neck_top(head)
    # The skin ends along the collar, which rises towards the back (head.collar_height), and stays still beside it.
    above_end = points[:, 2] - 0.34 * points[:, 1]
    above_end -= above_end[:skin].min()
    follows = smoothstep(12 * MM, 60 * MM, above_end)
    # Head and neck part along a plane from below the chin to the nape.
    height = points[:, 2] - 0.25 * (points[:, 1] - joint[1]) - joint[2]
    turns = smoothstep(-95 * MM, -45 * MM, height)
    follows[skin:] = turns[skin:] = 1.0
    turns = np.minimum(turns, follows)

    opened = np.empty(len(points) * 3, dtype=np.float32)
    face.data.shape_keys.key_blocks["jawOpen"].data.foreach_get("co", opened)
    rotation, shift = _jaw_motion(head)
    rigid = points @ rotation.T + shift - points
    moved = opened.reshape(-1, 3) - points
    # The jaw's share is how much of its motion the key gives a vertex.
    jaw = turns * np.clip((moved * rigid).sum(1) / np.maximum((rigid**2).sum(1), 1e-12), 0, 1)
    shares = {"jaw": jaw}
    slots = [slot.name.split()[-1] in EYE_MATERIALS for slot in face.data.materials]
    eye = np.zeros(len(points), dtype=bool)
    eye[[v for polygon in face.data.polygons if slots[polygon.material_index] for v in polygon.vertices]] = True
    shares["eye.L"], shares["eye.R"] = eye & (points[:, 0] > 0), eye & (points[:, 0] < 0)
    shares["head"] = turns - jaw - eye
    shares["neck"] = follows - turns
    return shares


def _neck_top(head: Head) -> Floats:
    """Where head and neck meet: below the skull, behind the ears."""
    eye, _ = head.eye_centre("l")
    return np.array([0, eye[1] + 68 * MM, eye[2] - 48 * MM])


def add_dials(armature: bpy.types.Object, face: bpy.types.Object, keys: dict[str, str]) -> None:
    """Give the armature a property from 0 to 1 for each of these: property → key that it drives."""
    for dial, key in keys.items():
        armature[dial] = 0.0
        armature.id_properties_ui(dial).update(min=0.0, max=1.0, soft_min=0.0, soft_max=1.0, description=f"Key {key}")
        curve = face.data.shape_keys.driver_add(f'key_blocks["{key}"].value')
        curve.driver.type = "AVERAGE"  # no expression: works where scripts of files are not run
        variable = curve.driver.variables.new()
        variable.targets[0].id = armature
        variable.targets[0].data_path = f'["{dial}"]'


def bend(thing: bpy.types.Object, rig: bpy.types.Object) -> None:
    """Let a mesh, which has groups with the bones' names, follow them."""
    thing.parent = rig
    modifier = thing.modifiers.new("Armature", "ARMATURE")
    modifier.object = rig
    thing.modifiers.move(len(thing.modifiers) - 1, 0)  # before the subdivision, where there are fewer points


def weigh(thing: bpy.types.Object, group: str, weights: Floats) -> None:
    """A vertex group with these weights, in steps of a 64th (few calls, small file)."""
    made = thing.vertex_groups.new(name=group)
    steps = np.round(np.asarray(weights, dtype=float) * 64).astype(int)
    for step in np.unique(steps[steps > 0]):
        made.add(np.flatnonzero(steps == step).tolist(), float(step) / 64, "REPLACE")
