"""The keys of a take: its Actions, the F-curves in them, and what later work on the take needs to know."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import bpy
import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError
from ...core.face_animation import Curve
from ...face_rig.bone_rotations import Turn
from ...face_rig.plain_keys import FrameGrid
from ...lip_sync.dials import layer_of
from ..common import compat, keyframes
from ..common.file_changes import FileChanges
from ..face import bone_axes, drawn_mouth
from ..face.find import Face, shape_keys
from . import hand_edits, own_animation
from .record import (
    LISTENING,
    PARTS,
    RECORD,
    TAG,
    Take,
    action_name,
    curves_of_part,
    forget,
    keep_parts,
    part_name,
    parts_of,
    take_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...core.face_animation import FaceAnimation
    from ...core.speech import Phone
    from ...face_rig.rig_map import RigMap, Row


FloatArray: TypeAlias = npt.NDArray[np.float64]

DEAD: Final = 1e-6
"""Largest motion of a point, in the mesh's own unit, of a shape key that moves none."""


@dataclass(frozen=True)
class Timing:
    """From seconds of the reply to frames of animation."""

    start: float
    rate: float

    def grid(self, *, whole: bool, on: int = 1, stepped: bool = False) -> FrameGrid:
        """Return where keys may be, in seconds of the reply.

        Args:
            whole: on whole frames only.
            on: on every frame, every second one (“twos”) or third one, from the first after the start on.
            stepped: each key holds its value.
        """
        first = (math.ceil(self.start - 1e-6) - self.start) / self.rate
        return FrameGrid(self.rate / on, first, whole or stepped or on > 1, stepped, on)


@dataclass(frozen=True)
class Motion:
    """What the take does with one data-block."""

    thing: Any
    """Shape keys or an armature."""
    name: str
    """Of the object."""
    curves: Mapping[str, Curve]
    """By shape key."""
    turns: Mapping[str, Turn]
    """By bone."""
    drawings: tuple[tuple[float, int], ...] = ()
    """Seconds and number of each change of a drawn mouth."""

    @property
    def stepped(self) -> bool:
        """Whether its keys hold their value in any case."""
        return bool(self.drawings)

    def keys(self, timing: Timing) -> dict[keyframes.Place, keyframes.Keys]:
        """Return frames and values of each F-curve; an armature notes how its bones stood before."""
        if self.drawings:
            seconds, numbers = np.array(self.drawings, dtype=np.float64).T
            return {(drawn_mouth.PATH, 0): (timing.start + seconds * timing.rate, numbers)}
        if self.turns:
            return bone_axes.keys_of(self.thing, self.turns, start=timing.start, rate=timing.rate)
        blocks = self.thing.key_blocks
        return {
            (blocks[name].path_from_id("value"), 0): (timing.start + curve.times * timing.rate, curve.weights)
            for name, curve in self.curves.items()
        }


def filled(motion: Motion, duration: float) -> Motion:
    """Return the motion with keys from the start to the end of its take (seconds) on everything that moves.

    Beyond its last key an NLA strip lets a face go back to rest, as is right between two takes that are apart.
    """
    return replace(
        motion,
        curves={name: Curve(*_filled(curve.times, curve.weights, duration)) for name, curve in motion.curves.items()},
        turns={name: Turn(*_filled(turn.times, turn.angles, duration)) for name, turn in motion.turns.items()},
    )


def _filled(times: FloatArray, values: FloatArray, duration: float) -> tuple[FloatArray, FloatArray]:
    if times[0] > 0.0:
        times, values = np.concatenate(([0.0], times)), np.concatenate((values[:1], values))
    if times[-1] < duration:
        times, values = np.concatenate((times, [duration])), np.concatenate((values, values[-1:]))
    return times, values


def motions_of(face: Face, animation: FaceAnimation, frames: FrameGrid, phones: Sequence[Phone] = ()) -> list[Motion]:
    """Say how the animation moves the face, or the phones a drawn mouth. Changes nothing.

    Raises:
        AssetError: Blender forbids keys on it.
    """
    if face.drawing:
        thing = drawn_mouth.drawable(face.drawing)
        return [Motion(thing, thing.name, {}, {}, drawn_mouth.changes_of(thing, phones, animation.duration, frames))]
    keys = {mesh: shape_keys(mesh) for mesh in face.meshes}
    turns = face.rig.turns(animation, frames)
    return [
        *(
            Motion(keys[mesh], mesh, _from_where_it_is(curves, keys[mesh], face.rig.rows), {})
            for mesh, curves in _without_dead_keys(face.rig, keys).apply(animation, frames).items()
        ),
        *(Motion(bone_axes.posable(name), name, {}, found) for name, found in turns.items()),
    ]


def _without_dead_keys(rig: RigMap, keys: Mapping[str, Any]) -> RigMap:
    """Leave out shape keys that move no point, such as those of a face on its eyes; not if that is all of them."""
    dead = {(mesh, key) for mesh, key in {(row.mesh, row.key) for row in rig.rows} if _is_dead(keys[mesh], key)}
    alive = tuple(row for row in rig.rows if (row.mesh, row.key) not in dead)
    return replace(rig, rows=alive) if alive else rig


def _is_dead(keys: Any, name: str) -> bool:
    block = keys.key_blocks[name]
    shape, base = (np.empty(3 * len(block.points), dtype=np.float32) for _ in range(2))
    # ``points`` are read as one array; ``data``, of the same numbers, one by one (9,000 points: .03 and 20 ms).
    block.points.foreach_get("co", shape)
    block.relative_key.points.foreach_get("co", base)
    return bool(np.abs(shape - base).max(initial=0.0) <= DEAD)


