"""What a user sees of a face: through its camera, or straight from the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Vector

from ...core.errors import AssetError

if TYPE_CHECKING:
    from .find import Face

_HEADS: Final = 9.0
"""Distance of the eye, in radii of what the mouth's keys move: the whole head is seen."""

_HIGHER: Final = 0.5
"""How far the middle of the head lies above what the mouth's keys move, in its radii."""


def look_through_camera(scene: Any) -> None:
    """Let the largest 3D view of each window that shows the scene look through its camera, unless one does already."""
    for window in bpy.context.window_manager.windows:
        areas = [area for area in window.screen.areas if area.type == "VIEW_3D"] if window.scene == scene else []
        views = [area.spaces.active.region_3d for area in areas]
        if areas and not any(view.view_perspective == "CAMERA" for view in views):
            largest = max(areas, key=lambda area: area.width * area.height)
            largest.spaces.active.region_3d.view_perspective = "CAMERA"


def look_at(face: Face, view: Any) -> None:
    """Let a 3D view (``RegionView3D``) look at the face's head from the front, near enough to judge lips.

    Raises:
        AssetError: none of its shape keys or bones says where the mouth is.
    """
    middle, radius, front = mouth_of(face)
    if front is not None:
        view.view_rotation = front.to_track_quat("Z", "Y")
    view.view_perspective = "PERSP"
    view.view_location = middle + Vector((0.0, 0.0, _HIGHER * radius))
    view.view_distance = _HEADS * radius


def show_keys(face: Face, layer: Any) -> None:
    """Select the face's mesh (or armature) alone and make it active, so that the Dope Sheet shows its keys.

    Raises:
        AssetError: it is hidden there.
    """
    things = [bpy.data.objects[name] for name in (*face.meshes, *face.armatures, face.drawing) if name]
    # Asking this also brings the layer's list of objects up to date, which is empty after a collection was linked.
    shown = next((thing for thing in things if thing.visible_get(view_layer=layer)), None)
    if shown is None:
        raise AssetError("The face is hidden in this view layer: show it, or tick its collection in the Outliner.")
    for thing in layer.objects:
        thing.select_set(False, view_layer=layer)
    layer.objects.active = shown
    shown.select_set(True, view_layer=layer)


def mouth_of(face: Face, *, posed: bool = True) -> tuple[Any, float, Any]:
    """Return middle (world), radius (metres) and direction, or ``None``, of what the face's keys move.

    Args:
        face: of which at least one key or bone moves something.
        posed: as the armature poses it at the moment; else as it rests.

    Raises:
        AssetError: nothing of it moves anything.
    """
    import numpy as np  # noqa: PLC0415  # not while Blender starts

    best: tuple[Any, float, Any] | None = None
    most = 0
    for name in face.meshes:
        thing = bpy.data.objects[name]
        keys = thing.data.shape_keys.key_blocks
        wanted = {row.key for row in face.rig.rows if row.mesh == name and row.channel.startswith("viseme_")}
        rest = _array(keys[0].data, "co")
        moved = np.zeros(len(rest))
        for key in wanted & set(keys.keys()):
            moved = np.maximum(moved, np.linalg.norm(_array(keys[key].data, "co") - rest, axis=1))
        chosen = moved > 0.25 * moved.max() if len(moved) and moved.max() > 0 else np.zeros(len(rest), bool)
        if int(chosen.sum()) <= most:
            continue
        most = int(chosen.sum())
        # As it is posed now, unless a modifier has made other vertices.
        shape = thing.data
        if posed:
            evaluated = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
            shape = evaluated if len(evaluated.vertices) == len(rest) else shape
        matrix = np.array(thing.matrix_world)
        points = _array(shape.vertices, "co")[chosen] @ matrix[:3, :3].T + matrix[:3, 3]
        normals = _array(shape.vertices, "normal")[chosen].mean(axis=0)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        radius = float(np.linalg.norm(points.max(axis=0) - points.min(axis=0))) / 2
        front = thing.matrix_world.to_3x3().inverted_safe().transposed() @ Vector(normals.tolist())
        front.z = 0.0
        best = Vector(middle.tolist()), radius, front.normalized() if front.length > 1e-6 else None
    if best is not None and best[1] > 0.0:
        return best
    for name in face.armatures:
        armature = bpy.data.objects[name]
        jaw = next((turn.bone for turn in face.rig.bones if turn.bone in armature.data.bones), None)
        if jaw is not None:
            bone = armature.data.bones[jaw]
            scale = max(iter(armature.matrix_world.to_scale()))
            return armature.matrix_world @ bone.head_local, bone.length * scale, None
    raise AssetError("None of the face's shape keys or bones moves anything: there is nothing to look at.")


def _array(points: Any, name: str) -> Any:
    import numpy as np  # noqa: PLC0415

    flat = np.empty(len(points) * 3, dtype=np.float32)
    points.foreach_get(name, flat)
    return flat.reshape(-1, 3)
