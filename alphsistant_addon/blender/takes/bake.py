"""A take: one reply on one face. One Action per take, one sound strip, one marker per sentence, all tagged with its id.

The panel draws from ``take_record`` and ``take_playback``; this is imported by the first button that changes a take.
Nothing here is half done: a bake that fails takes its own data away again and leaves the rest of the file as it was.
"""

from __future__ import annotations

import functools
import json
import logging
import math
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AlphsistantError
from ..common import compat
from ..common.scene_time import frames_per_second, time_stretch
from ..face import bone_axes
from ..face.find import Face, shape_keys
from . import playback
from .markers import add_markers, remove_markers
from .playback import MUTED, PUSHED_DOWN, hide, is_shown, push_down, show, state
from .record import (
    PARTS,
    RECORD,
    TAG,
    Take,
    action_name,
    actions_of,
    all_takes,
    find,
    keep_parts,
    movable,
    parts_of,
    record_of,
    rename,
)

if TYPE_CHECKING:
    from ...pipeline.reply import Reply

__all__ = (
    "TAG",
    "Take",
    "all_takes",
    "bake",
    "find",
    "hide",
    "is_shown",
    "push_down",
    "remove",
    "rename",
    "script_of",
    "show",
    "state",
)

logger = logging.getLogger(__name__)

_AT_REST: Final = ("viseme_", "eye", "brow")
"""Beginnings of the channels that every take keys, at 0 if it does not move them: else a shape that only another take
moves would stay where the last drawn frame had left it."""


def bake(
    scene: Any,
    face: Face,
    reply: Reply,
    *,
    start: int | None = None,
    replaced: str | None = None,
    keep_edits: bool = False,
    sound_path: Path | None = None,
    own_sound: Path | None = None,
    has_strip: bool = False,
) -> Take:
    """Put the reply on the face as a take that starts at a frame.

    The user's own animation of the same shape keys is pushed down to an NLA track, where it goes on playing. Other
    takes of the face play on as NLA strips, or are muted where they overlap this one; none is removed.

    Args:
        scene: whose sequencer and markers get the sound and the sentences.
        face: what is to be moved.
        reply: what is to be said.
        start: frame of the sound's start; that of the replaced take, or the scene's first, by default.
        replaced: id of a take whose place, name and number this one gets; that take is removed.
        keep_edits: bring along what was changed by hand on the replaced take.
        sound_path: where the WAV file goes; beside the .blend by default.
        own_sound: the user's own sound file; it is played as it is, and none is written.
        has_strip: the user's own strip plays it already; none is added.

    Raises:
        AlphsistantError: before anything in the .blend is changed, or after taking everything back.
    """
    from ..common import keyframes  # noqa: PLC0415  # numpy, see above
    from . import sound  # noqa: PLC0415  # numpy, see above

    old = find(replaced) if replaced is not None else None
    lay_down = old is not None and state(old.id) == PUSHED_DOWN
    keys_by_mesh = {mesh: shape_keys(mesh) for mesh in face.meshes}
    curves_by_mesh = face.rig.apply(reply.animation)
    turns_by_armature = face.rig.turns(reply.animation)
    armatures = {name: bone_axes.posable(name) for name in turns_by_armature}
    rate = frames_per_second(scene)
    if start is None:
        start = old.start if old is not None else int(scene.frame_start)
    take = Take(
        id=os.urandom(16).hex(),
        prompt=reply.prompt or (old.prompt if old is not None and old.text == reply.speech.text else ""),
        text=reply.speech.text,
        seed=reply.seed,
        scene=scene.name,
        start=start,
        end=start + math.ceil(reply.speech.duration * rate),
        sound="",
        title=old.title if old is not None else "",
        number=old.number if old is not None else 1 + max((other.number for other in all_takes()), default=0),
        warnings=reply.speech.warnings,
    )
    if own_sound is not None:
        path = own_sound
    elif sound_path is None:
        path = sound.write_for_blend(reply.speech, f"{take.name} {take.id[:6]}")
    else:
        path = sound_path
        sound.write_wav(reply.speech, path)
    take = replace(take, sound=sound.path_for_blend(path))
    try:
        if not has_strip:
            take = _add_sound(scene, take, path)
        stretch = time_stretch(scene)
        timing = {"start": start * stretch, "rate": rate * stretch}
        parts = [
            *((keys_by_mesh[m], m, functools.partial(keyframes.insert, curves=c)) for m, c in curves_by_mesh.items()),
            *((armatures[a], a, functools.partial(bone_axes.insert, turns=t)) for a, t in turns_by_armature.items()),
        ]
        _add_keys(take, [(thing, name, functools.partial(insert, **timing)) for thing, name, insert in parts])
        _remember(take, keys_by_mesh, face, reply, timing)
        record_of(take.id)["recording"] = "" if own_sound is None else "STRIP" if has_strip else "FILE"
        _add_markers(scene, take, reply, rate)
        if old is not None and keep_edits:
            take = replace(take, warnings=(*take.warnings, *_carry_edits(old.id, take.id)))
        show(take.id)
        if old is not None:
            remove(old.id)
        if lay_down:
            push_down(take.id)
        scene.frame_start = min(scene.frame_start, take.start)
        scene.frame_end = max(other.end for other in playback.playing(scene))
        scene.sync_mode = "AUDIO_SYNC"
        compat.show_in_sequencer(scene)
    except Exception:
        remove(take.id)
        raise
    logger.info("Baked %d keys in take %s", reply.animation.key_count, take.id)
    return take


