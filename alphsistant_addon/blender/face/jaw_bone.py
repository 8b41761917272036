"""Does the jaw bone have to turn although keys have the names of an open mouth?

Character Creator and Daz export shapes whose opening is left to the jaw bone, or the same shapes with the opening in
them, under the same names. The mesh says which: points that hang on the bone move with the key, or they do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ...face_rig import RigMap
    from ...face_rig.bone_names import Bone

ENOUGH: Final = 0.3
"""A key opens the mouth by itself if it moves the jaw's points by this share of what the turn of the bone does."""

MOST_POINTS: Final = 4000
"""Points of a mesh that are looked at, evenly spread."""

HOLDS: Final = 0.5
"""Weight from which a point hangs on the bone."""


def added(rig: RigMap, bones: Sequence[Bone], meshes: Sequence[Any], armatures: Sequence[Any]) -> tuple[RigMap, str]:
    """Add the bones to a mapping found by names, the jaw only where it is needed.

    Returns:
        The mapping, and a sentence where the mouth may stay closed for want of a bone; else an empty string.
    """
    if not rig.opening_may_need_jaw:
        return rig.with_bones(bones), ""
    jaw = next((bone for bone in bones if bone.part == "jaw"), None)
    key = next(row.key for row in rig.rows if row.channel == "viseme_aa")
    if jaw is None:
        note = f"The shape of “{key}” may need a jaw bone, and none that can turn was found." if armatures else ""
        return rig.with_bones(bones), note
    armature = next(armature for armature in armatures if armature.name == jaw.armature)
    shares = [share for mesh in meshes if (share := _share(rig, mesh, armature, jaw)) is not None]
    return rig.with_bones(bones, jaw_beside_keys=bool(shares) and max(shares) < ENOUGH), ""


def _share(rig: RigMap, mesh: Any, armature: Any, jaw: Bone) -> float | None:
    """Return how far the open mouth's keys move what hangs on the jaw, as a share of the bone's own turn.

    ``None`` where no key of the mesh opens the mouth, or nothing of it hangs on the bone.
    """
    blocks = mesh.data.shape_keys.key_blocks
    keys = [(blocks[row.key], row.weight) for row in rig.rows if row.mesh == mesh.name and row.channel == "viseme_aa"]
    group = mesh.vertex_groups.get(jaw.bone)
    if not keys or group is None or not len(mesh.data.vertices):
        return None
    head = mesh.matrix_world.inverted_safe() @ armature.matrix_world @ armature.data.bones[jaw.bone].head_local
    vertices = mesh.data.vertices
    moved = turned = 0.0
    for index in range(0, len(vertices), math.ceil(len(vertices) / MOST_POINTS)):
        if not any(g.group == group.index and g.weight >= HOLDS for g in vertices[index].groups):
            continue
        motions = [(block.data[index].co - block.relative_key.data[index].co) * weight for block, weight in keys]
        moved += sum(motions[1:], motions[0]).length
        turned += (vertices[index].co - head).length * math.radians(jaw.degrees)
    return moved / turned if turned > 0.0 else None
