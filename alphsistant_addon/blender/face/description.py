"""Describing the face that would speak: a sentence for the panel, kept until something changes.

A panel is drawn at every motion of the mouse, and a scene may have thousands of objects. So a drawing compares what
the sentence was made from (names, mostly) and makes it anew only where that is different.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import bpy

from ...core.errors import AssetError
from . import drawn_mouth, find, mapping


@dataclass(frozen=True)
class Description:
    """What would speak, in words."""

    sentence: str
    root: str
    """Name of the object that keeps the mapping; empty if there is no face."""
    place: int
    """Where that object stands among all objects: names are looked up slowly in large files."""


_kept: Final[dict[str, Any]] = {}
"""The situation that was described last, and its :class:`Description`."""


def describe(scene: Any, picked: Any = None, active: Any = None) -> str:
    """Say which face would speak, and how well."""
    return _described(scene, picked, active)[0]


def root_of(scene: Any, picked: Any = None, active: Any = None) -> Any:
    """Return the object that keeps the mapping of the face that would speak; ``None`` if there is no face."""
    return _described(scene, picked, active)[1]


def forget() -> None:
    """Make the sentence again at the next drawing: an object has become a drawn mouth, or is none any more."""
    _kept.clear()


def describe_with_root(scene: Any, picked: Any = None, active: Any = None) -> tuple[str, Any]:
    """Return both, at the price of one."""
    return _described(scene, picked, active)


def _described(scene: Any, picked: Any, active: Any) -> tuple[str, Any]:
    names = _names(scene, picked, active)
    known: Description | None = _kept.get("description")
    if known is not None and _kept["names"] == names:
        root = _at_place(known)
        if _kept["mapping"] == mapping.situation(root):
            return known.sentence, root
    sentence, root_name = _sentence(scene, picked, active)
    place = bpy.data.objects.find(root_name) if root_name else -1
    known = Description(sentence, root_name, place)
    root = _at_place(known)
    _kept.update(names=names, mapping=mapping.situation(root), description=known)
    return sentence, root


def _names(scene: Any, picked: Any, active: Any) -> tuple[Any, ...]:
    """Return the names that the sentence depends on, but for those in the kept mapping."""
    return (
        scene.name,
        picked.name if picked else "",
        active.name if active else "",
        scene.collection.all_objects.keys(),
        [(keys.name, keys.key_blocks.keys()) for keys in bpy.data.shape_keys],
        [(armature.name, armature.bones.keys()) for armature in bpy.data.armatures],
        [thing is not None and drawn_mouth.is_drawn(thing) for thing in (picked, active)],
    )


def _at_place(known: Description) -> Any:
    """Return the root, which stands where it stood unless objects came or went."""
    if not known.root:
        return None
    objects = bpy.data.objects
    if known.place < len(objects) and (root := objects[known.place]).name == known.root:
        return root
    return objects.get(known.root)


def _sentence(scene: Any, picked: Any, active: Any) -> tuple[str, str]:
    """Make the sentence, and return it with the root's name."""
    try:
        face = find.find(scene, picked, active)
    except AssetError as error:
        return str(error), ""
    missing = ""
    if picked is None and active is not None and not find.is_of(face, active) and _might_speak(scene, active):
        missing = find.what_is_missing(scene, active)
    if face is None:
        return (f"{missing}: the shipped face will be added." if missing else _NO_FACE), ""
    if missing and find.is_character(active):
        return f"{face.sentence} {missing}.", face.root
    return face.sentence, face.root


def _might_speak(scene: Any, active: Any) -> bool:
    """Tell whether somebody may expect an object to speak: nobody does of a lamp."""
    if active.name not in scene.objects:
        return False
    return active.type == "MESH" or find.character(scene, active) is not None


_NO_FACE: Final = "No face in the scene: the shipped one will be added."
