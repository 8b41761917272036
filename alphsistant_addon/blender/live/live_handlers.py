"""What Blender calls even while nothing is live: files and undo steps that a moved face has got into are mended."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.app.handlers import persistent


@persistent  # type: ignore[untyped-decorator]
def mend_file(*_arguments: Any) -> None:
    """Put the file's own values back where a face was moved as an undo step was pushed or an autosave was written."""
    from . import file_values  # noqa: PLC0415  # not while Blender starts

    file_values.mend()


_HANDLERS: Final = ("load_post", "undo_post", "redo_post")


def register() -> None:
    """Let Blender call."""
    for name in _HANDLERS:
        getattr(bpy.app.handlers, name).append(mend_file)


def unregister() -> None:
    """Let Blender call no longer."""
    for name in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(mend_file)