def script_of(take: Take) -> str:
    """What to speak to get the take again: its text, with its mood tags."""
    record = record_of(take.id)
    return str(record.get("script", take.text)) if record is not None else take.text


def remove(take_id: str) -> None:
    """Remove the take's Actions, strips and markers, and nothing else; its WAV file stays, so that undo can play it."""
    record = record_of(take_id)
    if record is not None:
        if state(take_id) != MUTED:
            hide(take_id)
        for kind in ("marker", "report"):
            remove_markers(record, kind)
    for thing in movable():
        parts = thing.get(PARTS)
        if parts is not None and take_id in parts:
            del parts[take_id]
            if thing.id_type == "OBJECT" and not parts:
                bone_axes.put_back(thing)
                if thing.animation_data is not None:  # there is none yet if the take failed before it was shown
                    thing.animation_data.action_blend_type = "REPLACE"
    for action in actions_of(take_id):
        bpy.data.actions.remove(action)
    _remove_sound(take_id)


def _add_sound(scene: Any, take: Take, path: Path) -> Take:
    """Put the sound into the sequencer; the take, with a warning where this Blender has no sound."""
    from . import sound  # noqa: PLC0415  # numpy

    try:
        strip = sound.add_strip(scene, path, take.name, take.start)
        strip[TAG] = take.id
    except RuntimeError as error:
        logger.warning("No sound strip: %s", error)
        warning = f"This Blender cannot play sound in its sequencer; the sound is in “{path}”."
        return replace(take, warnings=(*take.warnings, warning))
    return take


def _remove_sound(take_id: str) -> None:
    for scene in bpy.data.scenes:
        for strip in [strip for strip in compat.existing_strips(scene) if strip.get(TAG) == take_id]:
            source = strip.sound
            compat.strips(scene).remove(strip)
            if source is not None and source.users == 0:
                bpy.data.sounds.remove(source)


def _add_markers(scene: Any, take: Take, reply: Reply, rate: float) -> None:
    """One marker per sentence, named after it.

    Not a text strip: any strip with a picture makes Blender render the sequencer instead of the camera's view.
    """
    sentences = ((part.speech.text, take.start + round(part.start * rate)) for part in reply.parts)
    add_markers(scene, take.id, "marker", sentences)


