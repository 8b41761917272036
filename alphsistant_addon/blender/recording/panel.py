"""The panel of recordings."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, wrapped
from .sound_input import selected_strip


class RecordingPanel(InSidebar, bpy.types.Panel):
    """Lip-sync what somebody else says."""

    bl_idname = "ALPHSISTANT_PT_recording"
    bl_label = "Recording"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        settings = context.scene.alphsistant_recording
        column = self.layout.column()
        column.prop(settings, "use_strip")
        if settings.use_strip:
            strip = selected_strip(context.scene)
            wrapped(context, column, strip.name if strip is not None else "No sound strip is selected.")
        else:
            column.prop(settings, "path", text="")
        column.row().prop(settings, "words", expand=True)
        if settings.words == "TRANSCRIPT":
            column.prop(settings, "transcript", text="", placeholder="Transcript")
        if settings.words == "TRANSCRIPT" and settings.transcript.strip():
            column.prop(settings, "language")
        elif settings.words != "SOUND":
            column.prop(settings, "whisper")
        column.operator("alphsistant.lip_sync_recording", icon="PLAY_SOUND")


CLASSES: Final = (RecordingPanel,)
