"""The one live face of this Blender: its timer, and what puts it back before the file is written, undone, rendered.

What it shows comes from a :class:`Source`: a reply that is heard at once, a conversation, a voice at the microphone.
While nothing is live there is no timer and no handler but those of :mod:`.live_handlers`.
"""

from __future__ import annotations

import atexit
import logging
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

import bpy
from bpy.app.handlers import persistent

from ...core.errors import AlphsistantError, AssetError
from ..common.stand_aside import STANDING_ASIDE
from ..common.status import redraw
from ..face import find
from . import live_face
from .live_status import current as live_status

if TYPE_CHECKING:
    from ...lip_sync.live_motion import FloatArray

logger = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0 / 60.0
"""A tick that comes late is not made up for: the next one shows the moment that it is then."""

_LOOK_SECONDS: Final = 0.5
"""Time between two looks for a face, while there is none."""


class Source(Protocol):
    """What a live face shows."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come, and the face is at rest."""

    def tick(self, now: float) -> None:
        """Take in what has happened; called at every tick, also while the picture rests."""

    def weights(self, now: float) -> FloatArray:
        """Return the weights of ``LIVE_CHANNELS`` at a moment (``time.perf_counter``)."""

    def close(self) -> None:
        """Stop the sound, at once; called when the live face ends, however it ends."""


class _Known:
    """An object that is found again when it was renamed, and after undo."""

    def __init__(self, thing: Any) -> None:
        self.name = str(thing.name)
        self._uid = thing.session_uid

    def found(self, scene: Any) -> Any:
        """Return the object; ``None`` if it is gone from the scene."""
        thing = scene.objects.get(self.name)
        if thing is not None and thing.session_uid == self._uid:
            return thing
        return next((other for other in scene.objects if other.session_uid == self._uid), thing)


class _Session:
    """What runs, if something does."""

    def __init__(self, source: Source, scene: str, picked: Any, active: Any) -> None:
        self.source = source
        self._scene = scene
        self._picked = _Known(picked) if picked is not None else None
        self._active = _Known(active) if active is not None else None
        self._face: live_face.LiveFace | None = None
        self._looked = -1e9
        self._is_rendering = False

    def tick(self, now: float) -> None:
        self.source.tick(now)
        # Asked for in any case: what is shown goes on while the picture rests.
        weights = self.source.weights(now)
        face = self._found(now)
        if face is None:
            return
        resting = "The face rests while a render runs" if self._is_rendering else live_face.obstacle(face.face)
        if resting != live_status.resting:
            live_status.resting = resting
            redraw()
        if resting:
            face.put_back()
            return
        try:
            face.show(weights)
        except AlphsistantError as error:
            logger.info("The live face is lost: %s", error)
            self._lose(str(error))

    def put_back(self) -> None:
        if self._face is not None:
            self._face.put_back()

    def rest_for_render(self, *, is_rendering: bool) -> None:
        self._is_rendering = is_rendering
        self.put_back()

    def _found(self, now: float) -> live_face.LiveFace | None:
        """Return the face; one that was lost is looked for again now and then, as it may come back."""
        if self._face is None and now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            scene = bpy.data.scenes.get(self._scene)
            if scene is None:
                return None
            try:
                picked = self._picked.found(scene) if self._picked is not None else None
                active = self._active.found(scene) if self._active is not None else None
                if self._picked is not None and picked is None:
                    raise AssetError(f"The face “{self._picked.name}” is gone.")
                found = find.find(scene, picked, active)
            except AlphsistantError as error:
                self._lose(str(error))
                return None
            if found is not None:
                self._face = live_face.LiveFace(found)
                live_status.resting = ""
        return self._face

    def _lose(self, sentence: str) -> None:
        self.put_back()
        self._face = None
        if live_status.resting != sentence:
            live_status.resting = sentence
            redraw()


_running: Final[list[_Session]] = []
"""Holds one item while something is live."""


def start(source: Source, scene: Any, picked: Any = None, active: Any = None) -> None:
    """Let a face show what a source says, until that is over; what was live before is stopped.

    Args:
        source: what is shown.
        scene: where the face is.
        picked: the object that the user has picked as the face, if there is one.
        active: the active object, which is preferred where nothing is picked.
    """
    stop()
    _running.append(_Session(source, scene.name, picked, active))
    live_status.is_running = True
    STANDING_ASIDE.append(put_back)
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(handler)
    bpy.app.timers.register(tick, first_interval=0.0)


def stop() -> None:
    """End what is live: its sound at once, then the face is as it was found."""
    if not _running:
        return
    session = _running.pop()
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).remove(handler)
    STANDING_ASIDE.remove(put_back)
    live_status.is_running, live_status.resting = False, ""
    try:
        session.source.close()
    finally:
        session.put_back()
    redraw()


def source() -> Source | None:
    """Return what is shown at present."""
    return _running[0].source if _running else None


def tick() -> float | None:
    """Do one tick of the timer."""
    if not _running:
        return None
    session = _running[0]
    try:
        session.tick(time.perf_counter())
    except Exception:  # whatever it is, the face must not stay as it is
        logger.exception("The live face had to stop")
        stop()
        live_status.sound = "The live face had to stop after a fault: the log says why."
        return None
    if session.source.is_over:
        stop()
    return TICK_SECONDS if _running else None


@persistent  # type: ignore[untyped-decorator]
def put_back(*_arguments: Any) -> None:
    """Put the file's own values back; the next tick takes the face up again."""
    if _running:
        _running[0].put_back()


@persistent  # type: ignore[untyped-decorator]
def _before_render(*_arguments: Any) -> None:
    if _running:
        _running[0].rest_for_render(is_rendering=True)


@persistent  # type: ignore[untyped-decorator]
def _after_render(*_arguments: Any) -> None:
    if _running:
        _running[0].rest_for_render(is_rendering=False)


@persistent  # type: ignore[untyped-decorator]
def _before_file_load(*_arguments: Any) -> None:
    stop()


_HANDLERS: Final = {
    "save_pre": put_back,
    "undo_pre": put_back,
    "redo_pre": put_back,
    "load_pre": _before_file_load,
    "render_init": _before_render,
    "render_complete": _after_render,
    "render_cancel": _after_render,
}
"""What Blender calls while a face is live."""


def _at_exit() -> None:
    """Leave no timer and no process; the file is gone by then."""
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    while _running:
        _running.pop().source.close()


atexit.register(_at_exit)  # a timer or a thread still there at exit crashes or hangs some builds