def _add_keys(take: Take, parts: Iterable[tuple[Any, str, Callable[[Any, Any], int]]]) -> None:
    """Key every part: the shape keys or armature, its name for the slot, and what inserts its curves."""
    action = None
    moved = 0
    for thing, name, insert in parts:
        if action is None or not compat.has_slots():
            action = bpy.data.actions.new(action_name(take))
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
            }
        if PARTS not in thing:
            thing[PARTS] = {}
        fcurves, slot = compat.new_curves(action, thing, name)
        thing[PARTS][take.id] = {"action": action, "slot": slot}
        moved += insert(fcurves, thing)
    if moved == 0:
        raise AlphsistantError(
            "None of the face's shape keys or bones could be moved by this speech: pick another face."
        )


def _remember(take: Take, keys_by_mesh: Any, face: Face, reply: Reply, timing: dict[str, float]) -> None:
    """Key what rests, and keep what later work on the take needs: its phones, keys as baked, keys of the visemes."""
    from ..common import keyframes  # noqa: PLC0415  # numpy
    from . import hand_edits  # noqa: PLC0415  # numpy

    for mesh, keys in keys_by_mesh.items():
        part = keys.get(PARTS, {}).get(take.id)
        if part is None:
            continue
        moved = {curve.data_path for curve in compat.curves_in(part["action"], part["slot"])}
        rows = [row for row in face.rig.rows if row.mesh == mesh and row.channel.startswith(_AT_REST)]
        for name in dict.fromkeys(row.key for row in rows):
            path = keys.key_blocks[name].path_from_id("value")
            if path not in moved:
                fcurves = compat.curve_collections(part["action"], part["slot"])[0]
                keyframes.add_curve(fcurves, path, 0, [timing["start"]], [0.0])
        visemes: dict[str, tuple[str, float]] = {}
        for row in rows:
            weight = row.weight * row.gain
            if row.channel.startswith("viseme_") and weight > visemes.get(row.channel, ("", 0.0))[1]:
                visemes[row.channel] = (row.key, weight)
        part["visemes"] = json.dumps(visemes)
    for _, part in parts_of(take.id):
        hand_edits.remember(part)
    keep_parts(take.id)
    record = record_of(take.id)
    record["rate"] = frames_per_second(bpy.data.scenes[take.scene])
    record["stretch"] = timing["rate"] / record["rate"]
    record["script"] = reply.script
    record["phones"] = json.dumps([(p.symbol, p.start, p.end, p.stress) for p in reply.speech.phones])


def _carry_edits(old_id: str, new_id: str) -> tuple[str, ...]:
    """Bring hand edits along, to where the same sounds are now; sentences for the user."""
    from . import hand_edits  # noqa: PLC0415  # numpy

    old, new = record_of(old_id), record_of(new_id)
    same = "phones" in old and _symbols(old) == _symbols(new)
    carried = hand_edits.carry_over(old_id, new_id, hand_edits.Warp(*_same_frames(old, new, phone_by_phone=same)))
    if carried == 0:
        return ()
    curves = "1 curve" if carried == 1 else f"{carried} curves"
    if same:
        return (f"Your changes to {curves} were kept.",)
    return (f"Your changes to {curves} were kept at their times, but the sounds are others now: look them over.",)


def _symbols(record: Any) -> list[str]:
    return [symbol for symbol, *_ in json.loads(record["phones"])]


def _same_frames(*records: Any, phone_by_phone: bool) -> tuple[Any, ...]:
    """For each take the frames of its keys, increasing, at which the same happens: its start, or that of each phone."""
    import numpy as np  # noqa: PLC0415

    times = [[start for _, start, *_ in json.loads(r["phones"])] if phone_by_phone else [0.0] for r in records]
    rising = np.all(np.diff(times, axis=1, prepend=-1.0) > 0.0, axis=0)
    return tuple(
        (r["start"] + np.array(t)[rising] * r.get("rate", 24.0)) * r.get("stretch", 1.0)
        for r, t in zip(records, times, strict=True)
    )
