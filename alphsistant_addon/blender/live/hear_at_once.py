"""A reply that is heard and seen part by part while the rest of it is still made; the take appears as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ...audio_process.protocol import DeviceChanged, Devices, Failed, Finished, Stopped
from ...audio_process.sound_card import NO_PORTAUDIO
from ...core.errors import AlphsistantError
from ...lip_sync.live_motion import AT_REST, REST_FADE, CurveTable, LiveMotion
from ...pipeline.reply import Part
from ..common.status import redraw
from ..jobs.observers import JobEnded
from ..speak import expression_settings
from . import audio_owner, live_session
from .live_status import current as live_status
from .picture_time import heard_with_lead

if TYPE_CHECKING:
    from ...audio_process.client import Audio
    from ...lip_sync.life import Life
    from ...lip_sync.live_motion import FloatArray

_NO_LOUDSPEAKER: Final = "No loudspeaker was found, so replies are not heard at once; their takes are made as ever."


class HeardReply:
    """The parts of one reply, as they are heard."""

    def __init__(self, audio: Audio, life: Life, turn: int) -> None:
        """Begin with no part; ``turn`` is higher than that of every reply before."""
        self.turn = turn
        self._audio = audio
        self._motion = LiveMotion(life, seed=turn)
        self._tables: list[CurveTable] = []
        self._parts: list[Part] = []
        self._is_complete = False
        self._finished = 0
        """Parts that were played to their end."""
        self._ends_at: float | None = None
        """When the last sound is heard (``time.perf_counter``), once that is known."""
        self._now = 0.0

    def add(self, part: Part) -> None:
        """Let a part be heard after those before it."""
        before = self._parts[-1].end if self._parts else part.start
        self._tables.append(CurveTable(part.animation))
        self._parts.append(part)
        self._audio.play(
            self.turn, len(self._parts) - 1, part.speech.samples, part.speech.sample_rate, max(part.start - before, 0.0)
        )

    def complete(self) -> None:
        """Take note that no further part will come."""
        self._is_complete = True

    def stop(self) -> None:
        """Fade the sound out and let the mouth close."""
        self._audio.stop(self.turn)
        self._is_complete = True
        self._ends_at = self._now

    @property
    def is_over(self) -> bool:
        """Whether all is said and the face is at rest."""
        return self._ends_at is not None and self._now >= self._ends_at + REST_FADE

    def tick(self, now: float) -> None:
        """Take in what the sound tells."""
        self._now = now
        for event in self._audio.events():
            match event:
                case Finished(turn=self.turn, stream_time=end):
                    self._finished += 1
                    if self._is_complete and self._finished == len(self._parts):
                        self._ends_at = self._audio.heard_at(end) or now
                case Stopped(turn=turn) if turn >= self.turn and self._ends_at is None:
                    self._ends_at, self._is_complete = now, True
                case Devices(outputs):
                    _heard.is_mute = not outputs
                    if not outputs:
                        _say(live_status.sound or _NO_LOUDSPEAKER)  # why there is none may have been told already
                        self.stop()
                case DeviceChanged(text) | Failed(text) if not _heard.is_mute:
                    _say(text)
        if self._is_complete and self._ends_at is None and self._finished == len(self._parts):
            self._ends_at = now
        # The take plays from the timeline: nobody wants to hear it twice.
        if self._ends_at is None and self._is_complete and _timeline_plays():
            self.stop()

    def weights(self, now: float) -> FloatArray:
        """Return what the face shows."""
        if self._ends_at is not None and now >= self._ends_at:
            return self._motion.at(now, AT_REST)
        heard = heard_with_lead(self._audio)
        own = [(part, seconds) for turn, part, seconds in heard if turn == self.turn]
        for part, _ in own:
            self._motion.set_mood(self._parts[part].moods.last)
        return self._motion.at(now, "speaking", [(self._tables[part], seconds) for part, seconds in own])

    def close(self) -> None:
        """Stop the sound; the process is kept for the next reply."""
        self._audio.stop(self.turn)
        audio_owner.release()


def take_in(task: Any, event: Any, *, failed: bool) -> None:
    """Take in what happens in a job that speaks.

    Args:
        task: the job.
        event: what happened in it.
        failed: whether it ended with an error, or was cancelled.
    """
    reply = _of(task)
    if isinstance(event, Part):
        if reply is None and _heard.task is not task:
            reply = _begin(task)
        if reply is not None:
            reply.add(event)
    elif isinstance(event, JobEnded) and reply is not None:
        if failed:
            reply.stop()
        else:
            reply.complete()


class _Heard:
    """Which job is heard."""

    task: Any = None
    turns = 0
    is_mute = False
    """Whether there is no loudspeaker, as far as is known."""


_heard: Final = _Heard()


def _of(task: Any) -> HeardReply | None:
    source = live_session.source()
    return source if isinstance(source, HeardReply) and _heard.task is task else None


def _begin(task: Any) -> HeardReply | None:
    """Begin to hear a job; ``None`` where there can be no sound, which the panel says."""
    live_session.stop()
    _heard.task = task
    _heard.turns += 1
    live_status.sound = ""
    try:
        audio = audio_owner.audio()
    except AlphsistantError as error:
        _say(str(error))
        return None
    why = _NO_LOUDSPEAKER
    for event in audio.events():
        if isinstance(event, Devices):
            _heard.is_mute = not event.outputs
        elif isinstance(event, Failed) and event.text == NO_PORTAUDIO:
            why = event.text
    if _heard.is_mute and audio.devices.outputs == ():
        _say(why)
        audio_owner.release()
        return None
    scene = bpy.context.scene
    reply = HeardReply(audio, expression_settings.read(scene).made().life, _heard.turns)
    live_session.start(reply, scene, scene.alphsistant.face, bpy.context.active_object)
    return reply


def _say(sentence: str) -> None:
    live_status.sound = sentence
    redraw()


def _timeline_plays() -> bool:
    return any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows)
