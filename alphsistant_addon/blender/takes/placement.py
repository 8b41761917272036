"""Where a take goes: scene, face, frame, and the take whose place it gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def target_of(context: Any) -> Target:
    """Where the panel's settings put the next take."""
    scene = context.scene
    settings = scene.alphsistant
    start, replaced = scene.frame_start, None
    selected = record.find(settings.take)
    if settings.placement == "PLAYHEAD":
        start = scene.frame_current
    elif settings.placement == "AFTER":
        start = playback.after_last(scene)
    elif settings.placement == "REPLACE" and selected is not None:
        start, replaced = selected.start, selected.id
    return Target(
        scene=scene.name,
        picked=settings.face.name if settings.face else None,
        active=context.active_object.name if context.active_object else None,
        start=start,
        replaced=replaced,
    )
