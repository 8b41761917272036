"""The conversation as a state machine: listening, thinking, speaking, stopped. No bpy; a front calls ``tick``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from ..audio_process.client import Audio
from ..core.progress import CancelEvent
from ..pipeline.reply import Part
from ..pipeline.requests import SpeakRequest
from .turns import Turn

State: TypeAlias = Literal["stopped", "listening", "thinking", "speaking"]


class Jobs(Protocol):
    """What a conversation needs of the models' process (``model_process.client.ModelProcess`` has it)."""

    def run(self, request: Any, cancel: CancelEvent | None = None) -> Iterator[Any]:
        """Do a job on the calling thread and yield its events."""
        ...


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The conversation listens, thinks or speaks now."""

    state: State


@dataclass(frozen=True, slots=True)
class TurnChanged:
    """A turn of the log is new, or something of it has changed."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence for the user: a device that went, a skill's answer that is not spoken, a fault."""

    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A skill that the front has registered was asked for, by its name and what the user said."""

    skill: str
    text: str


Happening: TypeAlias = StateChanged | TurnChanged | Told | Asked


class Conversation:
    """One conversation with one face.

    The front makes it, calls :meth:`tick` about 60 times a second, shows :attr:`log` and :attr:`state`, moves the face
    by :meth:`parts_playing`, and closes it. No call waits.
    """

    def __init__(
        self,
        audio: Audio,
        models: Jobs,
        persona: Any = None,
        *,
        template: SpeakRequest | None = None,
        skills: Mapping[str, Callable[[str], str | None]] | None = None,
        check_words: bool = False,
    ) -> None:
        """Begin with an empty log, listening to nothing.

        Args:
            audio: the sound's process; started here if it does not run.
            models: who does the jobs.
            persona: who the face is, as ``text_generation`` describes it.
            template: what every reply is asked with besides its text: controls, delivery, models, look-up.
            skills: further skills by name, such as Blender's; each gets what the user said and returns what is spoken,
                or ``None`` if it is not meant.
            check_words: whether what was heard by the microphone waits for :meth:`mend` before it is answered.
        """
        raise NotImplementedError

    log: list[Turn]
    """All turns, oldest first."""
    state: State

    def say(self, text: str) -> Turn:
        """Take a line that the user has typed, and answer it; what is being said is interrupted. Returns the turn."""
        raise NotImplementedError

    def speak(self, text: str) -> Turn:
        """Speak a text as it is."""
        raise NotImplementedError

    def interrupt(self) -> None:
        """Stop speaking and thinking now; the log keeps what was heard."""
        raise NotImplementedError

    def push_to_talk(self, held: bool) -> None:
        """Tell that the key is held, or let go: what was said meanwhile is answered."""
        raise NotImplementedError

    def hands_free(self, on: bool) -> None:
        """Answer whatever is said, by voice activity."""
        raise NotImplementedError

    def microphone(self, on: bool) -> None:
        """Open the microphone (for push-to-talk, so that the first syllable is there), or close it."""
        raise NotImplementedError

    def mend(self, turn: Turn, text: str) -> None:
        """Change what the user was heard to say, before or after it was answered; it is answered anew."""
        raise NotImplementedError

    def edit(self, turn: Turn, text: str) -> None:
        """Change the text of a reply and speak it; both are kept in the log."""
        raise NotImplementedError

    def say_again(self, turn: Turn | None = None) -> None:
        """Speak a reply again, the last one by default, from the sound that is there."""
        raise NotImplementedError

    def another_answer(self, turn: Turn | None = None) -> None:
        """Answer the same words with another seed; both answers are kept in the log, the later one counts."""
        raise NotImplementedError

    def forget(self) -> None:
        """Interrupt and empty the log."""
        raise NotImplementedError

    def tick(self, now: float | None = None) -> list[Happening]:
        """Take in what happened, go on, and return what is new; ``now`` is of ``time.perf_counter``. Never waits."""
        raise NotImplementedError

    def parts_playing(self) -> list[tuple[Part, float]]:
        """Return the parts whose curves count at this moment, each with the seconds heard since its start.

        The part that is heard; the one that begins within .3 s (its seconds are below 0: the mouth opens before the
        sound); the one that ended within .5 s. A part that was interrupted is none of them.
        """
        raise NotImplementedError

    def history(self) -> list[tuple[str, str]]:
        """Return the (user, face) pairs as they were heard, oldest first."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop what runs and close the sound; leaves no thread and no process but the models'."""
        raise NotImplementedError
