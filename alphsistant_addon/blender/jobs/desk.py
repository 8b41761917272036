"""Jobs on the main thread's side: started by operators, drained by a timer.

The desk knows no take and no film: a job is a :class:`Task`. Between two ticks nothing of Blender's is kept but names,
since undo, file load and deletion may take the data away at any moment. While no job runs there is no timer, no
handler and no thread but the one that reads from the models' process.
"""

from __future__ import annotations

import atexit
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AlphsistantError
from ..common.stand_aside import stand_aside
from ..common.status import current as status
from ..common.status import redraw
from . import models_owner
from .observers import JobEnded, JobStarted, tell
from .worker import Ended, Worker

if TYPE_CHECKING:
    from ...core.progress import CancelEvent

logger = logging.getLogger(__name__)

_TICK_SECONDS: Final = 0.02
_WAITING_SECONDS: Final = 0.25
_DRAIN_SECONDS: Final = 0.004


class Task:
    """One job: what the worker's thread does, and what the main thread does with it. A task is used once."""

    first_step = "Starting"
    """Shown until the work says what it is doing."""
    notes: tuple[str, ...] = ()
    """Sentences for the user about a job that went well."""

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Yield steps and other events, on the worker's thread; never touches bpy.

        Raises:
            AlphsistantError: the job cannot be done.
        """
        raise NotImplementedError

    def take_in(self, event: Any) -> None:
        """Take in an event that is no step; on the main thread."""

    def obstacle(self) -> str:
        """Say why :meth:`finish` cannot be called at this moment; empty if it can."""
        return ""

    def finish(self) -> bool:
        """Use what the work has come to, tick by tick; ``True`` when all is done.

        Raises:
            AlphsistantError: it cannot be used; nothing of it is left.
        """
        return True

    def put_away(self) -> None:
        """Take away whatever waits between two ticks; called while there is an obstacle, and when the job ends."""


class _Desk:
    """The job that runs, if one does."""

    def __init__(self) -> None:
        self.worker = Worker()
        self.task: Task | None = None
        self.worked = False
        """Whether the work is done, and only :meth:`Task.finish` is still to come."""


_desk: Final = _Desk()


def start(task: Task) -> None:
    """Start a job; it ends by itself."""
    _desk.task, _desk.worked = task, False
    status.start(task.first_step)
    tell(task, JobStarted())
    _desk.worker.start(task.work)
    if not bpy.app.timers.is_registered(poll):
        bpy.app.timers.register(poll, first_interval=_TICK_SECONDS)
    if _before_file_load not in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.append(_before_file_load)


def cancel() -> None:
    """Stop the job: nothing of it is kept. The thread ends soon after, by itself."""
    if status.running:
        _end("Cancelled.")


def stop() -> None:
    """Cancel, and wait until the thread is gone: for disabling the add-on and for quitting."""
    cancel()
    _desk.worker.cancel()
    models_owner.stop()  # the thread waits for it
    _desk.worker.stop()


def poll() -> float | None:
    """Do one tick of the timer: take in what the worker has posted, for a few milliseconds at most."""
    for event in _desk.worker.events(_DRAIN_SECONDS):
        _take_in(event)
        redraw()
    if _desk.worked and _desk.task is not None:
        obstacle = _desk.task.obstacle()
        if obstacle:
            _desk.task.put_away()
            status.step = obstacle
            redraw()
            return _WAITING_SECONDS
        if not _finish(_desk.task):
            return 0.0
    return _TICK_SECONDS if status.running else None


def _take_in(event: Any) -> None:
    from ...core.progress import Step  # noqa: PLC0415  # the worker has imported it

    match event:
        case Step(words, fraction):
            status.step, status.fraction = words, fraction
        case Ended(error):
            if error:
                _end(error)
            else:
                _desk.worked = True
        case _ if _desk.task is not None:
            tell(_desk.task, event)
            _desk.task.take_in(event)


def _finish(task: Task) -> bool:
    """Let the task use what the work has come to; ``False`` if there is another tick to come."""
    stand_aside()
    try:
        if not task.finish():
            return False
    except AlphsistantError as error:
        logger.info("The job was not finished", exc_info=True)
        _end(str(error))
    except Exception as error:
        logger.exception("The job could not be finished")
        _end(f"It could not be finished ({type(error).__name__}); nothing was changed, the log has the details.")
    else:
        _end(notes=task.notes)
    return True


def _end(error: str = "", notes: tuple[str, ...] = ()) -> None:
    task, _desk.task, _desk.worked = _desk.task, None, False
    _desk.worker.cancel()
    if task is not None:
        task.put_away()
        tell(task, JobEnded(error))
    if bpy.app.timers.is_registered(poll):
        bpy.app.timers.unregister(poll)
    if _before_file_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_file_load)
    status.end(error, notes)


def _before_file_load(*_arguments: Any) -> None:
    _end("The job was cancelled because another file was opened.")


atexit.register(stop)  # a timer or a thread still there at exit crashes or hangs some builds
