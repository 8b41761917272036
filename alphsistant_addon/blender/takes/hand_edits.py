"""What an animator has changed on a take since it was baked, and how it comes along when the take is baked again.

Each part of a take remembers its keys as baked. What differs from them is the animator's: it is added to the newly
baked curves as a difference, at the keys where it was made, so a jaw opened by .2 more stays .2 more in every style.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import bpy
import numpy as np
import numpy.typing as npt

from ..common import compat, keyframes
from .record import curves_of_part, parts_of

FloatArray: TypeAlias = npt.NDArray[np.float64]
Keys: TypeAlias = tuple[FloatArray, FloatArray]
"""Frames and values, each ``[k]``."""

_Place: TypeAlias = tuple[str, int]
"""Data path and index of an F-curve."""

SAME_FRAME: Final = 0.01
SAME_VALUE: Final = 1e-4

_NONE: Final[Keys] = (np.zeros(0), np.zeros(0))
"""No keys."""

NEAR: Final = 0.25
"""Frames; a key of the new curve this near takes over a changed key's place."""


MOST: Final = 0.9
"""Share of the keys that must have moved by the same for the take to have moved as a whole."""


@dataclass(frozen=True)
class Warp:
    """Which frames of the new take belong to which of the old one: straight between pairs, shifted beyond them."""

    old: FloatArray
    new: FloatArray

    def to_new(self, frames: FloatArray) -> FloatArray:
        """Frames of the new take."""
        return _interpolate(frames, self.old, self.new)

    def to_old(self, frames: FloatArray) -> FloatArray:
        """Frames of the old take."""
        return _interpolate(frames, self.new, self.old)


def _interpolate(frames: FloatArray, here: FloatArray, there: FloatArray) -> FloatArray:
    beyond = np.minimum(frames - here[0], 0.0) + np.maximum(frames - here[-1], 0.0)
    return np.asarray(np.interp(frames, here, there) + beyond)


def remember(part: Any, places: Iterable[_Place] | None = None, *, stepped: bool = False) -> None:
    """Keep the part's keys as they are now: what comes later is the animator's.

    ``places`` are those that the take has made, all by default; ``stepped`` says that its keys hold their value.
    """
    ours = None if places is None else set(places)
    curves = [c for c in curves_of_part(part) if ours is None or (c.data_path, c.array_index) in ours]
    part["baked"] = {
        "curves": json.dumps([(curve.data_path, curve.array_index, len(curve.keyframe_points)) for curve in curves]),
        "keys": np.concatenate(
            [np.zeros(0), *(np.stack(_keys_of(curve), axis=1).ravel() for curve in curves)]
        ).tolist(),
        "stepped": int(stepped),
    }


def moved_by(part: Any) -> float:
    """Frames by which the part's keys were moved as a whole by hand since they were baked; 0 if only some were."""
    baked = _baked(part)
    shifts = [np.zeros(0)]
    for curve in curves_of_part(part):
        before, now = baked.get((curve.data_path, curve.array_index)), _keys_of(curve)
        if before is not None and len(before[0]) == len(now[0]):
            shifts.append(now[0] - before[0])
    every = np.concatenate(shifts)
    if len(every) == 0:
        return 0.0
    shift = float(np.median(every))
    return shift if np.mean(np.abs(every - shift) < SAME_FRAME) > MOST else 0.0


def count_edited(take_id: str) -> int:
    """Number of the take's curves that were changed, added or deleted by hand since it was baked."""
    return sum(1 for _, part in parts_of(take_id) for _ in _edited(part))


def baked_places(part: Any) -> set[_Place]:
    """Return data path and index of the curves that the take has made."""
    return set(_baked(part))


def edited_places(part: Any) -> set[tuple[str, int]]:
    """Return data path and index of the part's curves that were changed, added or deleted by hand.

    That the take was moved as a whole is no change.
    """
    shift, stepped = moved_by(part), _is_stepped(part)
    return {
        place
        for place, keys, curve in _edited(part)
        if keys is None
        or curve is None
        or curve.mute
        or not _is_unchanged((keys[0] + shift, keys[1]), curve, stepped=stepped)
    }


def carry_over(old_id: str, new_id: str, warp: Warp) -> int:
    """Bring the hand edits of one take into another that was just baked on the same face; the number of curves."""
    new_parts = {thing.name_full: part for thing, part in parts_of(new_id)}
    carried = 0
    for thing, old in parts_of(old_id):
        new = new_parts.get(thing.name_full)
        if new is not None:
            carried += carry_part(thing, old, new, warp)
    return carried


