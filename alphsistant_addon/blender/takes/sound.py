"""A take's sound: the WAV file on disk and its strip in the sequencer."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import AssetError
from ...core.sound_files import write_wav
from ...core.speech import Speech
from ..common import compat, paths

__all__ = ["add_strip", "file_name_from", "path_for_blend", "write_for_blend", "write_wav"]

logger = logging.getLogger(__name__)

_FOLDER: Final = "alphsistant"


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
