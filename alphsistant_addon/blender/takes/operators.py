"""Buttons of single takes and of the doctor."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ...core.errors import AlphsistantError, AssetError
from ..speak.operators import NoJobRunning, done_or_reported, start_job
from . import playback
from . import record as take_record
from .record import objects_of


class SpeakTakeAgain(NoJobRunning, bpy.types.Operator):
    """Speak the same text again with the present seed, voice, style and mapping; only this take's own data is replaced"""  # noqa: D415, E501  # a tooltip

    bl_idname = "alphsistant.speak_take_again"
    bl_label = "Speak Again"

    take: StringProperty(options={"HIDDEN"})
    edits: EnumProperty(
        name="Your Edits",
        description="What becomes of the keys that you changed on this take",
        items=(
            ("KEEP", "Keep My Edits", "Add what you changed to the new keys, at the same sounds"),
            ("REPLACE", "Replace", "Only the new keys; what you changed is gone (Undo brings it back)"),
        ),
        default="KEEP",
    )

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask about hand edits where there are any."""
        from . import hand_edits  # noqa: PLC0415  # numpy

        if hand_edits.count_edited(self.take):
            return set(context.window_manager.invoke_props_dialog(self))
        return self.execute(context)

    def draw(self, _context: Any) -> None:
        """Draw the question."""
        from . import hand_edits  # noqa: PLC0415

        count = hand_edits.count_edited(self.take)
        column = self.layout.column()
        column.label(text="1 curve was changed by hand." if count == 1 else f"{count} curves were changed by hand.")
        column.prop(self, "edits", text="")

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        return done_or_reported(self, lambda: self._start(context))

    def _start(self, context: Any) -> None:
        from ..jobs import desk  # noqa: PLC0415
        from . import bake  # noqa: PLC0415

        take = take_record.find(self.take)
        if take is None:
            raise AssetError("This take is no longer there.")
        if take_record.record_of(take.id).get("recording"):
            raise AlphsistantError(
                f"“{take.name}” is a recording: select it, set Place to “Replace the Selected Take” and press"
                " “Lip-Sync Recording” again."
            )
        scene = bpy.data.scenes.get(take.scene)
        meshes = objects_of(scene, take.id) if scene is not None else []
        if scene is None or not meshes:
            raise AssetError(f"The face of “{take.name}” is no longer in the scene: speak its text on another face.")
        target = desk.Target(
            scene=scene.name,
            picked=meshes[0].name,
            active=None,
            start=take.start,
            replaced=take.id,
            keep_edits=self.edits == "KEEP",
        )
        start_job(self, context, take.prompt, bake.script_of(take), target)


class PushDownTake(bpy.types.Operator):
    """Play this take as an NLA strip at its own frames, so that another Action can be edited above it; Show brings it back"""  # noqa: D415, E501

    bl_idname = "alphsistant.push_down_take"
    bl_label = "Push Down"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Push it down."""
        return done_or_reported(self, lambda: playback.push_down(self.take))


class ReportTake(bpy.types.Operator):
    """Play the take through and measure lip seals on the mesh, vowels against the sound, keys and clipping; the worst five moments become markers"""  # noqa: D415, E501

    bl_idname = "alphsistant.report_take"
    bl_label = "Check This Take"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Measure."""
        from . import report  # noqa: PLC0415  # numpy

        return done_or_reported(self, lambda: report.check(self.take))


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
            from . import bake  # noqa: PLC0415

            bake.remove_markers(record, "report")
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
