"""Watches the words' markers: when one was dragged and let go, mouth and sound follow at once.

A timer looks ten times a second, only while a take shows its words. Blender has no handler for markers, and while they
are being dragged their data must not be touched, so it waits until no operator that moves something runs.

The drag is one of Blender's undo steps and what follows from it one of ours. Undo that ends between the two goes on to
before the drag, and redo to after it: for the user it is one step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import bpy

from ...core.errors import AlphsistantError
from ..common.file_changes import FileChanges
from ..common.status import current as status
from ..common.status import redraw
from ..takes import markers
from ..takes.record import all_takes

_SECONDS: Final = 0.1

_MOVING: Final = ("MARKER_", "TRANSFORM_", "ACTION_", "GRAPH_", "NLA_", "SEQUENCER_", "TIME_", "ANIM_", "VIEW2D_")
"""How the names of operators begin that may be moving a marker as long as they run."""

UNDONE: Final = "undo"
REDONE: Final = "redo"


@dataclass
class _Watch:
    """What was seen last."""

    seen: tuple[Any, ...] = ()
    """Scene, name and frame of every marker."""
    is_new: bool = False
    """Whether something was moved that is still to be followed."""
    step: str = ""
    """Undo or redo, if that came last."""
    watched: list[str] = field(default_factory=list)
    """Takes that show their words."""


_watch: Final = _Watch()


def start() -> None:
    """Watch, if any take shows its words."""
    _watch.watched = _shown()
    if _watch.watched and not bpy.app.timers.is_registered(look):
        _watch.seen = _markers()
        bpy.app.timers.register(look, first_interval=_SECONDS, persistent=True)


def stop() -> None:
    """Watch no longer."""
    if bpy.app.timers.is_registered(look):
        bpy.app.timers.unregister(look)
    _watch.watched, _watch.seen, _watch.is_new, _watch.step = [], (), False, ""


def stepped(step: str) -> None:
    """Take notice that a step was undone or redone."""
    _watch.step, _watch.is_new = step, True
    start()


def look() -> float | None:
    """Look whether a marker was dragged and let go; ``None`` when nothing is left to watch."""
    seen = _markers()
    if seen != _watch.seen:
        _watch.seen, _watch.is_new = seen, True
        _watch.watched = _shown()
        return _SECONDS if _watch.watched else None
    if _watch.is_new and not status.running and not _is_busy():
        step, _watch.step, _watch.is_new = _watch.step, "", False
        for take_id in _watch.watched:
            _follow(take_id, step)
        _watch.seen = _markers()
    return _SECONDS


def _follow(take_id: str, step: str) -> None:
    """Follow what was dragged on one take, or go on undoing or redoing."""
    from ..takes.take_task import push_undo  # noqa: PLC0415
    from . import word_edits, word_markers  # noqa: PLC0415  # numpy

    try:
        if not word_markers.dragged(take_id):
            return
        if step and _go_on(step):
            return
        if step == UNDONE:  # following would undo the user's undo
            with FileChanges() as changes:
                word_markers.put_back(take_id, changes)
            return
        word_edits.follow(take_id)
    except AlphsistantError as error:
        status.say(str(error))
        with FileChanges() as changes:
            word_markers.put_back(take_id, changes)
    push_undo("Move Words")
    redraw()


def _go_on(step: str) -> bool:
    """Undo or redo once more; ``False`` if there is no such step."""
    windows = bpy.context.window_manager.windows
    again = bpy.ops.ed.undo if step == UNDONE else bpy.ops.ed.redo
    try:
        if windows:
            with bpy.context.temp_override(window=windows[0]):
                done = again()
        else:
            done = again()
    except RuntimeError:  # what Blender raises where there is no step
        return False
    _watch.step, _watch.is_new = "", False  # that was ours
    return "FINISHED" in (done or ())


def _is_busy() -> bool:
    """Say whether something is being moved, or the file cannot be changed at this moment."""
    if bpy.app.is_job_running("RENDER") or bpy.context.mode not in {"OBJECT", "POSE"}:
        return True
    running = (op.bl_idname for window in bpy.context.window_manager.windows for op in window.modal_operators)
    return any(name.startswith(_MOVING) for name in running)


def _shown() -> list[str]:
    return [take.id for take in all_takes() if markers.are_listed(take.id, "word") and not markers.are_away(take.id)]


def _markers() -> tuple[Any, ...]:
    """Return the markers of the scenes that are seen."""
    windows = bpy.context.window_manager.windows
    scenes = {window.scene for window in windows} or {bpy.context.scene}
    return tuple(sorted((scene.name, m.name, m.frame) for scene in scenes for m in scene.timeline_markers))
