"""Replies: made by the models, heard through the sound's process, and written down as they were heard.

Every reply that is heard bears a number for the sound's process, and every job is an object of its own: what comes from
one that was given up is dropped on arrival, so no old sentence is ever heard in a new turn.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from ..audio_process.client import Audio
from ..audio_process.protocol import NO_PART, Event, Finished, Started, Stopped
from ..pipeline.reply import LookedUp, Part, Sentence
from ..pipeline.requests import SpeakRequest
from .happenings import Happening, TurnChanged
from .job import Job, Jobs, Over
from .turns import CUT, Turn, heard_words

MOUTH_BEFORE, MOUTH_AFTER = 0.3, 0.5
"""Seconds before its start and after its end in which a part's curves may still move the face."""
LONGEST_STOP: Final = 0.5
"""Seconds in which the sound's process has to answer a stop."""
CLOSING_SECONDS: Final = 0.3
"""What all jobs together have to end when a conversation is closed."""
NO_SOUND: Final = "Nothing can be heard any more: start the talk again."
"""Stands beside a reply once the sound's process is given up."""


@dataclass(slots=True, eq=False)
class Reply:
    """A reply that is being made or heard."""

    turn: Turn
    job: Job | None
    number: int = 0
    """For the sound's process; 0 until it is heard."""
    is_released: bool = False
    """Whether its parts are to be heard."""
    is_made: bool = False
    """Whether the job has ended."""
    sent: int = 0
    """Parts that were sent to be heard."""
    finished: int = 0
    """Parts that were heard."""
    has_started: bool = False
    last_end: float = 0.0
    """Stream time at which the last of them ended."""
    skipped: dict[int, float] = field(default_factory=dict)
    """Seconds at the beginning of a part that are not heard again after a stop."""


