"""A take: one reply on one face. One Action per take, one sound strip, one marker per sentence, all tagged with its id.

The list of takes is drawn by the panel, so what needs numpy is imported by ``bake`` alone.
Nothing here is half done: a bake that fails takes its own data away again and leaves the rest of the file as it was.
"""

from __future__ import annotations

import functools
import logging
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..errors import AlphsistantError
from . import compat
from .face import Face, shape_keys

if TYPE_CHECKING:
    from ..pipeline import Reply

logger = logging.getLogger(__name__)

TAG: Final = "alphsistant_take"
"""Custom property with the take's id: on its Actions and sound strip."""

_RECORD: Final = "alphsistant_record"
"""Custom property on Actions: what is to be known about the take."""

_PARTS: Final = "alphsistant_takes"
"""Custom property on shape keys: Action and slot of each take that moves them, by take id."""

_NAME_LENGTH: Final = 48
"""Letters of the text in names; Blender up to 4.5 keeps 63 bytes of them."""


@dataclass(frozen=True)
class Take:
    """What is kept about a take in the .blend (on its Action)."""

    id: str
    prompt: str
    text: str
    seed: int
    scene: str
    start: int
    """Frame at which the sound starts."""
    end: int
    """Frame after the last frame of speech."""
    sound: str
    """Path of the WAV file, as it is in the strip."""
    warnings: tuple[str, ...] = ()
    """Sentences for the user; not kept in the file."""

    @property
    def name(self) -> str:
        """Start of the text, for lists, Actions, strips and files."""
        # Cut by bytes as well: 48 letters of many scripts are longer than 63 bytes.
        return self.text[:_NAME_LENGTH].encode()[:_NAME_LENGTH].decode(errors="ignore").strip() or "take"


def bake(
    scene: Any,
    face: Face,
    reply: Reply,
    *,
    start: int | None = None,
    replaced: str | None = None,
    sound_path: Path | None = None,
) -> Take:
    """Put the reply on the face as a take that starts at a frame (the scene's first by default).

    ``replaced`` is the id of a take whose place this one takes; ``sound_path`` is where the WAV file goes (by default
    beside the .blend). The user's own animation of the same shape keys is
    pushed down to an NLA track, where it goes on playing; other takes at the same frames are muted, not removed.
    Raises ``AlphsistantError`` before anything in the .blend is changed, or after taking everything back.
    """
    from . import keyframes, sound  # noqa: PLC0415  # numpy, see above

    keys_by_mesh = {mesh: shape_keys(mesh) for mesh in face.meshes}
    curves_by_mesh = face.rig.apply(reply.animation)
    rate = keyframes.frames_per_second(scene)
    first = scene.frame_start if start is None else start
    take = Take(
        id=uuid.uuid4().hex,
        prompt=reply.prompt,
        text=reply.speech.text,
        seed=reply.seed,
        scene=scene.name,
        start=first,
        end=first + math.ceil(reply.speech.duration * rate),
        sound="",
        warnings=reply.speech.warnings,
    )
    if sound_path is None:
        path = sound.write_for_blend(reply.speech, f"{take.name} {take.id[:6]}")
    else:
        path = sound_path
        sound.write_wav(reply.speech, path)
    take = replace(take, sound=sound.path_for_blend(path))
    try:
        try:
            strip = sound.add_strip(scene, path, take.name, take.start)
            strip[TAG] = take.id
        except RuntimeError as error:
            logger.warning("No sound strip: %s", error)
            warning = f"This Blender cannot play sound in its sequencer; the sound is in “{path}”."
            take = replace(take, warnings=(*take.warnings, warning))
        _add_keys(take, keys_by_mesh, curves_by_mesh, functools.partial(keyframes.insert, start=take.start, rate=rate))
        _add_markers(scene, take, reply, rate)
        if replaced is not None:
            remove(replaced)
        show(take.id)
        scene.frame_start = min(scene.frame_start, take.start)
        scene.frame_end = take.end
        scene.sync_mode = "AUDIO_SYNC"
        compat.show_in_sequencer(scene)
    except Exception:
        remove(take.id)
        raise
    logger.info("Baked %d keys in take %s", reply.animation.key_count, take.id)
    return take


def all_takes() -> list[Take]:
    """Every take in the file, in the order in which they were made."""
    records = {action[TAG]: action[_RECORD] for action in bpy.data.actions if TAG in action}
    ordered = sorted(records.items(), key=lambda item: item[1]["number"])
    return [
        Take(
            id=take_id,
            prompt=record["prompt"],
            text=record["text"],
            seed=record["seed"],
            scene=record["scene"],
            start=record["start"],
            end=record["end"],
            sound=record["sound"],
        )
        for take_id, record in ordered
    ]