def carry_part(thing: Any, old: Any, new: Any, warp: Warp, *, own: Iterable[_Place] = ()) -> int:
    """Bring the hand edits of one part into another on the same data-block; the number of curves.

    ``own`` are curves of the animator's that are in the new part already.
    """
    collections = compat.curve_collections(new["action"], new["slot"])
    there = {(curve.data_path, curve.array_index): curve for curve in curves_of_part(new)}
    steps = (_is_stepped(old), _is_stepped(new))
    carried = 0
    for place, baked, current in _edited(old):
        carried += 1
        target = there.get(place)
        if place in own:
            continue
        if current is None:  # deleted by hand
            if target is not None:
                collections[0].remove(target)
        elif target is None and baked is None:
            _copy(current, collections[0].new(place[0], index=place[1]), warp)
        else:
            if target is None:
                if len(_Changed.of(baked or _NONE, current, stepped=steps[0]).frames) == 0:
                    continue  # only muted
                start = np.array([old["action"].frame_range[0]])
                target = keyframes.add_curve(collections[0], *place, warp.to_new(start), np.zeros(1))
            _add_difference(target, baked, current, warp, _range_of(thing, place[0]), steps)
            target.mute = current.mute
    return carried


def _is_stepped(part: Any) -> bool:
    return bool("baked" in part and part["baked"].get("stepped", 0))


def _edited(part: Any) -> Iterator[tuple[_Place, Keys | None, Any]]:
    """Place, keys as baked (``None``: not baked) and F-curve as it is (``None``: deleted) of all that differ."""
    baked = _baked(part)
    current = {(curve.data_path, curve.array_index): curve for curve in curves_of_part(part)}
    stepped = _is_stepped(part)
    for place in baked.keys() | current.keys():
        keys, curve = baked.get(place), current.get(place)
        if keys is None or curve is None or curve.mute or not _is_unchanged(keys, curve, stepped=stepped):
            yield place, keys, curve


def _baked(part: Any) -> dict[_Place, Keys]:
    if "baked" not in part:  # a take of an older version: nothing is known of its edits
        return {(curve.data_path, curve.array_index): _keys_of(curve) for curve in curves_of_part(part)}
    flat = np.array(part["baked"]["keys"])
    found: dict[_Place, Keys] = {}
    for path, index, count in json.loads(part["baked"]["curves"]):
        found[path, index] = (flat[: 2 * count : 2], flat[1 : 2 * count : 2])
        flat = flat[2 * count :]
    return found


def _keys_of(curve: Any) -> Keys:
    flat: npt.NDArray[np.float32] = np.empty(2 * len(curve.keyframe_points), dtype=np.float32)
    curve.keyframe_points.foreach_get("co", flat)
    return flat[::2].astype(float), flat[1::2].astype(float)


def _is_plain(curve: Any, *, stepped: bool) -> npt.NDArray[np.bool_]:
    """Say for each key of a curve whether its interpolation and handles are as baked, shape ``[k]``."""
    if stepped:
        return np.array([point.interpolation == "CONSTANT" for point in curve.keyframe_points], dtype=bool)
    return np.array(
        [
            point.interpolation == "BEZIER" and {point.handle_left_type, point.handle_right_type} == {"AUTO_CLAMPED"}
            for point in curve.keyframe_points
        ],
        dtype=bool,
    )


def _nearest(frames: FloatArray, rising: FloatArray) -> npt.NDArray[np.int64]:
    """Return the index of the nearest of some rising frames for each frame, shape ``[k]``; there is at least one."""
    after = np.clip(np.searchsorted(rising, frames), 1, max(len(rising) - 1, 1))
    before = after - 1
    if len(rising) == 1:
        return before
    return np.where(np.abs(frames - rising[before]) <= np.abs(frames - rising[after]), before, after)


def _found_in(keys: Keys, others: Keys) -> npt.NDArray[np.bool_]:
    """Say for each key whether the others have one at the same frame with the same value, shape ``[k]``."""
    if len(others[0]) == 0:
        return np.zeros(len(keys[0]), dtype=bool)
    nearest = _nearest(keys[0], others[0])
    same_frame = np.abs(keys[0] - others[0][nearest]) < SAME_FRAME
    return np.asarray(same_frame & (np.abs(keys[1] - others[1][nearest]) < SAME_VALUE))


def _is_unchanged(baked: Keys, curve: Any, *, stepped: bool) -> bool:
    """Say whether a curve is as it was baked."""
    keys = _keys_of(curve)
    return bool(
        _is_plain(curve, stepped=stepped).all() and _found_in(keys, baked).all() and _found_in(baked, keys).all()
    )


@dataclass(frozen=True)
class _Changed:
    """Where a curve was changed by hand: the gaps between unchanged keys in which a key was added, moved or deleted."""

    frames: FloatArray
    """Of the keys that are there in one of the two curves only, rising."""
    unchanged: FloatArray
    """Frames of the keys that both curves have, rising."""

    @classmethod
    def of(cls, baked: Keys, curve: Any, *, stepped: bool) -> _Changed:
        """Compare a curve with its keys as baked."""
        keys, plain = _keys_of(curve), _is_plain(curve, stepped=stepped)
        kept = _found_in(keys, baked) & plain
        unchanged = keys[0][kept]
        lost = ~_found_in(baked, (unchanged, keys[1][kept]))
        return cls(np.unique(np.concatenate((baked[0][lost], keys[0][~kept]))), unchanged)

    def with_edges(self) -> FloatArray:
        """Return the changed frames with the unchanged keys around them, rising."""
        gaps = np.unique(np.searchsorted(self.unchanged, self.frames))
        edges = [self.unchanged[side[(side >= 0) & (side < len(self.unchanged))]] for side in (gaps - 1, gaps)]
        return np.asarray(np.unique(np.concatenate((self.frames, *edges))))

    def covers(self, frames: FloatArray) -> npt.NDArray[np.bool_]:
        """Say for each frame whether it lies in one of the gaps, shape ``[k]``."""
        gaps = np.searchsorted(self.unchanged, self.frames)
        in_gap = np.isin(np.searchsorted(self.unchanged, frames), gaps)
        return np.asarray(in_gap & ~np.isin(frames, self.unchanged))


