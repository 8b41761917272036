"""How a recording of one's own voice begins, and how it becomes a take."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import AlphsistantError
from ...listening.ears import shipped_ears
from ..common import paths
from ..common.status import current as status
from ..jobs import desk
from ..recording.operators import task_of
from ..speak import expression_settings
from ..takes.sound import FOLDER
from . import audio_owner, live_session
from .live_status import current as live_status
from .puppet_source import PuppetSource

_NAME: Final = "My-voice-%Y-%m-%d-%H-%M-%S.wav"


def start(context: Any) -> None:
    """Begin to record; what was live before is stopped.

    Raises:
        AlphsistantError: a job runs, the file cannot be written, or the sound cannot be started.
    """
    if status.running:
        raise AlphsistantError("A job is running: wait for it or cancel it, then record.")
    live_session.stop()
    scene = context.scene
    life = expression_settings.read(scene).made().life
    source = PuppetSource(
        audio_owner.audio(), shipped_ears(), life, _new_path(), lambda path: _lip_sync(scene.name, path)
    )
    live_session.start(source, scene, scene.alphsistant.face, context.active_object)
    live_status.sound, live_status.puppet = "", source


def _new_path() -> Path:
    """Return the recording's file: beside the .blend, or in the user's own folder while there is none."""
    folder = Path(bpy.data.filepath).parent / FOLDER if bpy.data.filepath else paths.user_folder("recordings")
    return folder / time.strftime(_NAME)


def _lip_sync(scene_name: str, path: Path) -> None:
    """Make the take, by the words that the panel “Recording” says; the file stays chosen there."""
    scene = bpy.data.scenes.get(scene_name)
    if scene is None or scene != bpy.context.scene:
        live_status.sound = f"Your recording is “{path}”: choose it under Recording."
        return
    settings = scene.alphsistant_recording
    settings.use_strip, settings.path = False, str(path)
    try:
        desk.start(task_of(bpy.context))
    except AlphsistantError as error:
        status.say(str(error))
