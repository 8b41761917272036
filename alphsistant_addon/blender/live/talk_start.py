"""How a talk begins: the face's persona and memory, the panel's settings, a process for the sound."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...audio_process.client import Audio
from ...audio_process.protocol import Settings
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
    audio = Audio(Settings(**audio_owner.chosen()))
    audio_owner.lend(audio)
    conversation = Conversation(
        audio,
        _Models(),
        memory.persona(root),
        template=wish.made(),
        skills=blender_skills.skills(scene.name),
        check_words=scene.alphsistant_live.check_words,
    )
    source = TalkSource(conversation, audio, wish.made().delivery.life, wish.seed)
    live_session.start(source, scene, root)
    live_status.sound, live_status.log, live_status.kept = "", conversation.log, {}
    live_status.root, live_status.manner = root.name, wish.manner
    live_status.talk = source
    if not wish.history:
        conversation.greet()
