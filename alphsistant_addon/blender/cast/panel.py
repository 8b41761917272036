"""“Characters” in the sidebar: pictures to choose from, and who that is."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, wrapped
from . import pictures


class CharactersPanel(InSidebar, bpy.types.Panel):
    """The chooser of the cast."""

    bl_idname = "ALPHSISTANT_PT_characters"
    bl_label = "Characters"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout, manager = self.layout, context.window_manager
        entries = pictures.items(manager, context)
        if not entries:
            wrapped(context, layout, "The cast is missing: install the add-on again from its zip.", icon="ERROR")
            return
        layout.template_icon_view(manager, "alphsistant_character", show_labels=True, scale=7.0, scale_popup=6.0)
        chosen = next(entry for entry in entries if entry[0] == manager.alphsistant_character)
        wrapped(context, layout, f"{chosen[1]}: {chosen[2]}")
        layout.operator("alphsistant.add_character", text=f"Add {chosen[1]}", icon="ADD").character = chosen[0]
        layout.operator("alphsistant.list_in_asset_browser", icon="ASSET_MANAGER")


class CharactersMenu(bpy.types.Menu):
    """The cast in Blender's menu Add."""

    bl_idname = "ALPHSISTANT_MT_characters"
    bl_label = "Alphsistant Character"

    def draw(self, context: Any) -> None:
        """Draw it."""
        for character, name, *_ in pictures.items(None, context):
            icon = pictures.icon_of(character)
            entry = {"icon_value": icon} if icon else {"icon": "USER"}
            self.layout.operator("alphsistant.add_character", text=name, **entry).character = character


CLASSES: Final = (CharactersPanel, CharactersMenu)
