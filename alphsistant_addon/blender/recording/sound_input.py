"""The sound that a file or a strip holds, as samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AlphsistantError, AssetError
from ..common import compat

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


LONGEST: Final = 1200.0
"""Seconds; longer recordings are to be cut first (their samples and keys have to fit into memory)."""


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


def from_strip(scene: Any, strip: Any) -> Recording:
    """The part of its sound that a strip plays.

    Raises:
        AlphsistantError: the strip's speed was changed, or its sound is gone.
    """
    if strip.sound is None:
        raise AssetError(f"The strip “{strip.name}” has no sound.")
    if len(strip.retiming_keys) > 0:
        raise AlphsistantError(
            f"The speed of “{strip.name}” was changed: reset its retiming, or bake it to a file and use that one."
        )
    rate = scene.render.fps / scene.render.fps_base
    start, end = compat.strip_range(strip)
    cut = (start - compat.strip_origin(strip) + strip.animation_offset_start) / rate - strip.sound_offset
    return Recording(
        Path(bpy.path.abspath(strip.sound.filepath, library=strip.sound.library)),
        bytes(strip.sound.packed_file.data) if strip.sound.packed_file else None,
        max(cut, 0.0),
        (end - start) / rate,
    )


def read(recording: Recording) -> tuple[npt.NDArray[np.float32], int]:
    """Mono samples in −1…1, shape ``[n]``, and the sample rate in Hz.

    Raises:
        AssetError: the file is missing or no sound, or it is too long.
        AlphsistantError: this Blender was built without sound.
    """
    import numpy as np  # noqa: PLC0415  # not while Blender starts

    try:
        import aud  # noqa: PLC0415  # part of Blender
    except ModuleNotFoundError as error:
        raise AlphsistantError("This Blender was built without sound: it cannot read recordings.") from error
    if recording.packed is not None:
        import tempfile  # noqa: PLC0415  # brings archives and their compression along

        with tempfile.TemporaryDirectory() as folder:
            unpacked = Path(folder) / f"sound{recording.path.suffix}"
            unpacked.write_bytes(recording.packed)
            return read(Recording(unpacked, None, recording.skipped, recording.seconds))
    if not recording.path.is_file():
        raise AssetError(f"There is no file “{recording.path}”: choose the recording again.")
    try:
        sound = aud.Sound(str(recording.path))
        rate = int(sound.specs[0])
        if recording.skipped > 0.0 or recording.seconds is not None:
            end = recording.skipped + (recording.seconds if recording.seconds is not None else LONGEST + 1.0)
            sound = sound.limit(recording.skipped, end)
        # Asked for a second more than is taken, so that what is too long is known without reading all of it.
        samples = np.asarray(sound.limit(0.0, LONGEST + 1.0).data(), dtype=np.float32)
    except (aud.error, RuntimeError) as error:
        raise AssetError(f"“{recording.path.name}” holds no sound that Blender can read ({error}).") from error
    if len(samples) > LONGEST * rate:
        raise AssetError(f"“{recording.path.name}” is longer than {LONGEST / 60:.0f} minutes: cut it first.")
    return samples.reshape(len(samples), -1).mean(axis=1), rate
