"""The section “Dialogue”: lines, names, cameras."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, settings_column, wrapped
from .properties import line_of


class LineList(bpy.types.UIList):
    """The lines of a dialogue, in turns."""

    bl_idname = "ALPHSISTANT_UL_dialogue"

    def draw_item(  # Blender counts the arguments
        self, context: Any, layout: Any, _data: Any, item: Any, _icon: int, _active: Any, _name: str
    ) -> None:
        """Draw one line: whether it is spoken, who says it, what."""
        from . import lines  # noqa: PLC0415  # the cast and json, not while Blender starts

        row = layout.row(align=True)
        is_there = item.name in context.scene.alphsistant_dialogue.parts and lines.is_spoken(context.scene, item)
        row.label(text="", icon="CHECKMARK" if is_there else "FILE_REFRESH")
        split = row.split(factor=0.25)
        split.label(text=item.name)
        split.prop(item, "text", text="", emboss=False)


class DialoguePanel(InSidebar, bpy.types.Panel):
    """Several faces in turns."""

    bl_idname = "ALPHSISTANT_PT_dialogue"
    bl_label = "Dialogue"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout = self.layout
        settings = context.scene.alphsistant_dialogue
        layout.template_ID(settings, "script", new="text.new", open="alphsistant.open_dialogue")
        if settings.script is None and not len(settings.lines):
            wrapped(context, layout, "A text with “ADA: Hello.”, one line each, makes a dialogue.")
        row = layout.row(align=True)
        row.operator("alphsistant.read_script", icon="FILE_TEXT")
        row.operator("alphsistant.open_dialogue", text="", icon="FILEBROWSER")
        if not len(settings.lines):
            return
        row = layout.row()
        row.template_list(LineList.bl_idname, "", settings, "lines", settings, "line_index", rows=4)
        column = row.column(align=True)
        column.operator("alphsistant.move_dialogue_line", text="", icon="TRIA_UP").direction = "UP"
        column.operator("alphsistant.move_dialogue_line", text="", icon="TRIA_DOWN").direction = "DOWN"
        column.separator()
        column.operator("alphsistant.remove_dialogue_line", text="", icon="REMOVE")
        self._draw_line(context, settings)
        for part in settings.parts:
            box = layout.box().column()
            box.prop(part, "face", text=part.name, icon="USER")
            row = box.row(align=True)
            row.prop(part, "voice", text="")
            row.prop(part, "pitch", text="Pitch")
            row.prop(part, "rate", text="Rate")
        column = settings_column(layout)
        column.prop(settings, "start")
        column.prop(settings, "gap")
        column.prop(settings, "cameras")
        column = layout.column(align=True)
        column.scale_y = 1.2
        column.operator("alphsistant.make_dialogue", icon="PLAY")
        column.operator("alphsistant.arrange_dialogue", icon="SEQ_SEQUENCER")

    def _draw_line(self, context: Any, settings: Any) -> None:
        line = line_of(settings)
        if line is None:
            return
        box = self.layout.box()
        box.prop(line, "text", text="")
        wrapped(context, box, line.text)
        column = settings_column(box)
        for name in ("pause", "style", "seed", "rate", "pitch"):
            column.prop(line, name)


CLASSES: Final = (LineList, DialoguePanel)
