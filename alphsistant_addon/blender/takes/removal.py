"""Remove a take: its Actions, strips and markers, and with the last one everything that takes have changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

from ..common.file_changes import FileChanges
from ..face import bone_axes
from . import captions, markers, own_animation, playback, scene_settings
from .record import PARTS, RECORD, TAG, curves_of_part, forget, parts_of, record_of, scene_of, sound_strips


def remove(take_id: str, changes: FileChanges | None = None) -> None:
    """Remove the take and nothing else; its WAV file stays, so that undo can play it.

    With the last take of a face its own Action, values and poses come back, with the last one of a scene its frame
    range and playback. What the user has changed since the take was made stays as it is. ``changes`` are those of the
    operation that this is a part of.
    """
    if changes is None:
        with FileChanges() as own:
            remove(take_id, own)
        return
    record = record_of(take_id)
    if record is None:
        return
    scene = scene_of(record)
    strips = sound_strips(take_id)
    if playback.state(take_id) == playback.MUTED:
        markers.remove_all(record, changes)
    else:
        playback.hide(take_id, changes)
    changes.at_end(lambda: _remove_strips(scene, strips))
    captions.remove(take_id, changes)
    if scene is not None:
        scene_settings.put_back(scene, take_id, changes)
    others: Any = bpy.data.scenes
    for other in others:
        if other.alphsistant.take == take_id:
            changes.set(other.alphsistant, "take", "")
    changes.at_end(lambda: _remove_parts(take_id))


def _remove_strips(scene: Any, strips: Iterable[Any]) -> None:
    from . import sound  # noqa: PLC0415  # numpy

    for strip in strips:
        sound.remove_strip(scene, strip)


def _remove_parts(take_id: str) -> None:
    """Remove the take's parts, then its Actions."""
    actions = {}
    for thing, part in list(parts_of(take_id)):
        actions[part["action"].name] = part["action"]
        places = [(curve.data_path, curve.array_index) for curve in curves_of_part(part)]
        if PARTS in thing and take_id in thing[PARTS]:  # a library override that was read again has lost it
            del thing[PARTS][take_id]
        if not thing.get(PARTS):
            if thing.id_type == "OBJECT":
                bone_axes.put_back(thing)
            with FileChanges() as values:
                own_animation.rest(thing, places, values)
            own_animation.put_back(thing)
    for action in actions.values():
        _remove_action(action)
    forget()


def _remove_action(action: Any) -> None:
    """Remove an Action of the take; where the user has put it somewhere else, it stays, and is the user's."""
    for key in (TAG, RECORD):
        if key in action:
            del action[key]
    action.use_fake_user = False
    if action.users == 0:
        bpy.data.actions.remove(action)
