"""The button, and the key, that record a voice; the panel below *Recording*."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, wrapped
from ..jobs.buttons import done_or_reported
from .held_key import WhileHeld
from .level_meter import draw_open_microphone
from .live_status import current as live_status

SKETCH: Final = "While you speak the lips are a sketch, about a tenth of a second late: the take gets its own."


class RecordVoice(WhileHeld, bpy.types.Operator):
    """Record your voice: the face follows it roughly while you speak, and the recording becomes a take as “Lip-Sync” would make it. Press again to end; with a key, hold it"""  # noqa: D415, E501  # a tooltip

    bl_idname = "alphsistant.record_voice"
    bl_label = "Record My Voice"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while a talk has the microphone."""
        cls.poll_message_set("Stop the talk first")
        return not live_status.is_talking

    @property
    def is_held(self) -> bool:
        """Whether it records."""
        return live_status.puppet is not None

    def begin(self, context: Any) -> set[str]:
        """Record."""
        return done_or_reported(self, lambda: _begin(context))

    def end(self) -> None:
        """End it."""
        if live_status.puppet is not None:
            live_status.puppet.stop()


def _begin(context: Any) -> None:
    from . import puppet_start  # noqa: PLC0415  # numpy

    puppet_start.start(context)


class RecordVoicePanel(InSidebar, bpy.types.Panel):
    """A recording made here."""

    bl_idname = "ALPHSISTANT_PT_record_voice"
    bl_label = "Record My Voice"
    bl_parent_id = "ALPHSISTANT_PT_recording"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout, puppet = self.layout, live_status.puppet
        if puppet is None:
            layout.operator("alphsistant.record_voice", icon="REC")
        else:
            layout.operator("alphsistant.record_voice", text=f"Done ({puppet.seconds:.0f} s)", icon="REC")
            draw_open_microphone(layout, puppet.audio.level.input)
        if not live_status.is_talking:
            for sentence in (live_status.resting, live_status.sound):
                if sentence:
                    wrapped(context, layout, sentence, icon="INFO")
        wrapped(context, layout, SKETCH)


CLASSES: Final = (RecordVoice,)
PANELS: Final = (RecordVoicePanel,)
