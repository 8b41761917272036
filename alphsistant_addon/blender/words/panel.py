"""The words of the selected take in the sidebar."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, settings_column
from ..takes import markers
from ..takes.record import find, record_of
from . import word_list


class WordList(bpy.types.UIList):
    """The words of a take: text, start, end, and a speaker that mutes."""

    bl_idname = "ALPHSISTANT_UL_words"

    def draw_item(  # Blender counts the arguments
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: int, _active: Any, _name: str
    ) -> None:
        """Draw one word."""
        muted = word_list.is_muted(item)
        row = layout.row(align=True)
        text = row.row(align=True)
        text.active = not muted
        text.prop(item, "text", text="", emboss=False)
        text.label(text=f"{item.start:.2f}–{item.end:.2f}")
        row.prop(item, "muted", text="", icon="MUTE_IPO_OFF" if muted else "MUTE_IPO_ON", emboss=False)

    def filter_items(self, _context: Any, data: Any, name: str) -> tuple[list[int], list[int]]:
        """Which words are listed."""
        wanted = self.filter_name.lower()
        items = getattr(data, name)
        return [self.bitflag_filter_item if wanted in item.text.lower() else 0 for item in items], []


class WordsPanel(InSidebar, bpy.types.Panel):
    """The words of the selected take."""

    bl_idname = "ALPHSISTANT_PT_words"
    bl_label = "Words"
    bl_parent_id = "ALPHSISTANT_PT_takes"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Hidden without a selected take."""
        return find(context.scene.alphsistant.take) is not None

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout = self.layout
        take_id = context.scene.alphsistant.take
        shown = markers.are_listed(take_id, "word")
        layout.operator(
            "alphsistant.show_words",
            text="Hide Words" if shown else "Show Words",
            icon="MARKER_HLT" if shown else "MARKER",
        ).take = take_id
        words = word_list.of_take(take_id)
        if not shown or words is None or not len(words.items):
            return
        layout.template_list(WordList.bl_idname, "", words, "items", words, "index", rows=5)
        if not record_of(take_id).get("recording", ""):
            layout.prop(words, "sound")
        if not 0 <= words.index < len(words.items):
            return
        item = words.items[words.index]
        column = settings_column(layout)
        for name in ("text", "phones", "start", "end"):
            column.prop(item, name)
        row = layout.row(align=True)
        mute = row.operator("alphsistant.mute_word", text="Unmute" if item.muted else "Mute")
        mute.mute = not item.muted
        stress = row.operator_menu_enum("alphsistant.mark_stress", "level", text="Stress")
        pause = row.operator("alphsistant.set_pause", text="Pause …")
        for button in (mute, stress, pause):
            button.take, button.word = take_id, item.number


CLASSES: Final = (WordList, WordsPanel)
