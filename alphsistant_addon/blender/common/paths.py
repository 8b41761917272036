"""Where the add-on may write, and what Blender calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bpy

from ...core.errors import AssetError

_PARTS: Final = (__package__ or "").split(".")

IS_EXTENSION: Final = _PARTS[0] == "bl_ext"

ADDON_NAME: Final = ".".join(_PARTS[:3]) if IS_EXTENSION else _PARTS[0]
"""Key in Blender's preferences: ``bl_ext.<repository>.alphsistant``, or the package when run from source."""


def user_path(name: str) -> Path:
    """A folder of ours that outlives updates of the add-on; it need not be there."""
    if IS_EXTENSION:
        return Path(bpy.utils.extension_path_user(ADDON_NAME, path=name))
    return Path(bpy.utils.user_resource("DATAFILES", path=f"alphsistant/{name}"))


def user_folder(name: str) -> Path:
    """The same, made if it is not there; ``AssetError`` if it cannot be."""
    folder = user_path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AssetError(f"The folder “{folder}” cannot be made: {error.strerror or error}.") from error
    return folder
