"""Finding the face that speaks: the user's own, or none where the shipped one is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy

from ... import face_rig
from ...core.errors import AssetError
from . import bone_axes, drawn_mouth, jaw_bone, mapping

if TYPE_CHECKING:
    from ...face_rig import RigMap


CAGE: Final = "alphsistant_cage"
"""Custom property of an object that shares a face's mesh for the hair to follow it."""


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
    note: str = ""
    """A sentence about what the names alone do not say."""
    drawing: str = ""
    """The object whose number chooses a drawn mouth, instead of meshes and bones (:mod:`.drawn_mouth`)."""

    @property
    def sentence(self) -> str:
        """Say what was recognised, for the panel."""
        if self.drawing:
            return drawn_mouth.sentence(bpy.data.objects[self.drawing])
        said = [self.rig.sentence]
        if self.lost:
            rows = "1 row" if self.lost == 1 else f"{self.lost} rows"
            said.append(f"{rows} of the kept mapping: key or bone gone.")
        if self.note:
            said.append(self.note)
        return " ".join(said)


def find(scene: Any, picked: Any = None, active: Any = None) -> Face | None:
    """Find the face to drive: what the user picked, else the active object, else the best face in the scene.

    A prop whose only known key is “open” is driven where the user has picked it or keeps a mapping with it.

    ``None`` if the scene has no face; ``AssetError`` if the picked object cannot speak.
    """
    for thing in (picked, active):
        if thing is not None and thing.name in scene.objects and drawn_mouth.is_drawn(thing):
            return _drawn_face(thing)
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
    drawn = next((thing for thing in scene.objects if drawn_mouth.is_drawn(thing)), None)
    return _drawn_face(drawn) if drawn is not None else None


def _drawn_face(thing: Any) -> Face:
    return Face((), face_rig.RigMap(), thing.name, drawing=thing.name)


def is_of(face: Face | None, member: Any) -> bool:
    """Tell whether an object belongs to a face that was found."""
    if face is None:
        return False
    return member.name in (*face.meshes, *face.armatures) or bool(_root(member).name == face.root)


def is_character(member: Any) -> bool:
    """Tell whether an object has bones, so that it is more likely a character than a thing."""
    return "ARMATURE" in (member.type, _root(member).type)


def character(scene: Any, member: Any) -> Face | None:
    """Return the character that an object belongs to, with an empty mapping; ``None`` if nothing of it can be moved."""
    meshes, armatures = _character_meshes(scene, member), _character_armatures(scene, member)
    if not meshes and not armatures:
        return None
    root = _root((*meshes, *armatures)[0])
    return Face(tuple(m.name for m in meshes), face_rig.RigMap(), root.name, tuple(a.name for a in armatures))


def shape_keys(name: str) -> Any:
    """Return the shape keys of an object; ``AssetError`` where it is gone or Blender forbids keys on it."""
    thing = bpy.data.objects.get(name)
    if thing is None or not has_shape_keys(thing):
        raise AssetError(f"“{name}” is no longer there or has lost its shape keys: pick another face.")
    keys = thing.data.shape_keys
    if keys.library is not None or thing.data.library is not None:
        raise AssetError(f"“{name}” is linked from another file: make it and its mesh local or overrides first.")
    if keys.animation_data is not None and keys.animation_data.use_tweak_mode:
        raise AssetError(f"“{name}” is in the NLA editor's tweak mode: leave it (Tab in that editor), then try again.")
    return keys


def what_is_missing(scene: Any, member: Any) -> str:
    """Say why a character cannot speak, as the beginning of a sentence: “Bob” has no shape keys and no jaw bone."""
    name = f"“{member.name}”"
    meshes, armatures = _character_meshes(scene, member), _character_armatures(scene, member)
    held = bone_axes.held(armatures, "jaw")
    jaw = f"its jaw bone “{held}” is moved by constraints or drivers" if held else "no jaw bone"
    if not meshes:
        return f"{name} has no shape keys, and {jaw}" if held else f"{name} has no shape keys and no jaw bone"
    keys = [block.name for mesh in meshes for block in mesh.data.shape_keys.key_blocks[1:]]
    if not keys:
        return f"{name} has a basis but no other shape key, and {jaw}"
    face = face_from(meshes, armatures)
    if face is not None:
        known = dict.fromkeys(row.key for row in face.rig.rows)
        listed = ", ".join(f"“{key}”" for key in list(known)[:3])
        return f"{name} may be a thing rather than a face, with no known key but {listed}"
    return f"None of the shape keys of {name} has a name known for speech (such as viseme_aa or jawOpen), and {jaw}"


def _picked_face(scene: Any, picked: Any) -> Face:
    if picked.name not in scene.objects:
        raise AssetError(f"“{picked.name}” is not in this scene: pick another face.")
    face = face_from(_character_meshes(scene, picked), _character_armatures(scene, picked))
    if face is None:
        missing = what_is_missing(scene, picked)
        raise AssetError(f"{missing}: pick a face that can speak, or none to use the shipped one.")
    return face


def has_shape_keys(thing: Any) -> bool:
    """Say whether an object is a mesh with shape keys."""
    return thing.type == "MESH" and thing.data.shape_keys is not None


def is_cage(thing: Any) -> bool:
    """Say whether an object only carries the hair of a face of ours: it has the face's mesh, and is no face."""
    return bool(thing.get(CAGE, False))


def _character_meshes(scene: Any, member: Any) -> list[Any]:
    """Return all meshes with shape keys of one character: of one armature, or one tree of parents."""
    root = _root(member)
    speaking = (thing for thing in scene.objects if has_shape_keys(thing) and not is_cage(thing))
    things = [thing for thing in speaking if thing == member or _root(thing) == root]
    # Two objects may share one mesh; its keys are to be set once.
    by_mesh = {thing.data.name_full: thing for thing in reversed(things)}
    return [thing for thing in things if by_mesh[thing.data.name_full] == thing]


def _root(thing: Any) -> Any:
    """Return the top of the parents; a mesh without one that an armature deforms belongs to that armature's tree."""
    while thing.parent is not None:
        thing = thing.parent
    if thing.type == "MESH":
        for modifier in thing.modifiers:
            if modifier.type == "ARMATURE" and modifier.object is not None and modifier.object != thing:
                return _root(modifier.object)
    return thing


def _character_armatures(scene: Any, member: Any) -> list[Any]:
    """Return the armatures of the character, its own or an override's: Blender forbids keys on linked ones."""
    root = _root(member)
    found = (thing for thing in scene.objects if thing.type == "ARMATURE" and _root(thing) == root)
    return [thing for thing in found if thing.library is None]


def face_from(meshes: Sequence[Any], armatures: Sequence[Any]) -> Face | None:
    """Map the shape keys and bones of one character; ``None`` if none of them has a name known for speech."""
    if not meshes and not armatures:
        return None
    root = _root((*meshes, *armatures)[0])
    rig = mapping.read(root, meshes, armatures)
    note = ""
    if rig is None:
        names = {mesh.name: [block.name for block in mesh.data.shape_keys.key_blocks[1:]] for mesh in meshes}
        rig, note = jaw_bone.added(face_rig.match(names), bone_axes.find(armatures), meshes, armatures)
        if not rig.reached:
            return None
    named = tuple(mesh.name for mesh in meshes)
    return Face(named, rig, root.name, tuple(a.name for a in armatures), mapping.lost(root, rig), note)
