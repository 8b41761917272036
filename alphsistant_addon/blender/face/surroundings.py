"""What a scene holds already: whether it is the user's, and where in it a face has room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mathutils import Matrix, Vector

CUBE_MATERIAL: Final = "Material"
"""Name of the material on the cube of Blender's startup file; a cube that the user adds has none."""

_STARTUP_PLACES: Final = {
    "Cube": (0.0, 0.0, 0.0),
    "Camera": (7.3589, -6.9258, 4.9583),
    "Light": (4.0762, 1.0055, 5.9039),
}
"""Objects of Blender's startup file (4.2 to 5.2) and where they stand, in metres."""

_STARTUP_TYPES: Final = {"Cube": "MESH", "Camera": "CAMERA", "Light": "LIGHT"}

_CUBE_CORNERS: Final = 8

_STAGE: Final = (Vector((-0.3, -1.15, -0.2)), Vector((0.3, 0.2, 0.55)))
"""Corners of the room that the shipped face needs around its origin: its bust, and the way to its camera. Metres."""

_GAP: Final = 0.2
"""Metres between the stage and what it stands beside."""

_SURROUNDING_METRES: Final = 10.0
"""What is larger than this in every direction is a building, a landscape or a sky: one stands inside it."""

_SOLID: Final = {
    "MESH",
    "CURVE",
    "CURVES",
    "SURFACE",
    "META",
    "FONT",
    "VOLUME",
    "POINTCLOUD",
    "GPENCIL",
    "GREASEPENCIL",
}


def is_users_own(scene: Any) -> bool:
    """Say whether the scene holds anything but untouched objects of Blender's startup file."""
    return any(not is_untouched(thing) for thing in scene.objects)


def untouched_cube(scene: Any) -> Any:
    """Return the startup file's cube, if it is there as it was; else ``None``."""
    cube = scene.objects.get("Cube")
    return cube if cube is not None and is_untouched(cube) else None


def is_untouched(thing: Any) -> bool:
    """Say whether an object is one of the startup file's, where it was put and without anything of the user's on it."""
    place = _STARTUP_PLACES.get(thing.name)
    if place is None or thing.type != _STARTUP_TYPES[thing.name] or (thing.location - Vector(place)).length > 1e-3:
        return False
    if thing.parent is not None or thing.animation_data is not None or thing.constraints or thing.modifiers:
        return False
    if thing.type == "CAMERA":
        return bool(thing.data.type == "PERSP" and thing.data.lens == 50.0)  # the startup file's, mm
    if thing.type == "LIGHT":
        return bool(thing.data.type == "POINT")
    return _is_plain_cube(thing)


def free_place(scene: Any) -> Any:
    """Return where the shipped face has room (``Vector``, metres): at the 3D cursor, else beside all that is there."""
    cursor = scene.cursor.location.copy()
    boxes = [box for thing in scene.objects if is_users_solid(thing) for box in _boxes(thing)]
    boxes = [box for box in boxes if min(box[1] - box[0]) < _SURROUNDING_METRES]
    stage = tuple(corner + cursor for corner in _STAGE)
    if not any(_overlap(stage, box) for box in boxes):
        return cursor
    right = max(box[1].x for box in boxes)
    return Vector((right + _GAP - _STAGE[0].x, cursor.y, cursor.z))


def is_users_solid(thing: Any) -> bool:
    """Say whether an object takes up room: it has a surface, or shows a collection's objects, and is not hidden."""
    if thing.hide_viewport and thing.hide_render:
        return False
    return thing.type in _SOLID or (thing.type == "EMPTY" and thing.instance_collection is not None)


def _boxes(thing: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the lowest and highest corner of the object in the world; of each instanced object where it shows any."""
    if thing.type != "EMPTY":
        yield _box(thing, thing.matrix_world)
        return
    collection = thing.instance_collection
    to_world = thing.matrix_world @ Matrix.Translation(-collection.instance_offset)
    for instanced in collection.all_objects:
        if instanced.type in _SOLID:
            yield _box(instanced, to_world @ instanced.matrix_world)


def _box(thing: Any, to_world: Any) -> tuple[Any, Any]:
    corners = [to_world @ Vector(corner) for corner in thing.bound_box]
    low, high = (Vector([pick(corner[axis] for corner in corners) for axis in range(3)]) for pick in (min, max))
    return low, high


def _overlap(one: Any, other: Any) -> bool:
    return all(one[0][axis] < other[1][axis] and other[0][axis] < one[1][axis] for axis in range(3))


def _is_plain_cube(thing: Any) -> bool:
    mesh = thing.data
    if len(mesh.vertices) != _CUBE_CORNERS or mesh.shape_keys is not None or thing.children:
        return False
    if any(abs(value) != 1.0 for vertex in mesh.vertices for value in vertex.co):
        return False
    if tuple(thing.scale) != (1.0, 1.0, 1.0) or any(thing.rotation_euler):
        return False
    return [material.name for material in mesh.materials if material is not None] == [CUBE_MATERIAL]
