"""Jobs on the main thread's side: started by operators, drained by a timer, ended by a take.

Between two ticks nothing of Blender's is kept but names: undo, file load and deletion may take the data away at any
moment. While no job runs there is no timer, no handler and no thread, but the one that waits for the models' process.

What needs numpy is imported on the worker's thread: at the first click that alone takes longer than a frame.
"""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AlphsistantError, AssetError
from ...text_to_speech.controls import NATURAL, Controls
from ..common.status import current as status
from ..common.status import redraw
from ..face import find, shipped_face
from ..takes import bake
from ..takes.placement import Target
from .worker import Ended, Job, Worker

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ...model_process.client import ModelProcess
    from ...pipeline import models
    from ...pipeline.reply import Event, Reply
    from ..speak.expression_settings import Choice

logger = logging.getLogger(__name__)

_TICK_SECONDS: Final = 0.05
_WAITING_SECONDS: Final = 0.25
_DRAIN_SECONDS: Final = 0.004


@dataclass(frozen=True)
class Wish:
    """What to say."""

    prompt: str
    text: str | None
    """Spoken as it is, if given."""
    seed: int
    frame_rate: float
    language_model: str = ""
    """Hub id or folder; empty for the shipped one."""
    voice: str = ""
    """Folder; empty for the shipped one."""
    use_gpu: bool = True
    """Whether the language model may run on a graphics card."""
    delivery: Choice | None = None
    """Style and life of the face."""
    controls: Controls = NATURAL
    """Rate, pitch, loudness and pauses of the voice."""


class _Desk:
    """What the running job needs on the main thread."""

    def __init__(self) -> None:
        self.worker = Worker()
        self.target: Target | None = None
        self.reply: Reply | None = None
        self.done: Callable[[], None] | None = None
        """Called at the end of a job that makes no take."""
        self.process: ModelProcess | None = None
        """Where the models are; kept for the next job."""
        self.shipped: shipped_face.Shipped | None = None
        """The shipped face, read in the tick before the one that makes the take."""


_desk: Final = _Desk()


def speak(wish: Wish, target: Target) -> None:
    """Start to answer or to speak; the take appears by itself when it is done."""
    allow_network = bool(bpy.app.online_access)

    def job(cancel: CancelEvent) -> Iterator[Event]:
        from ...face_rig import matching  # noqa: F401, PLC0415  # for the take, so that its tick has less to do
        from ...pipeline import reply_stream  # noqa: PLC0415  # numpy, see above
        from ..common import keyframes  # noqa: F401, PLC0415  # likewise
        from ..takes import sound  # noqa: F401, PLC0415  # likewise

        yield from reply_stream.run(
            wish.prompt,
            _models(wish, allow_network=allow_network),
            text=wish.text,
            seed=wish.seed,
            frame_rate=wish.frame_rate,
            delivery=wish.delivery.made() if wish.delivery is not None else None,
            controls=wish.controls,
            cancel=cancel,
        )

    _start(job, target, "Starting")


def make_take(job: Job, target: Target, words: str) -> None:
    """Run a job whose last event is a reply; the take appears by itself when it is done."""
    _start(job, target, words)


def run_task(job: Job, words: str, done: Callable[[], None]) -> None:
    """Run a job that makes no take (an installation); its steps are shown like those of a reply."""
    _start(job, None, words)
    _desk.done = done


def cancel() -> None:
    """Stop the job: nothing of it is kept. The thread ends soon after, by itself."""
    if status.running:
        _end("Cancelled.")


def stop() -> None:
    """Cancel, and wait until the thread is gone: for disabling the add-on and for quitting."""
    cancel()
    _desk.worker.cancel()
    if _desk.process is not None:
        _desk.process.stop()  # the thread waits for it
    _desk.worker.stop()


def poll() -> float | None:
    """One tick of the timer: take in what the worker has posted, for a few milliseconds at most."""
    for event in _desk.worker.events(_DRAIN_SECONDS):
        _take_in(event)
        redraw()
    if _desk.reply is not None and _desk.target is not None:
        obstacle = _obstacle()
        if obstacle:
            _put_away_shipped()
            status.step = obstacle
            redraw()
            return _WAITING_SECONDS
        if not _finish(_desk.reply, _desk.target):
            return 0.0
    return _TICK_SECONDS if status.running else None


def _models(wish: Wish, *, allow_network: bool) -> models.Models:
    from ...core.progress import Step  # noqa: PLC0415  # numpy, see above
    from ...model_process.client import ModelProcess, RemoteModels  # noqa: PLC0415
    from ...pipeline import reply_stream  # noqa: PLC0415  # numpy, see above

    if _desk.process is None:
        _desk.process = ModelProcess()

    def progress(words: str, share: float) -> None:
        voice = reply_stream.VOICE_LOADED_FRACTION
        _desk.worker.post(Step(words, voice + (reply_stream.LOADED_FRACTION - voice) * share))

    return RemoteModels(
        _desk.process,
        wish.language_model or None,
        Path(wish.voice) if wish.voice else None,
        allow_network=allow_network,
        use_gpu=wish.use_gpu,
        progress=progress,
    )


