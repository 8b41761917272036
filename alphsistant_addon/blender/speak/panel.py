"""The tab “Alphsistant” in the 3D viewport's sidebar."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from ..common import packages
from ..common.status import current as status
from ..face import find

_POINTS_PER_LETTER = 7.0
"""Average width of a letter in Blender's interface font at a scale of 1."""


class InSidebar:
    """Where the add-on's panels are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Alphsistant"


class MainPanel(InSidebar, bpy.types.Panel):
    """Prompt, buttons, progress, reply."""

    bl_idname = "ALPHSISTANT_PT_main"
    bl_label = "Alphsistant"

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout = self.layout
        settings = context.scene.alphsistant
        if not packages.is_there("torch"):
            box = layout.box()
            wrapped(context, box, "PyTorch is missing: the voice and the language model need it.", icon="ERROR")
            box.operator("alphsistant.install_torch", icon="IMPORT")
        layout.prop(settings, "prompt", text="")
        column = layout.column(align=True)
        column.scale_y = 1.3
        column.operator("alphsistant.generate", icon="PLAY")
        column.operator("alphsistant.speak", icon="SPEAKER")
        if status.running:
            row = layout.row(align=True)
            row.progress(factor=status.fraction, text=status.step)
            row.operator("alphsistant.cancel", text="", icon="X")
        if status.error:
            wrapped(context, layout.box(), status.error, icon="ERROR")
        for note in status.notes:
            wrapped(context, layout.box(), note, icon="INFO")
        if status.sentences:
            wrapped(context, layout.box(), " ".join(status.sentences), icon="OUTLINER_DATA_FONT")

        column = settings_column(layout)
        column.prop(settings, "face", icon="USER")
        wrapped(context, column, find.description(context.scene, settings.face, context.active_object))
        column.prop(settings, "placement")
        column.prop(settings, "seed")


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


def settings_column(layout: Any) -> Any:
    """A column of settings, names to the left; they are not animated, so without dots for keyframes."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def wrapped(context: Any, layout: Any, text: str, icon: str = "NONE") -> None:
    """A text over as many lines as the sidebar's width makes it; labels do not wrap by themselves."""
    scale = context.preferences.system.ui_scale
    letters = max(16, int(context.region.width / (_POINTS_PER_LETTER * scale)) - 6)
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(textwrap.wrap(text, letters)):
        column.label(text=line, icon=icon if index == 0 else ("NONE" if icon == "NONE" else "BLANK1"))
