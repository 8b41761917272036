"""A job that ends in a take: the reply is kept until Blender lets us change the file, then baked as one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ...core.errors import AssetError
from ..common.status import current as status
from ..face import find, shipped_face, views
from ..jobs.desk import Task
from . import bake

if TYPE_CHECKING:
    from ...pipeline.reply import Reply
    from .placement import Target


class TakeTask(Task):
    """Makes a take of the reply that the work yields last."""

    def __init__(self, target: Target) -> None:
        """``target`` is where the take goes."""
        self._target = target
        self._reply: Reply | None = None
        self._shipped: shipped_face.Shipped | None = None
        """The shipped face, read in the tick before the one that makes the take."""
        self._looked_up: tuple[str, ...] = ()
        """Says so where the answer was not written by the language model."""

    def take_in(self, event: Any) -> None:
        """Show sentences in the panel; keep the reply."""
        from ...pipeline.reply import LookedUp, Reply, Sentence  # noqa: PLC0415  # the worker has imported it

        if isinstance(event, LookedUp):
            self._looked_up = (event.sentence,)
        elif isinstance(event, Sentence):
            status.sentences.append(event.text)
        elif isinstance(event, Reply):
            self._reply = event

    def obstacle(self) -> str:
        """Say why the take cannot be made at this moment."""
        return file_obstacle()

    def finish(self) -> bool:
        """Make the take; the shipped face is read in a tick of its own before (a third of all the work)."""
        if self._reply is None:
            raise RuntimeError("the work ended without a reply")
        scene, speaking = self._found()
        arrived: tuple[str, ...] = ()
        if speaking is not None:
            self.put_away()  # the user was quicker, and made a face between the two ticks
            take = bake.bake(scene, speaking, self._reply, **self._options)
        elif self._shipped is None or not self._shipped.there:
            self._shipped = shipped_face.read_shipped()
            bake.get_ready()
            return False
        else:
            with shipped_face.shipped(scene, self._shipped) as speaking:
                take = bake.bake(scene, speaking, self._reply, **self._options)
            arrived = self._shipped.notes
            if self._shipped.alone:
                views.look_through_camera(scene)
            self._shipped = None  # the scene's now
        scene.alphsistant.take = take.id
        self.took(take, bpy.data.objects[speaking.root])
        if not any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows):
            scene.frame_current = take.start  # Space plays it from its beginning
        # Without this, or a change of frame, the first playback lost parts of the sound in five of six runs of the
        # window test (4.3.2), with it in none of two. Why Blender needs it is not known.
        scene.update_tag()
        push_undo(f"Speak: {take.name}")
        self.notes = (*self._looked_up, *take.warnings, *arrived)
        return True

    def took(self, take: bake.Take, root: Any) -> None:
        """Do what else belongs to the take and to its undo step; ``root`` is the face's topmost object."""

    def put_away(self) -> None:
        """Leave nothing in the file that was read for a take which is not there."""
        shipped, self._shipped = self._shipped, None
        if shipped is not None:
            shipped.put_away()

    @property
    def _options(self) -> dict[str, Any]:
        target = self._target
        own = target.own_sound
        return {
            "start": target.start,
            "replaced": target.replaced,
            "keep_edits": target.keep_edits,
            "own_sound": bake.OwnSound(own, target.has_strip, target.skipped) if own is not None else None,
            "manner": target.manner or None,
        }

    def _found(self) -> tuple[Any, find.Face | None]:
        """Find the scene and the face again by name; no face is the shipped one.

        Raises:
            AssetError: one of them is gone.
        """
        target = self._target
        scene = bpy.data.scenes.get(target.scene)
        if scene is None:
            raise AssetError(f"The scene “{target.scene}” is gone, so there was nowhere to put the reply.")
        picked = None
        if target.picked is not None:
            picked = bpy.data.objects.get(target.picked)
            if picked is None:
                raise AssetError(f"The face “{target.picked}” is gone, so there was nowhere to put the reply.")
        active = bpy.data.objects.get(target.active) if target.active is not None else None
        return scene, find.find(scene, picked, active)


def file_obstacle() -> str:
    """Say why keys cannot be changed at this moment; empty if they can."""
    if bpy.app.is_job_running("RENDER"):
        return "Ready; waiting for the render to end"
    # Outside Object Mode (and Pose Mode) undo steps hold the edited mesh only, not the keys.
    if bpy.context.mode not in {"OBJECT", "POSE"}:
        return "Ready; waiting until you go back to Object Mode"
    return ""


def push_undo(name: str) -> None:
    """Add an undo step; a timer has no window of its own, and undo needs one."""
    windows = bpy.context.window_manager.windows
    if windows:
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=name)
    else:
        bpy.ops.ed.undo_push(message=name)
