"""Bones of a character: which way their axes lie, and the F-curves that turn them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Quaternion, Vector

from ...core.errors import AssetError
from ...face_rig.bone_names import Bone, head_bones, rank_bones
from ...face_rig.name_words import SIDES, split_words
from ..common import compat

if TYPE_CHECKING:
    from ...face_rig.bone_rotations import Turn

REST: Final = "alphsistant_rest"
"""Custom property on armatures: how bones were turned (w, x, y, z) before the first take that moves them."""

_EULER: Final = frozenset({"XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"})


def find(armatures: Iterable[Any]) -> list[Bone]:
    """Find jaw, head and neck of the first armature that has them, by name; only bones that nothing else moves."""
    bones: list[Bone] = []
    for armature in armatures:
        free = [bone.name for bone in armature.pose.bones if _is_free(armature, bone)]
        taken = {bone.part for bone in bones}
        named = {part: rank_bones(free, part)[:1] for part in ("jaw", "head", "neck")}
        frame = _frame(armature)
        axes = {part: (names[0], _axes(armature, names[0], frame)) for part, names in named.items() if names}
        if "jaw" in axes and "jaw" not in taken:
            bones.append(Bone("jaw", armature.name, axes["jaw"][0], *axes["jaw"][1]))
        if "head" not in taken:
            bones += head_bones(armature.name, axes)
    return bones


def held(armatures: Iterable[Any], part: str) -> str:
    """Return the name of a bone that means this part but is moved by the rig itself; empty if there is none."""
    for armature in armatures:
        found = rank_bones([bone.name for bone in armature.pose.bones if not _is_free(armature, bone)], part)
        if found:
            return found[0]
    return ""


def axes_of(armature: Any, name: str) -> tuple[str, str, str]:
    """Return the own axes of a bone about which it nods or opens, turns to the left and leans to the left."""
    return _axes(armature, name, _frame(armature))


def posable(name: str) -> Any:
    """Return the armature of that name; ``AssetError`` where it is gone or Blender forbids keys on it."""
    armature = bpy.data.objects.get(name)
    if armature is None or armature.type != "ARMATURE":
        raise AssetError(f"The armature “{name}” is no longer there: detect the face's names again.")
    if armature.library is not None:
        raise AssetError(f"The armature “{name}” is linked from another file: make it a library override first.")
    if armature.animation_data is not None and armature.animation_data.use_tweak_mode:
        raise AssetError(f"“{name}” is in the NLA editor's tweak mode: leave it (Tab in that editor), then try again.")
    return armature


def keys_of(armature: Any, turns: Mapping[str, Turn], *, start: float, rate: float) -> dict[tuple[str, int], Any]:
    """Return data path and index → frames and values that turn the armature's bones, in each bone's rotation mode.

    A bone that nobody has animated starts from the rotation in which it stands; :func:`put_back` restores that.
    """
    import numpy as np  # noqa: PLC0415  # not while Blender starts

    found: dict[tuple[str, int], Any] = {}
    for name, turn in turns.items():
        bone = armature.pose.bones.get(name)
        if bone is None:
            continue
        before = _before(armature, bone)
        rotations = [before @ rotation_by(angles) for angles in turn.angles]
        if bone.rotation_mode == "QUATERNION":
            path = bone.path_from_id("rotation_quaternion")
            values = [tuple(iter(rotation)) for rotation in rotations]
        else:
            path = bone.path_from_id("rotation_euler")
            values = [tuple(iter(rotation.to_euler(bone.rotation_mode))) for rotation in rotations]
        for index, weights in enumerate(zip(*values, strict=True)):
            found[path, index] = (start + turn.times * rate, np.array(weights))
    return found


def put_back(armature: Any) -> None:
    """Turn the bones back to where they were before the first take; for when its last one is removed."""
    for name, rotation in dict(armature.get(REST, {})).items():
        bone = armature.pose.bones.get(name)
        if bone is not None:
            _set_rotation(bone, Quaternion(rotation))
    if REST in armature:
        del armature[REST]


def _before(armature: Any, bone: Any) -> Quaternion:
    """Return how the bone stood before any take, kept when first asked for; at rest if the user's keys move it."""
    if REST not in armature:
        armature[REST] = {}
    kept = armature[REST]
    if bone.name not in kept:
        path = bone.path_from_id() + ".rotation_"
        moved = any(curve.data_path.startswith(path) for curve in _all_curves(armature))
        kept[bone.name] = (1.0, 0.0, 0.0, 0.0) if moved else tuple(bone.matrix_basis.to_quaternion())
    return Quaternion(kept[bone.name])


