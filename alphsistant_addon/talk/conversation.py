"""The conversation as a state machine: listening, thinking, speaking, stopped. No bpy; a front calls ``tick``.

Every reply that is heard bears a number for the sound's process, and every job is an object of its own: what comes from
one that was given up is dropped on arrival, so no old sentence is ever heard in a new turn.
"""

from __future__ import annotations

import datetime as dt
import logging
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from ..audio_process.client import Audio
from ..audio_process.protocol import (
    NO_PART,
    SPEECH_RATE,
    DeviceChanged,
    Event,
    Failed,
    Finished,
    Samples,
    Sound,
    Started,
    Stopped,
    VoiceBegan,
    VoiceConfirmed,
    VoiceEnded,
    VoicePaused,
    VoiceResumed,
)
from ..pipeline.hearing import HeardWords
from ..pipeline.reply import LookedUp, Part, Sentence
from ..pipeline.requests import HearRequest, SpeakRequest
from ..text_generation.persona import Persona
from ..text_to_speech.controls import LOUDNESSES, RATES
from .job import Job, Jobs, Over
from .skills import Answer, find_skill, plain
from .turns import CUT, Turn, heard_words

logger = logging.getLogger(__name__)

State: TypeAlias = Literal["stopped", "listening", "thinking", "speaking"]

MOUTH_BEFORE, MOUTH_AFTER = 0.3, 0.5
"""Seconds before its start and after its end in which a part's curves may still move the face."""
NO_WORDS: Final = 1.5
"""Seconds after a voice has ended in which words must be found; else the reply goes on."""
ECHO_LIKENESS: Final = 0.8
"""Likeness of words heard to words just said, from which they are taken for an echo."""
ECHO_WITHIN: Final = 2.0
"""Seconds after a reply in which its echo may be heard."""
LONGEST_STOP: Final = 0.5
"""Seconds in which the sound's process has to answer a stop."""
CLOSING_SECONDS: Final = 0.3
"""What all jobs together have to end when a conversation is closed."""
LONGEST_HELD: Final = 300.0
"""Seconds after which a key that is held counts as forgotten."""
KEY_FORGOTTEN: Final = "The microphone was closed after 5 minutes: press the key again to go on."
NO_SOUND: Final = "Nothing can be heard any more: start the talk again."
"""Stands beside a reply once the sound's process is given up."""
REPEAT, GREETING = "repeat", "greeting"
"""What stands for the skill in turns that are no answers."""
ANOTHER_SEED: Final = 1009
"""Added to the seed of a reply for another one."""


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
    """A sentence for the user: a device that went, or a fault."""

    text: str


Happening: TypeAlias = StateChanged | TurnChanged | Told

FrontSkill: TypeAlias = Callable[[str], str | None]
"""Gets what the user said, as :func:`.skills.plain` writes it, and returns what is spoken; ``None`` if it is not
meant."""


@dataclass(slots=True, eq=False)
class _Reply:
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


@dataclass(slots=True, eq=False)
class _Utterance:
    """What somebody is saying, or has just said."""

    turn: Turn
    is_held: bool
    job: Job
    incoming: queue.SimpleQueue[Samples | None]
    pieces: list[Samples] = field(default_factory=list)
    is_closed: bool = False
    """Whether the recogniser was told the end."""
    is_confirmed: bool = False
    is_over: bool = False
    deadline: float = float("inf")
    words: str | None = None
    reply: _Reply | None = None
    """The answer to it, made ahead while the silence goes on."""
    interrupts: _Reply | None = None
    """What it broke into."""


