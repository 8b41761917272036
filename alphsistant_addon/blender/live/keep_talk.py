"""*Keep as Take*, *Keep All*: replies as they were heard become takes, and the user's words those of a second face."""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...core.errors import AlphsistantError, AssetError
from ...core.sound_files import write_wav
from ...core.speech import Speech
from ...pipeline.reply import Reply
from ...pipeline.requests import RecordingRequest
from ...talk.kept_reply import kept_reply
from ..common.scene_time import frames_per_second
from ..common.stand_aside import stand_aside
from ..conversation import memory
from ..face import find
from ..jobs import models_owner
from ..speak import expression_settings
from ..takes import bake
from ..takes.placement import after_the_last_take, target_of
from ..takes.removal import remove
from ..takes.take_task import TakeTask, push_undo
from . import talk_source
from .live_status import current as live_status

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ...talk.turns import Turn

logger = logging.getLogger(__name__)


def keep(context: Any, turn: Turn) -> bake.Take:
    """Make a take of one reply, where the panel's settings put it.

    Raises:
        AlphsistantError: nothing of it was heard, or there is no face any more.
    """
    stand_aside()
    target = target_of(context)
    face = _talking_face(context.scene)
    prompt = talk_source.answered(turn)
    take = bake.bake(
        context.scene,
        face,
        kept_reply(turn, prompt),
        start=target.start,
        replaced=target.replaced,
        manner=_manner(turn),
    )
    _note(context.scene, face, take, turn, prompt)
    context.scene.frame_current = take.start
    return take


@dataclass(frozen=True)
class _UserReply:
    """What the user's words have come to."""

    turn: int
    reply: Reply


class KeepTalkTask(TakeTask):
    """Makes the takes of a whole talk, one after the other; the time for thinking becomes the gap between takes."""

    first_step = "Gathering what was said"

    def __init__(self, context: Any, turns: list[Turn], user_face: str | None) -> None:
        """Keep these turns; the user's own, where they were spoken, as takes of the face ``user_face``."""
        super().__init__(target_of(context))
        self._turns = turns
        self._user_face = user_face
        self._frame_rate = frames_per_second(context.scene)
        self._delivery = expression_settings.read(context.scene)
        self._users: dict[int, Reply] = {}

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Find the phones of what the user has said."""
        for turn in self._turns:
            recorded: Any = turn.samples
            if turn.who != "user" or recorded is None or self._user_face is None or not len(recorded.samples):
                continue
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "voice.wav"
                write_wav(Speech(recorded.samples, recorded.rate, (), (), turn.text), path)
                request = RecordingRequest(
                    path, turn.text, delivery=self._delivery.made(), frame_rate=self._frame_rate, seed=turn.number
                )
                for event in models_owner.run(request, cancel):
                    if isinstance(event, Reply):
                        yield _UserReply(turn.number, _with_samples(event, recorded.samples))
                    else:
                        yield event

    def take_in(self, event: Any) -> None:
        """Keep what the user's words have come to."""
        if isinstance(event, _UserReply):
            self._users[event.turn] = event.reply

    def finish(self) -> bool:
        """Make all takes, or none."""
        scene = bpy.data.scenes.get(self._target.scene)
        if scene is None:
            raise AssetError(f"The scene “{self._target.scene}” is gone, so there was nowhere to put the takes.")
        made: list[str] = []
        try:
            self._bake_all(scene, made)
        except Exception:
            for take_id in reversed(made):
                remove(take_id)
            raise
        if not made:
            raise AlphsistantError("Nothing of this talk was heard, so there is nothing to keep.")
        first = bake.find(made[0])
        if first is not None:
            scene.frame_current = first.start
        scene.update_tag()
        push_undo("Keep Talk")
        self.notes = (f"{len(made)} takes were made." if len(made) > 1 else "1 take was made.",)
        return True

    def _bake_all(self, scene: Any, made: list[str]) -> None:
        face = _talking_face(scene)
        user_face = self._found_user_face(scene)
        frame = after_the_last_take(scene)
        gap = math.ceil(scene.alphsistant.gap * self._frame_rate - 1e-6)
        for turn in self._turns:
            if turn.who == "user":
                reply = self._users.get(turn.number)
                if reply is None or user_face is None:
                    continue
                take = bake.bake(scene, user_face, reply, start=frame)
            elif turn.starts:
                prompt = talk_source.answered(turn)
                take = bake.bake(scene, face, kept_reply(turn, prompt), start=frame, manner=_manner(turn))
                _note(scene, face, take, turn, prompt)
            else:
                continue
            made.append(take.id)
            frame = take.end + gap

    def _found_user_face(self, scene: Any) -> find.Face | None:
        if self._user_face is None:
            return None
        picked = bpy.data.objects.get(self._user_face)
        if picked is None:
            raise AssetError(f"“{self._user_face}”, the face for your own words, is gone: choose another one.")
        return find.find(scene, picked)


def task_for(context: Any) -> KeepTalkTask:
    """Return the job that keeps the whole talk.

    Raises:
        AlphsistantError: nothing was said, or both faces are the same.
    """
    turns = list(live_status.log)
    if not turns:
        raise AlphsistantError("Nothing was said yet.")
    picked = context.scene.alphsistant_live.user_face
    if picked is not None and find.is_of(_talking_face(context.scene), picked):
        raise AlphsistantError(f"“{picked.name}” is the face you talk with: choose another one for your own words.")
    return KeepTalkTask(context, turns, picked.name if picked is not None else None)


def _talking_face(scene: Any) -> find.Face:
    """Return the face of the talk; by the panel's settings where that is gone."""
    root = bpy.data.objects.get(live_status.root)
    picked = root if root is not None and root.name in scene.objects else scene.alphsistant.face
    found = find.find(scene, picked)
    if found is None:
        raise AssetError("There is no face in the scene any more: add one first.")
    return found


def _manner(turn: Turn) -> dict[str, Any]:
    return {**live_status.manner, "seed": turn.seed}


def _note(scene: Any, face: find.Face, take: bake.Take, turn: Turn, prompt: str) -> None:
    """Note the take down: in the list of the panel, with the turn, in what the face remembers."""
    scene.alphsistant.take = take.id
    live_status.kept[turn.number] = take.id
    memory.note(bpy.data.objects[face.root], prompt, take.text, take.id)


def _with_samples(reply: Reply, samples: Any) -> Reply:
    """Return the reply with its sound, which did not travel."""
    (part,) = reply.parts
    own = samples[: len(part.speech.samples)]
    return Reply.of(reply.prompt, reply.seed, (replace(part, speech=replace(part.speech, samples=own)),))
