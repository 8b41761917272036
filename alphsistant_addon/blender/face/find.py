"""Which face speaks: the user's own, or the shipped one when the scene has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy

from ... import face_rig
from ...core.errors import AssetError
from . import bone_axes, mapping

if TYPE_CHECKING:
    from ...face_rig import RigMap


_described: Final[dict[str, Any]] = {}
"""The last situation that was described, and its sentence."""


@dataclass(frozen=True)
class Face:
    """Meshes that speak together, by object name, and how the channels map to their shape keys."""

    meshes: tuple[str, ...]
    rig: RigMap
    root: str
    """The character's topmost object, which keeps its mapping."""
    armatures: tuple[str, ...] = ()
    lost: int = 0
    """Rows of the kept mapping whose key or bone is gone."""

    @property
    def sentence(self) -> str:
        """What was recognised, for the panel."""
        if self.lost == 0:
            return self.rig.sentence
        rows = "1 row" if self.lost == 1 else f"{self.lost} rows"
        return f"{self.rig.sentence} {rows} of the kept mapping: key or bone gone."


def find(scene: Any, picked: Any = None, active: Any = None) -> Face | None:
    """The face to drive: what the user picked, else the active object, else the best face in the scene.

    A prop whose only known key is “open” is driven where the user has picked it or keeps a mapping with it.

    ``None`` if the scene has no face; ``AssetError`` if the picked object cannot speak.
    """
    if picked is not None:
        return _picked_face(scene, picked)
    candidates = [active] if active is not None and active.name in scene.objects else []
    candidates += list(scene.objects)
    # Faces with shape keys first; an armature with nothing but a jaw is better than no face.
    for kinds in (("MESH",), ("ARMATURE",)):
        seen: set[str] = set()
        for candidate in candidates:
            if candidate.type not in kinds or candidate.name in seen:
                continue
            if candidate.type == "MESH" and not has_shape_keys(candidate):
                continue
            meshes = _character_meshes(scene, candidate)
            seen |= {candidate.name, *(mesh.name for mesh in meshes)}
            face = face_from(meshes, _character_armatures(scene, candidate))
            if face is not None and (face.rig.means_a_face or mapping.is_kept(bpy.data.objects[face.root])):
                return face
    return None


def description(scene: Any, picked: Any = None, active: Any = None) -> str:
    """Which face would speak, and how well, in a sentence for the panel; cheap while nothing changes."""
    situation = (
        scene.name,
        len(scene.objects),
        picked.name if picked else "",
        active.name if active else "",
        tuple((keys.name, len(keys.key_blocks)) for keys in bpy.data.shape_keys),
        tuple((armature.name, len(armature.bones)) for armature in bpy.data.armatures),
        # Of the face that was described last only: a scene may have thousands of objects.
        mapping.situation(bpy.data.objects.get(_described.get("root", ""))),
    )
    if _described.get("situation") != situation:
        root = ""
        try:
            found = find(scene, picked, active)
            sentence = "No face in the scene: the shipped one will be added." if found is None else found.sentence
            root = found.root if found is not None else ""
        except AssetError as error:
            sentence = str(error)
        kept = mapping.situation(bpy.data.objects.get(root))
        _described.update(situation=(*situation[:-1], kept), sentence=sentence, root=root)
    return str(_described["sentence"])


def root_of(scene: Any, picked: Any = None, active: Any = None) -> Any:
    """The object that keeps the mapping of the face that would speak; ``None`` if there is no face. As cheap."""
    description(scene, picked, active)
    return bpy.data.objects.get(_described["root"])


def character(scene: Any, member: Any) -> Face | None:
    """The meshes and armatures of the character that an object belongs to, whatever their names; ``None`` if none."""
    meshes, armatures = _character_meshes(scene, member), _character_armatures(scene, member)
    if not meshes and not armatures:
        return None
    root = _root((*meshes, *armatures)[0])
    return Face(tuple(m.name for m in meshes), face_rig.RigMap(), root.name, tuple(a.name for a in armatures))


def shape_keys(name: str) -> Any:
    """The shape keys of an object of that name; ``AssetError`` where it is gone or Blender forbids keys on it."""
    thing = bpy.data.objects.get(name)
    if thing is None or not has_shape_keys(thing):
        raise AssetError(f"“{name}” is no longer there or has lost its shape keys: pick another face.")
    keys = thing.data.shape_keys
    if keys.library is not None or thing.data.library is not None:
        raise AssetError(f"“{name}” is linked from another file: make it and its mesh local or overrides first.")
    if keys.animation_data is not None and keys.animation_data.use_tweak_mode:
        raise AssetError(f"“{name}” is in the NLA editor's tweak mode: leave it (Tab in that editor), then try again.")
    return keys


def _picked_face(scene: Any, picked: Any) -> Face:
    if picked.name not in scene.objects:
        raise AssetError(f"“{picked.name}” is not in this scene: pick another face.")
    meshes, armatures = _character_meshes(scene, picked), _character_armatures(scene, picked)
    face = face_from(meshes, armatures)
    if face is not None:
        return face
    if not meshes:
        raise AssetError(
            f"“{picked.name}” has no shape keys: pick a face with shape keys, or none to use the shipped face."
        )
    raise AssetError(
        f"None of the shape keys of “{picked.name}” has a name known for speech (such as viseme_aa or jawOpen): "
        f"pick another face, or none to use the shipped one."
    )


def has_shape_keys(thing: Any) -> bool:
    """Say whether an object is a mesh with shape keys."""
    return thing.type == "MESH" and thing.data.shape_keys is not None


def _character_meshes(scene: Any, member: Any) -> list[Any]:
    """All meshes with shape keys that belong to one character: one armature, or one tree of parents."""
    root = _root(member)
    things = [thing for thing in scene.objects if has_shape_keys(thing) and (thing == member or _root(thing) == root)]
    # Two objects may share one mesh; its keys are to be set once.
    by_mesh = {thing.data.name_full: thing for thing in reversed(things)}
    return [thing for thing in things if by_mesh[thing.data.name_full] == thing]


def _root(thing: Any) -> Any:
    """Top of the parents; a mesh without a parent that an armature deforms belongs to that armature's tree."""
    while thing.parent is not None:
        thing = thing.parent
    if thing.type == "MESH":
        for modifier in thing.modifiers:
            if modifier.type == "ARMATURE" and modifier.object is not None and modifier.object != thing:
                return _root(modifier.object)
    return thing


def _character_armatures(scene: Any, member: Any) -> list[Any]:
    """The armatures of the character, its own or an override's: Blender forbids keys on linked ones."""
    root = _root(member)
    found = (thing for thing in scene.objects if thing.type == "ARMATURE" and _root(thing) == root)
    return [thing for thing in found if thing.library is None]


def face_from(meshes: Sequence[Any], armatures: Sequence[Any]) -> Face | None:
    """Map the shape keys and bones of one character; ``None`` if none of them has a name known for speech."""
    if not meshes and not armatures:
        return None
    root = _root((*meshes, *armatures)[0])
    rig = mapping.read(root, meshes, armatures)
    if rig is None:
        names = {mesh.name: [block.name for block in mesh.data.shape_keys.key_blocks[1:]] for mesh in meshes}
        rig = face_rig.match(names).with_bones(bone_axes.find(armatures))
        if not rig.reached:
            return None
    named = tuple(mesh.name for mesh in meshes)
    return Face(named, rig, root.name, tuple(a.name for a in armatures), mapping.lost(root, rig))
