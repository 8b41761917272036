"""What the panels share: their place, columns of settings, text over several lines."""

from __future__ import annotations

import textwrap
from typing import Any

_POINTS_PER_LETTER = 7.0
"""Average width of a letter in Blender's interface font at a scale of 1."""


class InSidebar:
    """Where the add-on's panels are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Alphsistant"


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
