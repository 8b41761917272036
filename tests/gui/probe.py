"""Runs inside Blender: how long the main thread is away from its events, and why.

A timer with an interval of 0 runs each time Blender has looked at its events: every 5 ms while nothing happens.
"""

from __future__ import annotations

import functools
import sys
import time
from typing import Any

import bpy

STATUS = "bl_ext.user_default.alphsistant.alphsistant_addon.blender.common.status"
JOBS = "bl_ext.user_default.alphsistant.alphsistant_addon.blender.jobs.desk"
_REDRAW_SECONDS = 0.05

_ticks: list[tuple[float, float, bool, str]] = []
_handles: list[Any] = []
_drawn = False
_redraw_until = 0.0
_next_redraw = 0.0


def start() -> None:
    """Begin to measure."""
    _ticks.clear()
    if not _handles:
        add = bpy.types.SpaceView3D.draw_handler_add
        _handles.extend((add(_note_draw, (), region, "POST_PIXEL"), region) for region in ("WINDOW", "UI"))
        bpy.app.timers.register(_tick, persistent=True)


def stop() -> list[tuple[float, float, bool, str]]:
    """Stop, and give back the ticks.

    Each is its time (seconds), the time for which this thread could have run but other programs had the processor
    (seconds since its start), whether the window was drawn since the last tick, and the step that the panel showed.
    """
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(*_handles.pop())
    return list(_ticks)


_takes: list[tuple[float, float, float]] = []


def time_takes() -> None:
    """From now on, write down how long each tick that makes a take keeps the main thread; while a job runs already."""
    jobs = sys.modules[JOBS]  # importing it is the first click's own work
    _takes.clear()
    if hasattr(jobs._finish, "__wrapped__"):
        return
    finish = jobs._finish

    @functools.wraps(finish)
    def timed(*arguments: Any) -> Any:
        began, worked, waited = time.perf_counter(), time.thread_time(), _waited()
        try:
            return finish(*arguments)
        finally:
            _takes.append((time.perf_counter() - began, time.thread_time() - worked, _waited() - waited))

    jobs._finish = timed


def takes() -> list[tuple[float, float, float]]:
    """Of each such tick: its length, this thread's processor time in it, and its wait for a processor, in seconds."""
    return list(_takes)


def redraw_for(seconds: float) -> None:
    """Without a job, draw the panel as often as a job does: what Blender itself needs for that."""
    global _redraw_until  # noqa: PLW0603
    _redraw_until = time.perf_counter() + seconds


def _tick() -> float:
    global _drawn, _next_redraw  # noqa: PLW0603
    now = time.perf_counter()
    status = sys.modules[STATUS]
    _ticks.append((now, _waited(), _drawn, status.current.step if status.current.running else ""))
    _drawn = False
    if _next_redraw < now < _redraw_until:
        _next_redraw = now + _REDRAW_SECONDS
        status.redraw()
    return 0.0


def _note_draw() -> None:
    global _drawn  # noqa: PLW0603
    _drawn = True


def _waited() -> float:
    with open("/proc/thread-self/schedstat", encoding="ascii") as file:  # noqa: PTH123  # Path costs ten times as much
        return int(file.read().split()[1]) / 1e9