def _add_difference(
    target: Any,
    baked: Keys | None,
    curve: Any,
    warp: Warp,
    limits: tuple[float, float],
    steps: tuple[bool, bool] = (False, False),
) -> None:
    """Add what was changed by hand to the newly baked curve, between the unchanged keys around it.

    ``steps`` say whether keys hold their value in the old part, and in the new one.
    """
    baked = baked or _NONE
    changed = _Changed.of(baked, curve, stepped=steps[0])
    if len(changed.frames) == 0:
        return
    by_hand = changed.with_edges()
    if not _is_plain(curve, stepped=steps[0]).all():  # a changed handle bends the curve between the keys
        by_hand = _with_thirds(by_hand)
    new_frames, old_frames = _merged(target, by_hand, warp)
    new_values = np.array([target.evaluate(frame) for frame in new_frames])
    difference = np.array([curve.evaluate(frame) for frame in old_frames]) - _play(baked, old_frames, stepped=steps[0])
    total = new_values + np.where(changed.covers(old_frames), difference, 0.0)
    keyframes.set_keys(target, new_frames, np.clip(total, *limits), stepped=steps[1])


def _with_thirds(frames: FloatArray) -> FloatArray:
    """Return the frames and two more between each pair of them."""
    between = frames[:-1, None] + np.diff(frames)[:, None] * np.array([1 / 3, 2 / 3])
    return np.asarray(np.unique(np.concatenate((frames, between.ravel()))))


def _merged(target: Any, by_hand: FloatArray, warp: Warp) -> tuple[FloatArray, FloatArray]:
    """Return the frames of the new keys, rising, and for each the frame of the old take that belongs to it.

    The new keys are those of the newly baked curve, and one for each frame of the old take that has none near.
    """
    there, _ = _keys_of(target)
    wanted = warp.to_new(by_hand)
    if len(there):
        far = np.abs(wanted - there[_nearest(wanted, there)]) > NEAR
        wanted, by_hand = wanted[far], by_hand[far]
    new_frames = np.concatenate((there, wanted))
    old_frames = np.concatenate((warp.to_old(there), by_hand))
    order = np.argsort(new_frames)
    return new_frames[order], old_frames[order]


def _play(keys: Keys, frames: FloatArray, *, stepped: bool) -> FloatArray:
    """Values of the baked keys as Blender itself plays them."""
    if len(keys[0]) == 0:
        return np.zeros(len(frames))
    action = bpy.data.actions.new("Alphsistant as baked")
    try:
        curves, _ = compat.new_curves(action, bpy.data.scenes[0], "as baked")  # any data-block will do
        curve = keyframes.add_curve(curves, "as baked", 0, *keys, stepped=stepped)
        return np.array([curve.evaluate(frame) for frame in frames])
    finally:
        bpy.data.actions.remove(action)


def copy_curve(source: Any, target: Any) -> None:
    """Copy a curve with its handles, its colour and lock."""
    here = np.array([0.0])
    _copy(source, target, Warp(here, here))
    for name in ("auto_smoothing", "color_mode", "color", "lock", "hide", "select"):
        setattr(target, name, getattr(source, name))
    for name in ("select_control_point", "select_left_handle", "select_right_handle"):
        flags = np.zeros(len(source.keyframe_points), dtype=bool)
        source.keyframe_points.foreach_get(name, flags)
        target.keyframe_points.foreach_set(name, flags)
    target.update()


def _copy(source: Any, target: Any, warp: Warp) -> None:
    """Copy a curve that the animator has made, with its handles."""
    points = source.keyframe_points
    target.keyframe_points.add(len(points))
    for point, copy in zip(points, target.keyframe_points, strict=True):
        here = float(warp.to_new(np.array([point.co[0]]))[0])
        copy.co = (here, point.co[1])
        for name in ("interpolation", "easing", "handle_left_type", "handle_right_type", "amplitude", "back", "period"):
            setattr(copy, name, getattr(point, name))
        copy.handle_left = (here + point.handle_left[0] - point.co[0], point.handle_left[1])
        copy.handle_right = (here + point.handle_right[0] - point.co[0], point.handle_right[1])
    target.extrapolation, target.mute = source.extrapolation, source.mute
    target.update()


def _range_of(thing: Any, path: str) -> tuple[float, float]:
    name = compat.key_of_path(thing, path) if isinstance(thing, bpy.types.Key) else None
    if name is None:
        return -np.inf, np.inf
    block = thing.key_blocks[name]
    return block.slider_min, block.slider_max
