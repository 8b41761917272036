"""Where a take goes: scene, face, frame, and the take whose place it gets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..common.scene_time import frames_per_second
from . import playback, record


@dataclass(frozen=True)
class Target:
    """Where a reply goes, by name."""

    scene: str
    picked: str | None
    active: str | None
    start: int
    """Frame at which the sound starts."""
    replaced: str | None = None
    """Id of the take whose place the new one takes."""
    keep_edits: bool = False
    """Bring along what was changed by hand on the replaced take."""
    own_sound: Path | None = None
    """The user's own sound file, which the take plays instead of writing one."""
    has_strip: bool = False
    """The user's own strip plays it already."""
    skipped: float = 0.0
    """Seconds of the user's sound before the take's first."""
    manner: Mapping[str, Any] = field(default_factory=dict)
    """How it is spoken, as plain values that JSON can hold; kept with the take."""


def target_of(context: Any) -> Target:
    """Where the panel's settings put the next take."""
    scene = context.scene
    settings = scene.alphsistant
    start, replaced = scene.frame_start, None
    selected = record.find(settings.take)
    if settings.placement == "PLAYHEAD":
        start = scene.frame_current
    elif settings.placement == "AFTER":
        start = after_the_last_take(scene)
    elif settings.placement == "REPLACE" and selected is not None:
        start, replaced = selected.start, selected.id
    return Target(
        scene=scene.name,
        picked=settings.face.name if settings.face else None,
        active=context.active_object.name if context.active_object else None,
        start=start,
        replaced=replaced,
    )


def after_the_last_take(scene: Any) -> int:
    """Return the frame at which a take follows the last one that plays, after the gap; without takes the first."""
    end = playback.after_last(scene)
    if end is None:
        return int(scene.frame_start)
    frames: float = scene.alphsistant.gap * frames_per_second(scene)
    return end + math.ceil(frames - 1e-6)
