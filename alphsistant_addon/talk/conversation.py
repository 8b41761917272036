"""The conversation as a state machine: listening, thinking, speaking, stopped. No bpy; a front calls ``tick``.

What the user does is here, and what a front asks. What is said by voice is in ``voice_turns``, what it is answered with
in ``answers``, and what is made and heard of a reply in ``replies``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ..audio_process.client import Audio
from ..audio_process.protocol import DeviceChanged, Event, Failed
from ..pipeline.reply import Part
from ..pipeline.requests import HearRequest, SpeakRequest
from ..text_generation.persona import Persona
from .answers import Answers, FrontSkill
from .happenings import Happening, State, StateChanged, Told
from .job import Jobs
from .replies import Replies
from .turns import GREETING, Turn, history_of
from .voice_turns import VoiceTurns

LONGEST_HELD: Final = 300.0
"""Seconds after which a key that is held counts as forgotten."""
KEY_FORGOTTEN: Final = "The microphone was closed after 5 minutes: press the key again to go on."


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
        self.state: State = "listening"
        self.audio_events: list[Event] = []
        """What the sound's process told in the last tick, for fronts that record."""
        template = template or SpeakRequest("")
        if persona is not None:
            template = replace(template, persona=persona)
        self._replies = Replies(audio, models)
        self._answers = Answers(self._replies, template, skills or {})
        self._voice = VoiceTurns(audio, self._replies, self._answers, hearing or HearRequest(models=template.models))
        self._voice.check_words = check_words
        self._is_hands_free = False
        self._has_microphone = False
        self._held_since = 0.0
        audio.start()

    @property
    def log(self) -> list[Turn]:
        """All turns, oldest first."""
        return self._replies.log

    @property
    def template(self) -> SpeakRequest:
        """What every reply is asked with."""
        return self._answers.template

    # What the user does.

    def say(self, text: str) -> Turn:
        """Take a line that the user has typed, and answer it; what is being said is interrupted. Returns the turn."""
        self.interrupt()
        turn = self._replies.new_turn("user", text.strip())
        if turn.text:
            self._replies.when_silent(lambda: self._answers.answer(turn))
        return turn

    def speak(self, text: str) -> Turn:
        """Speak a text as it is; what is being said is interrupted."""
        self.interrupt()
        turn = self._replies.new_turn("face", state="thinking")
        self._replies.when_silent(lambda: self._answers.speak(turn, text), turn)
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
        self._voice.interrupt()
        self._replies.interrupt()

    def push_to_talk(self, held: bool) -> None:
        """Tell that the key is held, or let go: what was said meanwhile is answered."""
        if held == self._voice.is_held:
            return
        self._voice.is_held = held
        if held:
            self._held_since = self.audio.now()
            self._voice.note_that_it_goes_on()
            self.interrupt()
            self._voice.drop()
        self.audio.record(held)

    def hands_free(self, on: bool) -> None:
        """Answer whatever is said, by voice activity."""
        self._is_hands_free = on
        self.audio.microphone(on or self._has_microphone)
        self.audio.listen(on)
        if not on and not self._voice.is_held:
            self._voice.drop()

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
        return self._is_hands_free or self._has_microphone or self._voice.is_held

    def mend(self, turn: Turn, text: str) -> None:
        """Change what the user said or was heard to say; it is answered, anew if it was answered before."""
        self.interrupt()
        turn.text, turn.state = text.strip(), "done"
        self._replies.changed(turn)
        self._replies.when_silent(lambda: self._answers.answer(turn))

    def edit(self, turn: Turn, text: str) -> Turn:
        """Change the text of a reply and speak it; both are kept in the log, and the new one counts."""
        self.interrupt()
        new = self._replies.new_turn("face", state="thinking", answer_to=turn.answer_to)
        new.seed = turn.seed
        self._replies.when_silent(lambda: self._answers.speak(new, text, turn.seed), new)
        return new

    def say_again(self, turn: Turn | None = None) -> None:
        """Let a reply be heard again, the last one by default, from the sound that is there."""
        self._voice.interrupt()
        self._answers.repeat(turn)

    def another_answer(self, turn: Turn | None = None) -> None:
        """Answer the same words with another seed; both answers are kept in the log, and the later one counts."""
        turn = turn or next((one for one in reversed(self.log) if one.answer_to is not None), None)
        asked = next((one for one in self.log if turn is not None and one.number == turn.answer_to), None)
        self.interrupt()
        if turn is not None and asked is not None:
            self._replies.when_silent(lambda: self._answers.another(asked))

    def forget(self) -> None:
        """Interrupt and empty the log."""
        self.interrupt()
        self._voice.drop()
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
            if isinstance(event, DeviceChanged | Failed):
                self._replies.news.append(Told(event.text))
            self._replies.take_in_sound(event)
            self._voice.take_in_voice(event, now)
        while not self._replies.arrivals.empty():
            self._voice.take_in_work(*self._replies.arrivals.get())
        self._replies.see_to_waiting(now)
        self._voice.see_to_deadline(now)
        if self._voice.is_held and now > self._held_since + LONGEST_HELD:
            self.push_to_talk(False)
            self._replies.news.append(Told(KEY_FORGOTTEN))
        self._replies.see_to_end(now)
        state = self._present_state()
        if state != self.state:
            self.state = state
            self._replies.news.append(StateChanged(state))
        news, self._replies.news = self._replies.news, []
        return news

    def parts_playing(self) -> list[tuple[Part, float]]:
        """Return the parts whose curves count at this moment, as :meth:`.replies.Replies.parts_playing` does."""
        return self._replies.parts_playing()

    def history(self) -> list[tuple[str, str]]:
        """Return the (user, face) pairs as they were heard, as :func:`.turns.history_of` does."""
        return history_of(self.log)

    def close(self) -> None:
        """Stop what runs and close the sound; leaves no process but the models'.

        The window waits for this, so a job that does not end at once ends later by itself, unheard.
        """
        self.interrupt()
        self._voice.drop()
        self._replies.close()
        self.audio.close()
        self.state = "stopped"

    def _present_state(self) -> State:
        if self._replies.present is not None:
            return "speaking" if self._replies.present.has_started else "thinking"
        return "thinking" if self._voice.is_waiting or self._replies.is_waiting else "listening"
