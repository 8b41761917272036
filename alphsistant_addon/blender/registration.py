"""What the add-on adds to Blender, in order."""

from __future__ import annotations

import sys
from typing import Any, Final

import bpy

from . import (
    command_line,
    delivery,
    dependencies,
    face_operators,
    face_panel,
    mapping,
    operators,
    panel,
    preferences,
    properties,
    recording,
    take_operators,
    take_record,
    takes_panel,
    voice_settings,
)

_CLASSES: Final = (
    mapping.MapRow,
    mapping.MapBone,
    mapping.FaceMap,
    delivery.DeliverySettings,
    voice_settings.VoiceSettings,
    properties.Settings,
    recording.RecordingSettings,
    preferences.Preferences,
    preferences.InstallTorch,
    preferences.RemoveTorch,
    operators.Generate,
    operators.SpeakText,
    operators.Cancel,
    operators.ShowTake,
    operators.RemoveTake,
    operators.RenderFilm,
    recording.LipSyncRecording,
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
    takes_panel.TakeList,
    panel.MainPanel,
    voice_settings.VoicePanel,
    face_panel.ExpressionPanel,
    takes_panel.DoctorPanel,
    takes_panel.TakesPanel,
    face_panel.FacePanel,
    recording.RecordingPanel,
    panel.FilmPanel,
)

_commands: Final[list[Any]] = []


def register() -> None:
    """Add everything."""
    dependencies.add_to_path()
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.alphsistant = bpy.props.PointerProperty(type=properties.Settings)
    bpy.types.Scene.alphsistant_recording = bpy.props.PointerProperty(type=recording.RecordingSettings)
    bpy.types.Object.alphsistant_face = bpy.props.PointerProperty(
        type=mapping.FaceMap, override={"LIBRARY_OVERRIDABLE"}
    )
    bpy.types.Action.alphsistant_name = bpy.props.StringProperty(
        name="Name",
        description="What this take is called; double-click to rename it",
        get=take_record.get_name,
        set=take_record.set_name,
    )
    _commands.append(bpy.utils.register_cli_command("alphsistant", command_line.run))


def unregister() -> None:
    """Take everything out again."""
    jobs = sys.modules.get(f"{__package__}.jobs")  # not imported as long as nothing was clicked
    if jobs is not None:
        jobs.stop()
    film = sys.modules.get(f"{__package__}.film_job")
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
