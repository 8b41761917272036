"""The file's own values of what a live face moves: noted when it is taken up, and put back.

They are noted on the data-block itself, for as long as it is moved. So an undo step that somebody pushes meanwhile, an
autosave (which writes the last undo step and calls nobody) and a copy of the face hold what is needed to mend them:
:func:`mend` puts the file's own values back wherever the note is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import bpy

NOTE: Final = "alphsistant_live"
"""Custom property on shape keys and armatures that are moved live: JSON of their own values. On shape keys ``[index,
name, own value, value shown]`` of each key; on armatures ``[bone, rotation mode, own rotation, rotation shown]`` of
each bone. What is no longer as it was shown was set by somebody else since, and is the file's own."""


def note(thing: Any, own: list[Any]) -> None:
    """Note a data-block's own values and those that it shows, in the form that :data:`NOTE` says."""
    thing[NOTE] = json.dumps(own)


def put_back(thing: Any) -> None:
    """Put the noted values back, but where somebody else has set another one since, and remove the note."""
    own = json.loads(thing[NOTE])
    del thing[NOTE]
    if isinstance(thing, bpy.types.Key):
        _put_back_keys(thing, own)
    else:
        _put_back_bones(thing, own)


def mend() -> None:
    """Put back what was noted, wherever a note is."""
    for thing in noted():
        put_back(thing)


def noted() -> Iterator[Any]:
    """Yield the data-blocks that bear a note; those of other files are the other files' business."""
    armatures = (thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    for thing in (*bpy.data.shape_keys, *armatures):
        if NOTE in thing and thing.library is None:
            yield thing


def rotation_of(bone: Any) -> tuple[float, ...]:
    """Return a bone's rotation in its own mode: four numbers of a quaternion, or three angles."""
    return tuple(bone.rotation_quaternion if bone.rotation_mode == "QUATERNION" else bone.rotation_euler)


def set_rotation(bone: Any, rotation: tuple[float, ...]) -> None:
    """Set it; of no effect where the mode is another one by now."""
    if len(rotation) == 4 and bone.rotation_mode == "QUATERNION":
        bone.rotation_quaternion = rotation
    elif len(rotation) == 3 and bone.rotation_mode not in {"QUATERNION", "AXIS_ANGLE"}:
        bone.rotation_euler = rotation


def _put_back_keys(keys: Any, own: list[Any]) -> None:
    blocks = keys.key_blocks
    known = {name for _, name, _, _ in own}
    for index, name, value, shown in own:
        block = blocks.get(name)
        if block is None and index < len(blocks) and blocks[index].name not in known:
            block = blocks[index]  # it was renamed meanwhile
        if block is not None and block.value == shown:
            block.value = value


def _put_back_bones(armature: Any, own: list[Any]) -> None:
    for name, mode, rotation, shown in own:
        bone = armature.pose.bones.get(name)
        if bone is not None and bone.rotation_mode == mode and rotation_of(bone) == tuple(shown):
            set_rotation(bone, tuple(rotation))
