"""Make the curves of a take again from the channels that it keeps, as its dials and layers say.

What was changed by hand comes along, as with *Speak Again*. F-curves that stay keep what the animator set on them:
lock, colour, modifiers. Nothing else of the take changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import bpy
import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError
from ...core.face_animation import FaceAnimation
from ...lip_sync.dials import layer_of, turn_dials, without_layers
from ..common import compat, keyframes
from ..common.file_changes import FileChanges
from ..face import drawn_mouth
from ..face import find as face_find
from ..face.find import Face
from . import dial_settings, hand_edits, playback, stored, take_keys
from .record import curves_of_part, find, keep_index, keep_parts, parts_of, record_of

MADE_WITH: Final = "made_with"
"""In the record: JSON of the dials that the curves were made with, as far as later work needs to know them."""

_ON: Final = {"MADE": 1, "ONES": 1, "TWOS": 2, "THREES": 3}


def remake(take_id: str, *, afresh: str = "") -> None:
    """Make the curves again; what was changed by hand comes along but in the layer ``afresh``.

    Raises:
        AlphsistantError: the take, its face, or what it keeps is gone; the file is as it was.
    """
    with FileChanges() as changes:
        remake_within(take_id, changes, afresh=afresh)


def remake_within(
    take_id: str,
    changes: FileChanges,
    *,
    afresh: str = "",
    moved: tuple[npt.ArrayLike, npt.ArrayLike] = ((0.0,), (0.0,)),
    everything: bool = False,
) -> None:
    """Do the same as a part of an operation.

    ``moved`` are seconds of the mouth before and after, rising: what was changed by hand there comes along to where the
    same sound is now. With ``everything``, so does what was changed on eyes, brows and head.
    """
    settings, record, take = dial_settings.of_take(take_id), record_of(take_id), find(take_id)
    if settings is None or record is None or take is None:
        raise AlphsistantError("This take is no longer there.")
    face = stored.face_of(take_id)
    timing = stored.timing_of(take_id)
    every, gone = stored.animation_of(record), dial_settings.cleared(settings)
    made = without_layers(every, gone)
    animation = turn_dials(made, dial_settings.dials_of(settings))
    grid = timing.grid(
        whole=bool(record.get("whole_frames", 0)) or settings.frames != "MADE",
        on=_ON[settings.frames],
        stepped=settings.stepped,
    )
    before = json.loads(record.get(MADE_WITH, "{}"))
    muted, were_muted = dial_settings.muted(settings), set(before.get("muted", ()))
    lead = settings.lead / 1000.0
    spoken = stored.phones_of(record) if "mouth" not in gone else ()
    phones = [replace(phone, start=phone.start - lead, end=phone.end - lead) for phone in spoken]
    motions = {m.thing.name_full: m for m in take_keys.motions_of(face, animation, grid, phones)}
    left = without_layers(animation, muted)
    heard = {m.thing.name_full: m for m in take_keys.motions_of(face, left, grid, phones)} if muted else {}
    state = playback.state(take_id)
    old, now = (timing.start + (np.asarray(times, dtype=np.float64)) * timing.rate for times in moved)
    warp = hand_edits.Warp(old - before.get("lead", 0.0) * timing.rate, now - lead * timing.rate)
    rest = hand_edits.Warp(old, now) if everything else hand_edits.Warp(np.zeros(1), np.zeros(1))
    if state == playback.PUSHED_DOWN:  # its NLA strip has the length of the old keys
        playback.hide(take_id, changes)
    for thing, part in list(parts_of(take_id)):
        name = thing.name_full
        layers = {path: found - gone for path, found in _layers_of(thing, face, every).items()}
        new = dict(motions[name].keys(timing)) if name in motions else {}
        sounding = heard[name].keys(timing) if name in heard else {}
        for place in list(new):
            # A key that layers share goes on with those that are left; one of muted layers alone keeps its keys.
            own = layers.get(place[0], set())
            if own & muted and not own <= muted:
                new[place] = sounding.get(place, (np.zeros(0), np.zeros(0)))
        new = {place: keys for place, keys in new.items() if len(keys[0])}
        _change(
            thing,
            part,
            new,
            (warp, rest, {path for path, found in layers.items() if found == {"mouth"}}),
            changes,
            stepped=settings.stepped or bool(face.drawing),
            afresh=_places(_layers_of(thing, face, every), afresh, part, new),
        )
        for curve in curves_of_part(part):
            own = layers.get(curve.data_path, set())
            if own & (muted | were_muted):
                changes.set(curve, "mute", own <= muted)
    take_keys.put_in_groups(take_id, face)
    note = {"lead": settings.lead / 1000.0, "muted": sorted(muted)}
    changes.set_item(record, MADE_WITH, json.dumps(note))
    if state == playback.PUSHED_DOWN:
        playback.push_down(take_id, changes)
    keep_parts(take_id)


def clear_layer(take_id: str, layer: str) -> None:
    """Remove the keys of a layer; the take keeps what they were made of."""
    settings = dial_settings.of_take(take_id)
    before = settings.cleared
    with dial_settings.quietly():
        settings.cleared = " ".join(sorted({*dial_settings.cleared(settings), layer}))
    try:
        remake(take_id, afresh=layer)
    except AlphsistantError:
        with dial_settings.quietly():
            settings.cleared = before
        raise


def remake_layer(take_id: str, layer: str) -> None:
    """Make the keys of a layer as they were first made, without what was changed by hand in it; others stay."""
    settings = dial_settings.of_take(take_id)
    with dial_settings.quietly():
        settings.cleared = " ".join(sorted(dial_settings.cleared(settings) - {layer}))
        setattr(settings, layer, True)
    remake(take_id, afresh=layer)


def reset(take_id: str) -> None:
    """Put every dial back; the curves are as they were made, with what was changed by hand."""
    dial_settings.reset(dial_settings.of_take(take_id))
    remake(take_id)


def _layers_of(thing: Any, face: Face, animation: FaceAnimation) -> dict[str, set[str]]:
    """Return for each data path the layers whose channels move it."""
    found: dict[str, set[str]] = {}
    if isinstance(thing, bpy.types.Key):
        for row in face.rig.rows:
            if row.channel in animation.channels and face_find.shape_keys(row.mesh) == thing:
                path = thing.key_blocks[row.key].path_from_id("value")
                found.setdefault(path, set()).add(layer_of(row.channel))
        return found
    if face.drawing:
        return {drawn_mouth.PATH: {"mouth"}}
    for bone in face.rig.bones:
        if bone.bone in thing.pose.bones and bone.armature == thing.name:
            for kind in ("quaternion", "euler"):
                path = thing.pose.bones[bone.bone].path_from_id(f"rotation_{kind}")
                found.setdefault(path, set()).add("mouth" if bone.part == "jaw" else "head")
    return found


def _places(
    layers: Mapping[str, set[str]], layer: str, part: Any, new: Mapping[keyframes.Place, keyframes.Keys]
) -> set[keyframes.Place]:
    """Return the places that are or were in a part, and that belong to one layer alone."""
    places = {(curve.data_path, curve.array_index) for curve in curves_of_part(part)} | new.keys()
    return {(path, index) for path, index in places if layers.get(path) == {layer}}


def _change(
    thing: Any,
    part: Any,
    new: Mapping[keyframes.Place, keyframes.Keys],
    moved: tuple[hand_edits.Warp, hand_edits.Warp, set[str]],
    changes: FileChanges,
    *,
    stepped: bool,
    afresh: set[keyframes.Place],
) -> None:
    """Give a part other keys, and bring what was changed by hand along.

    ``moved`` says where frames of the mouth are now, where all others, and which data paths are the mouth's.
    """
    action = part["action"]
    copy = changes.do(action.copy, bpy.data.actions.remove)
    copy.use_fake_user = False
    keep_index()
    changes.at_end(partial(_forget_copy, copy))
    old = {"action": copy, "slot": part["slot"]}
    if "baked" in part:
        old["baked"] = part["baked"].to_dict()
        keys = np.array(old["baked"]["keys"], dtype=np.float64)
        keys[::2] += hand_edits.moved_by(part)
        old["baked"]["keys"] = keys.tolist()
    changes.do(
        partial(_put, thing, part, old, new, moved, stepped=stepped, afresh=afresh),
        lambda _: _put_back(part, old),
    )


def _forget_copy(copy: Any) -> None:
    bpy.data.actions.remove(copy)
    keep_index()


def _put(
    thing: Any,
    part: Any,
    old: Mapping[str, Any],
    new: Mapping[keyframes.Place, keyframes.Keys],
    moved: tuple[hand_edits.Warp, hand_edits.Warp, set[str]],
    *,
    stepped: bool,
    afresh: set[keyframes.Place],
) -> None:
    fcurves = compat.curve_collections(part["action"], part["slot"])[0]
    baked = hand_edits.baked_places(old)
    own = {(curve.data_path, curve.array_index) for curve in curves_of_part(part)} - baked - new.keys()
    for curve in list(fcurves):
        place = (curve.data_path, curve.array_index)
        if place in new:
            keyframes.set_keys(curve, *new[place], stepped=stepped)
        elif place not in own or place in afresh:
            fcurves.remove(curve)
    there = {(curve.data_path, curve.array_index) for curve in fcurves}
    for place, keys in new.items():
        if place not in there:
            keyframes.add_curve(fcurves, *place, *keys, stepped=stepped)
    hand_edits.remember(part, new.keys(), stepped=stepped)
    warp, rest, paths = moved
    every = baked | own | new.keys()
    mouth = {place for place in every if place[0] in paths}
    hand_edits.carry_part(thing, old, part, warp, own=own | afresh | (every - mouth))
    hand_edits.carry_part(thing, old, part, rest, own=own | afresh | mouth)


def _put_back(part: Any, old: Mapping[str, Any]) -> None:
    """Put the curves back as the copy of the Action has them."""
    fcurves = compat.curve_collections(part["action"], part["slot"])[0]
    for curve in list(fcurves):
        fcurves.remove(curve)
    groups = compat.group_collection(part["action"], part["slot"])
    for curve in compat.curves_in(old["action"], old["slot"]):
        made = fcurves.new(curve.data_path, index=curve.array_index)
        hand_edits.copy_curve(curve, made)
        if curve.group is not None:
            made.group = groups.get(curve.group.name) or _copied_group(groups, curve.group)
    if "baked" in old:
        part["baked"] = old["baked"]


def _copied_group(groups: Any, source: Any) -> Any:
    """Add a group like another: Blender removes one with its last curve."""
    made = groups.new(source.name)
    for name in ("color_set", "select", "lock", "mute", "show_expanded", "show_expanded_graph"):
        setattr(made, name, getattr(source, name))
    return made
