"""Faces for the names of a dialogue that have none: somebody of the cast each, side by side, turned to each other."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Vector

from ..cast import add_character
from ..face import surroundings

if TYPE_CHECKING:
    from ...cast import Character
    from ..face.find import Face

APART: Final = 0.5
"""Metres between two people who talk to each other and are seen in one picture."""

TURNED: Final = 32.0
"""Degrees by which each of two faces is turned to the other; head and eyes do the rest. Both are still seen from the
front, as in a film's shot of two."""


def add_faces(scene: Any, members: Mapping[str, Character], undone: contextlib.ExitStack) -> dict[str, Face]:
    """Add a face for each name, from left to right as the camera sees them, and turn them to each other.

    Args:
        scene: gets them.
        members: who of the cast it is, by name, in order of their first lines.
        undone: takes them away again if what follows fails.

    Raises:
        AssetError: the file of a face is missing or damaged.
    """
    found: dict[str, Face] = {}
    middle = scene.cursor.location.copy() if not surroundings.is_users_own(scene) else surroundings.free_place(scene)
    count = len(members)
    for number, (name, member) in enumerate(members.items()):
        place = middle + Vector(((number - 0.5 * (count - 1)) * APART, 0.0, 0.0))
        # Whoever stands on the camera's left is turned to its right.
        share = 0.0 if count == 1 else 1.0 - 2.0 * number / (count - 1)
        adding = add_character.added(scene, member.name, place, turn=math.radians(TURNED * share))
        _, found[name] = undone.enter_context(adding)
    bpy.context.view_layer.update()  # or nobody knows yet where they stand
    return found


def name_faces(faces: Mapping[str, Face]) -> None:
    """Call the collection of each face that was added by its name; once they are there to stay."""
    for name, face in faces.items():
        bpy.data.objects[face.root].users_collection[0].name = name
