"""A face that is moved live: values of keys and bones set at each tick, and never in the file.

Between two ticks only names are kept. The first tick notes the file's own values on the data-blocks
(:mod:`.file_values`), every other one sets what has changed, and :meth:`LiveFace.put_back` leaves all as it was found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Euler, Quaternion

from ...core.errors import AlphsistantError
from ...face_rig.rig_moment import RigMoment
from ...lip_sync.live_motion import LIVE_CHANNELS, FloatArray
from ..face import bone_axes
from ..face.find import Face, shape_keys
from . import file_values

if TYPE_CHECKING:
    from ...face_rig.bone_names import Bone


_UNSEEN: Final = 1e-4
"""Differences of a key's value (or of an angle in radians) that nobody sees are not set: they cost an evaluation."""


class FaceGoneError(AlphsistantError):
    """What is moved is no longer there under its name."""


@dataclass
class _MovedKeys:
    """The keys of one mesh that are moved, each at the same place in every list."""

    mesh: str
    names: list[str]
    places: list[int]
    """Of each key in what :class:`RigMoment` gives."""
    numbers: list[int] = field(default_factory=list)
    """Of each key among the mesh's own."""
    own: list[float] = field(default_factory=list)
    """The file's own values."""
    shown: list[float] = field(default_factory=list)
    """The values that were set last, as Blender keeps them."""

    def note(self, keys: Any) -> None:
        rows = zip(self.numbers, self.names, self.own, self.shown, strict=True)
        file_values.note(keys, [list(row) for row in rows])


@dataclass
class _MovedBones:
    """The bones of one armature that are turned, each at the same place in every list."""

    armature: str
    bones: list[Bone]
    places: list[int]
    modes: list[str] = field(default_factory=list)
    own: list[tuple[float, ...]] = field(default_factory=list)
    shown: list[tuple[float, ...]] = field(default_factory=list)

    def note(self, armature: Any) -> None:
        rows = zip((bone.bone for bone in self.bones), self.modes, self.own, self.shown, strict=True)
        file_values.note(armature, [list(row) for row in rows])


