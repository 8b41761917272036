"""What the add-on adds to Blender, in order."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any, Final

import bpy

from . import menus, preferences
from .cast import operators as cast_operators
from .cast import panel as cast_panel
from .cast import pictures
from .common import packages
from .common.status import current as status
from .conversation import operators as conversation_operators
from .conversation import panel as conversation_panel
from .conversation import properties as conversation_properties
from .dialogue import operators as dialogue_operators
from .dialogue import panel as dialogue_panel
from .dialogue import properties as dialogue_properties
from .face import drawn_operators, mapping, view_operators
from .face import operators as face_operators
from .face import panel as face_panel
from .film import operators as film_operators
from .film import panel as film_panel
from .headless import command_line
from .interchange import operators as interchange_operators
from .interchange import panel as interchange_panel
from .jobs import observers
from .live import (
    channel_preview,
    hear_switch,
    live_handlers,
    puppet_operators,
    shortcuts,
    talk_operators,
    talk_panel,
    talk_properties,
)
from .live.live_status import current as live_status
from .recording import operators as recording_operators
from .recording import panel as recording_panel
from .recording import properties as recording_properties
from .speak import expression_settings, properties, voice_choice, voice_settings, warm_up
from .speak import operators as speak_operators
from .speak import panel as speak_panel
from .takes import dial_settings, record
from .takes import handlers as take_handlers
from .takes import operators as take_operators
from .takes import panel as take_panel
from .words import operators as word_operators
from .words import panel as word_panel
from .words import word_handlers, word_list

CLASSES: Final = (
    *mapping.CLASSES,
    *dial_settings.CLASSES,
    *word_list.CLASSES,
    *conversation_properties.CLASSES,
    *expression_settings.CLASSES,
    *voice_settings.CLASSES,
    *properties.CLASSES,
    *recording_properties.CLASSES,
    *talk_properties.CLASSES,
    *dialogue_properties.CLASSES,
    *preferences.CLASSES,
    *speak_operators.CLASSES,
    *voice_choice.CLASSES,
    *take_operators.CLASSES,
    *word_operators.CLASSES,
    *conversation_operators.CLASSES,
    *hear_switch.CLASSES,
    *talk_operators.CLASSES,
    *puppet_operators.CLASSES,
    *film_operators.CLASSES,
    *recording_operators.CLASSES,
    *face_operators.CLASSES,
    *view_operators.CLASSES,
    *cast_operators.CLASSES,
    *drawn_operators.CLASSES,
    *channel_preview.CLASSES,
    *interchange_operators.CLASSES,
    *dialogue_operators.CLASSES,
    # Panels: the main one first, since the others lie inside it; then in the order in which they are shown.
    *speak_panel.CLASSES,
    *talk_panel.CLASSES,
    *take_panel.CLASSES,
    *word_panel.CLASSES,
    *dialogue_panel.CLASSES,
    *conversation_panel.CLASSES,
    *cast_panel.CLASSES,
    *face_panel.CLASSES,
    *recording_panel.CLASSES,
    *puppet_operators.PANELS,
    *interchange_panel.CLASSES,
    *film_panel.CLASSES,
)

_PROPERTIES: Final[tuple[tuple[Any, str, Callable[[], Any]], ...]] = (
    (bpy.types.Action, "alphsistant_dials", lambda: bpy.props.PointerProperty(type=dial_settings.TakeDials)),
    word_list.PROPERTY,
    (bpy.types.Scene, "alphsistant", lambda: bpy.props.PointerProperty(type=properties.Settings)),
    (
        # Whom the chooser shows is nothing of a file's.
        bpy.types.WindowManager,
        "alphsistant_character",
        lambda: bpy.props.EnumProperty(name="Character", description="Who is added", items=pictures.items),
    ),
    (
        bpy.types.Scene,
        "alphsistant_recording",
        lambda: bpy.props.PointerProperty(type=recording_properties.RecordingSettings),
    ),
    (
        bpy.types.Scene,
        "alphsistant_live",
        lambda: bpy.props.PointerProperty(type=talk_properties.LiveSettings),
    ),
    (
        bpy.types.Scene,
        "alphsistant_dialogue",
        lambda: bpy.props.PointerProperty(type=dialogue_properties.DialogueSettings),
    ),
    (
        bpy.types.Object,
        "alphsistant_face",
        lambda: bpy.props.PointerProperty(type=mapping.FaceMap, override={"LIBRARY_OVERRIDABLE"}),
    ),
    (
        bpy.types.Object,
        "alphsistant_conversation",
        lambda: bpy.props.PointerProperty(type=conversation_properties.Conversation, override={"LIBRARY_OVERRIDABLE"}),
    ),
    (
        bpy.types.Action,
        "alphsistant_name",
        lambda: bpy.props.StringProperty(
            name="Name",
            description="What this take is called; double-click to rename it",
            get=record.get_name,
            set=record.set_name,
        ),
    ),
)
"""What Blender's own data gets: owner, name, and what makes the property once its class is registered."""

_registered: Final = contextlib.ExitStack()
"""Takes back, in reverse order, whatever was registered."""


def register() -> None:
    """Add everything; if one thing cannot be added, nothing is."""
    packages.add_to_path()
    with contextlib.ExitStack() as undone:
        for cls in CLASSES:
            bpy.utils.register_class(cls)
            undone.callback(bpy.utils.unregister_class, cls)
        undone.callback(pictures.forget)
        for owner, name, make in _PROPERTIES:
            setattr(owner, name, make())
            undone.callback(delattr, owner, name)
        for name, draw in menus.ENTRIES:
            menus.append_to(name, draw)
            undone.callback(menus.remove_from, name, draw)
        bpy.app.handlers.load_pre.append(bpy.app.handlers.persistent(_before_file_load))
        undone.callback(bpy.app.handlers.load_pre.remove, _before_file_load)
        take_handlers.register()
        undone.callback(take_handlers.unregister)
        word_handlers.register()
        undone.callback(word_handlers.unregister)
        observers.OBSERVERS.append(hear_switch.observe)
        undone.callback(observers.OBSERVERS.remove, hear_switch.observe)
        speak_panel.BELOW_BUTTONS.append(hear_switch.draw)
        undone.callback(speak_panel.BELOW_BUTTONS.remove, hear_switch.draw)
        shortcuts.register()
        undone.callback(shortcuts.unregister)
        live_handlers.register()
        undone.callback(live_handlers.unregister)
        undone.callback(
            bpy.utils.unregister_cli_command, bpy.utils.register_cli_command("alphsistant", command_line.run)
        )
        _registered.push(undone.pop_all())


def unregister() -> None:
    """Take everything out again; a job that runs is cancelled."""
    warm_up.forget()
    for name in ("live.live_session", "live.audio_owner", "jobs.desk"):
        running = sys.modules.get(f"{__package__}.{name}")  # not imported as long as nothing was clicked
        if running is not None:
            running.stop()
    _registered.close()


def _before_file_load(*_arguments: Any) -> None:
    """Let the panel show nothing of the file that is left. A job that is cancelled by it says so after this."""
    status.forget()
    live_status.forget()
