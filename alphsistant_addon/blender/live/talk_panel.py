"""*Talk* in the sidebar: start and stop, what you say, who said what, and what is kept."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, settings_column, wrapped
from ..common.status import current as status
from .level_meter import draw_open_microphone
from .live_status import current as live_status

_SHOWN: Final = 6
"""Turns that are shown unless all are wanted."""

_STATES: Final = {
    "stopped": ("Waiting", "PAUSE"),
    "listening": ("Listening", "HIDE_OFF"),
    "thinking": ("Thinking …", "SORTTIME"),
    "speaking": ("Speaking", "OUTLINER_OB_SPEAKER"),
}
"""What the panel says of each state of a conversation, with its icon."""

_TURN_STATES: Final = {
    "hearing": "listening …",
    "waiting": "to be checked: edit it, or leave it as it is",
    "thinking": "thinking …",
    "speaking": "speaking …",
    "interrupted": "interrupted",
    "dropped": "not answered",
    "failed": "failed",
}


class TalkPanel(InSidebar, bpy.types.Panel):
    """A live talk with the face."""

    bl_idname = "ALPHSISTANT_PT_talk"
    bl_label = "Talk"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout, settings = self.layout, context.scene.alphsistant_live
        if live_status.is_talking:
            _draw_talk(context, layout, settings)
        else:
            layout.operator("alphsistant.start_talk", icon="OUTLINER_OB_SPEAKER")
            settings_column(layout).prop(settings, "check_words")
            if status.error:
                wrapped(context, layout.box(), status.error, icon="ERROR")
        if live_status.log:
            _draw_log(context, layout, settings)


def _draw_talk(context: Any, layout: Any, settings: Any) -> None:
    talk = live_status.talk
    row = layout.row(align=True)
    row.operator("alphsistant.stop_talk", icon="X")
    row.operator("alphsistant.interrupt", icon="PAUSE")
    words, icon = _STATES[talk.conversation.state]
    layout.label(text=words, icon=icon)
    for sentence in (live_status.resting, live_status.sound):
        if sentence:
            wrapped(context, layout, sentence, icon="INFO")
    layout.prop(settings, "line", text="", icon="CONSOLE")
    row = layout.row(align=True)
    words, icon = ("Done", "REC") if talk.is_held else ("Speak", "RADIOBUT_OFF")
    row.operator("alphsistant.push_to_talk", text=words, icon=icon)
    row.prop(settings, "hands_free", toggle=True)
    if not talk.is_hands_free:
        layout.prop(settings, "ready")
    if talk.is_microphone_open and talk.audio.is_microphone_open:  # where there is none, the sentence above says so
        draw_open_microphone(layout, talk.audio.level.input)


def _draw_log(context: Any, layout: Any, settings: Any) -> None:
    turns = live_status.log
    hidden = 0 if settings.show_all else max(len(turns) - _SHOWN, 0)
    if hidden or settings.show_all:
        layout.prop(settings, "show_all", text=f"{hidden} earlier turns" if hidden else None)
    for turn in turns[hidden:]:
        _draw_turn(context, layout, turn)
    column = settings_column(layout)
    column.prop(settings, "user_face", icon="USER")
    row = layout.row(align=True)
    row.operator("alphsistant.keep_talk", icon="FAKE_USER_ON")
    row.operator("alphsistant.forget_talk", icon="TRASH")


def _draw_turn(context: Any, layout: Any, turn: Any) -> None:
    box = layout.box()
    is_face = turn.who == "face"
    text = turn.heard if is_face and turn.state == "interrupted" else turn.text
    wrapped(context, box, text or "…", icon="OUTLINER_DATA_FONT" if is_face else "USER")
    for words in (_TURN_STATES.get(turn.state, ""), f"skill: {turn.skill}" if turn.skill else "", turn.note):
        if words:
            wrapped(context, box, words)
    row = box.row(align=True)
    if live_status.is_talking:
        if is_face:
            row.operator("alphsistant.say_again", text="", icon="FILE_REFRESH").turn = turn.number
            row.operator("alphsistant.another_answer", text="", icon="ADD").turn = turn.number
        row.operator("alphsistant.edit_turn", text="", icon="GREASEPENCIL").turn = turn.number
    if is_face and turn.starts:
        is_kept = turn.number in live_status.kept
        row.operator(
            "alphsistant.keep_turn",
            text="Kept" if is_kept else "Keep as Take",
            icon="FAKE_USER_ON" if is_kept else "FAKE_USER_OFF",
        ).turn = turn.number


CLASSES: Final = (TalkPanel,)