class LiveFace:
    """Moves one face."""

    def __init__(self, face: Face) -> None:
        """Take the names of what is to be moved; nothing is changed before :meth:`show`."""
        self.face = face
        self.is_taken_up = False
        """Whether the face shows something else than the file says."""
        self._moment = RigMoment(face.rig, LIVE_CHANNELS)
        self._keys: list[_MovedKeys] = []
        self._bones: list[_MovedBones] = []

    def show(self, weights: FloatArray) -> int:
        """Set what has changed, for weights of :data:`LIVE_CHANNELS`; return how many values were set.

        Raises:
            AlphsistantError: the face is gone, or cannot be moved.
        """
        if not self.is_taken_up:
            self._take_up()
        values, angles = self._moment.values(weights), self._moment.angles(weights)
        return sum(self._show_keys(moved, values) for moved in self._keys) + sum(
            self._turn_bones(moved, angles) for moved in self._bones
        )

    def put_back(self) -> None:
        """Leave the face as it was found, whatever its name is by now."""
        if self.is_taken_up:
            self.is_taken_up = False
            file_values.mend()

    def _take_up(self) -> None:
        file_values.mend()  # of a copy of this face, of another live one: their own values are what counts
        self._keys = self._found_keys()
        self._bones = self._found_bones()
        self.is_taken_up = True
        for keys in self._keys:
            keys.note(shape_keys(keys.mesh))
        for bones in self._bones:
            bones.note(bone_axes.posable(bones.armature))

    def _found_keys(self) -> list[_MovedKeys]:
        found = []
        for mesh in dict.fromkeys(mesh for mesh, _ in self._moment.keys):
            keys = shape_keys(mesh)
            driven = _driven(keys)
            moved = _MovedKeys(mesh, [], [])
            for place, (owner, name) in enumerate(self._moment.keys):
                block = keys.key_blocks.get(name) if owner == mesh else None
                if block is not None and block.path_from_id("value") not in driven:
                    moved.names.append(name)
                    moved.places.append(place)
                    moved.numbers.append(keys.key_blocks.find(name))
                    moved.own.append(block.value)
            moved.shown = list(moved.own)
            found.append(moved)
        return found

    def _found_bones(self) -> list[_MovedBones]:
        found = []
        for name in dict.fromkeys(bone.armature for bone in self._moment.bones):
            armature = bone_axes.posable(name)
            moved = _MovedBones(name, [], [])
            for place, bone in enumerate(self._moment.bones):
                posed = armature.pose.bones.get(bone.bone) if bone.armature == name else None
                if posed is not None and posed.rotation_mode != "AXIS_ANGLE":
                    moved.bones.append(bone)
                    moved.places.append(place)
                    moved.modes.append(posed.rotation_mode)
                    moved.own.append(file_values.rotation_of(posed))
            moved.shown = list(moved.own)
            found.append(moved)
        return found

    def _show_keys(self, moved: _MovedKeys, values: FloatArray) -> int:
        keys = shape_keys(moved.mesh)
        blocks, count, is_foreign = keys.key_blocks, 0, False
        for index, name in enumerate(moved.names):
            block = blocks.get(name)
            if block is None:
                raise FaceGoneError(f"The shape key “{name}” of “{moved.mesh}” is gone.")
            if block.value != moved.shown[index]:
                # Somebody else has set it: the user by hand, or an Action as the frame changed. That is the file's own.
                moved.own[index] = moved.shown[index] = block.value
                is_foreign = True
            place = moved.places[index]
            wanted = float(values[place])
            if not self._moment.is_mouth[place]:
                wanted = moved.own[index] + (1.0 - moved.own[index]) * wanted
            if abs(wanted - moved.shown[index]) > _UNSEEN:
                block.value = wanted
                moved.shown[index] = block.value  # rounded, and within the key's range
                count += 1
        if count or is_foreign:
            moved.note(keys)
        return count

    def _turn_bones(self, moved: _MovedBones, angles: FloatArray) -> int:
        armature = bone_axes.posable(moved.armature)
        count, is_foreign = 0, False
        for index, bone in enumerate(moved.bones):
            posed = armature.pose.bones.get(bone.bone)
            if posed is None or posed.rotation_mode != moved.modes[index]:
                raise FaceGoneError(f"The bone “{bone.bone}” of “{moved.armature}” is gone, or turns another way.")
            if file_values.rotation_of(posed) != moved.shown[index]:
                moved.own[index] = moved.shown[index] = file_values.rotation_of(posed)
                is_foreign = True
            base = bone_axes.resting_rotation(armature, bone.bone) or _quaternion(moved.own[index], posed.rotation_mode)
            wanted = _in_mode(base @ bone_axes.rotation_by(angles[moved.places[index]]), posed.rotation_mode)
            if max(abs(a - b) for a, b in zip(wanted, moved.shown[index], strict=True)) > _UNSEEN:
                file_values.set_rotation(posed, wanted)
                moved.shown[index] = file_values.rotation_of(posed)
                count += 1
        if count or is_foreign:
            moved.note(armature)
        return count


def _driven(keys: Any) -> set[str]:
    """Return the data paths that drivers set: what is written there is lost at once."""
    animation = keys.animation_data
    return {driver.data_path for driver in animation.drivers} if animation is not None else set()


def _quaternion(rotation: tuple[float, ...], mode: str) -> Quaternion:
    return Quaternion(rotation) if mode == "QUATERNION" else Euler(rotation, mode).to_quaternion()


def _in_mode(rotation: Quaternion, mode: str) -> tuple[float, ...]:
    return tuple(iter(rotation)) if mode == "QUATERNION" else tuple(iter(rotation.to_euler(mode)))


def obstacle(face: Face) -> str:
    """Say why the face cannot be moved at this moment; empty if it can."""
    if bpy.app.is_job_running("RENDER"):
        return "The face rests while a render runs"
    if any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows):
        return "The face rests while the timeline plays"
    if bpy.context.mode not in {"OBJECT", "POSE"}:
        return "The face rests until you go back to Object Mode"
    for name in (*face.meshes, *face.armatures):
        thing = bpy.data.objects.get(name)
        if thing is not None and thing.mode not in {"OBJECT", "POSE"}:
            return f"The face rests while “{name}” is being edited"
    return ""
