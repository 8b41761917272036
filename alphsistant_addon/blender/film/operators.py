"""The film's buttons."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import AssetError
from ..common.status import current as status
from ..jobs.buttons import NoJobRunning, done_or_reported


class RenderFilm(NoJobRunning, bpy.types.Operator):
    """Render the scene's frames with their sound to an mp4 file, from its camera"""  # noqa: D415

    bl_idname = "alphsistant.render_film"
    bl_label = "Render Film"

    def execute(self, context: Any) -> set[str]:
        """Render and wait (from scripts)."""
        from . import film_job  # noqa: PLC0415

        return done_or_reported(self, lambda: film_job.render_now(context.scene))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Render in the background, in a Blender of its own (from the panel)."""
        from ..jobs import desk  # noqa: PLC0415
        from . import film_job  # noqa: PLC0415

        return done_or_reported(self, lambda: desk.start(film_job.task_for(context.scene)))


class PlayFilm(bpy.types.Operator):
    """Play the film in the program that plays films on this computer"""  # noqa: D415

    bl_idname = "alphsistant.play_film"
    bl_label = "Play"

    def execute(self, _context: Any) -> set[str]:
        """Play it."""
        return done_or_reported(self, lambda: _open(Path(status.film)))


class OpenFilmFolder(bpy.types.Operator):
    """Open the folder of the film"""  # noqa: D415

    bl_idname = "alphsistant.open_film_folder"
    bl_label = "Open Folder"

    def execute(self, _context: Any) -> set[str]:
        """Open it."""
        return done_or_reported(self, lambda: _open(Path(status.film).parent))


def _open(path: Path) -> None:
    if not status.film or not path.exists():
        raise AssetError(f"“{path}” is no longer there." if status.film else "There is no film yet.")
    try:
        bpy.ops.wm.path_open(filepath=str(path))
    except RuntimeError as error:
        raise AssetError(f"No program of this computer opens “{path}”.") from error


CLASSES: Final = (RenderFilm, PlayFilm, OpenFilmFolder)
