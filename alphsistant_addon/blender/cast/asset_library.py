"""The cast as a library of Blender's Asset Browser: the folder of the assets, entered in Blender's preferences."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy

from ...core.assets import asset_folder

NAME: Final = "Alphsistant"


def folder() -> Path:
    """Return the folder that the library is; ``AssetError`` if there is no cast."""
    return asset_folder("cast").parent


def is_listed() -> bool:
    """Say whether Blender's preferences have the library."""
    wanted = folder()
    return any(Path(library.path) == wanted for library in bpy.context.preferences.filepaths.asset_libraries)


def put_in_list() -> None:
    """Enter the library into Blender's preferences. What is dragged into a scene is a copy, so that it can be keyed."""
    libraries: Any = bpy.context.preferences.filepaths.asset_libraries
    library = libraries.new(name=NAME, directory=str(folder()))
    library.import_method = "APPEND"
