"""Which takes play: one as the Action that is open for editing, others as NLA strips, the rest muted.

Two takes of one face never play at the same frames. Takes that do not overlap all play: the one that is shown is the
active Action, those before and after it lie in an NLA track. Other faces' takes are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

import bpy

from ..common import compat
from ..common.file_changes import FileChanges
from . import markers, own_animation, scene_settings, strip_settings
from .own_animation import REST_ACTION, USERS_TRACK, places_of
from .record import (
    Take,
    all_takes,
    find,
    keep_index,
    part_on,
    parts_of,
    record_of,
    scene_of,
    sound_strips,
    take_getter,
)

__all__ = ("MUTED", "PUSHED_DOWN", "SHOWN", "TRACK", "USERS_TRACK", "after_last", "hide", "is_shown", "nla_strips",
           "playing", "push_down", "settle", "show", "state")  # fmt: skip

TRACK: Final = "Alphsistant Takes"

REST_TRACK: Final = "Alphsistant Rest"
"""Below the takes: one key for each channel, at its value by hand, which plays where no take does."""

SHOWN: Final = "SHOWN"
PUSHED_DOWN: Final = "PUSHED_DOWN"
MUTED: Final = "MUTED"


def state(take_id: str) -> str:
    """``SHOWN`` (the active Action), ``PUSHED_DOWN`` (an NLA strip) or ``MUTED``."""
    if is_shown(take_id):
        return SHOWN
    return PUSHED_DOWN if any(_has_strip(thing, part) for thing, part in parts_of(take_id)) else MUTED


def is_shown(take_id: str) -> bool:
    """Whether the take's Action is the one that moves its face now."""
    return any(_is_active(thing, part) for thing, part in parts_of(take_id))


def show(take_id: str, changes: FileChanges | None = None, *, is_new: bool = False) -> None:
    """Let this take move its face and be heard, as the active Action.

    Other takes of the face go on playing as NLA strips where they do not overlap it in time; else they are muted.
    ``changes`` are those of the operation that this is a part of. A take that ``is_new`` is heard already.
    """
    if changes is None:
        with FileChanges() as own:
            show(take_id, own)
        return
    for thing, part in _made_ready(take_id, changes):
        if not is_new:
            _remove_strips(thing, part, changes)
        if thing.animation_data.action is not None and not _is_active(thing, part):
            own_animation.lay_down(thing, changes)
        _assign(thing, part["action"], part["slot"], changes)
        settle(thing, changes, take_id)
    if not is_new:
        _be_heard(take_id, changes)


def push_down(take_id: str, changes: FileChanges | None = None) -> None:
    """Let this take play as an NLA strip at its own frames, so that another Action can be edited above it."""
    if changes is None:
        with FileChanges() as own:
            push_down(take_id, own)
        return
    for thing, part in _made_ready(take_id, changes):
        if _is_active(thing, part):
            _assign(thing, None, 0, changes)
        if not _strips_of_part(thing, part, changes):
            _add_strip(thing, part, changes)
        settle(thing, changes, take_id)
    _be_heard(take_id, changes)


def hide(take_id: str, changes: FileChanges | None = None) -> None:
    """Let the take neither move its face nor be heard; its keys stay, its markers wait in its record."""
    if changes is None:
        with FileChanges() as own:
            hide(take_id, own)
        return
    for thing, part in parts_of(take_id):
        _remove_strips(thing, part, changes)
        if _is_active(thing, part):
            _assign(thing, None, 0, changes)
        own_animation.rest(thing, places_of(part), changes)
        settle(thing, changes)
    for strip in sound_strips(take_id):
        changes.set(strip, "mute", True)
    record = record_of(take_id)
    if record is not None:
        markers.take_away(record, changes)
        scene_settings.play_no_longer(scene_of(record), take_id, changes)


def playing(scene: Any) -> list[Take]:
    """The scene's takes that are not muted."""
    return [take for take in all_takes() if take.scene == scene.name and state(take.id) != MUTED]


