"""Somebody of the cast comes into a scene: the face in a free place or where it is wanted, its voice, its persona."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import bpy

from ... import cast
from ..conversation import memory
from ..face import shipped_face
from ..face.find import Face


def add_character(scene: Any, name: str, location: Any = None, *, turn: float = 0.0) -> Face:
    """Add somebody of the cast to a scene, and return the face. No operator is called and no undo step is made.

    Voice and persona are kept with the face where the add-on is registered; a script that has not done that takes them
    from :func:`alphsistant_addon.cast.find`.

    Args:
        scene: gets the collection with the face, its lamps and its camera; a camera of the user's stays the scene's.
        name: of one of the cast; large and small letters count as the same.
        location: where the face's origin comes to (x, y, z in metres); by default a free place.
        turn: radians by which all of it is turned to its left around the vertical axis.

    Raises:
        AssetError: there is nobody of that name, or a file is missing or damaged; the scene is as it was.
    """
    with added(scene, name, location, turn=turn) as (_, face):
        return face


@contextlib.contextmanager
def added(
    scene: Any, name: str, location: Any = None, *, turn: float = 0.0
) -> Iterator[tuple[shipped_face.Shipped, Face]]:
    """Do the same; what is added is taken away again if the block fails.

    Yields:
        What was read, with its notes for the user once the block has ended, and the face.
    """
    character = cast.find(name)
    persona = character.persona()
    read = shipped_face.read_shipped(character.blend, character.name)
    with shipped_face.shipped(scene, read, place=location, turn=turn) as face:
        yield read, face
        # Last, for it leaves a text behind that nothing takes away. A script may not have registered the add-on.
        if hasattr(bpy.types.Object, "alphsistant_conversation"):
            root: Any = bpy.data.objects[face.root]
            memory.keep_persona(root, persona)
            root.alphsistant_conversation.voice = character.voice


@contextlib.contextmanager
def face_in(scene: Any, name: str = "") -> Iterator[Face]:
    """Put the face of one of the cast into a scene, or the shipped one, which is nobody; taken away if the block fails.

    Raises:
        AssetError: there is nobody of that name, or a file is missing or damaged.
    """
    if not name:
        with shipped_face.shipped(scene) as face:
            yield face
        return
    with added(scene, name) as (_, face):
        yield face
