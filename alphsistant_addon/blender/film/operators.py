"""The film's button."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..jobs.buttons import NoJobRunning, done_or_reported


class RenderFilm(NoJobRunning, bpy.types.Operator):
    """Render the scene's frames with their sound to an mp4 file, from its camera"""  # noqa: D415

    bl_idname = "alphsistant.render_film"
    bl_label = "Render Film"

    def execute(self, context: Any) -> set[str]:
        """Render and wait (from scripts)."""
        from ..film import film_job  # noqa: PLC0415

        return done_or_reported(self, lambda: film_job.render_now(context.scene))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Render in the background, in Blender's own render window (from the panel)."""
        from ..film import film_job  # noqa: PLC0415

        return done_or_reported(self, lambda: film_job.start(context.scene))


CLASSES: Final = (RenderFilm,)
