"""What Blender calls for the words: markers to watch may be there after a file is opened, and after undo and redo.

On saving, the sounds that have the muted words still in them go beside the .blend, as those that are played do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from bpy.app.handlers import persistent

from ..common import paths
from ..takes import record
from . import word_watch
from .word_list import WHOLE_SOUND


@persistent  # type: ignore[untyped-decorator]
def opened(*_arguments: Any) -> None:
    """Watch what the file shows."""
    word_watch.stop()
    word_watch.start()


@persistent  # type: ignore[untyped-decorator]
def undone(*_arguments: Any) -> None:
    """Let the watch know that a step was undone."""
    word_watch.stepped(word_watch.UNDONE)


@persistent  # type: ignore[untyped-decorator]
def redone(*_arguments: Any) -> None:
    """Let the watch know that a step was redone."""
    word_watch.stepped(word_watch.REDONE)


@persistent  # type: ignore[untyped-decorator]
def take_whole_sounds_along(path: Any = "", *_arguments: Any) -> None:
    """Copy the sounds without muted words' silence from the user's own folder beside the .blend that is written."""
    for take in record.all_takes() if path else ():
        kept = record.record_of(take.id)
        if kept is None or WHOLE_SOUND not in kept:
            continue
        from ..takes import sound  # noqa: PLC0415  # numpy

        source, blend = Path(bpy.path.abspath(str(kept[WHOLE_SOUND]))), Path(path)
        if source.parent == paths.user_folder("takes") and source.is_file():
            there = sound.copy_beside(source, blend)
            if there is not None:
                kept[WHOLE_SOUND] = f"//{there.relative_to(blend.parent).as_posix()}"


_HANDLERS: Final = {"load_post": opened, "undo_post": undone, "redo_post": redone, "save_pre": take_whole_sounds_along}


def register() -> None:
    """Let Blender call."""
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Let Blender call no longer."""
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).remove(handler)
    word_watch.stop()
