"""What is said by voice: heard, recognised, and answered, or let go if there were no words in it.

A voice may break into a reply. That is stopped when it is known to be no cough, and goes on if no words are found.
While it is not certain that somebody has ended, the answer is made ahead, and dropped if they go on.
"""

from __future__ import annotations

import datetime as dt
import queue
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Final

import numpy as np

from ..audio_process.client import Audio
from ..audio_process.protocol import (
    SPEECH_RATE,
    Event,
    Samples,
    Sound,
    VoiceBegan,
    VoiceConfirmed,
    VoiceEnded,
    VoicePaused,
    VoiceResumed,
)
from ..pipeline.hearing import HeardWords
from ..pipeline.requests import HearRequest
from .answers import Answers
from .happenings import Told
from .job import Job, Over
from .replies import Replies, Reply
from .skills import find_skill, plain
from .turns import Turn

NO_WORDS: Final = 1.5
"""Seconds after a voice has ended in which words must be found; else the reply goes on."""
ECHO_LIKENESS: Final = 0.8
"""Likeness of words heard to words just said, from which they are taken for an echo."""
KEPT_SECONDS: Final = 600.0
"""Seconds of the user's own voice that are kept, 115 MB: of a longer talk the oldest recordings are forgotten first."""
ECHO_WITHIN: Final = 2.0
"""Seconds after a reply in which its echo may be heard."""


@dataclass(slots=True, eq=False)
class Utterance:
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
    reply: Reply | None = None
    """The answer to it, made ahead while the silence goes on."""
    interrupts: Reply | None = None
    """What it broke into."""

    def close_incoming(self) -> None:
        """Tell the recogniser that this is all, for now."""
        if not self.is_closed:
            self.is_closed = True
            self.incoming.put(None)


