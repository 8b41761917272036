"""A take's sound: the WAV file on disk and its strip in the sequencer."""

from __future__ import annotations

import contextlib
import logging
import re
import wave
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from ..data import Speech
from ..errors import AssetError
from . import compat, paths

logger = logging.getLogger(__name__)

_FOLDER: Final = "alphsistant"


def write_wav(speech: Speech, path: Path) -> None:
    """Write 16-bit mono. The file appears whole or not at all; ``AssetError`` if it cannot be written."""
    samples = np.round(np.clip(speech.samples, -1.0, 1.0) * 32767).astype("<i2")
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file, wave.open(file) as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(speech.sample_rate)
            sound.writeframes(samples.tobytes())
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise AssetError(f"The sound could not be written to “{path.parent}”: {error.strerror or error}.") from error


def write_for_blend(speech: Speech, name: str) -> Path:
    """Write the sound beside the saved .blend file, or into the user's own folder while there is none.

    A .blend in a folder that cannot be written to (a server's library, a camera card) also falls back to the user's
    folder: the film matters more than where its sound lies.
    """
    file_name = f"{file_name_from(name)}.wav"
    if bpy.data.filepath:
        path = Path(bpy.data.filepath).parent / _FOLDER / file_name
        try:
            write_wav(speech, path)
        except AssetError as error:
            logger.warning("%s It goes to the user's folder instead.", error)
        else:
            return path
    path = paths.user_folder("takes") / file_name
    write_wav(speech, path)
    return path


def file_name_from(text: str, length: int = 60) -> str:
    """A name that every file system takes, from any text."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:length].strip("-") or "take"


def path_for_blend(path: Path) -> str:
    """The path as Blender should keep it: relative to the .blend where that is possible."""
    if not bpy.data.filepath:
        return str(path)
    try:
        return str(bpy.path.relpath(str(path)))
    except ValueError:  # another drive
        return str(path)


def add_strip(scene: Any, path: Path, name: str, frame: int) -> Any:
    """Add a sound strip at a frame, in the lowest channel that is free for its length.

    Raises ``RuntimeError`` where Blender was built without sound (the bpy wheel of 4.2).
    """
    taken = [(strip.channel, *compat.strip_range(strip)) for strip in compat.existing_strips(scene)]
    top = max((channel for channel, _, _ in taken), default=0)
    strip = compat.strips(scene).new_sound(name, path_for_blend(path), top + 1, frame)
    start, end = compat.strip_range(strip)
    busy = {channel for channel, first, last in taken if first < end and last > start}
    strip.channel = next(channel for channel in range(1, top + 2) if channel not in busy)
    return strip
