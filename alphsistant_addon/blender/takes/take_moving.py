"""Move a take along the timeline: its keys, NLA strips, sound, markers and captions together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from ...core.errors import AlphsistantError
from ..common import compat
from ..common.file_changes import FileChanges
from . import captions, heard, markers, playback
from .record import (
    RECORD,
    Take,
    actions_of,
    curves_of_part,
    find,
    forget,
    keep_parts,
    parts_of,
    record_of,
    scene_of,
    sound_strips,
)

_FAR: Final = 500_000
"""Frames by which strips that change places are moved out of each other's way for a moment: Blender would put one that
overlaps another into a channel of its own."""


def move(take_id: str, frame: int) -> None:
    """Let the take start at a frame of its scene. Takes of the same face that it then overlaps are muted.

    Hand edits move along. The strip of a recording that is the user's own is moved too, since it is what is heard.

    Raises:
        AlphsistantError: the take or its scene is gone, the frame is below 0, or another take that plays is heard from
            the same strip; nothing is changed.
    """
    with FileChanges() as changes:
        move_all({take_id: frame}, changes)


def move_all(frames: Mapping[str, int], changes: FileChanges) -> None:
    """Let several takes start at other frames, as a part of an operation; they may change places with each other.

    Args:
        frames: take id and frame.
        changes: those of the operation.

    Raises:
        AlphsistantError: as for :func:`move`.
    """
    moved = {take_id: frame for take_id, frame in frames.items() if frame != _there(take_id).start}
    for frame in moved.values():
        if frame < 0:
            raise AlphsistantError("A take starts at frame 0 or later, since no scene of Blender's starts before it.")
    strips = {take_id: _strips_of(take_id) for take_id in moved}
    before = {take_id: playback.state(take_id) for take_id in moved}
    for take_id in moved:
        playback.hide(take_id, changes)
    far = _FAR if len(moved) > 1 else 0
    for take_id in moved if far else ():
        _move_strips(strips[take_id], far, changes)
    for take_id, frame in moved.items():
        shift = frame - _there(take_id).start
        _move_strips(strips[take_id], shift - far, changes)
        _move_hidden(take_id, shift, changes)
    for take_id in sorted(moved, key=moved.__getitem__):
        if before[take_id] == playback.SHOWN:
            playback.show(take_id, changes)
        elif before[take_id] == playback.PUSHED_DOWN:
            playback.push_down(take_id, changes)
        keep_parts(take_id)


def _there(take_id: str) -> Take:
    take, record = find(take_id), record_of(take_id)
    if take is None or scene_of(record) is None:
        raise AlphsistantError("This take is no longer there.")
    return take


def _strips_of(take_id: str) -> list[Any]:
    return sound_strips(take_id) or _strips_of_user(scene_of(record_of(take_id)), _there(take_id))


def _move_strips(strips: list[Any], shift: int, changes: FileChanges) -> None:
    for strip in compat.in_order_of_moving(strips, shift):
        changes.do(partial(compat.move_strip, strip, shift), lambda _, s=strip: compat.move_strip(s, -shift))


def _move_hidden(take_id: str, shift: int, changes: FileChanges) -> None:
    """Move all that belongs to a take that does not play, but its sound."""
    record = record_of(take_id)
    for _, part in parts_of(take_id):
        _move_part(part, shift * float(record.get("stretch", 1.0)), changes)
    for action in actions_of(take_id):
        for name in ("start", "end"):
            changes.set_item(action[RECORD], name, int(action[RECORD][name]) + shift)
    changes.do(forget, lambda _: forget())
    markers.move(record, shift, changes)
    captions.move(take_id, shift, changes)


def _strips_of_user(scene: Any, take: Take) -> list[Any]:
    """Return the user's strip that the take is heard from, if any; another take that plays must not be heard from it.

    Raises:
        AlphsistantError: one is.
    """
    strip = heard.strip_of(scene, take)
    if strip is None:
        return []
    for other in playback.playing(scene):
        if other.id != take.id and not sound_strips(other.id) and heard.strip_of(scene, other) == strip:
            raise AlphsistantError(
                f"“{take.name}” and “{other.name}” are heard from one strip, “{strip.name}”, which cannot move with "
                "one of them: remove one of the takes, move the other, and make the first again."
            )
    return [strip]


def _move_part(part: Any, frames: float, changes: FileChanges) -> None:
    """Move all keys of a part, and what is known of them as they were baked, so that moving is no edit by hand."""
    for curve in curves_of_part(part):
        changes.do(partial(_move_curve, curve, frames), lambda _, c=curve: _move_curve(c, -frames))
    if "baked" in part:
        changes.do(partial(_move_baked, part, frames), lambda _: _move_baked(part, -frames))


def _move_curve(curve: Any, frames: float) -> None:
    points = curve.keyframe_points
    for name in ("co", "handle_left", "handle_right"):
        flat = np.empty(2 * len(points), dtype=np.float32)
        points.foreach_get(name, flat)
        flat[::2] += frames
        points.foreach_set(name, flat)
    curve.update()


def _move_baked(part: Any, frames: float) -> None:
    flat = np.array(part["baked"]["keys"], dtype=np.float64)
    flat[::2] += frames
    part["baked"]["keys"] = flat.tolist()
