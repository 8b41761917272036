"""Where the faces of a dialogue are, and in which direction each of them sees the others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Vector

from ...core.errors import AssetError
from ...lip_sync.reactions import Look
from ..face import views

if TYPE_CHECKING:
    from ..face.find import Face

_FORWARD = Vector((0.0, -1.0, 0.0))
"""A character faces −Y, as is the custom in Blender."""


@dataclass(frozen=True)
class Place:
    """Where a face is: the middle of its mouth and its size in metres, and where it faces (without its pose)."""

    middle: Any
    radius: float
    front: Any


def place_of(face: Face) -> Place | None:
    """Return where a face is; ``None`` for one that is nowhere, such as a list of names without a mesh.

    Where no key says where the mouth is, as with a drawn one, it is taken to be in the middle of what is there.
    """
    try:
        if face.drawing:
            return _of_box([face.drawing])
        middle, radius, front = views.mouth_of(face, posed=False)
    except AssetError:
        return _of_box(face.meshes)
    return Place(middle, radius, front if front is not None else _FORWARD)


def _of_box(names: Iterable[str]) -> Place | None:
    things = [bpy.data.objects[name] for name in names]
    corners = [thing.matrix_world @ Vector(corner) for thing in things for corner in thing.bound_box]
    if not corners:
        return None
    low, high = (Vector([pick(corner[axis] for corner in corners) for axis in range(3)]) for pick in (min, max))
    front = things[0].matrix_world.to_3x3() @ _FORWARD
    front.z = 0.0
    return Place(
        (low + high) / 2, (high - low).length / 2 or 1.0, front.normalized() if front.length > 1e-6 else _FORWARD
    )


def look_from(one: Place | None, other: Place | None) -> Look:
    """Return the direction in which one face sees another; straight ahead where that is not known."""
    if one is None or other is None:
        return Look()
    way = other.middle - one.middle
    if way.length < 1e-6:
        return Look()
    up = Vector((0.0, 0.0, 1.0))
    left = up.cross(one.front)
    ahead = Vector((one.front.x, one.front.y, 0.0))
    across = math.hypot(way.dot(left), way.dot(ahead))
    return Look(
        left=round(math.degrees(math.atan2(way.dot(left), way.dot(ahead))), 3),
        up=round(math.degrees(math.atan2(way.z, across)), 3),
    )
