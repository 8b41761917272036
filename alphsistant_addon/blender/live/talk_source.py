"""A talk as what the live face shows: the conversation's front in Blender."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ...lip_sync.live_motion import CurveTable, LiveMotion
from ...talk.conversation import Conversation
from ...talk.happenings import Told
from ..common.status import redraw
from . import picture_time
from .live_status import current as live_status

if TYPE_CHECKING:
    from ...audio_process.client import Audio
    from ...lip_sync.life import Life
    from ...lip_sync.live_motion import FloatArray
    from ...pipeline.reply import Part

_LEVEL_SECONDS: Final = 0.1
"""Time between two drawings of the level meter."""

_TABLES: Final = 16
"""Parts whose tables are kept: those that are said about now."""

_STATES: Final = {"stopped": "idle"}
"""The conversation's states by the names that :data:`..lip_sync.live_motion.LIFE_OF_STATE` has for them."""


class TalkSource:
    """A conversation that is heard, seen and drawn."""

    is_over = False
    """A talk ends when the user ends it."""

    def __init__(self, conversation: Conversation, audio: Audio, life: Life, seed: int) -> None:
        """Show a conversation; ``life`` are the user's amounts, ``seed`` is for what is random in them."""
        self.conversation = conversation
        self.audio = audio
        self.typed: list[str] = []
        """Lines that wait for the next tick: a property's setter is no place to do things in."""
        self.is_held = False
        """Whether the key to talk is held."""
        self.is_hands_free = False
        self.is_ready = False
        """Whether the microphone is open all the time, so that no first syllable is lost."""
        self._motion = LiveMotion(life, seed)
        self._tables: dict[int, tuple[Part, CurveTable]] = {}
        self._drawn = 0.0

    @property
    def is_microphone_open(self) -> bool:
        """Whether the microphone may hear: what the red sign shows."""
        return self.is_held or self.is_hands_free or self.is_ready

    def hold(self, held: bool) -> None:
        """Tell that the key to talk is held, or let go."""
        if held != self.is_held:
            self.is_held = held
            self.conversation.push_to_talk(held)
            redraw()

    def set_hands_free(self, on: bool) -> None:
        """Answer whatever is said, or only what is typed or said with the key."""
        if on != self.is_hands_free:
            self.is_hands_free = on
            self.conversation.hands_free(on)
            redraw()

    def set_ready(self, on: bool) -> None:
        """Leave the microphone open, or open it only when it is needed."""
        if on != self.is_ready:
            self.is_ready = on
            self.conversation.microphone(on)
            redraw()

    def tick(self, now: float) -> None:
        """Let the conversation go on."""
        typed, self.typed = self.typed, []
        for line in typed:
            self.conversation.say(line)
        happened = self.conversation.tick(now)
        for event in happened:
            if isinstance(event, Told):
                live_status.sound = event.text
        if happened or (self.is_microphone_open and now >= self._drawn + _LEVEL_SECONDS):
            self._drawn = now
            redraw()

    def weights(self, now: float) -> FloatArray:
        """Return what the face shows."""
        ahead = picture_time.lead()
        playing = self.conversation.parts_playing()
        for part, seconds in playing:
            if seconds >= 0.0:
                self._motion.set_mood(part.moods.last)
        tables = self._tables_of(part for part, _ in playing)
        parts = [(table, seconds + ahead) for table, (_, seconds) in zip(tables, playing, strict=True)]
        state = self.conversation.state
        return self._motion.at(now, _STATES.get(state, state), parts)

    def close(self) -> None:
        """End the conversation, and with it the sound; its log stays until the next one."""
        live_status.talk = None
        self.conversation.close()

    def _tables_of(self, parts: Iterable[Part]) -> list[CurveTable]:
        found = []
        for part in parts:
            if id(part) not in self._tables:
                self._tables[id(part)] = (part, CurveTable(part.animation))
                while len(self._tables) > _TABLES:
                    del self._tables[next(iter(self._tables))]
            found.append(self._tables[id(part)][1])
        return found


def answered(turn: Any) -> str:
    """Return the words of the user that a turn of the face answers; empty if it answers nothing."""
    return next((one.text for one in live_status.log if one.number == turn.answer_to), "")


def turn_of(number: int) -> Any:
    """Return the turn of the log with this number; ``None`` if there is none."""
    return next((turn for turn in live_status.log if turn.number == number), None)
