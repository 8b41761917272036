"""The one models' process of this Blender: started by the first job or warmed up before it, kept, stopped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ...model_process.client import ModelProcess

_process: ModelProcess | None = None


def process() -> ModelProcess:
    """Return the process, which need not be started yet. Imports numpy: not on the main thread's first click."""
    from ...model_process.client import ModelProcess  # noqa: PLC0415  # numpy, see above

    global _process  # noqa: PLW0603  # there is one for the whole of Blender
    if _process is None:
        _process = ModelProcess()
    return _process


def run(request: Any, cancel: CancelEvent) -> Iterable[Any]:
    """Let the process do a job and yield its events; on the worker's thread.

    Raises:
        AlphsistantError: what the job raises, or that the process has ended.
    """
    from ...pipeline.reply import put_together  # noqa: PLC0415  # numpy, see above

    yield from put_together(process().run(request, cancel))


def warm_up(request: Any) -> None:
    """Let the models be loaded in the background, unless there is a process already.

    Raises:
        AlphsistantError: the process cannot be started.
    """
    process().warm_up(request)


def stop() -> None:
    """End the process and wait for its end; there may be none."""
    if _process is not None:
        _process.stop()