class VoiceTurns:
    """Makes turns of what the microphone hears."""

    def __init__(self, audio: Audio, replies: Replies, answers: Answers, hearing: HearRequest) -> None:
        """Hear nothing yet.

        Args:
            audio: the sound's process.
            replies: what a voice may break into.
            answers: what is said is answered by them.
            hearing: how words are recognised.
        """
        self.check_words = False
        """Whether what was heard waits for the user before it is answered."""
        self.is_held = False
        """Whether a key is held, so that all is speech."""
        self.utterance: Utterance | None = None
        """What is being said, or was said and is still to be understood."""
        self.paused: Reply | None = None
        """A reply that a voice broke into, until it is known whether there were words."""
        self._audio = audio
        self._replies = replies
        self._answers = answers
        self._hearing = hearing

    @property
    def is_waiting(self) -> bool:
        """Whether the words of what was said are still to come."""
        return self.utterance is not None and self.utterance.is_over

    def interrupt(self) -> None:
        """Drop what was said and is to be understood, and the reply that it broke into; not what is being said."""
        if self.is_waiting:
            self.drop()
        self._end_pause()

    def see_to_deadline(self, now: float) -> None:
        """Take what was said for a noise, if no words of it have come in time."""
        if self.utterance is not None and now > self.utterance.deadline:
            self._give_up_waiting(self.utterance, now)

    def take_in_voice(self, event: Event, now: float) -> None:
        """Take in what the sound's process tells of the microphone."""
        said = self.utterance
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
                    self._audio.duck(False)
                said.close_incoming()
            case VoiceResumed() if said is not None and said.is_closed and not said.is_over:
                self._hear_again(said)
            case VoiceEnded() if said is not None:
                self._end_voice(said, event, now)
            case _:
                pass

    def _begin_utterance(self) -> None:
        """Somebody begins to speak, or the key is held.

        Whoever speaks before the words of what they said until now are known goes on with it.
        """
        said = self.utterance
        if said is not None and said.is_over and not self.is_held:
            said.is_over, said.is_held, said.deadline = False, False, float("inf")
            self._hear_again(said)
            return
        self.drop()
        incoming: queue.SimpleQueue[Samples | None] = queue.SimpleQueue()
        turn = Turn(0, "user", state="hearing")
        self.utterance = Utterance(turn, self.is_held, self._replies.start(self._hearing, incoming), incoming)
        if self.is_held:
            self._confirm(self.utterance)
        elif self._replies.present is not None and self._replies.present.is_released:
            self._audio.duck(True)

    def _confirm(self, said: Utterance) -> None:
        """It is no cough: what is being said or thought stops for it."""
        if said.is_confirmed:
            return
        said.is_confirmed = True
        said.turn.number = self._replies.next_number()
        self._replies.add(said.turn)
        reply = self._replies.present
        if reply is not None and reply is not said.reply:
            self.note_that_it_goes_on()
            self._replies.present = None
            self._replies.stop_sound(reply)
            said.interrupts = self.paused = reply
        self._audio.duck(False)

    def _end_voice(self, said: Utterance, ended: VoiceEnded, now: float) -> None:
        """It is over; it is answered once the words are known."""
        said.is_over = True
        before = said.turn.samples
        if said.pieces and not len(ended.samples):  # the sound's process has died, with what it had recorded
            ended = replace(ended, samples=np.concatenate(said.pieces), rate=SPEECH_RATE)
        elif isinstance(before, VoiceEnded):  # it has gone on after an end that was none
            ended = replace(ended, samples=np.concatenate([before.samples, ended.samples]))
        said.turn.samples = ended
        self._forget_oldest(said.turn)
        said.deadline = now + NO_WORDS if said.interrupts is not None else float("inf")
        said.close_incoming()
        if said.words is not None:
            self._understand(said)

    def _forget_oldest(self, newest: Turn) -> None:
        """Let go of the recordings, not the words, that are more than is kept."""
        seconds = 0.0
        for turn in (newest, *reversed([one for one in self._replies.log if one is not newest])):
            if isinstance(turn.samples, VoiceEnded):
                seconds += len(turn.samples.samples) / turn.samples.rate
                if seconds > KEPT_SECONDS:
                    turn.samples = replace(turn.samples, samples=turn.samples.samples[:0].copy())

    def _hear_again(self, said: Utterance) -> None:
        """The speech goes on after a pause: recognise all of it anew."""
        said.job.cancel.set()
        if said.reply is not None:
            self._replies.give_up(said.reply)
            said.reply = None
        said.words, said.is_closed = None, False
        said.incoming = queue.SimpleQueue()
        for piece in said.pieces:
            said.incoming.put(piece)
        said.job = self._replies.start(self._hearing, said.incoming)

    def take_in_work(self, job: Job, event: Any) -> None:
        """Take in what a job has done, if it still counts."""
        said = self.utterance
        if said is not None and job is said.job:
            self._take_in_words(said, event)
            return
        for reply in (self._replies.present, self.paused, said.reply if said is not None else None):
            if reply is not None and job is reply.job:
                self._replies.take_in_reply(reply, event)
                return

    def _take_in_words(self, said: Utterance, event: Any) -> None:
        if isinstance(event, HeardWords):
            said.words = event.text
        elif isinstance(event, Over) and said.words is None:
            said.words = ""
            if event.error:
                self._replies.news.append(Told(event.error))
        else:
            return
        if said.is_over:
            self._understand(said)
        else:
            self._think_ahead(said)

    def _think_ahead(self, said: Utterance) -> None:
        """Begin to answer while it is not certain that the speech is over."""
        words = said.words or ""
        is_broken_into = self._replies.present is not None or self.paused is not None
        if not words or self.check_words or is_broken_into or self._is_echo(words):
            return
        if find_skill(words, dt.datetime.now().astimezone()) is not None:
            return
        number = said.turn.number or self._replies.number_to_come
        asked = Turn(number, "user", words)
        seed = self._answers.template.seed + number
        turn = Turn(0, "face", state="thinking", seed=seed)
        said.reply = Reply(turn, self._replies.start(self._answers.question(asked, seed)))

    def _understand(self, said: Utterance) -> None:
        """It is over and the words are known: answer them, or go on if there are none."""
        self.utterance = None
        self._audio.duck(False)
        words = said.words or ""
        is_too_short = not said.is_confirmed and self._replies.present is not None
        if not words or is_too_short or (not said.is_held and self._is_echo(words)):
            self._forget_utterance(said, "" if words else "Nothing was understood.")
            self._go_on()
            return
        self._end_pause()
        if self._replies.present is not None:
            self._replies.interrupt()  # a line that was typed while somebody spoke
        turn = said.turn
        if not said.is_confirmed:
            turn.number = self._replies.next_number()
            self._replies.add(turn)
        turn.text = words
        turn.state = "waiting" if self.check_words else "done"
        self._replies.changed(turn)
        if self.check_words:
            return
        ahead = said.reply
        if ahead is None:
            self._replies.when_silent(lambda: self._answers.answer(turn))
            return
        used = self._answers.use_front_skill(words)
        if used is not None:
            self._replies.give_up(ahead)
            self._replies.when_silent(lambda: self._answers.use(turn, *used))
        else:
            ahead.turn.answer_to = turn.number
            ahead.turn.number = self._replies.next_number()
            self._replies.add(ahead.turn)
            self._replies.present = ahead
            self._replies.release(ahead)

    def _is_echo(self, words: str) -> bool:
        """Whether the microphone has heard what was just said."""
        said, ended = self._replies.last_said
        if self._audio.now() - ended > ECHO_WITHIN:
            return False
        mine, theirs = plain(said).split(), plain(words).split()
        same = sum(block.size for block in SequenceMatcher(None, mine, theirs).get_matching_blocks())
        return len(theirs) > 1 and same >= ECHO_LIKENESS * len(theirs)

    def note_that_it_goes_on(self) -> None:
        """Let the words that the present reply answers count with those that break into it, if nothing was heard."""
        asked = self._replies.present.turn.answer_to if self._replies.present is not None else None
        for turn in self._replies.log:
            if turn.number == asked and turn.samples is not None:
                turn.goes_on = True

    def drop(self) -> None:
        """What is being said does not count."""
        said, self.utterance = self.utterance, None
        if said is not None:
            self._forget_utterance(said, "")
            self._audio.duck(False)

    def _forget_utterance(self, said: Utterance, note: str) -> None:
        said.job.cancel.set()
        if said.reply is not None:
            self._replies.give_up(said.reply)
        if said.is_confirmed and said.turn in self._replies.log:
            said.turn.state, said.turn.note = "dropped", note
            self._replies.changed(said.turn)

    def _give_up_waiting(self, said: Utterance, now: float) -> None:
        """No words have come in time, so it was a noise; unless what it broke into keeps the models busy."""
        broken = said.interrupts
        if broken is not None and broken is self.paused and not broken.is_made:
            # One job is done after the other. Of the reply, what is made by now can still be heard.
            self._replies.give_up(broken)
            said.deadline = now + NO_WORDS
            return
        self.drop()
        self._go_on()

    def _end_pause(self) -> None:
        """A reply that a voice broke into stays as it was heard."""
        paused, self.paused = self.paused, None
        if paused is not None:
            self._replies.give_up(paused)

    def _go_on(self) -> None:
        """Go on with a reply that a cough broke into, from the first word that was not heard whole."""
        reply, self.paused = self.paused, None
        if reply is None or self._replies.present is not None or reply.turn.state != "interrupted":
            return
        turn = reply.turn
        index = turn.cut_part or 0
        if index < len(turn.parts):
            words = turn.parts[index].speech.words
            rest = [word.start for word in words if word.end > turn.cut_seconds]
            reply.skipped[index] = rest[0] if rest else turn.parts[index].speech.duration
        reply.sent, reply.finished, reply.has_started = index, index, False
        turn.state, turn.heard, turn.cut_part, turn.cut_seconds = "thinking", "", None, 0.0
        self._replies.present = reply
        self._replies.release(reply)
        self._replies.changed(turn)
