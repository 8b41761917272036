"""The conversation in the sidebar: who answers, what was said."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, settings_column, wrapped
from .operators import face_of


class TurnList(bpy.types.UIList):
    """What was said to a face, oldest first."""

    bl_idname = "ALPHSISTANT_UL_turns"

    def draw_item(  # Blender counts the arguments
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: int, _active: Any, _name: str, index: int = 0
    ) -> None:
        """Draw one turn: what was said, and a button to forget it."""
        row = layout.row(align=True)
        row.label(text=item.prompt or item.answer, icon="USER" if item.prompt else "OUTLINER_DATA_FONT")
        row.operator("alphsistant.remove_turn", text="", icon="TRASH", emboss=False).turn = index


class ConversationPanel(InSidebar, bpy.types.Panel):
    """Who answers, and what was said so far."""

    bl_idname = "ALPHSISTANT_PT_conversation"
    bl_label = "Conversation"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout = self.layout
        settings_column(layout).prop(context.scene.alphsistant, "notes", icon="TEXT")
        root = face_of(context)
        if root is None:
            wrapped(context, layout, "There is no face in the scene yet: its conversation begins with the first reply.")
            return
        kept = root.alphsistant_conversation
        column = settings_column(layout)
        column.prop(kept, "persona", icon="TEXT")
        column.prop(kept, "voice", icon="SPEAKER")
        row = layout.row(align=True)
        row.operator("alphsistant.new_persona", icon="ADD")
        row.operator("alphsistant.load_persona", text="Load", icon="IMPORT")
        row.operator("alphsistant.save_persona", text="Save", icon="EXPORT")
        if kept.persona is not None:
            layout.operator("alphsistant.say_first_message", icon="SPEAKER")
        settings_column(layout).prop(kept, "remember")
        if not kept.turns:
            return
        layout.template_list(TurnList.bl_idname, "", kept, "turns", kept, "turn_index", rows=3)
        if 0 <= kept.turn_index < len(kept.turns):
            turn = kept.turns[kept.turn_index]
            box = layout.column(align=True)
            box.prop(turn, "prompt", text="")
            box.prop(turn, "answer", text="")
            wrapped(context, layout, turn.answer)
        layout.operator("alphsistant.clear_conversation", icon="TRASH")


CLASSES: Final = (TurnList, ConversationPanel)