def _from_where_it_is(curves: Mapping[str, Curve], keys: Any, rows: Iterable[Row]) -> dict[str, Curve]:
    """Let lids, brows and moods start from what was set by hand: a sleepy face blinks from its half-closed lids.

    The mouth starts from rest, since lips that are held open by hand would never close.
    """
    mouth = {row.key for row in rows if row.channel.startswith(("viseme_", "jaw"))}
    paths = {name: keys.key_blocks[name].path_from_id("value") for name in curves if name not in mouth}
    by_hand = {name: own_animation.resting_value(keys, path) for name, path in paths.items()}
    by_hand = {name: value for name, value in by_hand.items() if value != 0.0}
    # The user's own animation is looked through only where there is something to start from.
    moved = own_animation.moved_by_user(keys) if by_hand else set()
    started = {name: value for name, value in by_hand.items() if paths[name] not in moved}
    return {
        name: replace(curve, weights=started[name] + (1.0 - started[name]) * curve.weights)
        if name in started
        else curve
        for name, curve in curves.items()
    }


def add_keys(take: Take, motions: Sequence[Motion], timing: Timing, changes: FileChanges) -> None:
    """Make the take's Action (before slots: one for each data-block) with its keys.

    Raises:
        AlphsistantError: nothing is moved.
    """
    action = None
    moved = 0
    things: list[Any] = []
    for motion in motions:
        own_animation.claim(motion.thing, changes)
    for number, motion in enumerate(motions):
        label = part_name(take, motion.thing, number)
        if action is None or not compat.has_slots():
            action = _new_action(take, action_name(take) if compat.has_slots() else label, changes)
        fcurves, slot = compat.new_curves(action, motion.thing, label)
        moved += _insert(motion, fcurves, timing, changes)
        if PARTS not in motion.thing:
            changes.set_item(motion.thing, PARTS, {})
        part = {"action": action, "slot": slot, "no": number, "of": motion.thing.name}
        changes.set_item(motion.thing[PARTS], take.id, part)
        things.append(motion.thing)
        changes.do(lambda: take_in(take.id, things[0][PARTS][take.id]["action"], things), lambda _: forget())
    if moved == 0:
        raise AlphsistantError(
            "None of the face's shape keys or bones could be moved by this speech: pick another face."
        )


def _new_action(take: Take, name: str, changes: FileChanges) -> Any:
    action = changes.do(lambda: bpy.data.actions.new(name), bpy.data.actions.remove)
    action.use_fake_user = True
    action[TAG] = take.id
    action[RECORD] = {
        "number": take.number,
        "prompt": take.prompt,
        "text": take.text,
        "title": take.title,
        "seed": take.seed,
        "scene": take.scene,
        "start": take.start,
        "end": take.end,
        "sound": take.sound,
        "recording": LISTENING if take.listens else "",
        "name": action.name,
    }
    return action


def _insert(motion: Motion, fcurves: Any, timing: Timing, changes: FileChanges) -> int:
    """Insert the keys; an armature notes how its bones stood before."""
    before = motion.thing.get(bone_axes.REST)
    before = before.to_dict() if before is not None else None
    return changes.do(
        lambda: keyframes.insert(fcurves, motion.keys(timing), stepped=motion.stepped),
        lambda _: _set_or_delete(motion.thing, bone_axes.REST, before),
    )


def _set_or_delete(thing: Any, key: str, value: Any) -> None:
    if value is not None:
        thing[key] = value
    elif key in thing:
        del thing[key]


def complete(take_id: str, face: Face) -> None:
    """Sort the take's F-curves into groups and keep, for later work, its keys as baked and the keys of the visemes."""
    put_in_groups(take_id, face)
    for _, part in parts_of(take_id):
        hand_edits.remember(part, stepped=bool(face.drawing))
    keep_parts(take_id)


def put_in_groups(take_id: str, face: Face) -> None:
    """Sort the take's F-curves into groups, and note which keys show the visemes."""
    for thing, part in parts_of(take_id):
        curves = curves_of_part(part)
        groups = compat.group_collection(part["action"], part["slot"])
        if isinstance(thing, bpy.types.Key):
            rows = [row for row in face.rig.rows if shape_keys(row.mesh) == thing]
            part["visemes"] = json.dumps(_main_keys(rows))
            keyframes.put_in_groups(groups, curves, _group_of_key(thing, rows))
        elif thing.type == "ARMATURE":
            keyframes.put_in_groups(groups, curves, _group_of_bone(thing, face))
        else:
            keyframes.put_in_groups(groups, curves, lambda _path: "Lips")


def _main_keys(rows: Iterable[Row]) -> dict[str, tuple[str, float]]:
    """For each viseme the shape key that shows it most, and its weight there."""
    found: dict[str, tuple[str, float]] = {}
    for row in rows:
        weight = row.weight * row.gain
        if row.channel.startswith("viseme_") and weight > found.get(row.channel, ("", 0.0))[1]:
            found[row.channel] = (row.key, weight)
    return found


def _group_of_key(keys: Any, rows: Iterable[Row]) -> Any:
    groups: dict[str, str] = {}
    for row in rows:
        groups.setdefault(row.key, _group(row))
    by_path = {keys.key_blocks[name].path_from_id("value"): group for name, group in groups.items()}
    return lambda path: by_path.get(path, "Mood")


def _group(row: Row) -> str:
    if row.channel.startswith("jaw") or "jaw" in row.key.lower():
        return "Jaw"
    layer = layer_of(row.channel)
    return "Lips" if layer == "mouth" else layer.capitalize()


def _group_of_bone(armature: Any, face: Face) -> Any:
    jaws = {bone.bone for bone in face.rig.bones if bone.part == "jaw"}
    starts = tuple(armature.pose.bones[name].path_from_id() for name in jaws if name in armature.pose.bones)
    return lambda path: "Jaw" if starts and path.startswith(starts) else "Head"
