"""What the add-on adds to Blender, in order."""

from __future__ import annotations

import sys
from typing import Any, Final

import bpy

from . import preferences
from .common import packages
from .face import mapping
from .face import operators as face_operators
from .face import panel as face_panel
from .film import operators as film_operators
from .film import panel as film_panel
from .headless import command_line
from .recording import operators as recording_operators
from .recording import panel as recording_panel
from .recording import properties as recording_properties
from .speak import expression_settings, properties, voice_settings, warm_up
from .speak import operators as speak_operators
from .speak import panel as speak_panel
from .takes import handlers as take_handlers
from .takes import operators as take_operators
from .takes import panel as take_panel
from .takes import record

CLASSES: Final = (
    *mapping.CLASSES,
    *expression_settings.CLASSES,
    *voice_settings.CLASSES,
    *properties.CLASSES,
    *recording_properties.CLASSES,
    *preferences.CLASSES,
    *speak_operators.CLASSES,
    *take_operators.CLASSES,
    *film_operators.CLASSES,
    *recording_operators.CLASSES,
    *face_operators.CLASSES,
    # Panels: the main one first, since the others lie inside it; then in the order in which they are shown.
    *speak_panel.CLASSES,
    *take_panel.CLASSES,
    *face_panel.CLASSES,
    *recording_panel.CLASSES,
    *film_panel.CLASSES,
)

_commands: Final[list[Any]] = []


def register() -> None:
    """Add everything."""
    packages.add_to_path()
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.alphsistant = bpy.props.PointerProperty(type=properties.Settings)
    bpy.types.Scene.alphsistant_recording = bpy.props.PointerProperty(type=recording_properties.RecordingSettings)
    bpy.types.Object.alphsistant_face = bpy.props.PointerProperty(
        type=mapping.FaceMap, override={"LIBRARY_OVERRIDABLE"}
    )
    bpy.types.Action.alphsistant_name = bpy.props.StringProperty(
        name="Name",
        description="What this take is called; double-click to rename it",
        get=record.get_name,
        set=record.set_name,
    )
    take_handlers.register()
    _commands.append(bpy.utils.register_cli_command("alphsistant", command_line.run))


def unregister() -> None:
    """Take everything out again."""
    warm_up.forget()
    jobs = sys.modules.get(f"{__package__}.jobs.desk")  # not imported as long as nothing was clicked
    if jobs is not None:
        jobs.stop()
    film = sys.modules.get(f"{__package__}.film.film_job")
    if film is not None:
        film.forget()
    take_handlers.unregister()
    while _commands:
        bpy.utils.unregister_cli_command(_commands.pop())
    del bpy.types.Action.alphsistant_name
    del bpy.types.Object.alphsistant_face
    del bpy.types.Scene.alphsistant_recording
    del bpy.types.Scene.alphsistant
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
