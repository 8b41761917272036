"""Buttons of drawn mouths: set up, and forget."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..jobs.buttons import NoJobRunning, done_or_reported

SET_ITEMS: Final = (
    ("blair", "Preston Blair", "rest, MBP, FV, L, etc, WQ, AI, E, O, U", 0),
    ("rhubarb", "Rhubarb", "A to H, and X at rest", 1),
    ("character_animator", "Character Animator", "Neutral, M, F, L, D, S, R, Aa, Uh, Ee, Oh, W-Oo", 2),
    ("visemes", "Fifteen Visemes", "sil, PP, FF, TH, DD, kk, CH, SS, nn, RR, aa, E, I, O, U", 3),
)
"""Sets of mouths by their names (``interchange.mouth_sets.SETS``)."""

SHOWS_ITEMS: Final = (
    ("OBJECTS", "Objects", "One of the selected objects is visible; their names end in the drawings' names", 0),
    ("SHEET", "Sheet", "A place in the image of the active object's material, counted by rows from the upper left", 1),
    ("PENCIL_FRAMES", "Grease Pencil Frames", "A frame of the active Grease Pencil object for each drawing", 2),
    (
        "PENCIL_LAYERS",
        "Grease Pencil Layers",
        "The layer of the active Grease Pencil object with the drawing's name",
        3,
    ),
    ("NUMBER", "Number Only", "Nothing yet: drive what you like with the active object's number", 4),
)
"""What shows a drawing."""


class SetUpDrawnMouth(NoJobRunning, bpy.types.Operator):
    """Make the active object a drawn mouth: a take animates one number on it, and drivers show the drawing of that number"""  # noqa: D415, E501  # a tooltip

    bl_idname = "alphsistant.set_up_drawn_mouth"
    bl_label = "Set Up Drawn Mouth"
    bl_options = {"REGISTER", "UNDO"}

    mouths: EnumProperty(name="Mouths", description="Which drawings there are", items=SET_ITEMS)
    shows: EnumProperty(name="Shown By", description="What shows a drawing", items=SHOWS_ITEMS)
    columns: IntProperty(name="Columns", description="Drawings in a row of the sheet", default=4, min=1, max=64)
    rows: IntProperty(name="Rows", description="Rows of the sheet", default=3, min=1, max=64)
    first_frame: IntProperty(
        name="First Frame", description="Frame of the Grease Pencil object with the mouth at rest", default=1
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Grey without an active object."""
        if not super().poll(context):
            return False
        cls.poll_message_set("Make the object active that shall be the drawn mouth")
        return context.active_object is not None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask how."""
        return set(context.window_manager.invoke_props_dialog(self))

    def draw(self, _context: Any) -> None:
        """Draw the question, with what counts for the choice."""
        column = self.layout.column()
        column.use_property_split = True
        names = ["mouths", "shows"]
        names += {"SHEET": ["columns", "rows"], "PENCIL_FRAMES": ["first_frame"]}.get(self.shows, [])
        for name in names:
            column.prop(self, name)

    def execute(self, context: Any) -> set[str]:
        """Set it up."""
        return done_or_reported(self, lambda: self._set_up(context))

    def _set_up(self, context: Any) -> None:
        from ..common.file_changes import FileChanges  # noqa: PLC0415
        from . import drawn_mouth, drawn_setup  # noqa: PLC0415

        thing = context.active_object
        with FileChanges() as changes:
            count = drawn_setup.set_up(
                thing,
                self.mouths,
                self.shows,
                [other for other in context.selected_objects if other != thing],
                changes,
                columns=self.columns,
                rows=self.rows,
                first_frame=self.first_frame,
            )
        names = drawn_mouth.drawings_of(thing)
        if count < len(names):
            self.report({"WARNING"}, f"{count} of {len(names)} drawings were found: {', '.join(names)}.")


class ForgetDrawnMouth(NoJobRunning, bpy.types.Operator):
    """Let this object be no drawn mouth any more; its drivers go, its drawings stay"""  # noqa: D415

    bl_idname = "alphsistant.forget_drawn_mouth"
    bl_label = "Forget Drawn Mouth"
    bl_options = {"REGISTER", "UNDO"}

    root: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Forget it."""
        from ..common.file_changes import FileChanges  # noqa: PLC0415
        from . import drawn_mouth, drawn_setup  # noqa: PLC0415

        thing = bpy.data.objects.get(self.root) or context.active_object
        if thing is not None and drawn_mouth.is_drawn(thing):
            with FileChanges() as changes:
                drawn_setup.forget(thing, changes)
        return {"FINISHED"}


CLASSES: Final = (SetUpDrawnMouth, ForgetDrawnMouth)
