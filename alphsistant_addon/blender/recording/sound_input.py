"""Which sound is meant: a file, or the part of it that a strip plays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import AlphsistantError, AssetError
from ..common import compat
from ..common.scene_time import frames_per_second


@dataclass(frozen=True)
class Recording:
    """A sound and the part of it that is meant; holds nothing of Blender's, for the worker."""

    path: Path
    packed: bytes | None = None
    """The file itself, where it is packed into the .blend."""
    skipped: float = 0.0
    """Seconds that are cut off at its beginning."""
    seconds: float | None = None
    """Length of the part; ``None`` is to the end."""


def selected_strip(scene: Any) -> Any:
    """The sound strip that is meant: the active one if it is selected, else the first selected one, else ``None``."""
    chosen = [strip for strip in compat.existing_strips(scene) if strip.type == "SOUND" and strip.select]
    active = scene.sequence_editor.active_strip if scene.sequence_editor is not None else None
    return active if active in chosen else next(iter(chosen), None)


def from_strip(scene: Any, strip: Any) -> tuple[Recording, int]:
    """The part of its sound that a strip plays, and the frame at which that begins.

    Raises:
        AlphsistantError: the strip's speed was changed, or its sound is gone.
    """
    if strip.sound is None:
        raise AssetError(f"The strip “{strip.name}” has no sound.")
    if len(strip.retiming_keys) > 0:
        raise AlphsistantError(
            f"The speed of “{strip.name}” was changed: reset its retiming, or bake it to a file and use that one."
        )
    rate = frames_per_second(scene)
    sound_starts = compat.frame_of_sound(strip, 0.0, rate)
    start, end = compat.strip_range(strip)
    # The left handle may lie before the sound, in silence.
    first = math.ceil(max(start, sound_starts) - 1e-3)
    recording = Recording(
        Path(bpy.path.abspath(strip.sound.filepath, library=strip.sound.library)),
        bytes(strip.sound.packed_file.data) if strip.sound.packed_file else None,
        max((first - sound_starts) / rate, 0.0),
        (end - first) / rate,
    )
    return recording, first
