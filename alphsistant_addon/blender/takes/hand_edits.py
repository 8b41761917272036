"""What an animator has changed on a take since it was baked, and how it comes along when the take is baked again.

Each part of a take remembers its keys as baked. What differs from them is the animator's: it is added to the newly
baked curves as a difference, at the keys where it was made, so a jaw opened by .2 more stays .2 more in every style.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
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

NEAR: Final = 0.25
"""Frames; a key of the new curve this near takes over a changed key's place."""


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


def remember(part: Any) -> None:
    """Keep the part's keys as they are now: what comes later is the animator's."""
    curves = curves_of_part(part)
    part["baked"] = {
        "curves": json.dumps([(curve.data_path, curve.array_index, len(curve.keyframe_points)) for curve in curves]),
        "keys": np.concatenate(
            [np.zeros(0), *(np.stack(_keys_of(curve), axis=1).ravel() for curve in curves)]
        ).tolist(),
    }


def count_edited(take_id: str) -> int:
    """Number of the take's curves that were changed, added or deleted by hand since it was baked."""
    return sum(1 for _, part in parts_of(take_id) for _ in _edited(part))


def carry_over(old_id: str, new_id: str, warp: Warp) -> int:
    """Bring the hand edits of one take into another that was just baked on the same face; the number of curves."""
    new_parts = {thing.name_full: part for thing, part in parts_of(new_id)}
    carried = 0
    for thing, old in parts_of(old_id):
        new = new_parts.get(thing.name_full)
        if new is None:
            continue
        collections = compat.curve_collections(new["action"], new["slot"])
        there = {(curve.data_path, curve.array_index): curve for curve in curves_of_part(new)}
        for place, baked, current in _edited(old):
            carried += 1
            target = there.get(place)
            if current is None:  # deleted by hand
                if target is not None:
                    collections[0].remove(target)
            elif target is None and baked is None:
                _copy(current, collections[0].new(place[0], index=place[1]), warp)
            else:
                if target is None:
                    start = np.array([old["action"].frame_range[0]])
                    target = keyframes.add_curve(collections[0], *place, warp.to_new(start), np.zeros(1))
                _add_difference(target, baked, current, warp, _range_of(thing, place[0]))
                target.mute = current.mute
    return carried


def _edited(part: Any) -> Iterator[tuple[_Place, Keys | None, Any]]:
    """Place, keys as baked (``None``: not baked) and F-curve as it is (``None``: deleted) of all that differ."""
    baked = _baked(part)
    current = {(curve.data_path, curve.array_index): curve for curve in curves_of_part(part)}
    for place in baked.keys() | current.keys():
        keys, curve = baked.get(place), current.get(place)
        if keys is None or curve is None or curve.mute or not _kept(keys, curve).all():
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


def _kept(baked: Keys, curve: Any) -> npt.NDArray[np.bool_]:
    """For the baked keys and then the curve's own: whether each is as it was baked."""
    frames, values = _keys_of(curve)
    same = (np.abs(baked[0][:, None] - frames) < SAME_FRAME) & (np.abs(baked[1][:, None] - values) < SAME_VALUE)
    plain = np.array(
        [
            point.interpolation == "BEZIER" and {point.handle_left_type, point.handle_right_type} == {"AUTO_CLAMPED"}
            for point in curve.keyframe_points
        ],
        dtype=bool,
    )
    same &= plain
    return np.concatenate((same.any(axis=1), same.any(axis=0)))


def _add_difference(target: Any, baked: Keys | None, curve: Any, warp: Warp, limits: tuple[float, float]) -> None:
    """Add what was changed by hand to the newly baked curve, between the unchanged keys around it."""
    baked = baked or (np.zeros(0), np.zeros(0))
    frames, _ = _keys_of(curve)
    kept = _kept(baked, curve)
    everything = np.concatenate((baked[0], frames))
    changed = np.unique(everything[~kept])
    if len(changed) == 0:
        return
    unchanged = np.unique(frames[kept[len(baked[0]) :]])
    # The nearest unchanged keys on both sides; beyond the first or last of them, everything.
    before = np.concatenate(([-np.inf], unchanged))[np.searchsorted(unchanged, changed)]
    after = np.concatenate((unchanged, [np.inf]))[np.searchsorted(unchanged, changed)]
    edges = np.concatenate((before, after))
    old_frames = np.unique(np.concatenate((changed, edges[np.isfinite(edges)])))
    # A changed handle bends the curve between the keys.
    between = (old_frames[:-1, None] + np.diff(old_frames)[:, None] * np.array([1 / 3, 2 / 3])).ravel()
    bent = any(
        point.interpolation != "BEZIER" or "AUTO_CLAMPED" not in (point.handle_left_type, point.handle_right_type)
        for point in curve.keyframe_points
    )
    old_frames = np.unique(np.concatenate((old_frames, between if bent else np.zeros(0))))

    target_frames, _ = _keys_of(target)
    added = warp.to_new(old_frames)
    far = np.abs(added[:, None] - target_frames).min(axis=1, initial=np.inf) > NEAR
    new_frames = np.concatenate((target_frames, added[far]))
    sources = np.concatenate((warp.to_old(target_frames), old_frames[far]))
    order = np.argsort(new_frames)
    new_frames, sources = new_frames[order], sources[order]
    inside = ((sources[:, None] > before) & (sources[:, None] < after)).any(axis=1)
    plain = np.array([target.evaluate(frame) for frame in new_frames])
    difference = np.array([curve.evaluate(frame) for frame in sources]) - _play(baked, sources)
    total = plain + np.where(inside, difference, 0.0)
    keyframes.set_keys(target, new_frames, np.clip(total, *limits))


def _play(keys: Keys, frames: FloatArray) -> FloatArray:
    """Values of the baked keys as Blender itself plays them."""
    if len(keys[0]) == 0:
        return np.zeros(len(frames))
    action = bpy.data.actions.new("Alphsistant as baked")
    try:
        curves, _ = compat.new_curves(action, bpy.data.scenes[0], "as baked")  # any data-block will do
        curve = keyframes.add_curve(curves, "as baked", 0, *keys)
        return np.array([curve.evaluate(frame) for frame in frames])
    finally:
        bpy.data.actions.remove(action)


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
