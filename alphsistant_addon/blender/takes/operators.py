"""Buttons of single takes and of the doctor."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..jobs.buttons import NoJobRunning, done_or_reported
from . import playback
from . import record as take_record
from .dial_settings import LAYERS


class PushDownTake(bpy.types.Operator):
    """Play this take as an NLA strip at its own frames, so that another Action can be edited above it; Show brings it back"""  # noqa: D415, E501

    bl_idname = "alphsistant.push_down_take"
    bl_label = "Push Down"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Push it down."""
        return done_or_reported(self, lambda: playback.push_down(self.take))


class ReportTake(NoJobRunning, bpy.types.Operator):
    """Play the take through and measure lip seals on the mesh, vowels against the sound, keys and clipping; the worst five moments become markers"""  # noqa: D415, E501

    bl_idname = "alphsistant.report_take"
    bl_label = "Check This Take"

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Start the job; what it finds is one undo step."""
        from ..jobs import desk  # noqa: PLC0415
        from .check_task import CheckTask  # noqa: PLC0415  # numpy

        take = take_record.find(self.take)
        name = take.name if take is not None else ""
        return done_or_reported(self, lambda: desk.start(CheckTask(self.take, name)))


class RemoveReportMarkers(bpy.types.Operator):
    """Remove the markers of this take's worst moments"""  # noqa: D415

    bl_idname = "alphsistant.remove_report_markers"
    bl_label = "Remove Markers"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Remove them."""
        record = take_record.record_of(self.take)
        if record is not None:
            from . import markers  # noqa: PLC0415

            markers.remove_markers(record, "report")
        return {"FINISHED"}


class FindOutWhy(bpy.types.Operator):
    """Look for what keeps the selected take from moving its face"""  # noqa: D415

    bl_idname = "alphsistant.find_out_why"
    bl_label = "Find Out Why"

    def execute(self, context: Any) -> set[str]:
        """Examine."""
        from . import doctor  # noqa: PLC0415

        return done_or_reported(self, lambda: doctor.look(context.scene))


class Fix(bpy.types.Operator):
    """Put this right and look again"""  # noqa: D415

    bl_idname = "alphsistant.fix"
    bl_label = "Fix"
    bl_options = {"REGISTER", "UNDO"}

    finding: IntProperty(options={"HIDDEN"})

    def execute(self, context: Any) -> set[str]:
        """Fix the finding of that number."""
        from . import doctor  # noqa: PLC0415

        return done_or_reported(self, lambda: doctor.fix(context.scene, self.finding))


class ShowTake(bpy.types.Operator):
    """Let this take move the face and be heard; other takes of the face are muted"""  # noqa: D415

    bl_idname = "alphsistant.show_take"
    bl_label = "Show Take"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Show the take."""
        return done_or_reported(self, lambda: playback.show(self.take))


class ResetDials(NoJobRunning, bpy.types.Operator):
    """Put every dial and layer of this take back; what you changed by hand stays"""  # noqa: D415

    bl_idname = "alphsistant.reset_dials"
    bl_label = "Reset Dials"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Put them back."""
        from . import take_remaking  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: take_remaking.reset(self.take))


class ClearLayer(NoJobRunning, bpy.types.Operator):
    """Remove the keys of this layer; Make Again brings them back"""  # noqa: D415

    bl_idname = "alphsistant.clear_layer"
    bl_label = "Clear Layer"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})
    layer: EnumProperty(items=LAYERS, options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Remove them."""
        from . import take_remaking  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: take_remaking.clear_layer(self.take, self.layer))


class RemakeLayer(NoJobRunning, bpy.types.Operator):
    """Make this layer again as it was first made, without what you changed in it; other layers stay as they are"""  # noqa: D415

    bl_idname = "alphsistant.remake_layer"
    bl_label = "Make Layer Again"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})
    layer: EnumProperty(items=LAYERS, options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Make it."""
        from . import take_remaking  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: take_remaking.remake_layer(self.take, self.layer))


class MoveTake(NoJobRunning, bpy.types.Operator):
    """Move this take to the playhead: its keys, bones, strips, sound, markers and captions together"""  # noqa: D415

    bl_idname = "alphsistant.move_take"
    bl_label = "Move Take Here"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, context: Any) -> set[str]:
        """Move it."""
        from . import take_moving  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: take_moving.move(self.take, context.scene.frame_current))


class RemoveTake(bpy.types.Operator):
    """Remove this take's keys, sound strip and markers; its sound file stays on disk"""  # noqa: D415

    bl_idname = "alphsistant.remove_take"
    bl_label = "Remove Take"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Remove the take."""
        from . import removal  # noqa: PLC0415

        return done_or_reported(self, lambda: removal.remove(self.take))


CLASSES: Final = (
    PushDownTake,
    ReportTake,
    RemoveReportMarkers,
    FindOutWhy,
    Fix,
    ShowTake,
    MoveTake,
    ResetDials,
    ClearLayer,
    RemakeLayer,
    RemoveTake,
)