class Replies:
    """Lets one reply at a time be made and heard, and keeps the log of all turns."""

    def __init__(self, audio: Audio, models: Jobs) -> None:
        """Begin with an empty log.

        Args:
            audio: the sound's process.
            models: who does the jobs.
        """
        self.log: list[Turn] = []
        """All turns, oldest first."""
        self.news: list[Happening] = []
        """What the front was not told yet."""
        self.jobs: list[Job] = []
        """Those that run."""
        self.arrivals: queue.SimpleQueue[tuple[Job, Any]] = queue.SimpleQueue()
        """What they have told and nobody has taken in."""
        self.present: Reply | None = None
        """The one that is made or heard."""
        self.last_said = ("", float("-inf"))
        """What was said last, and when it ended."""
        self._audio = audio
        self._models = models
        self._turn_numbers = 0
        self._sound_numbers = 0
        self._audible: dict[int, Reply] = {}
        """Replies by the number that the sound's process knows them by."""
        self._stopping: dict[int, float] = {}
        """Numbers that were stopped without an answer so far, and when to give up waiting for it."""
        self._when_quiet: Callable[[], None] | None = None
        """What is to be done once they are answered."""
        self._waiting: Turn | None = None
        """The reply that it will begin."""

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be begun once the reply before is known to be silent."""
        return self._when_quiet is not None

    # The log.

    def new_turn(
        self, who: Literal["user", "face"], text: str = "", *, state: Any = "done", answer_to: int | None = None
    ) -> Turn:
        """Write a new turn down."""
        turn = Turn(self.next_number(), who, text, state, answer_to=answer_to)
        self.add(turn)
        return turn

    def next_number(self) -> int:
        """Return the number of a turn that is to be written down."""
        self._turn_numbers += 1
        return self._turn_numbers

    @property
    def number_to_come(self) -> int:
        """The next number, which a turn that is not written down yet would get."""
        return self._turn_numbers + 1

    def add(self, turn: Turn) -> None:
        """Write a turn down that has its number."""
        self.log.append(turn)
        self.changed(turn)

    def changed(self, turn: Turn) -> None:
        """Tell the front that a turn has changed."""
        self.news.append(TurnChanged(turn))

    # Made.

    def start(self, request: Any, incoming: queue.SimpleQueue[Any] | None = None) -> Job:
        """Begin a job."""
        if isinstance(request, SpeakRequest):
            request = replace(request, is_live=True)
        cancelled = [job for job in self.jobs if job.cancel.is_set()]
        job = Job(self._models, request, self.arrivals, incoming, cancelled)
        self.jobs.append(job)
        return job

    def begin(self, turn: Turn, request: SpeakRequest) -> None:
        """Let a reply be made and heard."""
        self.present = Reply(turn, self.start(request))
        self.release(self.present)

    def take_in_reply(self, reply: Reply, event: Any) -> None:
        """Take in what a job has made of a reply."""
        turn = reply.turn
        match event:
            case Sentence(text):
                turn.text = f"{turn.text} {text}".strip()
            case LookedUp():
                turn.note = event.sentence
            case Part():
                turn.parts.append(event)
                self._send_parts(reply)
            case Over(error):
                reply.is_made = True
                turn.note = error or turn.note
            case _:
                return
        if turn.number:
            self.changed(turn)

    def give_up(self, reply: Reply) -> None:
        """Let nothing more be made of a reply."""
        if reply.job is not None:
            reply.job.cancel.set()

    # Heard.

    def release(self, reply: Reply) -> None:
        """Let the parts of a reply be heard, those that are there and those that come."""
        self._sound_numbers += 1
        reply.number = self._sound_numbers
        reply.is_released = True
        self._audible[reply.number] = reply
        self._audible = dict(list(self._audible.items())[-8:])
        self._send_parts(reply)

    def _send_parts(self, reply: Reply) -> None:
        """Send what is there of a reply and was not sent yet."""
        parts = reply.turn.parts
        while reply.is_released and reply.sent < len(parts):
            index = reply.sent
            part = parts[index]
            pause = part.start - parts[index - 1].end if index else part.start
            skipped = reply.skipped.get(index, 0.0)
            rate = part.speech.sample_rate
            samples = part.speech.samples[round(skipped * rate) :]
            self._audio.play(reply.number, index, samples, rate, 0.0 if skipped else max(pause, 0.0))
            reply.sent += 1

    def parts_playing(self) -> list[tuple[Part, float]]:
        """Return the parts whose curves count at this moment, each with the seconds heard since its start.

        The part that is heard; the one that begins within .3 s (its seconds are below 0: the mouth opens before the
        sound); the one that ended within .5 s. A part that was interrupted is none of them.
        """
        found = []
        for number, index, seconds in self._audio.heard_around(MOUTH_AFTER, MOUTH_BEFORE):
            reply = self._audible.get(number)
            if reply is None or reply.number != number or index >= len(reply.turn.parts):
                continue
            is_stopped = number in self._stopping or reply.turn.state == "interrupted"
            if not is_stopped:
                found.append((reply.turn.parts[index], seconds + reply.skipped.get(index, 0.0)))
        return found

    def take_in_sound(self, event: Event) -> None:
        """Note what of a reply is heard, by what the sound's process tells."""
        match event:
            case Started(number, part, stream_time):
                reply = self._audible.get(number)
                if reply is not None and reply.number == number and reply.is_released:
                    reply.turn.starts[part] = stream_time
                    if not reply.has_started or reply.turn.state == "thinking":
                        reply.has_started = True
                        reply.turn.state = "speaking"
                        self.changed(reply.turn)
            case Finished(number, part, stream_time):
                reply = self._audible.get(number)
                if reply is not None and reply.number == number:
                    reply.finished, reply.last_end = part + 1, stream_time
            case Stopped(number, part, seconds):
                for waiting in [one for one in self._stopping if one <= number]:
                    self._cut(waiting, part if waiting == number else NO_PART, seconds)
                reply = self.present
                if reply is not None and reply.number == number and reply.is_released:
                    # Nobody asked for it: the process has died. What was heard until then counts.
                    self.give_up(reply)
                    self._cut(number, part, seconds)
                    self.present = None

    def see_to_end(self, now: float) -> None:
        """End the reply once it is made and heard, or if nothing can be heard any more."""
        reply = self.present
        if reply is not None and reply.is_released and self._audio.is_given_up:
            self.give_up(reply)
            reply.is_released = False
            reply.turn.state, reply.turn.note = "failed", NO_SOUND
            self.present = None
            self.changed(reply.turn)
            return
        if reply is None or not reply.is_made or not reply.is_released:
            return
        if not reply.turn.parts:
            reply.turn.state = "failed"
            self.present = None
            self.changed(reply.turn)
        elif reply.finished >= len(reply.turn.parts):
            ends_at = self._audio.heard_at(reply.last_end)
            if ends_at is None or now >= ends_at:
                self._finish(reply)

    # Stopped.

    def interrupt(self) -> None:
        """Stop the present reply, and begin nothing that waits; the log keeps what was heard."""
        waiting, self._when_quiet, self._waiting = self._waiting, None, None
        if waiting is not None:
            waiting.state = "interrupted"
            self.changed(waiting)
        if self.present is not None:
            self.give_up(self.present)
            self.stop_sound(self.present)
            self.present = None

    def stop_sound(self, reply: Reply) -> None:
        """Let nothing more be heard of a reply; what was heard is known when the sound's process answers."""
        if reply.is_released and reply.turn.state in {"thinking", "speaking"}:
            reply.is_released = False
            self._stopping[reply.number] = self._audio.now() + LONGEST_STOP
            self._audio.stop(reply.number)

    def when_silent(self, begin: Callable[[], None], turn: Turn | None = None) -> None:
        """Do it now, or once the sound's process has said what was heard of the reply before.

        Args:
            begin: what is done.
            turn: the reply that it begins, if that stands in the log already; an interrupt until then is its end.
        """
        if self._stopping:
            self._when_quiet, self._waiting = begin, turn
        else:
            begin()

    def see_to_waiting(self, now: float) -> None:
        """Begin what waits, once it is silent or the sound's process no longer answers; forget jobs that have ended."""
        self.jobs = [job for job in self.jobs if job.thread.is_alive()]
        for number, until in list(self._stopping.items()):
            if now > until:  # the process died at this moment
                self._cut(number, NO_PART, 0.0)
        if self._when_quiet is not None and not self._stopping:
            begin, self._when_quiet, self._waiting = self._when_quiet, None, None
            begin()

    def _cut(self, number: int, part: int, seconds: float) -> None:
        """Note how far a reply was heard that was stopped."""
        self._stopping.pop(number, None)
        reply = self._audible.get(number)
        if reply is None or reply.turn.state not in {"thinking", "speaking"} or reply.number != number:
            return
        turn = reply.turn
        if part == NO_PART and reply.is_made and reply.finished >= len(turn.parts):
            self._finish(reply)
            return
        whole = reply.finished if part == NO_PART else part
        said = [one.speech.text.strip() for one in turn.parts[:whole]]
        if part != NO_PART and part < len(turn.parts):
            turn.cut_part, turn.cut_seconds = part, seconds + reply.skipped.get(part, 0.0)
            said += heard_words(turn.parts[part].speech.words, turn.cut_seconds)
        else:
            turn.cut_part, turn.cut_seconds = whole, 0.0
        turn.heard = f"{' '.join(word.strip() for word in said)} {CUT}" if said else ""
        turn.state = "interrupted"
        self.last_said = (" ".join(said), self._audio.now())
        self.changed(turn)

    def _finish(self, reply: Reply) -> None:
        """Note that a reply was heard to its end."""
        turn = reply.turn
        turn.state = "done"
        turn.heard = " ".join(part.speech.text.strip() for part in turn.parts)
        self.last_said = (turn.heard, self._audio.now())
        if self.present is reply:
            self.present = None
        self.changed(turn)

    def close(self) -> None:
        """Cancel all jobs; one that does not end at once ends later by itself, unheard."""
        for job in self.jobs:
            job.cancel.set()
        until = time.monotonic() + CLOSING_SECONDS
        for job in self.jobs:
            job.thread.join(max(0.0, until - time.monotonic()))
