"""Which takes play: one as the Action that is open for editing, others as NLA strips, the rest muted.

Two takes of one face never play at the same frames. Takes that do not overlap all play: the one that is shown is the
active Action, those before and after it lie in an NLA track. Other faces' takes are not touched.
"""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common import compat
from .record import TAG, Take, all_takes, curves_of_part, find, movable, parts_of, parts_on

TRACK: Final = "Alphsistant Takes"

USERS_TRACK: Final = "Before Alphsistant"
"""Where the user's own animation goes on playing below the takes."""

SHOWN: Final = "SHOWN"
PUSHED_DOWN: Final = "PUSHED_DOWN"
MUTED: Final = "MUTED"


def state(take_id: str) -> str:
    """``SHOWN`` (the active Action), ``PUSHED_DOWN`` (an NLA strip) or ``MUTED``."""
    if is_shown(take_id):
        return SHOWN
    return PUSHED_DOWN if any(nla_strips(thing, take_id) for thing in movable()) else MUTED


def is_shown(take_id: str) -> bool:
    """Whether the take's Action is the one that moves its face now."""
    return any(_active_take(thing) == take_id for thing in movable())


def show(take_id: str) -> None:
    """Let this take move its face and be heard, as the active Action.

    Other takes of the face go on playing as NLA strips where they do not overlap it in time; else they are muted.
    """
    _make_room(take_id)
    for thing, part in parts_of(take_id):
        _remove_strips(thing, take_id)
        animation = thing.animation_data or thing.animation_data_create()
        if animation.action is not None and TAG not in animation.action:
            compat.push_down(thing, USERS_TRACK)
            if thing.id_type == "OBJECT":
                # The head goes on moving as its own animation has it, and the take's motion is added.
                animation.action_blend_type = "COMBINE"
        compat.assign(thing, part["action"], part["slot"])
        settle(thing)
    _mute_sound(take_id, mute=False)


def push_down(take_id: str) -> None:
    """Let this take play as an NLA strip at its own frames, so that another Action can be edited above it."""
    _make_room(take_id)
    for thing, part in parts_of(take_id):
        if _active_take(thing) == take_id:
            thing.animation_data.action = None
        if not nla_strips(thing, take_id):
            _add_strip(thing, part)
        settle(thing)
    _mute_sound(take_id, mute=False)


def hide(take_id: str) -> None:
    """Let the take neither move its face nor be heard; its keys stay."""
    for thing, part in parts_of(take_id):
        _remove_strips(thing, take_id)
        if _active_take(thing) == take_id:
            thing.animation_data.action = None
        rest(thing, part)
        settle(thing)
    _mute_sound(take_id, mute=True)


def rest(thing: Any, part: Any) -> None:
    """Put the shape keys that a part has moved back to 0: without animation they would stay where they were."""
    if not isinstance(thing, bpy.types.Key):
        return  # bones are put back when their last take is removed
    for curve in curves_of_part(part):
        name = compat.key_of_path(thing, curve.data_path)
        if name is not None:
            thing.key_blocks[name].value = 0.0


def playing(scene: Any) -> list[Take]:
    """The scene's takes that are not muted."""
    return [take for take in all_takes() if take.scene == scene.name and state(take.id) != MUTED]


def after_last(scene: Any) -> int:
    """The frame at which a take follows the last one that plays in the scene; the scene's first if there is none."""
    return max((take.end for take in playing(scene)), default=int(scene.frame_start))


def nla_strips(thing: Any, take_id: str | None = None) -> list[Any]:
    """NLA strips of a take (of any take by default) on a data-block, from the lowest track up."""
    animation = thing.animation_data
    tracks = animation.nla_tracks if animation is not None else ()
    return [
        strip
        for track in tracks
        for strip in track.strips
        if strip.action is not None and TAG in strip.action and take_id in (None, strip.action[TAG])
    ]


def _active_take(thing: Any) -> str | None:
    animation = thing.animation_data
    return animation.action.get(TAG) if animation is not None and animation.action is not None else None


def _make_room(take_id: str) -> None:
    """Mute the takes of the same face that overlap this one; the active one is pushed down if it does not."""
    take = find(take_id)
    if take is None:
        return
    rivals = {other for thing, _ in parts_of(take_id) for other in parts_on(thing)} - {take_id}
    for rival in all_takes():
        if rival.id not in rivals:
            continue
        before = state(rival.id)
        if before != MUTED and rival.overlaps(take):
            hide(rival.id)
        elif before == SHOWN:
            for thing, part in parts_of(rival.id):
                if _active_take(thing) == rival.id:
                    thing.animation_data.action = None
                    _add_strip(thing, part)


def _add_strip(thing: Any, part: Any) -> None:
    """Lay the part into the lowest track of ours that is free at its frames, or into a new one on top."""
    animation = thing.animation_data or thing.animation_data_create()
    action = part["action"]
    first, last = action.frame_range
    for track in animation.nla_tracks:
        busy = any(strip.frame_start < last and strip.frame_end > first // 1 for strip in track.strips)
        if track.name.startswith(TRACK) and not busy and not track.lock:
            break
    else:
        track = animation.nla_tracks.new()
        track.name = TRACK
    strip = compat.add_nla_strip(track, action, part["slot"])
    strip.name = action.name
    strip.blend_type = animation.action_blend_type


def _remove_strips(thing: Any, take_id: str) -> None:
    if not nla_strips(thing, take_id):
        return
    tracks = thing.animation_data.nla_tracks
    for track in list(tracks):
        for strip in list(track.strips):
            if strip.action is not None and strip.action.get(TAG) == take_id:
                track.strips.remove(strip)
        if not track.strips and track.name.startswith(TRACK):
            tracks.remove(track)


def settle(thing: Any) -> None:
    """Let every take play at its own frames only, above one track that holds the rest pose between them.

    An active Action or an upper track that holds its first and last key for ever would win over every take below.
    Where nothing held, shape keys would stay where the last drawn frame had left them.
    """
    animation = thing.animation_data
    if animation is None:
        return
    strips = nla_strips(thing)
    for strip in strips:
        strip.extrapolation = "NOTHING"
    lowest = next((track for track in animation.nla_tracks if any(strip in strips for strip in track.strips)), None)
    if lowest is not None:
        for strip in lowest.strips:
            strip.extrapolation = "HOLD"
    if animation.action is None or TAG in animation.action:
        animation.action_extrapolation = "NOTHING" if strips and animation.action is not None else "HOLD"


def _mute_sound(take_id: str, *, mute: bool) -> None:
    for scene in bpy.data.scenes:
        for strip in compat.existing_strips(scene):
            if strip.get(TAG) == take_id:
                strip.mute = mute
