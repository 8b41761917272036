"""From curves in seconds to F-curves in frames, inserted in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from ...core.face_animation import Curve


def insert(fcurves: Any, shape_keys: Any, curves: Mapping[str, Curve], *, start: float, rate: float) -> int:
    """Put the curves on the shape keys of that name and return the number of keys.

    ``keyframe_points.add`` with ``foreach_set`` costs about a tenth of ``keyframe_insert``, which looks up the path
    and sorts the curve for every key. Key times are not rounded to frames: a closure of the lips may be shorter than
    two frames. Handles are auto-clamped, so no weight is overshot whatever the user's preferences.
    """
    total = 0
    for name, curve in curves.items():
        if len(curve.times):
            path = shape_keys.key_blocks[name].path_from_id("value")
            add_curve(fcurves, path, 0, start + curve.times * rate, curve.weights)
            total += len(curve.times)
    return total


def add_curve(fcurves: Any, path: str, index: int, frames: npt.ArrayLike, values: npt.ArrayLike) -> Any:
    """A new F-curve with a smooth, auto-clamped key at each frame."""
    fcurve = fcurves.new(path, index=index)
    fcurve.auto_smoothing = "NONE"
    set_keys(fcurve, frames, values)
    return fcurve


def set_keys(fcurve: Any, frames: npt.ArrayLike, values: npt.ArrayLike) -> None:
    """Replace all keys of an F-curve by smooth, auto-clamped ones; frames increase strictly."""
    properties = bpy.types.Keyframe.bl_rna.properties
    bezier = properties["interpolation"].enum_items["BEZIER"].value
    clamped = properties["handle_left_type"].enum_items["AUTO_CLAMPED"].value
    coordinates = np.stack((frames, values), axis=1).astype(np.float32)
    count = len(coordinates)
    points = fcurve.keyframe_points
    points.clear()
    points.add(count)
    points.foreach_set("co", coordinates.ravel())
    points.foreach_set("interpolation", np.full(count, bezier, dtype=np.int32))
    points.foreach_set("handle_left_type", np.full(count, clamped, dtype=np.int32))
    points.foreach_set("handle_right_type", np.full(count, clamped, dtype=np.int32))
    fcurve.update()