class Conversation:
    """One conversation with one face.

    The front makes it, calls :meth:`tick` about 60 times a second, shows :attr:`log` and :attr:`state`, moves the face
    by :meth:`parts_playing`, and closes it. No call waits.
    """

    def __init__(
        self,
        audio: Audio,
        models: Jobs,
        persona: Persona | None = None,
        *,
        template: SpeakRequest | None = None,
        hearing: HearRequest | None = None,
        skills: Mapping[str, FrontSkill] | None = None,
        check_words: bool = False,
    ) -> None:
        """Begin with an empty log; the microphone is closed.

        Args:
            audio: the sound's process; started here if it does not run.
            models: who does the jobs.
            persona: who the face is; a first message of it is spoken by :meth:`greet`.
            template: what every reply is asked with besides its text: controls, delivery, models, look-up; and what
                was said before this conversation.
            hearing: how words are recognised.
            skills: further skills by name, such as Blender's; they are tried first, on the thread of :meth:`tick`.
            check_words: whether what was heard by the microphone waits for :meth:`mend` before it is answered.

        Raises:
            AlphsistantError: the sound's process cannot be started.
        """
        self.audio = audio
        self.log: list[Turn] = []
        """All turns, oldest first."""
        self.state: State = "listening"
        self.template = template or SpeakRequest("")
        """What every reply is asked with; a front may replace it between two turns."""
        if persona is not None:
            self.template = replace(self.template, persona=persona)
        self.check_words = check_words
        self.audio_events: list[Event] = []
        """What the sound's process told in the last tick, for fronts that record."""
        self._models = models
        self._hearing = hearing or HearRequest(models=self.template.models)
        self._skills = dict(skills or {})
        self._arrivals: queue.SimpleQueue[tuple[Job, Any]] = queue.SimpleQueue()
        self._jobs: list[Job] = []
        self._turn_numbers = 0
        self._sound_numbers = 0
        self._reply: _Reply | None = None
        """The one that is made or heard."""
        self._audible: dict[int, _Reply] = {}
        """Replies by the number that the sound's process knows them by."""
        self._stopping: dict[int, float] = {}
        """Numbers that were stopped without an answer so far, and when to give up waiting for it."""
        self._when_quiet: Callable[[], None] | None = None
        """What is to be done once they are answered."""
        self._waiting: Turn | None = None
        """The reply that it will begin."""
        self._paused: _Reply | None = None
        """A reply that a voice broke into, until it is known whether there were words."""
        self._utterance: _Utterance | None = None
        self._last_said = ("", float("-inf"))
        """What was said last, and when it ended."""
        self._is_hands_free = False
        self._has_microphone = False
        self._is_held = False
        self._held_since = 0.0
        self._news: list[Happening] = []
        audio.start()

    # What the user does.

    def say(self, text: str) -> Turn:
        """Take a line that the user has typed, and answer it; what is being said is interrupted. Returns the turn."""
        self.interrupt()
        turn = self._new_turn("user", text.strip())
        if turn.text:
            self._when_silent(lambda: self._answer(turn))
        return turn

    def speak(self, text: str) -> Turn:
        """Speak a text as it is; what is being said is interrupted."""
        self.interrupt()
        turn = self._new_turn("face", state="thinking")
        self._when_silent(lambda: self._begin(turn, replace(self.template, prompt="", text=text)), turn)
        return turn

    def greet(self) -> Turn | None:
        """Speak the persona's first message, if it has one; the models know it anyway."""
        persona = self.template.persona
        if persona is None or not persona.first_message.strip():
            return None
        turn = self.speak(persona.first_message)
        turn.skill = GREETING
        return turn

    def interrupt(self) -> None:
        """Stop speaking and thinking now; the log keeps what was heard.

        What was said by voice and is still to be understood is dropped too. What is being said at this moment is not.
        """
        waiting, self._when_quiet, self._waiting = self._waiting, None, None
        if waiting is not None:
            waiting.state = "interrupted"
            self._changed(waiting)
        if self._utterance is not None and self._utterance.is_over:
            self._drop_utterance()
        paused, self._paused = self._paused, None
        if paused is not None:
            self._give_up(paused)
        if self._reply is not None:
            self._give_up(self._reply)
            self._stop_sound(self._reply)
            self._reply = None

    def push_to_talk(self, held: bool) -> None:
        """Tell that the key is held, or let go: what was said meanwhile is answered."""
        if held == self._is_held:
            return
        self._is_held = held
        if held:
            self._held_since = self.audio.now()
            self._note_that_it_goes_on()
            self.interrupt()
            self._drop_utterance()
        self.audio.record(held)

    def hands_free(self, on: bool) -> None:
        """Answer whatever is said, by voice activity."""
        self._is_hands_free = on
        self.audio.microphone(on or self._has_microphone)
        self.audio.listen(on)
        if not on and not self._is_held:
            self._drop_utterance()

    def microphone(self, on: bool) -> None:
        """Open the microphone (for push-to-talk, so that the first syllable is there), or close it."""
        self._has_microphone = on
        self.audio.microphone(on or self._is_hands_free)

    @property
    def is_busy(self) -> bool:
        """Whether it thinks or speaks, before the next tick says so."""
        return self._present_state() in {"thinking", "speaking"}

    @property
    def is_microphone_open(self) -> bool:
        """Whether a front has to show that the microphone is open."""
        return self._is_hands_free or self._has_microphone or self._is_held

    def mend(self, turn: Turn, text: str) -> None:
        """Change what the user said or was heard to say; it is answered, anew if it was answered before."""
        self.interrupt()
        turn.text, turn.state = text.strip(), "done"
        self._changed(turn)
        self._when_silent(lambda: self._answer(turn))

    def edit(self, turn: Turn, text: str) -> Turn:
        """Change the text of a reply and speak it; both are kept in the log, and the new one counts."""
        self.interrupt()
        new = self._new_turn("face", state="thinking", answer_to=turn.answer_to)
        new.seed = turn.seed
        request = replace(self.template, prompt="", text=text, seed=turn.seed)
        self._when_silent(lambda: self._begin(new, request), new)
        return new

    def say_again(self, turn: Turn | None = None) -> None:
        """Let a reply be heard again, the last one by default, from the sound that is there."""
        turn = turn or next((one for one in reversed(self.log) if one.who == "face" and one.parts), None)
        self.interrupt()
        if turn is None or not turn.parts:
            return
        again = self._new_turn("face", turn.text, state="thinking")
        again.skill, again.seed, again.parts = REPEAT, turn.seed, list(turn.parts)
        reply = _Reply(again, None, is_made=True)

        def begin() -> None:
            self._reply = reply
            self._release(reply)

        self._when_silent(begin, again)

    def another_answer(self, turn: Turn | None = None) -> None:
        """Answer the same words with another seed; both answers are kept in the log, and the later one counts."""
        turn = turn or next((one for one in reversed(self.log) if one.answer_to is not None), None)
        asked = next((one for one in self.log if turn is not None and one.number == turn.answer_to), None)
        self.interrupt()
        if turn is not None and asked is not None:
            seed = max(one.seed for one in self.log if one.answer_to == asked.number) + ANOTHER_SEED
            self._when_silent(lambda: self._think(asked, seed))

    def forget(self) -> None:
        """Interrupt and empty the log."""
        self.interrupt()
        self._drop_utterance()
        self.log.clear()

    # What the front asks.

    def tick(self, now: float | None = None) -> list[Happening]:
        """Take in what happened, go on, and return what is new. Never waits.

        Args:
            now: by ``time.perf_counter``; this moment by default.
        """
        now = self.audio.now() if now is None else now
        self.audio_events = self.audio.events()
        for event in self.audio_events:
            self._take_in_sound(event, now)
        while not self._arrivals.empty():
            job, event = self._arrivals.get()
            self._take_in_work(job, event)
        self._jobs = [job for job in self._jobs if job.thread.is_alive()]
        for number, until in list(self._stopping.items()):
            if now > until:  # the process died at this moment
                self._cut(number, NO_PART, 0.0)
        if self._when_quiet is not None and not self._stopping:
            begin, self._when_quiet, self._waiting = self._when_quiet, None, None
            begin()
        if self._utterance is not None and now > self._utterance.deadline:
            self._give_up_waiting(self._utterance, now)
        if self._is_held and now > self._held_since + LONGEST_HELD:
            self.push_to_talk(False)
            self._news.append(Told(KEY_FORGOTTEN))
        self._see_to_end(now)
        state = self._present_state()
        if state != self.state:
            self.state = state
            self._news.append(StateChanged(state))
        news, self._news = self._news, []
        return news

    def parts_playing(self) -> list[tuple[Part, float]]:
        """Return the parts whose curves count at this moment, each with the seconds heard since its start.

        The part that is heard; the one that begins within .3 s (its seconds are below 0: the mouth opens before the
        sound); the one that ended within .5 s. A part that was interrupted is none of them.
        """
        found = []
        for number, index, seconds in self.audio.heard_around(MOUTH_AFTER, MOUTH_BEFORE):
            reply = self._audible.get(number)
            if reply is None or reply.number != number or index >= len(reply.turn.parts):
                continue
            is_stopped = number in self._stopping or reply.turn.state == "interrupted"
            if not is_stopped:
                found.append((reply.turn.parts[index], seconds + reply.skipped.get(index, 0.0)))
        return found

    def history(self, before: int | None = None) -> list[tuple[str, str]]:
        """Return the (user, face) pairs as they were heard, oldest first; of two answers the later one.

        A text that was spoken as it is stands there without words of the user. What was said again is left out, and
        so is the greeting, which the persona brings itself. Words that were spoken before the user went on speaking,
        with nothing heard of an answer, stand there with an empty reply.

        Args:
            before: number of a user's turn; what comes from it on is left out.
        """
        pairs: dict[int, tuple[str, str]] = {}
        asked = {turn.number: turn.text for turn in self.log if turn.who == "user"}
        for turn in self.log:
            number = turn.answer_to or turn.number
            if turn.goes_on and turn.text and (before is None or number < before):
                pairs[number] = (turn.text, "")
            if turn.heard and turn.skill not in {REPEAT, GREETING} and (before is None or number < before):
                pairs[number] = (asked.get(number, ""), turn.heard)
        return [pairs[number] for number in sorted(pairs)]

    def close(self) -> None:
        """Stop what runs and close the sound; leaves no process but the models'.

        The window waits for this, so a job that does not end at once ends later by itself, unheard.
        """
        self.interrupt()
        self._drop_utterance()
        for job in self._jobs:
            job.cancel.set()
        until = time.monotonic() + CLOSING_SECONDS
        for job in self._jobs:
            job.thread.join(max(0.0, until - time.monotonic()))
        self.audio.close()
        self.state = "stopped"

    # Replies.

    def _new_turn(
        self, who: Literal["user", "face"], text: str = "", *, state: Any = "done", answer_to: int | None = None
    ) -> Turn:
        self._turn_numbers += 1
        turn = Turn(self._turn_numbers, who, text, state, answer_to=answer_to)
        self._add(turn)
        return turn

    def _add(self, turn: Turn) -> None:
        self.log.append(turn)
        self._changed(turn)

    def _changed(self, turn: Turn) -> None:
        self._news.append(TurnChanged(turn))

    def _when_silent(self, begin: Callable[[], None], turn: Turn | None = None) -> None:
        """Do it now, or once the sound's process has said what was heard of the reply before.

        Args:
            begin: what is done.
            turn: the reply that it begins, if that stands in the log already; an interrupt until then is its end.
        """
        if self._stopping:
            self._when_quiet, self._waiting = begin, turn
        else:
            begin()

    def _answer(self, asked: Turn) -> None:
        """Answer a turn of the user: by a skill, or else by the language model."""
        used = self._use_front_skill(asked.text)
        if used is not None:
            self._use(asked, *used)
            return
        found = find_skill(asked.text, dt.datetime.now().astimezone())
        if found is not None:
            self._use(asked, *found)
            return
        self._think(asked, self.template.seed + asked.number)

    def _use_front_skill(self, text: str) -> tuple[str, Answer, str] | None:
        """Ask the skills of the front once, since asking does what is meant.

        Returns:
            Name, answer, and a note of what went wrong; ``None`` if none is meant.
        """
        said = plain(text)
        for name, skill in self._skills.items():
            try:
                spoken = skill(said)
            except Exception as error:  # whatever it does, the talk goes on
                logger.exception("The skill “%s” failed", name)
                return name, Answer("That did not work."), f"That did not work: {str(error).strip()}"
            if spoken is not None:
                return name, Answer(spoken), ""
        return None

    def _use(self, asked: Turn, name: str, answer: Answer, note: str = "") -> None:
        """Do what a skill answered, and speak it."""
        asked.skill = name
        self._changed(asked)
        self._change_manner(answer)
        if answer.command == "repeat":
            self.say_again()
        elif answer.text:
            turn = self._new_turn("face", state="thinking", answer_to=asked.number)
            turn.skill, turn.note = name, note
            self._begin(turn, replace(self.template, prompt="", text=answer.text))

    def _change_manner(self, answer: Answer) -> None:
        """Speak from now on as a skill wants."""
        controls, delivery = self.template.controls, self.template.delivery
        rate = float(np.clip(controls.rate * answer.rate, *RATES))
        loudness = float(np.clip(controls.loudness + answer.loudness, *LOUDNESSES))
        if answer.mood:
            delivery = replace(delivery, life=replace(delivery.life, mood=answer.mood))
        self.template = replace(
            self.template, controls=replace(controls, rate=rate, loudness=loudness), delivery=delivery
        )

    def _think(self, asked: Turn, seed: int) -> None:
        """Let the language model answer, to be heard as it comes."""
        turn = self._new_turn("face", state="thinking", answer_to=asked.number)
        turn.seed = seed
        self._begin(turn, self._question(asked, seed))

    def _question(self, asked: Turn, seed: int) -> SpeakRequest:
        history = (*self.template.history, *self.history(asked.number))
        return replace(self.template, prompt=asked.text, text=None, seed=seed, history=history)

    def _begin(self, turn: Turn, request: SpeakRequest) -> None:
        """Let a reply be made and heard."""
        self._reply = _Reply(turn, self._start(request))
        self._release(self._reply)

    def _start(self, request: Any, incoming: queue.SimpleQueue[Any] | None = None) -> Job:
        if isinstance(request, SpeakRequest):
            request = replace(request, is_live=True)
        cancelled = [job for job in self._jobs if job.cancel.is_set()]
        job = Job(self._models, request, self._arrivals, incoming, cancelled)
        self._jobs.append(job)
        return job

    def _release(self, reply: _Reply) -> None:
        """Let the parts of a reply be heard, those that are there and those that come."""
        self._sound_numbers += 1
        reply.number = self._sound_numbers
        reply.is_released = True
        self._audible[reply.number] = reply
        self._audible = dict(list(self._audible.items())[-8:])
        self._send_parts(reply)

    def _send_parts(self, reply: _Reply) -> None:
        """Send what is there of a reply and was not sent yet."""
        parts = reply.turn.parts
        while reply.is_released and reply.sent < len(parts):
            index = reply.sent
            part = parts[index]
            pause = part.start - parts[index - 1].end if index else part.start
            skipped = reply.skipped.get(index, 0.0)
            rate = part.speech.sample_rate
            samples = part.speech.samples[round(skipped * rate) :]
            self.audio.play(reply.number, index, samples, rate, 0.0 if skipped else max(pause, 0.0))
            reply.sent += 1

    def _give_up(self, reply: _Reply) -> None:
        """Let nothing more be made of a reply."""
        if reply.job is not None:
            reply.job.cancel.set()

    def _stop_sound(self, reply: _Reply) -> None:
        """Let nothing more be heard of a reply; what was heard is known when the sound's process answers."""
        if reply.is_released and reply.turn.state in {"thinking", "speaking"}:
            reply.is_released = False
            self._stopping[reply.number] = self.audio.now() + LONGEST_STOP
            self.audio.stop(reply.number)

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
        self._last_said = (" ".join(said), self.audio.now())
        self._changed(turn)

    def _finish(self, reply: _Reply) -> None:
        """Note that a reply was heard to its end."""
        turn = reply.turn
        turn.state = "done"
        turn.heard = " ".join(part.speech.text.strip() for part in turn.parts)
        self._last_said = (turn.heard, self.audio.now())
        if self._reply is reply:
            self._reply = None
        self._changed(turn)

    def _see_to_end(self, now: float) -> None:
        """End the reply once it is made and heard, or if nothing can be heard any more."""
        reply = self._reply
        if reply is not None and reply.is_released and self.audio.is_given_up:
            self._give_up(reply)
            reply.is_released = False
            reply.turn.state, reply.turn.note = "failed", NO_SOUND
            self._reply = None
            self._changed(reply.turn)
            return
        if reply is None or not reply.is_made or not reply.is_released:
            return
        if not reply.turn.parts:
            reply.turn.state = "failed"
            self._reply = None
            self._changed(reply.turn)
        elif reply.finished >= len(reply.turn.parts):
            ends_at = self.audio.heard_at(reply.last_end)
            if ends_at is None or now >= ends_at:
                self._finish(reply)

    def _present_state(self) -> State:
        if self._reply is not None:
            return "speaking" if self._reply.has_started else "thinking"
        waits = self._utterance is not None and self._utterance.is_over
        return "thinking" if waits or self._when_quiet is not None else "listening"

    # What the sound's process tells.

    def _take_in_sound(self, event: Event, now: float) -> None:
        match event:
            case Started(number, part, stream_time):
                reply = self._audible.get(number)
                if reply is not None and reply.number == number and reply.is_released:
                    reply.turn.starts[part] = stream_time
                    if not reply.has_started or reply.turn.state == "thinking":
                        reply.has_started = True
                        reply.turn.state = "speaking"
                        self._changed(reply.turn)
            case Finished(number, part, stream_time):
                reply = self._audible.get(number)
                if reply is not None and reply.number == number:
                    reply.finished, reply.last_end = part + 1, stream_time
            case Stopped(number, part, seconds):
                for waiting in [one for one in self._stopping if one <= number]:
                    self._cut(waiting, part if waiting == number else NO_PART, seconds)
                reply = self._reply
                if reply is not None and reply.number == number and reply.is_released:
                    # Nobody asked for it: the process has died. What was heard until then counts.
                    self._give_up(reply)
                    self._cut(number, part, seconds)
                    self._reply = None
            case DeviceChanged(text) | Failed(text):
                self._news.append(Told(text))
            case _:
                self._take_in_voice(event, now)

    def _take_in_voice(self, event: Event, now: float) -> None:
        said = self._utterance
        match event:
            case VoiceBegan():
                self._begin_utterance()
            case Sound(samples) if said is not None and not said.is_over:
                said.pieces.append(samples)
                if not said.is_closed:
                    said.incoming.put(samples)
            case VoiceConfirmed() if said is not None:
                self._confirm(said)
            case VoicePaused() if said is not None and not said.is_held:
                if not said.is_confirmed:
                    self.audio.duck(False)
                self._close_incoming(said)
            case VoiceResumed() if said is not None and said.is_closed and not said.is_over:
                self._hear_again(said)
            case VoiceEnded() if said is not None:
                self._end_voice(said, event, now)
            case _:
                pass

    def _end_voice(self, said: _Utterance, ended: VoiceEnded, now: float) -> None:
        """It is over; it is answered once the words are known."""
        said.is_over = True
        before = said.turn.samples
        if said.pieces and not len(ended.samples):  # the sound's process has died, with what it had recorded
            ended = replace(ended, samples=np.concatenate(said.pieces), rate=SPEECH_RATE)
        elif isinstance(before, VoiceEnded):  # it has gone on after an end that was none
            ended = replace(ended, samples=np.concatenate([before.samples, ended.samples]))
        said.turn.samples = ended
        said.deadline = now + NO_WORDS if said.interrupts is not None else float("inf")
        self._close_incoming(said)
        if said.words is not None:
            self._understand(said)

    def _begin_utterance(self) -> None:
        """Somebody begins to speak, or the key is held.

        Whoever speaks before the words of what they said until now are known goes on with it.
        """
        said = self._utterance
        if said is not None and said.is_over and not self._is_held:
            said.is_over, said.is_held, said.deadline = False, False, float("inf")
            self._hear_again(said)
            return
        self._drop_utterance()
        incoming: queue.SimpleQueue[Samples | None] = queue.SimpleQueue()
        turn = Turn(0, "user", state="hearing")
        self._utterance = _Utterance(turn, self._is_held, self._start(self._hearing, incoming), incoming)
        if self._is_held:
            self._confirm(self._utterance)
        elif self._reply is not None and self._reply.is_released:
            self.audio.duck(True)

    def _confirm(self, said: _Utterance) -> None:
        """It is no cough: what is being said or thought stops for it."""
        if said.is_confirmed:
            return
        said.is_confirmed = True
        self._turn_numbers += 1
        said.turn.number = self._turn_numbers
        self._add(said.turn)
        reply = self._reply
        if reply is not None and reply is not said.reply:
            self._note_that_it_goes_on()
            self._reply = None
            self._stop_sound(reply)
            said.interrupts = self._paused = reply
        self.audio.duck(False)

    def _note_that_it_goes_on(self) -> None:
        """Let the words that the present reply answers count with those that break into it, if nothing was heard."""
        asked = self._reply.turn.answer_to if self._reply is not None else None
        for turn in self.log:
            if turn.number == asked and turn.samples is not None:
                turn.goes_on = True

    def _close_incoming(self, said: _Utterance) -> None:
        """Tell the recogniser that this is all, for now."""
        if not said.is_closed:
            said.is_closed = True
            said.incoming.put(None)

    def _hear_again(self, said: _Utterance) -> None:
        """The speech goes on after a pause: recognise all of it anew."""
        said.job.cancel.set()
        if said.reply is not None:
            self._give_up(said.reply)
            said.reply = None
        said.words, said.is_closed = None, False
        said.incoming = queue.SimpleQueue()
        for piece in said.pieces:
            said.incoming.put(piece)
        said.job = self._start(self._hearing, said.incoming)

    def _understand(self, said: _Utterance) -> None:
        """It is over and the words are known: answer them, or go on if there are none."""
        self._utterance = None
        self.audio.duck(False)
        words = said.words or ""
        is_too_short = not said.is_confirmed and self._reply is not None
        if not words or is_too_short or (not said.is_held and self._is_echo(words)):
            self._forget_utterance(said, "" if words else "Nothing was understood.")
            self._go_on()
            return
        self._end_pause()
        if self._reply is not None:
            self.interrupt()  # a line that was typed while somebody spoke
        turn = said.turn
        if not said.is_confirmed:
            self._turn_numbers += 1
            turn.number = self._turn_numbers
            self._add(turn)
        turn.text = words
        turn.state = "waiting" if self.check_words else "done"
        self._changed(turn)
        if self.check_words:
            return
        ahead = said.reply
        if ahead is None:
            self._when_silent(lambda: self._answer(turn))
            return
        used = self._use_front_skill(words)
        if used is not None:
            self._give_up(ahead)
            self._when_silent(lambda: self._use(turn, *used))
        else:
            ahead.turn.answer_to = turn.number
            self._turn_numbers += 1
            ahead.turn.number = self._turn_numbers
            self._add(ahead.turn)
            self._reply = ahead
            self._release(ahead)

    def _think_ahead(self, said: _Utterance) -> None:
        """Begin to answer while it is not certain that the speech is over."""
        words = said.words or ""
        is_broken_into = self._reply is not None or self._paused is not None
        if not words or self.check_words or is_broken_into or self._is_echo(words):
            return
        if find_skill(words, dt.datetime.now().astimezone()) is not None:
            return
        number = said.turn.number or self._turn_numbers + 1
        asked = Turn(number, "user", words)
        seed = self.template.seed + number
        turn = Turn(0, "face", state="thinking", seed=seed)
        said.reply = _Reply(turn, self._start(self._question(asked, seed)))

    def _is_echo(self, words: str) -> bool:
        """Whether the microphone has heard what was just said."""
        said, ended = self._last_said
        if self.audio.now() - ended > ECHO_WITHIN:
            return False
        mine, theirs = plain(said).split(), plain(words).split()
        same = sum(block.size for block in SequenceMatcher(None, mine, theirs).get_matching_blocks())
        return len(theirs) > 1 and same >= ECHO_LIKENESS * len(theirs)

    def _drop_utterance(self) -> None:
        """What is being said does not count."""
        said, self._utterance = self._utterance, None
        if said is not None:
            self._forget_utterance(said, "")
            self.audio.duck(False)

    def _forget_utterance(self, said: _Utterance, note: str) -> None:
        said.job.cancel.set()
        if said.reply is not None:
            self._give_up(said.reply)
        if said.is_confirmed and said.turn in self.log:
            said.turn.state, said.turn.note = "dropped", note
            self._changed(said.turn)

    def _give_up_waiting(self, said: _Utterance, now: float) -> None:
        """No words have come in time, so it was a noise; unless what it broke into keeps the models busy."""
        broken = said.interrupts
        if broken is not None and broken is self._paused and not broken.is_made:
            # One job is done after the other. Of the reply, what is made by now can still be heard.
            self._give_up(broken)
            said.deadline = now + NO_WORDS
            return
        self._drop_utterance()
        self._go_on()

    def _end_pause(self) -> None:
        """A reply that a voice broke into stays as it was heard."""
        paused, self._paused = self._paused, None
        if paused is not None:
            self._give_up(paused)

    def _go_on(self) -> None:
        """Go on with a reply that a cough broke into, from the first word that was not heard whole."""
        reply, self._paused = self._paused, None
        if reply is None or self._reply is not None or reply.turn.state != "interrupted":
            return
        turn = reply.turn
        index = turn.cut_part or 0
        if index < len(turn.parts):
            words = turn.parts[index].speech.words
            rest = [word.start for word in words if word.end > turn.cut_seconds]
            reply.skipped[index] = rest[0] if rest else turn.parts[index].speech.duration
        reply.sent, reply.finished, reply.has_started = index, index, False
        turn.state, turn.heard, turn.cut_part, turn.cut_seconds = "thinking", "", None, 0.0
        self._reply = reply
        self._release(reply)
        self._changed(turn)

    # What the models' process tells.

    def _take_in_work(self, job: Job, event: Any) -> None:
        said = self._utterance
        if said is not None and job is said.job:
            self._take_in_words(said, event)
            return
        for reply in (self._reply, self._paused, said.reply if said is not None else None):
            if reply is not None and job is reply.job:
                self._take_in_reply(reply, event)
                return

    def _take_in_words(self, said: _Utterance, event: Any) -> None:
        if isinstance(event, HeardWords):
            said.words = event.text
        elif isinstance(event, Over) and said.words is None:
            said.words = ""
            if event.error:
                self._news.append(Told(event.error))
        else:
            return
        if said.is_over:
            self._understand(said)
        else:
            self._think_ahead(said)

    def _take_in_reply(self, reply: _Reply, event: Any) -> None:
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
            self._changed(turn)