def is_shown(take_id: str) -> bool:
    """Whether the take's Action is the one that moves its face now."""
    return any(
        (animation := keys.animation_data) is not None
        and animation.action is not None
        and animation.action.get(TAG) == take_id
        for keys in bpy.data.shape_keys
    )


def show(take_id: str) -> None:
    """Let this take move its face and be heard; other takes of the same meshes are muted while they overlap it."""
    hidden: set[str] = set()
    for keys in bpy.data.shape_keys:
        part = keys.get(_PARTS, {}).get(take_id)
        if part is None or part["action"] is None:  # the user may have deleted the Action
            continue
        action = part["action"]
        animation = keys.animation_data or keys.animation_data_create()
        if animation.action is not None and TAG not in animation.action:
            compat.push_down(keys, "Before Alphsistant")
        elif animation.action is not None and animation.action[TAG] != take_id:
            hidden.add(animation.action[TAG])
        compat.assign(keys, action, part["slot"])
    for scene in bpy.data.scenes:
        for strip in compat.existing_strips(scene):
            if strip.get(TAG) == take_id:
                strip.mute = False
            elif strip.get(TAG) in hidden:
                strip.mute = True


def remove(take_id: str) -> None:
    """Remove the take's Actions, strip and markers, and nothing else; its WAV file stays, so that undo can play it."""
    for keys in bpy.data.shape_keys:
        slots = keys.get(_PARTS)
        if slots is not None and take_id in slots:
            del slots[take_id]
    actions = [action for action in bpy.data.actions if action.get(TAG) == take_id]
    if actions:
        _remove_markers(actions[0][_RECORD])
    for action in actions:
        bpy.data.actions.remove(action)
    for scene in bpy.data.scenes:
        for strip in [strip for strip in compat.existing_strips(scene) if strip.get(TAG) == take_id]:
            source = strip.sound
            compat.strips(scene).remove(strip)
            if source is not None and source.users == 0:
                bpy.data.sounds.remove(source)


def _add_markers(scene: Any, take: Take, reply: Reply, rate: float) -> None:
    """One marker per sentence, named after it. Markers bear no tags from 5.0 on, so the take's record lists them.

    Not a text strip: any strip with a picture makes Blender render the sequencer instead of the camera's view.
    """
    names, frames = [], []
    for part in reply.parts:
        text = " ".join(part.speech.text.split()).encode()[:60].decode(errors="ignore")
        marker = scene.timeline_markers.new(text, frame=take.start + round(part.start * rate))
        names.append(marker.name)
        frames.append(marker.frame)
    for action in bpy.data.actions:
        if action.get(TAG) == take.id:
            action[_RECORD]["marker_names"] = "\n".join(names)
            action[_RECORD]["marker_frames"] = frames


def _remove_markers(record: Any) -> None:
    """Remove the markers the record lists; one that was renamed or moved since belongs to the user now."""
    scene = bpy.data.scenes.get(record["scene"])
    if scene is None or "marker_names" not in record:
        return
    for name, frame in zip(record["marker_names"].split("\n"), record["marker_frames"], strict=True):
        same = (marker for marker in scene.timeline_markers if (marker.name, marker.frame) == (name, frame))
        marker = next(same, None)
        if marker is not None:
            scene.timeline_markers.remove(marker)


def _add_keys(take: Take, keys_by_mesh: Any, curves_by_mesh: Any, insert: Callable[[Any, Any, Any], int]) -> None:
    number = 1 + max((action[_RECORD]["number"] for action in bpy.data.actions if TAG in action), default=0)
    action = None
    moved = 0
    for mesh, curves in curves_by_mesh.items():
        keys = keys_by_mesh[mesh]
        if action is None or not compat.has_slots():
            action = bpy.data.actions.new(f"Take {number}: {take.name}")
            action.use_fake_user = True
            action[TAG] = take.id
            action[_RECORD] = {
                "number": number,
                "prompt": take.prompt,
                "text": take.text,
                "seed": take.seed,
                "scene": take.scene,
                "start": take.start,
                "end": take.end,
                "sound": take.sound,
            }
        if _PARTS not in keys:
            keys[_PARTS] = {}
        fcurves, slot = compat.new_curves(action, keys, mesh)
        keys[_PARTS][take.id] = {"action": action, "slot": slot}
        moved += insert(fcurves, keys, curves)
    if moved == 0:
        raise AlphsistantError("None of the face's shape keys could be moved by this speech: pick another face.")
