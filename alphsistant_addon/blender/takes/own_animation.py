"""Note what a data-block had before its first take, and put it back: values set by hand, the user's own Action.

It is kept on the data-block itself, so it is still known after saving, appending and renaming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import bpy

from ..common import compat
from ..common.file_changes import FileChanges, number_at
from .record import PARTS, TAG, curves_of_part, from_text, owns_parts, part_on, take_getter, to_text

BEFORE: Final = "alphsistant_before"
"""Custom property on shape keys and armatures: the ``values`` set by hand (JSON: path, index, value), the user's
``action``, and as JSON how the ``animation`` was set and how the Action's ``strip`` was laid down."""

REST_ACTION: Final = "alphsistant_rest_action"
"""Custom property on shape keys and armatures: the Action of the track that rests between takes (``playback``)."""

USERS_TRACK: Final = "Before Alphsistant"
"""Where the user's own animation goes on playing below the takes."""

_SETTINGS: Final = ("action_blend_type", "action_extrapolation", "action_influence")

_STRIP: Final = ("frame_start", "frame_end", "action_frame_start", "action_frame_end", "scale", "repeat", "blend_type")
"""Of the strip with the user's Action: where one of these was changed, the strip stays."""


def claim(thing: Any, changes: FileChanges) -> None:
    """Forget what a copy of a face has brought along from its original: the copy's animation is the user's."""
    if not owns_parts(thing):
        for key in (PARTS, BEFORE, REST_ACTION):
            if key in thing:
                changes.set_item(thing, key, None)


def note(thing: Any, changes: FileChanges) -> None:
    """Note how the data-block is animated, before its first take."""
    if BEFORE in thing:
        return
    animation = thing.animation_data
    settings: dict[str, Any] = {"there": animation is not None}
    if animation is not None and (animation.action is None or not is_of_take(thing, animation.action)):
        settings |= {name: getattr(animation, name) for name in _SETTINGS}
        settings["last_slot"] = compat.assigned(thing)[2]
    changes.set_item(thing, BEFORE, {"animation": to_text(settings), "values": "[]"})


def resting_value(thing: Any, path: str, index: int = 0) -> float:
    """Return the value that was set by hand, with or without takes there."""
    return values(thing).get((path, index), number_at(thing, path, index))


def note_values(thing: Any, part: Any, playing: Callable[[], Iterable[Any]] | None, changes: FileChanges) -> None:
    """Note the values that a part is going to move; ``playing`` tells the parts that play, ``None`` if none does.

    What is known is noted again only while nothing plays, for then it may have been changed by hand. What is not known,
    but is being moved, was not set by hand.
    """
    known = values(thing)
    places = [place for place in places_of(part) if playing is None or place not in known]
    if not places:
        return
    moving = {place for other in (playing or list)() for place in places_of(other)}
    known |= {place: number_at(thing, *place) for place in places if place not in moving}
    changes.set_item(thing[BEFORE], "values", to_text([(*place, value) for place, value in known.items()]))


def places_of(part: Any) -> list[tuple[str, int]]:
    """Return data path and index of all that a part of a take moves."""
    return [(curve.data_path, curve.array_index) for curve in curves_of_part(part)]


def values(thing: Any) -> dict[tuple[str, int], float]:
    """Return what was set by hand, by data path and index."""
    kept = thing.get(BEFORE)
    return {(path, index): value for path, index, value in from_text(kept["values"])} if kept is not None else {}


def moved_by_user(thing: Any) -> set[str]:
    """Return the data paths that the user's own Action, NLA strips and drivers move."""
    animation = thing.animation_data
    if animation is None:
        return set()
    is_of_take, rest_action = take_getter(thing), thing.get(REST_ACTION)
    there = [strip.action for track in animation.nla_tracks for strip in track.strips]
    actions = {
        action.name: action
        for action in (animation.action, *there)
        if action is not None and not is_of_take(action) and action != rest_action
    }
    paths = {curve.data_path for action in actions.values() for curve in compat.all_curves(action)}
    return paths | {driver.data_path for driver in animation.drivers}


def is_of_take(thing: Any, action: Any) -> bool:
    """Say whether an Action is what a take, or the rest between takes, moves this data-block with."""
    part = part_on(thing, action.get(TAG, ""))
    return bool((part is not None and part["action"] == action) or thing.get(REST_ACTION) == action)


def rest(thing: Any, places: Iterable[tuple[str, int]], changes: FileChanges) -> None:
    """Put what a take has moved back to what was set by hand: without animation it would stay where it was."""
    known = values(thing)
    for path, index in places:
        is_key = isinstance(thing, bpy.types.Key)
        if is_key and compat.key_of_path(thing, path) is None:
            continue
        value = known.get((path, index), 0.0 if is_key else None)
        if value is not None and not _is_gone(thing, path):
            changes.set_number(thing, path, index, value)


def _is_gone(thing: Any, path: str) -> bool:
    try:
        thing.path_resolve(path)
    except ValueError:
        return True
    return False


def lay_down(thing: Any, changes: FileChanges) -> None:
    """Let the user's own Action play on as an NLA strip below the takes."""
    animation = thing.animation_data
    before, action = compat.assigned(thing), animation.action

    def undo(made: tuple[Any, Any]) -> None:
        animation.nla_tracks.remove(made[0])
        compat.assign_again(thing, before)

    _, strip = changes.do(lambda: compat.push_down(thing, USERS_TRACK), undo)
    changes.set_item(thing[BEFORE], "action", action)
    changes.set_item(thing[BEFORE], "strip", to_text({"slot": before[1], **_described(strip)}))
    if thing.id_type == "OBJECT" and thing.type == "ARMATURE":
        # The head goes on moving as its own animation has it, and the take's motion is added.
        changes.set(animation, "action_blend_type", "COMBINE")
    else:
        changes.set(animation, "action_blend_type", "REPLACE")
    changes.set(animation, "action_influence", 1.0)


def put_back(thing: Any) -> None:
    """Put the user's animation back after the last take has gone; what the user has changed since then stays."""
    kept = thing.get(BEFORE)
    if kept is None:
        return
    animation, settings = thing.animation_data, from_text(kept["animation"])
    if animation is not None and animation.action is None:
        _bring_up(thing, kept)
        for name in settings.keys() & set(_SETTINGS):
            setattr(animation, name, settings[name])
        if "last_slot" in settings and compat.has_slots():
            animation.last_slot_identifier = settings["last_slot"]
        if not settings["there"] and not (animation.action or animation.nla_tracks or animation.drivers):
            thing.animation_data_clear()
    del thing[BEFORE]
    if PARTS in thing and not thing[PARTS]:
        del thing[PARTS]


def _bring_up(thing: Any, kept: Any) -> None:
    """Make the user's Action active again, if its strip is as we have laid it down."""
    action = kept.get("action")
    if action is None:
        return
    laid = from_text(kept["strip"])
    animation = thing.animation_data
    for track in animation.nla_tracks:
        for strip in track.strips:
            if strip.action == action and _described(strip) == {name: laid[name] for name in _STRIP}:
                track.strips.remove(strip)
                if not track.strips and track.name.startswith(USERS_TRACK):
                    animation.nla_tracks.remove(track)
                compat.assign(thing, action, laid["slot"])
                return


def _described(strip: Any) -> dict[str, Any]:
    return {name: getattr(strip, name) for name in _STRIP}
