"""How the animator has set a take's NLA strip: kept while the take's keys change below it.

Places are kept as distances from the first and last key of the Action, so that they move along with the keys.
"""

from __future__ import annotations

from typing import Any, Final

SETTINGS: Final = (
    "blend_type",
    "use_reverse",
    "use_auto_blend",
    "blend_in",
    "blend_out",
    "use_animated_influence",
    "influence",
    "mute",
)
"""What is taken over as it is. How a strip extrapolates is settled by ``playback``."""

PLACE: Final = ("scale", "repeat", "before", "after", "shift")
"""How a strip lies: ``before`` and ``after`` are frames of the Action that its range has more than the keys,
``shift`` is frames of the scene from the range's first frame to the strip's."""


def of(strip: Any) -> dict[str, Any]:
    """Return how a strip is set and lies."""
    first, last = strip.action.frame_range
    return {
        **{name: getattr(strip, name) for name in SETTINGS},
        "scale": strip.scale,
        "repeat": strip.repeat,
        "before": first // 1 - strip.action_frame_start,
        "after": strip.action_frame_end - last,
        "shift": strip.frame_start - strip.action_frame_start,
    }


def frames_of(action: Any, laid: dict[str, Any]) -> tuple[float, float]:
    """Return first and last frame of the scene at which an Action plays, laid down like that, or at its own frames."""
    first, last = action.frame_range
    if not laid:
        return first, last
    start, end = _range(action, laid)
    return start + laid["shift"], start + laid["shift"] + (end - start) * laid["scale"] * laid["repeat"]


def set_as(strip: Any, laid: dict[str, Any], old: Any) -> None:
    """Set a new strip as another was, whose keys may have been others; ``old`` is that strip, still there."""
    strip.action_frame_start, strip.action_frame_end = _range(strip.action, laid)
    strip.scale, strip.repeat = laid["scale"], laid["repeat"]
    start, end = frames_of(strip.action, laid)
    # Each of the two is kept on its side of the other one.
    for name, frame in (("frame_end", end), ("frame_start", start), ("frame_end", end)):
        setattr(strip, name, frame)
    for name in SETTINGS:
        if getattr(strip, name) != laid[name]:
            setattr(strip, name, laid[name])
    _copy_influence(old, strip, start - old.frame_start)


def _range(action: Any, laid: dict[str, Any]) -> tuple[float, float]:
    first, last = action.frame_range
    return first // 1 - laid["before"], last + laid["after"]


def _copy_influence(source: Any, target: Any, frames: float) -> None:
    """Copy the keys of the influence, which are at frames of the scene."""
    if not source.use_animated_influence:
        return
    found = [strip.fcurves.find("influence") for strip in (source, target)]
    if None in found:
        return
    curve, copy = found
    for point in curve.keyframe_points:
        made = copy.keyframe_points.insert(point.co[0] + frames, point.co[1])
        for name in ("interpolation", "easing", "handle_left_type", "handle_right_type"):
            setattr(made, name, getattr(point, name))
        made.handle_left = (point.handle_left[0] + frames, point.handle_left[1])
        made.handle_right = (point.handle_right[0] + frames, point.handle_right[1])
    copy.update()
