"""How a talk begins: the face's persona and memory, the panel's settings, a process for the sound."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...audio_process.client import Audio
from ...audio_process.protocol import Settings
from ...pipeline.requests import HearRequest
from ...talk.conversation import Conversation
from ..conversation import memory
from ..jobs import desk, models_owner  # desk ends the models' process at exit
from ..speak.operators import chosen_models
from ..speak.speaking_job import wish_of
from . import audio_owner, blender_skills, live_session
from .live_status import current as live_status
from .talk_source import TalkSource

if TYPE_CHECKING:
    from ...core.progress import CancelEvent

__all__ = ("desk", "start")


class _Models:
    """Who does the conversation's jobs: the one models' process of this Blender."""

    def run(
        self, request: Any, cancel: CancelEvent | None = None, incoming: queue.SimpleQueue[Any] | None = None
    ) -> Iterator[Any]:
        """Do a job and yield its events."""
        yield from models_owner.process().run(request, cancel, incoming)


def start(context: Any, root: Any) -> None:
    """Start a talk with the face whose topmost object is given; what was live before is stopped.

    Raises:
        AlphsistantError: the face's persona cannot be read, or the sound cannot be started.
    """
    live_session.stop()
    audio_owner.stop()  # the conversation numbers its turns anew
    scene = context.scene
    wish = wish_of(scene, "", None, chosen_models(context, root), face=root)
    template = wish.made()
    audio = Audio(Settings(**audio_owner.chosen()))
    audio_owner.lend(audio)
    conversation = Conversation(
        audio,
        _Models(),
        memory.persona(root),
        template=template,
        hearing=HearRequest(_whisper(scene), template.models),
        skills=blender_skills.skills(scene.name),
        check_words=scene.alphsistant_live.check_words,
    )
    source = TalkSource(conversation, audio, template.delivery.life, wish.seed)
    live_session.start(source, scene, root)
    live_status.sound, live_status.log, live_status.kept = "", conversation.log, {}
    live_status.root, live_status.manner = root.name, wish.manner
    live_status.talk = source
    if not wish.history:
        conversation.greet()


def _whisper(scene: Any) -> Path | None:
    """Return the folder of the Whisper model that the panel “Recording” names, if it names one."""
    folder = scene.alphsistant_recording.whisper.strip()
    return Path(bpy.path.abspath(folder)) if folder else None
