"""What Blender calls: after undo and load the index of takes is made again; on saving, sounds go beside the .blend."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from bpy.app.handlers import persistent

from ..common import paths
from . import record


@persistent  # type: ignore[untyped-decorator]
def forget_index(*_arguments: Any) -> None:
    """Let the index of takes be made again."""
    record.forget()


@persistent  # type: ignore[untyped-decorator]
def take_sounds_along(path: Any = "", *_arguments: Any) -> None:
    """Copy sounds that lie in the user's own folder beside the .blend that is about to be written.

    Takes of a file that was never saved have their sounds there, and that folder goes with the extension.
    """
    takes = record.all_takes() if path else []
    if not takes:
        return
    from . import sound  # noqa: PLC0415  # numpy

    blend, folder = Path(path), paths.user_folder("takes")
    for take in takes:
        source = Path(bpy.path.abspath(take.sound))
        if source.parent != folder or not source.is_file():
            continue
        there = sound.copy_beside(source, blend)
        if there is not None:
            _play_from(take, there, blend)


def _play_from(take: record.Take, there: Path, blend: Path) -> None:
    # Blender makes the strip's path relative as it saves a file for the first time; the record's is plain text.
    for strip in record.sound_strips(take.id):
        if strip.sound is not None:
            strip.sound.filepath = str(there)
    for action in record.actions_of(take.id):
        action[record.RECORD]["sound"] = f"//{there.relative_to(blend.parent).as_posix()}"
    record.forget()


_HANDLERS: Final = {
    "undo_post": forget_index,
    "redo_post": forget_index,
    "load_post": forget_index,
    "save_pre": take_sounds_along,
}


def register() -> None:
    """Let Blender call."""
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Let Blender call no longer."""
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).remove(handler)
