"""The panel of the film."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, settings_column


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
        column.prop(settings, "engine")
        column.prop(settings, "film_size")
        column.prop(settings, "film_path")
        self.layout.operator("alphsistant.render_film", icon="RENDER_ANIMATION")


CLASSES: Final = (FilmPanel,)