def _all_curves(armature: Any) -> list[Any]:
    """Return the F-curves of the armature's action and of the actions on its NLA tracks (those of other slots too)."""
    animation = armature.animation_data
    if animation is None:
        return []
    actions = [strip.action for track in animation.nla_tracks for strip in track.strips if strip.action is not None]
    return [*compat.curves_of(armature), *(curve for action in actions for curve in compat.all_curves(action))]


def _set_rotation(bone: Any, rotation: Quaternion) -> None:
    if bone.rotation_mode == "QUATERNION":
        bone.rotation_quaternion = rotation
    elif bone.rotation_mode in _EULER:
        bone.rotation_euler = rotation.to_euler(bone.rotation_mode)


def resting_rotation(armature: Any, name: str) -> Quaternion | None:
    """Return how a bone stood before any take, where a take moves it; ``None`` for others."""
    kept = armature.get(REST)
    return Quaternion(kept[name]) if kept is not None and name in kept else None


def rotation_by(angles: Any) -> Quaternion:
    """Return the turn about an axis whose parts are the angles about X, Y and Z (radians)."""
    axis = Vector(angles)
    return Quaternion(axis, axis.length) if axis.length > 0.0 else Quaternion()


def _is_free(armature: Any, bone: Any) -> bool:
    """Tell whether keys would move the bone: it has no constraints, no driver and a mode that can be keyed."""
    if bone.rotation_mode not in _EULER | {"QUATERNION"} or len(bone.constraints):
        return False
    animation = armature.animation_data
    start = bone.path_from_id() + ".rotation_"
    return animation is None or not any(driver.data_path.startswith(start) for driver in animation.drivers)


def _frame(armature: Any) -> tuple[Vector, Vector, Vector]:
    """Return the character's left, up and backward directions in the armature's own space.

    Left is from the bones marked right to those marked left; without such bones a character faces −Y as is the custom
    in Blender. Up is the world's, as importers turn armatures that lie on their back upright by their object.
    """
    to_own = armature.matrix_world.to_3x3().inverted_safe()
    up = (to_own @ Vector((0.0, 0.0, 1.0))).normalized()
    sums = {"Left": Vector(), "Right": Vector()}
    counts = {"Left": 0, "Right": 0}
    for bone in armature.data.bones:
        sides = {SIDES[word] for word in split_words(bone.name) if word in SIDES}
        if len(sides) == 1:
            side = sides.pop()
            sums[side] += bone.head_local
            counts[side] += 1
    left = Vector((1.0, 0.0, 0.0))
    if counts["Left"] and counts["Right"]:
        apart = sums["Left"] / counts["Left"] - sums["Right"] / counts["Right"]
        if apart.length > 1e-4 * max(armature.dimensions.length, 1e-6):
            left = apart
    left = (left - left.project(up)).normalized()
    if left.length < 0.5:  # the sides lie one above the other: nothing to learn from them
        left = up.orthogonal().normalized()
    return left, up, up.cross(left)


def _axes(armature: Any, name: str, frame: tuple[Vector, Vector, Vector]) -> tuple[str, str, str]:
    """Return the bone's own axes nearest to those of opening or nodding, of turning left and of leaning left."""
    rest = armature.data.bones[name].matrix_local.to_3x3()
    free = [0, 1, 2]
    chosen = []
    for direction in frame:
        along = {index: rest.col[index].normalized().dot(direction) for index in free}
        index = max(along, key=lambda i: abs(along[i]))
        free.remove(index)
        chosen.append(("-" if along[index] < 0.0 else "+") + "XYZ"[index])
    pitch, yaw, roll = chosen
    return pitch, yaw, roll
