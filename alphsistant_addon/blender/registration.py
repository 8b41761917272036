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
from .headless import command_line
from .recording import operators as recording_operators
from .speak import expression_settings, properties, voice_settings
from .speak import operators as speak_operators
from .speak import panel as speak_panel
from .takes import operators as take_operators
from .takes import panel as take_panel
from .takes import record

_CLASSES: Final = (
    mapping.MapRow,
    mapping.MapBone,
    mapping.FaceMap,
    expression_settings.DeliverySettings,
    voice_settings.VoiceSettings,
    properties.Settings,
    recording_operators.RecordingSettings,
    preferences.Preferences,
    preferences.InstallTorch,
    preferences.RemoveTorch,
    speak_operators.Generate,
    speak_operators.SpeakText,
    speak_operators.Cancel,
    speak_operators.ShowTake,
    speak_operators.RemoveTake,
    speak_operators.RenderFilm,
    recording_operators.LipSyncRecording,
    take_operators.SpeakTakeAgain,
    take_operators.PushDownTake,
    take_operators.ReportTake,
    take_operators.RemoveReportMarkers,
    take_operators.FindOutWhy,
    take_operators.Fix,
    face_operators.KeepMapping,
    face_operators.ForgetMapping,
    face_operators.AddMappingRow,
    face_operators.RemoveMappingRow,
    face_operators.ClearChannel,
    face_operators.AddMappingBone,
    face_operators.RemoveMappingBone,
    face_operators.ExportMapping,
    face_operators.ImportMapping,
    face_operators.BuildVisemes,
    face_panel.MappingList,
    take_panel.TakeList,
    speak_panel.MainPanel,
    voice_settings.VoicePanel,
    face_panel.ExpressionPanel,
    take_panel.DoctorPanel,
    take_panel.TakesPanel,
    face_panel.FacePanel,
    recording_operators.RecordingPanel,
    speak_panel.FilmPanel,
)

_commands: Final[list[Any]] = []


def register() -> None:
    """Add everything."""
    packages.add_to_path()
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.alphsistant = bpy.props.PointerProperty(type=properties.Settings)
    bpy.types.Scene.alphsistant_recording = bpy.props.PointerProperty(type=recording_operators.RecordingSettings)
    bpy.types.Object.alphsistant_face = bpy.props.PointerProperty(
        type=mapping.FaceMap, override={"LIBRARY_OVERRIDABLE"}
    )
    bpy.types.Action.alphsistant_name = bpy.props.StringProperty(
        name="Name",
        description="What this take is called; double-click to rename it",
        get=record.get_name,
        set=record.set_name,
    )
    _commands.append(bpy.utils.register_cli_command("alphsistant", command_line.run))


def unregister() -> None:
    """Take everything out again."""
    jobs = sys.modules.get(f"{__package__}.jobs.desk")  # not imported as long as nothing was clicked
    if jobs is not None:
        jobs.stop()
    film = sys.modules.get(f"{__package__}.film.film_job")
    if film is not None:
        film.forget()
    while _commands:
        bpy.utils.unregister_cli_command(_commands.pop())
    del bpy.types.Action.alphsistant_name
    del bpy.types.Object.alphsistant_face
    del bpy.types.Scene.alphsistant_recording
    del bpy.types.Scene.alphsistant
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
