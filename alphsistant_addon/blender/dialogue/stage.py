"""Faces for the names of a dialogue that have none: side by side, turned to each other."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from ..face import shipped_face

if TYPE_CHECKING:
    from ..face.find import Face

APART: Final = 0.5
"""Metres between two people who talk to each other and are seen in one picture."""

TURNED: Final = 32.0
"""Degrees by which each of two faces is turned to the other; head and eyes do the rest. Both are still seen from the
front, as in a film's shot of two."""


def add_faces(scene: Any, names: Sequence[str], undone: contextlib.ExitStack) -> dict[str, Face]:
    """Add a face for each name, from left to right as the camera sees them, and turn them to each other.

    Args:
        scene: gets them.
        names: in order of their first lines.
        undone: takes them away again if what follows fails.

    Raises:
        AssetError: the file of the face is missing or damaged.
    """
    found: dict[str, Face] = {}
    first = None
    for number, name in enumerate(names):
        face = undone.enter_context(shipped_face.shipped(scene))
        found[name] = face
        collection = bpy.data.objects[face.root].users_collection[0]
        origin = bpy.data.objects[face.root].location.copy()
        first = origin if first is None else first
        place = first + Vector(((number - 0.5 * (len(names) - 1)) * APART, 0.0, 0.0))
        share = 0.0 if len(names) == 1 else 1.0 - 2.0 * number / (len(names) - 1)
        # Whoever stands on the camera's left is turned to its right.
        turn = Matrix.Rotation(math.radians(TURNED * share), 4, "Z")
        for thing in collection.all_objects:
            if thing.parent is not None:
                continue
            # The light comes from where it did, as for a camera in front of all.
            own = turn if thing.type not in {"LIGHT", "CAMERA"} else Matrix()
            thing.matrix_basis = Matrix.Translation(place) @ own @ Matrix.Translation(-origin) @ thing.matrix_basis
    bpy.context.view_layer.update()  # or nobody knows yet where they stand
    return found


def name_faces(faces: Mapping[str, Face]) -> None:
    """Call the collection of each face that was added by its name; once they are there to stay."""
    for name, face in faces.items():
        bpy.data.objects[face.root].users_collection[0].name = name