def after_last(scene: Any) -> int | None:
    """The frame at which the last take that plays in the scene ends; ``None`` if none does."""
    end = scene_settings.last_end(scene)
    return end if end is not None else max((take.end for take in playing(scene)), default=None)


def nla_strips(thing: Any, take_id: str | None = None) -> list[Any]:
    """NLA strips of a take (of any take by default) on a data-block, from the lowest track up."""
    if take_id is not None:
        part = part_on(thing, take_id)
        return _strips_of_part(thing, part, None) if part is not None else []
    return [strip for _, strip in _takes_on(thing, None) if strip is not None]


def _made_ready(take_id: str, changes: FileChanges) -> Iterator[tuple[Any, Any]]:
    """Yield what the take moves, with room for it: takes that overlap it are muted, the active one is pushed down."""
    take = find(take_id)
    if take is None:
        return
    overlapping = {other.id for other in all_takes() if other.id != take_id and other.overlaps(take)}
    parts = list(parts_of(take_id))
    for thing, part in parts:
        own_animation.note(thing, changes)
        if thing.animation_data is None:
            changes.do(thing.animation_data_create, partial(_clear_animation, thing))
        playing = _takes_on(thing, changes) if overlapping else None  # all of them are looked at only if need be
        is_played = bool(playing) if playing is not None else next(_playing_on(thing, changes), None) is not None
        _make_room(thing, take_id, overlapping, playing or (), changes)
        others = partial(_parts_that_play, thing, playing, changes) if is_played else None
        own_animation.note_values(thing, part, others, changes)
    yield from parts


def _make_room(
    thing: Any, take_id: str, overlapping: set[str], playing: Iterable[tuple[str, Any]], changes: FileChanges
) -> None:
    """Mute the takes that overlap this one on a data-block, and push the active one down."""
    active = _active_take(thing)
    for other_id, _ in playing:
        if other_id in overlapping:
            hide(other_id, changes)
    if active not in overlapping | {"", take_id}:
        _assign(thing, None, 0, changes)
        _add_strip(thing, part_on(thing, active), changes)


def _active_take(thing: Any) -> str:
    """Return the take whose Action is the active one; empty if it is another's, or there is none."""
    action = thing.animation_data.action
    return take_getter(thing)(action) if action is not None else ""


def _parts_that_play(thing: Any, playing: Iterable[tuple[str, Any]] | None, changes: FileChanges) -> Iterator[Any]:
    """Yield the parts of takes that play on a data-block, ``playing`` where that is known."""
    on = playing if playing is not None else _playing_on(thing, changes)
    return (part_on(thing, take_id) for take_id, _ in on)


def _takes_on(thing: Any, changes: FileChanges | None) -> list[tuple[str, Any]]:
    """Return the takes that play on a data-block: id, and the NLA strip, which is ``None`` for the active Action."""
    return list(_playing_on(thing, changes))


def _playing_on(thing: Any, changes: FileChanges | None) -> Iterator[tuple[str, Any]]:
    animation = thing.animation_data
    if animation is None:
        return
    take_of = take_getter(thing)
    if animation.action is not None and take_of(animation.action):
        yield take_of(animation.action), None
    leaving = changes.leaving if changes is not None else ()
    for track in animation.nla_tracks:
        for strip in track.strips:
            take_id = take_of(strip.action) if strip.action is not None else ""
            if take_id and not (leaving and strip.as_pointer() in leaving):
                yield take_id, strip


def _strips_of_part(thing: Any, part: Any, changes: FileChanges | None) -> list[Any]:
    action = part["action"]
    strips = (strip for strip in compat.nla_strips_of(thing) if strip.action == action)
    return [strip for strip in strips if changes is None or not _leaves(strip, changes)]


def _has_strip(thing: Any, part: Any) -> bool:
    return bool(_strips_of_part(thing, part, None))


