"""What Blender calls for the words: after a file is opened, and after undo and redo, markers may be there to watch."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.app.handlers import persistent

from . import word_watch


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


_HANDLERS: Final = {"load_post": opened, "undo_post": undone, "redo_post": redone}


def register() -> None:
    """Let Blender call."""
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Let Blender call no longer."""
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).remove(handler)
    word_watch.stop()
