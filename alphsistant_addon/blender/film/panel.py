"""The panel of the film."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, settings_column, wrapped
from ..common.status import current as status


class FilmPanel(InSidebar, bpy.types.Panel):
    """Render what was said."""

    bl_idname = "ALPHSISTANT_PT_film"
    bl_label = "Film"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        settings = context.scene.alphsistant
        column = settings_column(self.layout)
        column.prop(settings, "film_kind")
        if settings.film_kind == "SQUARE":
            column.prop(settings, "film_size")
        column.prop(settings, "film_path")
        self.layout.operator("alphsistant.render_film", icon="RENDER_ANIMATION")
        if status.film and not status.running:
            wrapped(context, self.layout, f"The film is in “{status.film}”.", icon="CHECKMARK")
            row = self.layout.row(align=True)
            row.operator("alphsistant.play_film", icon="PLAY")
            row.operator("alphsistant.open_film_folder", icon="FILE_FOLDER")


CLASSES: Final = (FilmPanel,)