def _is_active(thing: Any, part: Any) -> bool:
    animation = thing.animation_data
    return animation is not None and animation.action is not None and animation.action == part["action"]


def _leaves(strip: Any, changes: FileChanges) -> bool:
    return strip.as_pointer() in changes.leaving


def _assign(thing: Any, action: Any, slot: int, changes: FileChanges) -> None:
    before = compat.assigned(thing)
    changes.do(lambda: compat.assign(thing, action, slot), lambda _: compat.assign_again(thing, before))


def _add_strip(thing: Any, part: Any, changes: FileChanges) -> None:
    """Lay the part into the lowest track of ours that is free at its frames, or into a new one on top.

    A strip that is laid down again in one operation, since its keys have changed, is set as the animator had set it.
    """
    _add_rest_track(thing, changes)
    animation, action = thing.animation_data, part["action"]
    old = next((s for s in compat.nla_strips_of(thing) if s.action == action and _leaves(s, changes)), None)
    laid = changes.leaving[old.as_pointer()] if old is not None else {}
    first, last = strip_settings.frames_of(action, laid)
    for track in animation.nla_tracks:
        if not track.name.startswith(TRACK) or track.lock:
            continue
        starts, ends = (compat.numbers_of(track.strips, name) for name in ("frame_start", "frame_end"))
        if not any(start < last and end > first // 1 for start, end in zip(starts, ends, strict=True)):
            break
    else:
        track = _add_track(animation, TRACK, changes)
    strip = changes.do(lambda: compat.add_nla_strip(track, action, part["slot"]), track.strips.remove)
    strip.name = action.name
    strip.blend_type = animation.action_blend_type
    if old is not None:
        strip_settings.set_as(strip, laid, old)


def _add_track(animation: Any, name: str, changes: FileChanges) -> Any:
    return changes.do(partial(compat.new_nla_track, animation, name), animation.nla_tracks.remove)


def _remove_strips(thing: Any, part: Any, changes: FileChanges) -> None:
    """Remove the part's strips, at the end: until then they are muted and count as gone."""
    for strip in _strips_of_part(thing, part, changes):
        changes.leaving[strip.as_pointer()] = strip_settings.of(strip)
        changes.set(strip, "mute", True)
        changes.at_end(partial(_remove_strip, thing, strip))


def _remove_strip(thing: Any, strip: Any) -> None:
    tracks = thing.animation_data.nla_tracks
    track = next(track for track in tracks if strip in list(track.strips))
    track.strips.remove(strip)
    if not track.strips and track.name.startswith(TRACK):
        tracks.remove(track)


def _clear_animation(thing: Any, _made: Any) -> None:
    thing.animation_data_clear()


def settle(thing: Any, changes: FileChanges, newcomer: str = "") -> None:
    """Let every take play at its own frames only, and the rest pose between them.

    An active Action or an upper track that holds its first and last key for ever would win over every take below.
    Where nothing held, shape keys would stay where the last drawn frame had left them. ``newcomer`` is the take that
    did not play before.
    """
    animation = thing.animation_data
    if animation is None:
        return
    tracks = [track for track in animation.nla_tracks if next(_strips_in(track, thing, changes), None) is not None]
    resting = _complete_rest(thing, newcomer, changes) if tracks else False
    if not tracks:
        _remove_rest_track(thing, changes)
    for track in tracks:
        wanted = "HOLD" if track == tracks[0] and not resting else "NOTHING"
        for strip in _strips_in(track, thing, changes, unless=wanted):
            changes.set(strip, "extrapolation", wanted)
    if animation.action is None or _active_take(thing):
        wanted = "NOTHING" if tracks and animation.action is not None else "HOLD"
        changes.set(animation, "action_extrapolation", wanted)


def _strips_in(track: Any, thing: Any, changes: FileChanges, unless: str = "") -> Iterator[Any]:
    """Yield a track's strips of takes, without those that extrapolate in the way ``unless``."""
    take_of, strips = take_getter(thing), track.strips
    found: Iterable[Any] = strips
    if unless and len(strips):
        number = strips[0].bl_rna.properties["extrapolation"].enum_items[unless].value
        found = (
            strips[place] for place, is_ in enumerate(compat.numbers_of(strips, "extrapolation", "i")) if is_ != number
        )
    for strip in found:
        if strip.action is not None and take_of(strip.action) and not _leaves(strip, changes):
            yield strip


def _add_rest_track(thing: Any, changes: FileChanges) -> None:
    """Add the track that rests below the takes' tracks; not where it would be above one or add to the user's motion."""
    animation = thing.animation_data
    names = [track.name for track in animation.nla_tracks]
    if any(name.startswith((TRACK, REST_TRACK)) for name in names) or animation.action_blend_type != "REPLACE":
        return
    action = changes.do(lambda: bpy.data.actions.new(f"{REST_TRACK}: {thing.name}"), bpy.data.actions.remove)
    keep_index()
    _, slot = compat.new_curves(action, thing, "rest")
    changes.set_item(thing, REST_ACTION, action)
    track = _add_track(animation, REST_TRACK, changes)
    strip = changes.do(lambda: compat.add_nla_strip(track, action, slot), track.strips.remove)
    strip.extrapolation = "HOLD"


def _rest_action(thing: Any) -> Any:
    """Return the Action of the track that rests; ``None`` if there is none, or the user has taken it out of the NLA."""
    action = thing.get(REST_ACTION)
    strips = (strip for track in thing.animation_data.nla_tracks for strip in track.strips)  # it is in the lowest track
    return action if action is not None and any(strip.action == action for strip in strips) else None


def _complete_rest(thing: Any, newcomer: str, changes: FileChanges) -> bool:
    """Let everything that the takes move have a key of its value by hand; ``False`` if there is no such track."""
    from ..common import keyframes  # noqa: PLC0415  # numpy

    action = _rest_action(thing)
    if action is None:
        return False
    slot = action.slots[0].handle if compat.has_slots() else 0
    curves = compat.curve_collections(action, slot)[0]
    there = {(curve.data_path, curve.array_index) for curve in curves}
    known = own_animation.values(thing)
    # What the takes move that have been there for longer has its key already.
    looked_at = [part_on(thing, newcomer)] if there else _parts_that_play(thing, None, changes)
    missing = {place for part in looked_at if part is not None for place in places_of(part)} - there
    if missing:
        moved = own_animation.moved_by_user(thing)
        missing = {place for place in missing if place[0] not in moved}
    for path, index in sorted(missing):
        value = known.get((path, index), 0.0)
        changes.do(partial(keyframes.add_curve, curves, path, index, [0.0], [value]), curves.remove)
    if missing:
        keyframes.put_in_groups(compat.group_collection(action, slot), curves, lambda _path: "Rest")
    return True


def _remove_rest_track(thing: Any, changes: FileChanges) -> None:
    if REST_ACTION in thing:
        changes.at_end(lambda: _remove_idle_rest(thing))


def _remove_idle_rest(thing: Any) -> None:
    """Remove the track that rests, if no take has come into the NLA meanwhile."""
    action = thing.get(REST_ACTION)
    if action is None or nla_strips(thing):
        return
    for track in list(thing.animation_data.nla_tracks):
        if any(strip.action == action for strip in track.strips):
            thing.animation_data.nla_tracks.remove(track)
    del thing[REST_ACTION]
    if action.users == 0:
        bpy.data.actions.remove(action)


def _be_heard(take_id: str, changes: FileChanges) -> None:
    """Unmute the sound, bring the markers back, let the scene play the take's frames."""
    for strip in sound_strips(take_id):
        changes.set(strip, "mute", False)
    take, record = find(take_id), record_of(take_id)
    if take is None:
        return
    markers.bring_back(record, changes)
    scene = scene_of(record)
    if scene is not None:
        scene_settings.play(scene, take, changes)
