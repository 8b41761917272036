"""From curves in seconds to F-curves in frames, inserted in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import bpy
import numpy as np
import numpy.typing as npt

GROUPS: Final = {
    "Lips": "THEME01",
    "Jaw": "THEME02",
    "Brows": "THEME04",
    "Blinks": "THEME05",
    "Gaze": "THEME06",
    "Mood": "THEME09",
    "Head": "THEME03",
    "Rest": "THEME13",
}
"""Groups of channels in the order in which the dope sheet lists them, with their colour sets."""


Place: TypeAlias = tuple[str, int]
"""Data path and index of an F-curve."""

Keys: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Frames and values of an F-curve, each of shape ``[k]``."""


def insert(fcurves: Any, curves: Mapping[Place, Keys], *, stepped: bool = False) -> int:
    """Add F-curves with their keys and return the number of keys.

    ``keyframe_points.add`` with ``foreach_set`` costs about a tenth of ``keyframe_insert``, which looks up the path
    and sorts the curve for every key. Key times are not rounded to frames: a closure of the lips may be shorter than
    two frames. Handles are auto-clamped, so no weight is overshot whatever the user's preferences.
    """
    total = 0
    for (path, index), (frames, values) in curves.items():
        if len(frames):
            add_curve(fcurves, path, index, frames, values, stepped=stepped)
            total += len(frames)
    return total


def add_curve(
    fcurves: Any, path: str, index: int, frames: npt.ArrayLike, values: npt.ArrayLike, *, stepped: bool = False
) -> Any:
    """A new F-curve with a smooth, auto-clamped key at each frame, or with keys that hold their value."""
    fcurve = fcurves.new(path, index=index)
    fcurve.auto_smoothing = "NONE"
    set_keys(fcurve, frames, values, stepped=stepped)
    return fcurve


def set_keys(fcurve: Any, frames: npt.ArrayLike, values: npt.ArrayLike, *, stepped: bool = False) -> None:
    """Replace all keys of an F-curve by smooth, auto-clamped ones, or by steps; frames increase strictly."""
    properties: Any = bpy.types.Keyframe.bl_rna.properties
    interpolation = properties["interpolation"].enum_items["CONSTANT" if stepped else "BEZIER"].value
    clamped = properties["handle_left_type"].enum_items["AUTO_CLAMPED"].value
    coordinates = np.stack((frames, values), axis=1).astype(np.float32)
    count = len(coordinates)
    points = fcurve.keyframe_points
    points.clear()
    points.add(count)
    points.foreach_set("co", coordinates.ravel())
    points.foreach_set("interpolation", np.full(count, interpolation, dtype=np.int32))
    points.foreach_set("handle_left_type", np.full(count, clamped, dtype=np.int32))
    points.foreach_set("handle_right_type", np.full(count, clamped, dtype=np.int32))
    # Blender computes handles of two keys or more; a lone key would keep its left handle at frame 0, value 0.
    aside = np.array([1.0, 0.0], dtype=np.float32)
    points.foreach_set("handle_left", (coordinates - aside).ravel())
    points.foreach_set("handle_right", (coordinates + aside).ravel())
    for name in ("select_control_point", "select_left_handle", "select_right_handle"):
        points.foreach_set(name, np.zeros(count, dtype=bool))
    fcurve.select = False
    fcurve.update()


def put_in_groups(groups: Any, curves: Iterable[Any], name_of: Callable[[str], str]) -> None:
    """Put F-curves into coloured groups, in the order of :data:`GROUPS`; ``name_of`` gives the group of a data path."""
    found: dict[str, list[Any]] = {}
    for curve in curves:
        found.setdefault(name_of(curve.data_path), []).append(curve)
    for name, color in GROUPS.items():
        if name not in found:
            continue
        group = groups.get(name)
        if group is None:
            group = groups.new(name)
            group.color_set, group.select = color, False
        for curve in found[name]:
            if curve.group != group:
                curve.group = group
