"""Buttons that bring a face into the scene, and into view."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...core.errors import AlphsistantError, AssetError
from ..jobs.buttons import done_or_reported
from . import find


class AddFace(bpy.types.Operator):
    """Add the shipped face, where it has room, with its lamps and its camera"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.add_face"
    bl_label = "Alphsistant Face"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Grey outside Object Mode, as Blender's own Add menu."""
        return bool(context.mode == "OBJECT")

    def execute(self, context: Any) -> set[str]:
        """Add it."""
        return done_or_reported(self, lambda: self._add(context))

    def _add(self, context: Any) -> None:
        from . import shipped_face, views  # noqa: PLC0415

        read = shipped_face.read_shipped()
        with shipped_face.shipped(context.scene, read) as face:
            views.show_keys(face, context.view_layer)
        if read.alone:
            views.look_through_camera(context.scene)
        for note in read.notes:
            self.report({"INFO"}, note)


class LookAtFace(bpy.types.Operator):
    """Turn this view to the face that speaks, from the front and near enough to judge its lips"""  # noqa: D415

    bl_idname = "alphsistant.look_at_face"
    bl_label = "Look at the Face"

    def execute(self, context: Any) -> set[str]:
        """Turn it."""
        return done_or_reported(self, lambda: self._look(context))

    def _look(self, context: Any) -> None:
        from . import views  # noqa: PLC0415

        area = context.area if context.area is not None and context.area.type == "VIEW_3D" else _view_of(context)
        if area is None:
            raise AlphsistantError("There is no 3D view in this window: open one first.")
        views.look_at(_face(context), area.spaces.active.region_3d)


class ShowKeys(bpy.types.Operator):
    """Select the face that speaks, so that the Dope Sheet and the Graph Editor show its keys"""  # noqa: D415

    bl_idname = "alphsistant.show_keys"
    bl_label = "Show Keys"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Grey outside Object Mode: another object cannot be made active there."""
        return bool(context.mode == "OBJECT")

    def execute(self, context: Any) -> set[str]:
        """Select it."""
        from . import views  # noqa: PLC0415

        return done_or_reported(self, lambda: views.show_keys(_face(context), context.view_layer))


def _face(context: Any) -> find.Face:
    face = find.find(context.scene, context.scene.alphsistant.face, context.active_object)
    if face is None:
        raise AssetError("There is no face in the scene: press Speak This Text, or Add ▸ Alphsistant Face.")
    return face


def _view_of(context: Any) -> Any:
    areas = context.window.screen.areas if context.window is not None else ()
    return next((area for area in areas if area.type == "VIEW_3D"), None)


CLASSES: Final = (AddFace, LookAtFace, ShowKeys)