def _start(job: Job, target: Target | None, words: str) -> None:
    _desk.target = target
    _desk.reply = None
    _desk.done = None
    status.start(words)
    _desk.worker.start(job)
    if not bpy.app.timers.is_registered(poll):
        bpy.app.timers.register(poll, first_interval=_TICK_SECONDS)
    if _before_file_load not in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.append(_before_file_load)


def _end(error: str = "", notes: tuple[str, ...] = ()) -> None:
    _put_away_shipped()
    _desk.worker.cancel()
    _desk.reply = None
    _desk.target = None
    if _desk.done is not None:
        _desk.done()
        _desk.done = None
    if bpy.app.timers.is_registered(poll):
        bpy.app.timers.unregister(poll)
    if _before_file_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_file_load)
    status.end(error, notes)


def _before_file_load(*_arguments: Any) -> None:
    _end("The job was cancelled because another file was opened.")


def _take_in(event: Any) -> None:
    from ...core.progress import Step  # noqa: PLC0415  # the worker has imported it
    from ...pipeline.reply import Reply, Sentence  # noqa: PLC0415

    match event:
        case Step(words, fraction):
            status.step, status.fraction = words, fraction
        case Sentence(text):
            status.sentences.append(text)
        case Reply():
            _desk.reply = event
        case Ended(error):
            # After a reply the take is still to be made; without one, this was all.
            if error or _desk.reply is None:
                _end(error)


def _obstacle() -> str:
    """Why the take cannot be made at this moment, in words; empty if it can."""
    if bpy.app.is_job_running("RENDER"):
        return "Ready; waiting for the render to end"
    # Outside Object Mode (and Pose Mode) undo steps hold the edited mesh only, not the keys.
    if bpy.context.mode not in {"OBJECT", "POSE"}:
        return "Ready; waiting until you go back to Object Mode"
    return ""


def _put_away_shipped() -> None:
    """Nothing that was read for a take stays in the file without it."""
    shipped, _desk.shipped = _desk.shipped, None
    if shipped is not None:
        shipped.put_away()


def _finish(reply: Reply, target: Target) -> bool:
    """Make the take, as one undo step; ``False`` if there is another tick to come before that."""
    try:
        take = _bake(reply, target)
    except AlphsistantError as error:
        logger.info("No take was made", exc_info=True)
        _end(str(error))
    except Exception as error:
        logger.exception("The take could not be made")
        _end(f"The take could not be made ({type(error).__name__}); nothing was changed, the log has the details.")
    else:
        if take is None:
            return False
        _push_undo(f"Speak: {take.name}")
        _end(notes=take.warnings)
    return True


def _bake(reply: Reply, target: Target) -> bake.Take | None:
    """The take; ``None`` if this tick was needed to read the shipped face (a third of all the work)."""
    scene = bpy.data.scenes.get(target.scene)
    if scene is None:
        raise AssetError(f"The scene “{target.scene}” is gone, so there was nowhere to put the reply.")
    picked = None
    if target.picked is not None:
        picked = bpy.data.objects.get(target.picked)
        if picked is None:
            raise AssetError(f"The face “{target.picked}” is gone, so there was nowhere to put the reply.")
    active = bpy.data.objects.get(target.active) if target.active is not None else None
    speaking = find.find(scene, picked, active)
    options: dict[str, Any] = {
        "start": target.start,
        "replaced": target.replaced,
        "keep_edits": target.keep_edits,
        "own_sound": target.own_sound,
        "has_strip": target.has_strip,
    }
    if speaking is None:
        if _desk.shipped is None or not _desk.shipped.there:
            _desk.shipped = shipped_face.read_shipped()
            return None
        with shipped_face.shipped(scene, _desk.shipped) as speaking:
            take = bake.bake(scene, speaking, reply, **options)
        _desk.shipped = None  # the scene's now
        _look_through_camera(scene)
    else:
        _put_away_shipped()  # the user was quicker, and made a face between the two ticks
        take = bake.bake(scene, speaking, reply, **options)
    scene.alphsistant.take = take.id
    return take


def _look_through_camera(scene: Any) -> None:
    """The shipped face has just come into the scene: show it."""
    for window in bpy.context.window_manager.windows:
        if window.scene == scene:
            for area in window.screen.areas:
                if area.type == "VIEW_3D":
                    area.spaces.active.region_3d.view_perspective = "CAMERA"


def _push_undo(name: str) -> None:
    windows = bpy.context.window_manager.windows
    if windows:
        # A timer has no window of its own, and undo needs one.
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=name)
    else:
        bpy.ops.ed.undo_push(message=name)


atexit.register(stop)  # a timer or a thread still there at exit crashes or hangs some builds
