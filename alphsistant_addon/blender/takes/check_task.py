"""*Check This Take* as a job: the sound is read on the worker's thread, the mesh measured a frame in each tick."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..common.status import current as status
from ..common.status import redraw
from ..jobs.desk import Task
from .report import Checking, FloatArray, levels_of
from .take_task import push_undo

if TYPE_CHECKING:
    from ...core.progress import CancelEvent

_TICK_SECONDS: Final = 0.004
"""A tick begins no new step after that; a step is one frame at most, which takes as long as Blender takes for it."""

_REDRAW_SECONDS: Final = 0.1


@dataclass(frozen=True)
class _Levels:
    """Loudness of the take's sound; ``None`` if it cannot be read."""

    values: FloatArray | None


class CheckTask(Task):
    """Measures a take and keeps the report with it."""

    first_step = "Reading the sound"

    def __init__(self, take_id: str, name: str) -> None:
        """Look whether the take can be measured; ``name`` is for the undo step.

        Raises:
            AlphsistantError: it cannot.
        """
        self._checking = Checking(take_id)
        self._name = name
        self._levels = _Levels(None)
        self._steps: Iterator[float] | None = None
        self._drawn = 0.0

    def work(self, _cancel: CancelEvent) -> Iterable[Any]:
        """Read the sound."""
        yield _Levels(levels_of(self._checking.source))

    def take_in(self, event: Any) -> None:
        """Keep the sound's loudness."""
        if isinstance(event, _Levels):
            self._levels = event

    def obstacle(self) -> str:
        """Say why the mesh cannot be measured at this moment."""
        if bpy.app.is_job_running("RENDER"):
            return "Waiting for the render to end"
        if any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows):
            return "Waiting until the playback stops"
        # In Edit Mode shape keys do not play.
        if bpy.context.mode not in {"OBJECT", "POSE"}:
            return "Waiting until you go back to Object Mode"
        return ""

    def finish(self) -> bool:
        """Measure for one tick; the last one keeps the report."""
        if self._steps is None:
            self._steps = self._checking.steps(self._levels.values)
        end = time.perf_counter() + _TICK_SECONDS
        while time.perf_counter() < end:
            share = next(self._steps, None)
            if share is None:
                self._checking.keep()
                push_undo(f"Check: {self._name}")
                return True
            status.step, status.fraction = "Measuring the lips", share
        if time.perf_counter() > self._drawn + _REDRAW_SECONDS:
            self._drawn = time.perf_counter()
            redraw()
        return False

    def put_away(self) -> None:
        """Put the playhead back."""
        self._checking.put_back()
