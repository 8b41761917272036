"""The mapping that is kept with a character: properties on its topmost object, so that they travel with the .blend.

Objects are kept as pointers: renaming them, appending the character to another file or duplicating it loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ... import face_rig
from ...face_rig.bone_names import AXES, JAW_DEGREES, Bone

if TYPE_CHECKING:
    from ...face_rig import RigMap, Row

_OVERRIDABLE: Final = {"LIBRARY_OVERRIDABLE"}
PART_ITEMS: Final = (
    ("jaw", "Jaw", "Opens with the visemes", 0),
    ("head", "Head", "Nods, turns and leans with the stress", 1),
    ("neck", "Neck", "Takes a share of the head's motion", 2),
)
_AXIS_ITEMS: Final = tuple((axis, axis, f"The bone's own {axis[1]} axis", i) for i, axis in enumerate(AXES))


def _chosen_by_hand(row: Any, _context: Any) -> None:
    """Forget what the names said, as it no longer holds once the key is another one."""
    row.scheme, row.substitute, row.partial = "", "", False


def rows_of(root: Any, channel: str) -> list[tuple[int, Any]]:
    """Return the rows of a channel with their places in the list."""
    return [(place, row) for place, row in enumerate(root.alphsistant_face.rows) if row.channel == channel]


def _strength(row: Any) -> float:
    """Return how strongly the channel moves: the largest gain of its rows."""
    return max(float(other.gain) for _, other in rows_of(row.id_data, row.channel))


def _set_strength(row: Any, strength: float) -> None:
    """Scale the gains of all rows of the channel alike."""
    before = _strength(row)
    for _, other in rows_of(row.id_data, row.channel):
        other.gain = other.gain * strength / before if before > 0.0 else strength


def _clicked(kept: Any, _context: Any) -> None:
    """Show the channel of the row that was clicked on the face for a moment."""
    if 0 <= kept.row_index < len(kept.rows) and not in_background():
        buttons: Any = bpy.ops
        buttons.alphsistant.show_channel(root=kept.id_data.name, channel=kept.rows[kept.row_index].channel)


def in_background() -> bool:
    """Say whether there is no window, so that nobody clicks and no timer runs."""
    return bool(bpy.app.background)


class MapRow(bpy.types.PropertyGroup):
    """One shape key that a channel drives."""

    channel: StringProperty(name="Channel", description="What the speech moves", override=_OVERRIDABLE)
    mesh: PointerProperty(
        type=bpy.types.Object, name="Mesh", description="The mesh that has the key", override=_OVERRIDABLE
    )
    key: StringProperty(
        name="Shape Key",
        description="The shape key that this channel drives on this mesh",
        update=_chosen_by_hand,
        override=_OVERRIDABLE,
    )
    weight: FloatProperty(
        name="Weight",
        description="Share of the key in the channel's shape, as the names were understood",
        default=1.0,
        min=0.0,
        max=10.0,
        override=_OVERRIDABLE,
    )
    gain: FloatProperty(
        name="Gain",
        description="How strongly this key follows the channel; 1 is as the names were understood",
        default=1.0,
        min=0.0,
        max=10.0,
        soft_max=2.0,
        override=_OVERRIDABLE,
    )
    strength: FloatProperty(
        name="Strength",
        description="How strongly the face follows this channel, on all its keys and meshes; 1 is as the names were "
        "understood. A take that is there changes when it is spoken again",
        min=0.0,
        max=10.0,
        soft_max=2.0,
        get=_strength,
        set=_set_strength,
    )
    limit: FloatProperty(
        name="Limit",
        description="The key never goes above this",
        default=1.0,
        min=0.0,
        max=10.0,
        soft_max=1.0,
        override=_OVERRIDABLE,
    )
    scheme: StringProperty(options={"HIDDEN"}, override=_OVERRIDABLE)
    substitute: StringProperty(options={"HIDDEN"}, override=_OVERRIDABLE)
    partial: BoolProperty(options={"HIDDEN"}, override=_OVERRIDABLE)


class MapBone(bpy.types.PropertyGroup):
    """One bone that the speech turns."""

    part: EnumProperty(
        name="Part",
        description="What the bone moves",
        items=PART_ITEMS,
        override=_OVERRIDABLE,
    )
    armature: PointerProperty(
        type=bpy.types.Object, name="Armature", description="The armature that has the bone", override=_OVERRIDABLE
    )
    bone: StringProperty(name="Bone", description="The bone that turns", override=_OVERRIDABLE)
    pitch: EnumProperty(
        name="Opens About",
        description="The bone's own axis, and the sense, in which it opens the mouth or nods down",
        items=_AXIS_ITEMS,
        override=_OVERRIDABLE,
    )
    yaw: EnumProperty(
        name="Turns About",
        description="The bone's own axis, and the sense, in which it turns to the character's left",
        items=_AXIS_ITEMS,
        override=_OVERRIDABLE,
    )
    roll: EnumProperty(
        name="Leans About",
        description="The bone's own axis, and the sense, in which it leans to the character's left shoulder",
        items=_AXIS_ITEMS,
        override=_OVERRIDABLE,
    )
    degrees: FloatProperty(
        name="Angle",
        description="Degrees at full weight",
        default=JAW_DEGREES,
        min=0.0,
        max=90.0,
        soft_max=40.0,
        override=_OVERRIDABLE,
    )


class FaceMap(bpy.types.PropertyGroup):
    """The mapping of one character."""

    kept: BoolProperty(
        name="Kept",
        description="This mapping is used instead of the one found by names",
        override=_OVERRIDABLE,
    )
    rows: CollectionProperty(type=MapRow, override={"LIBRARY_OVERRIDABLE", "USE_INSERTION"})
    row_index: IntProperty(options={"HIDDEN"}, override=_OVERRIDABLE, update=_clicked)
    bones: CollectionProperty(type=MapBone, override={"LIBRARY_OVERRIDABLE", "USE_INSERTION"})


def is_kept(root: Any) -> bool:
    """Tell whether a mapping is kept with the character; never where a script has not registered the package."""
    kept = getattr(root, "alphsistant_face", None)
    return kept is not None and bool(kept.kept)


def read(root: Any, meshes: Iterable[Any], armatures: Iterable[Any]) -> RigMap | None:
    """Read the mapping kept on a character's topmost object, without what is gone since; ``None`` if none is kept."""
    if not is_kept(root):
        return None
    kept = root.alphsistant_face
    keys = {mesh.name: mesh.data.shape_keys.key_blocks for mesh in meshes}
    bones = {armature.name: armature.pose.bones for armature in armatures}
    rows = [
        face_rig.Row(
            row.channel,
            row.mesh.name,
            row.key,
            row.weight,
            row.gain,
            row.limit,
            row.scheme,
            row.substitute,
            row.partial,
        )
        for row in kept.rows
        if row.mesh is not None and row.key in keys.get(row.mesh.name, ())
    ]
    turned = [
        Bone(bone.part, bone.armature.name, bone.bone, bone.pitch, bone.yaw, bone.roll, bone.degrees)
        for bone in kept.bones
        if bone.armature is not None and bone.bone in bones.get(bone.armature.name, ())
    ]
    return face_rig.RigMap(tuple(rows), tuple(turned))


