"""The tab “Alphsistant” in the 3D viewport's sidebar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import bpy

from ..common import packages
from ..common.addon_preferences import preferences_of
from ..common.panel_parts import InSidebar, settings_column, wrapped
from ..common.status import current as status
from ..conversation.operators import face_of
from ..face import description
from ..takes import record as take_record
from . import warm_up
from .expression_settings import AMOUNTS
from .voice_choice import draw_choice

BELOW_BUTTONS: Final[list[Callable[[Any, Any], object]]] = []
"""What features above this one draw below the buttons: each gets the context and the layout."""


class MainPanel(InSidebar, bpy.types.Panel):
    """Prompt, buttons, progress, reply."""

    bl_idname = "ALPHSISTANT_PT_main"
    bl_label = "Alphsistant"

    def draw(self, context: Any) -> None:
        """Draw it."""
        warm_up.tab_is_drawn(context)
        layout = self.layout
        settings = context.scene.alphsistant
        if not packages.is_there("torch"):
            box = layout.box()
            wrapped(context, box, "PyTorch is missing: the voice and the language model need it.", icon="ERROR")
            box.operator("alphsistant.install_torch", icon="IMPORT")
        line = layout.row()
        line.active = settings.script is None
        line.prop(settings, "prompt", text="")
        layout.template_ID(settings, "script", new="text.new", open="text.open")
        column = layout.column(align=True)
        column.scale_y = 1.3
        column.operator("alphsistant.generate", icon="PLAY")
        column.operator("alphsistant.speak", icon="SPEAKER")
        for draw in BELOW_BUTTONS:
            draw(context, layout)
        if status.running:
            row = layout.row(align=True)
            row.progress(factor=status.fraction, text=status.step)
            row.operator("alphsistant.cancel", text="", icon="X")
        if status.error:
            wrapped(context, layout.box(), status.error, icon="ERROR")
        for note in status.notes:
            wrapped(context, layout.box(), note, icon="INFO")
        if status.sentences and status.running:  # afterwards it stands below Takes
            wrapped(context, layout.box(), " ".join(status.sentences), icon="OUTLINER_DATA_FONT")

        column = settings_column(layout)
        column.prop(settings, "face", icon="USER")
        wrapped(context, column, description.describe(context.scene, settings.face, context.active_object))
        row = layout.row(align=True)
        row.operator("alphsistant.look_at_face", icon="VIEWZOOM")
        row.operator("alphsistant.show_keys", icon="ACTION")
        column = settings_column(layout)
        column.prop(settings, "placement")
        if settings.placement == "AFTER":
            column.prop(settings, "gap")
        column.prop(settings, "whole_frames")
        column.prop(settings, "seed")
        column.prop(settings, "look_up")


def _draw_speak_again(context: Any, layout: Any) -> None:
    """Draw the button by which a change is heard, where a take is selected."""
    take = take_record.find(context.scene.alphsistant.take)
    if take is not None:
        layout.operator("alphsistant.speak_take_again", icon="FILE_REFRESH").take = take.id


class VoicePanel(InSidebar, bpy.types.Panel):
    """Which voice speaks the next take; its rate, pitch, loudness and pauses."""

    bl_idname = "ALPHSISTANT_PT_voice"
    bl_label = "Voice"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        settings = context.scene.alphsistant.voice
        column = settings_column(self.layout)
        root = face_of(context)
        owner = root.alphsistant_conversation if root is not None else preferences_of(context)
        if owner is not None:
            draw_choice(column, owner, of_face=root is not None)
        for name in ("rate", "pitch", "loudness", "pauses", "feeling", "speak_emoji"):
            column.prop(settings, name)
        _draw_speak_again(context, self.layout)


class ExpressionPanel(InSidebar, bpy.types.Panel):
    """Style, mood and liveliness of the next take."""

    bl_idname = "ALPHSISTANT_PT_expression"
    bl_label = "Expression"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        settings = context.scene.alphsistant.delivery
        column = settings_column(self.layout)
        for name in ("style", "jaw", "lip", "mood", "mood_amount", "life", *AMOUNTS):
            column.prop(settings, name)
        _draw_speak_again(context, self.layout)


CLASSES: Final = (MainPanel, VoicePanel, ExpressionPanel)
