"""Buttons of the cast."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import StringProperty

from ..jobs.buttons import done_or_reported


class AddCharacter(bpy.types.Operator):
    """Add this character, where it has room, with its voice and its persona"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.add_character"
    bl_label = "Add Character"
    bl_options = {"REGISTER", "UNDO"}

    character: StringProperty(name="Character", description="Who comes; empty: whom the panel shows")

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Grey outside Object Mode, as Blender's own Add menu."""
        cls.poll_message_set("Characters are added in Object Mode")
        return bool(context.mode == "OBJECT")

    def execute(self, context: Any) -> set[str]:
        """Add it."""
        return done_or_reported(self, lambda: self._add(context))

    def _add(self, context: Any) -> None:
        from ..face import views  # noqa: PLC0415
        from .add_character import added  # noqa: PLC0415  # not while Blender starts

        # An operator that is done again from its own panel must mean the same person.
        self.character = self.character or context.window_manager.alphsistant_character
        with added(context.scene, self.character) as (read, face):
            views.show_keys(face, context.view_layer)
        if read.alone:
            views.look_through_camera(context.scene)
        for note in read.notes:
            self.report({"INFO"}, note)


class ListInAssetBrowser(bpy.types.Operator):
    """Enter the cast into Blender's asset libraries (Preferences ▸ File Paths), so that the Asset Browser shows it"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.list_in_asset_browser"
    bl_label = "List in Asset Browser"

    def execute(self, _context: Any) -> set[str]:
        """Enter it, unless it is there."""
        from . import asset_library  # noqa: PLC0415

        def enter() -> None:
            if not asset_library.is_listed():
                asset_library.put_in_list()

        return done_or_reported(self, enter)


CLASSES: Final = (AddCharacter, ListInAssetBrowser)
