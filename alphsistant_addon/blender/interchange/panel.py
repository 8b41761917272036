"""The section “Export and Import”."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, wrapped
from ..takes import captions
from ..takes.record import find


class InterchangePanel(InSidebar, bpy.types.Panel):
    """Takes to and from other programs."""

    bl_idname = "ALPHSISTANT_PT_interchange"
    bl_label = "Export and Import"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout = self.layout
        layout.operator("alphsistant.import_timing", icon="IMPORT")
        take = find(context.scene.alphsistant.take)
        if take is None:
            wrapped(context, layout, "Select a take to export it or to caption it.")
            return
        layout.operator("alphsistant.export_take", icon="EXPORT").take = take.id
        row = layout.row(align=True)
        row.operator("alphsistant.add_captions", icon="FONT_DATA").take = take.id
        if captions.there(take.id):
            row.operator("alphsistant.remove_captions", text="", icon="X").take = take.id


CLASSES: Final = (InterchangePanel,)
