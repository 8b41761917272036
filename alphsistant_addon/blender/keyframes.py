"""From curves in seconds to F-curves in frames, inserted in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np

from ..data import Curve


def frames_per_second(scene: Any) -> float:
    """Frames per second as they play: 30 with a base of 1.001 is 29.97."""
    return float(scene.render.fps / scene.render.fps_base)


def insert(fcurves: Any, shape_keys: Any, curves: Mapping[str, Curve], *, start: float, rate: float) -> int:
    """Put the curves on the shape keys of that name and return the number of keys.

    ``keyframe_points.add`` with ``foreach_set`` costs about a tenth of ``keyframe_insert``, which looks up the path
    and sorts the curve for every key. Key times are not rounded to frames: a closure of the lips may be shorter than
    two frames. Handles are auto-clamped, so no weight is overshot whatever the user's preferences.
    """
    properties = bpy.types.Keyframe.bl_rna.properties
    bezier = properties["interpolation"].enum_items["BEZIER"].value
    clamped = properties["handle_left_type"].enum_items["AUTO_CLAMPED"].value
    total = 0
    for name, curve in curves.items():
        count = len(curve.times)
        if count == 0:
            continue
        fcurve = fcurves.new(shape_keys.key_blocks[name].path_from_id("value"), index=0)
        fcurve.auto_smoothing = "NONE"
        points = fcurve.keyframe_points
        points.add(count)
        coordinates = np.stack((start + curve.times * rate, curve.weights), axis=1)
        points.foreach_set("co", coordinates.astype(np.float32).ravel())
        points.foreach_set("interpolation", np.full(count, bezier, dtype=np.int32))
        points.foreach_set("handle_left_type", np.full(count, clamped, dtype=np.int32))
        points.foreach_set("handle_right_type", np.full(count, clamped, dtype=np.int32))
        fcurve.update()
        total += count
    return total
