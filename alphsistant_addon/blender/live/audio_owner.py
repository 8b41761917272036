"""The one process for the sound of this Blender: started when something is to be heard, kept a while, closed."""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..common.addon_preferences import preferences_of

if TYPE_CHECKING:
    from ...audio_process.client import Audio

_KEPT_SECONDS: Final = 120.0
"""A stream that is open already plays at once; one that nobody has used for so long is closed."""


class _Owner:
    """The process, if there is one."""

    def __init__(self) -> None:
        self.audio: Audio | None = None
        self.starting: threading.Thread | None = None


_owner: Final = _Owner()


def begin() -> None:
    """Start the process in the background, since that imports numpy; :func:`audio` waits for it."""
    _keep()
    if _owner.audio is None and _owner.starting is None:
        _owner.starting = threading.Thread(target=_start, args=(chosen(),), name="Alphsistant sound", daemon=True)
        _owner.starting.start()


def audio() -> Audio:
    """Return the process, which runs.

    Raises:
        AlphsistantError: it cannot be started.
    """
    begin()
    if _owner.starting is not None:
        _owner.starting.join()
        _owner.starting = None
    if _owner.audio is None:
        _owner.audio = _made(chosen())
    _owner.audio.start()
    return _owner.audio


def lend(given: Audio) -> None:
    """Know a process that somebody else starts and closes, so that a change of the preferences reaches it."""
    _owner.audio = given


def release() -> None:
    """Let the process be closed after a while, unless it is asked for again."""
    _keep()
    bpy.app.timers.register(stop, first_interval=_KEPT_SECONDS, persistent=True)


def stop() -> None:
    """Close it and wait for its end."""
    _keep()
    if _owner.starting is not None:
        _owner.starting.join()
        _owner.starting = None
    if _owner.audio is not None:
        _owner.audio.close()
        _owner.audio = None


def chosen() -> dict[str, Any]:
    """Return what the preferences say about the sound, as plain values."""
    preferences = preferences_of(bpy.context)
    if preferences is None:
        return {}
    return {
        "output": preferences.loudspeaker.strip(),
        "input": preferences.microphone.strip(),
        "headphones": preferences.headphones,
    }


def choose() -> None:
    """Let a change of the preferences count at once."""
    if _owner.audio is not None:
        from ...audio_process.protocol import Settings  # noqa: PLC0415  # numpy

        _owner.audio.choose(Settings(**chosen()))


def device_names(kind: str) -> tuple[str, ...]:
    """Return the names of the devices that can be chosen, as far as they are known: ``outputs`` or ``inputs``."""
    return tuple(getattr(_owner.audio.devices, kind)) if _owner.audio is not None else ()


def _keep() -> None:
    if bpy.app.timers.is_registered(stop):
        bpy.app.timers.unregister(stop)


def _made(settings: dict[str, Any]) -> Audio:
    from ...audio_process.client import Audio  # noqa: PLC0415  # numpy
    from ...audio_process.protocol import Settings  # noqa: PLC0415

    return Audio(Settings(**settings))


def _start(settings: dict[str, Any]) -> None:
    """Start it, on a thread."""
    import logging  # noqa: PLC0415  # not while Blender starts

    from ...core.errors import AlphsistantError  # noqa: PLC0415

    made = _made(settings)
    try:
        made.start()
    except AlphsistantError:
        # Whoever asks for it next is told.
        logging.getLogger(__name__).warning("The sound could not be started beforehand", exc_info=True)
    _owner.audio = made


atexit.register(stop)  # a timer or a thread still there at exit crashes or hangs some builds
