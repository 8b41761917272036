"""A take's sound: the WAV file on disk and its strip in the sequencer."""

from __future__ import annotations

import itertools
import logging
import re
import shutil
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import AssetError
from ...core.sound_files import write_wav
from ...core.speech import Speech
from ..common import compat, paths
from ..common.file_changes import FileChanges

__all__ = ["add_strip", "file_name_from", "path_for_blend", "write_for_blend", "write_wav"]

logger = logging.getLogger(__name__)

FOLDER: Final = "alphsistant"
"""Beside the .blend: where the sounds are."""

_MOST_CHANNELS: Final = 128
"""Of Blender's sequencer."""


def write_for_blend(speech: Speech, name: str, changes: FileChanges, *, is_new: bool = False) -> Path:
    """Write the sound beside the saved .blend file, or into the user's own folder while there is none.

    A .blend in a folder that cannot be written to (a server's library, a camera card) also falls back to the user's
    folder: the film matters more than where its sound lies. A file that ``is_new`` gets a number where its name is
    taken, since undo may need the other one.
    """
    stem = file_name_from(name)

    def place(folder: Path) -> Path:
        names = (f"{stem}-{number}" if number > 1 else stem for number in itertools.count(1))
        path = folder / f"{next(names)}.wav"
        while is_new and path.exists():
            path = folder / f"{next(names)}.wav"
        return path

    if bpy.data.filepath:
        try:
            return write_to(place(Path(bpy.data.filepath).parent / FOLDER), speech, changes)
        except AssetError as error:
            logger.warning("%s It goes to the user's folder instead.", error)
    return write_to(place(paths.user_folder("takes")), speech, changes)


def write_to(path: Path, speech: Speech, changes: FileChanges) -> Path:
    """Write the sound to a file."""
    changes.write_file(path, lambda path: write_wav(speech, path))
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


def add_strip(scene: Any, path: Path, name: str, frame: int, changes: FileChanges | None = None) -> Any:
    """Add a sound strip at a frame, in the lowest channel that is free for its length.

    Raises ``RuntimeError`` where Blender was built without sound (the bpy wheel of 4.2).
    """
    if changes is None:
        with FileChanges() as own:
            return add_strip(scene, path, name, frame, own)
    if scene.sequence_editor is None:
        changes.do(scene.sequence_editor_create, lambda _: scene.sequence_editor_clear())
    source = path_for_blend(path)
    strip = changes.do(
        lambda: compat.strips(scene).new_sound(name, source, _MOST_CHANNELS, frame),  # for a moment
        lambda made: remove_strip(scene, made),
    )
    strip.select = False
    strip.channel = free_channel(scene, strip)
    return strip


def remove_strip(scene: Any, strip: Any) -> None:
    """Remove a strip, and its sound if nothing else plays it."""
    source = strip.sound
    compat.strips(scene).remove(strip)
    if source is not None and source.users == 0:
        bpy.data.sounds.remove(source)


def free_channel(scene: Any, strip: Any, wanted: int = 1) -> int:
    """Return the channel ``wanted`` or else the lowest that is free for the strip; its own if none is."""
    start, end = compat.strip_range(strip)
    spans = zip(*compat.strip_spans(compat.all_strips(scene)), strict=True)
    busy = [channel for channel, first, last in spans if first < end and last > start]
    busy.remove(strip.channel)  # by the strip itself
    if wanted not in busy:
        return wanted
    return next((channel for channel in range(1, _MOST_CHANNELS + 1) if channel not in busy), int(strip.channel))


def is_missing(take: Any) -> bool:
    """Say whether the take's sound is neither on disk nor packed into the .blend; *Speak Again* makes it again."""
    if any(sound.packed_file and sound.filepath == take.sound for sound in bpy.data.sounds):
        return False
    return not Path(bpy.path.abspath(take.sound)).is_file()


def copy_beside(source: Path, blend: Path) -> Path | None:
    """Copy a sound from the user's folder beside a .blend; ``None`` where that folder cannot be written to."""
    there = blend.parent / FOLDER / source.name
    try:
        there.parent.mkdir(parents=True, exist_ok=True)
        if not there.exists():
            shutil.copyfile(source, there)
    except OSError as error:
        logger.warning("The sound “%s” stays in the user's folder: %s", source.name, error)
        return None
    return there