def lost(root: Any, rig: RigMap) -> int:
    """Count the rows and bones of the kept mapping whose key or bone is gone."""
    if not is_kept(root):
        return 0
    kept = root.alphsistant_face
    return len(kept.rows) + len(kept.bones) - len(rig.rows) - len(rig.bones)


def write(root: Any, rig: RigMap) -> None:
    """Keep a mapping with the character; it takes the place of the one that was kept."""
    clear(root)
    kept = root.alphsistant_face
    kept.kept = True
    for row in rig.rows:
        add_row(root, row)
    for bone in rig.bones:
        add_bone(root, bone)


def add_row(root: Any, row: Row) -> None:
    """Add one row at the end."""
    made = root.alphsistant_face.rows.add()
    # The key first: a change of it forgets where it came from.
    made.key = row.key
    made.channel, made.mesh = row.channel, bpy.data.objects[row.mesh]
    made.weight, made.gain, made.limit = row.weight, row.gain, row.limit
    made.scheme, made.substitute, made.partial = row.scheme, row.substitute, row.partial


def add_bone(root: Any, bone: Bone) -> None:
    """Add one bone at the end."""
    made = root.alphsistant_face.bones.add()
    made.part, made.armature, made.bone = bone.part, bpy.data.objects[bone.armature], bone.bone
    made.pitch, made.yaw, made.roll, made.degrees = bone.pitch, bone.yaw, bone.roll, bone.degrees


def clear(root: Any) -> None:
    """Forget the kept mapping: names count again."""
    kept = root.alphsistant_face
    kept.kept = False
    kept.rows.clear()
    kept.bones.clear()
    kept.row_index = 0


def situation(root: Any) -> tuple[Any, ...]:
    """Return what the kept mapping's sentence depends on; to compare."""
    if root is None or not is_kept(root):
        return ()
    kept = root.alphsistant_face
    rows = tuple((r.channel, r.mesh.name if r.mesh else "", r.key, r.weight, r.gain, r.limit) for r in kept.rows)
    return (
        rows,
        tuple((b.part, b.armature.name if b.armature else "", b.bone, b.pitch, b.degrees) for b in kept.bones),
    )


CLASSES: Final = (MapRow, MapBone, FaceMap)
