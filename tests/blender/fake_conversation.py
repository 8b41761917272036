"""Stands for ``talk.conversation.Conversation``: notes what it is told, and has the turns that a test gives it."""

from __future__ import annotations

from typing import Any

from fake_speech import fake_speech

from alphsistant_addon.audio_process.protocol import VoiceEnded
from alphsistant_addon.lip_sync import Moods, animate
from alphsistant_addon.pipeline.reply import Part
from alphsistant_addon.talk.turns import Turn


class FakeConversation:
    """One conversation."""

    def __init__(
        self,
        audio: Any,
        models: Any,
        persona: Any = None,
        *,
        template: Any = None,
        hearing: Any = None,
        skills: Any = None,
        check_words: bool = False,
    ) -> None:
        self.audio = audio
        self.models = models
        self.persona = persona
        self.template = template
        self.hearing = hearing
        self.skills = skills
        self.check_words = check_words
        self.log: list[Turn] = []
        self.state = "listening"
        self.told: list[tuple[Any, ...]] = []
        self.happened: list[Any] = []
        self.playing: list[tuple[Part, float]] = []
        self.is_closed = False
        audio.start()

    def __getattr__(self, name: str) -> Any:
        if name not in {
            *("say", "speak", "interrupt", "push_to_talk", "hands_free", "microphone", "mend", "edit"),
            *("say_again", "another_answer", "greet"),
        }:
            raise AttributeError(name)
        return lambda *arguments: self.told.append((name, *arguments))

    def tick(self, now: float | None = None) -> list[Any]:  # noqa: ARG002
        happened, self.happened = self.happened, []
        return happened

    def parts_playing(self) -> list[tuple[Part, float]]:
        return self.playing

    def forget(self) -> None:
        self.log = []

    def close(self) -> None:
        self.is_closed = True
        self.audio.close()

    def add_user(self, text: str, *, spoken: bool = False) -> Turn:
        """The user has said something, typed or spoken."""
        turn = Turn(len(self.log) + 1, "user", text)
        if spoken:
            speech = fake_speech(text)
            turn.samples = VoiceEnded(0.0, speech.samples, speech.sample_rate)
        self.log.append(turn)
        return turn

    def add_reply(self, *sentences: str, mood: str = "neutral", cut: float | None = None) -> Turn:
        """The face has answered, and was stopped so many seconds after the beginning of its last sentence."""
        parts, starts, time = [], {}, 10.0
        for number, sentence in enumerate(sentences):
            speech = fake_speech(sentence)
            parts.append(Part(speech, animate(speech), 0.0, Moods(mood)))
            starts[number] = time
            time += speech.duration + 0.25
        turn = Turn(len(self.log) + 1, "face", " ".join(sentences), seed=5, parts=parts, starts=starts)
        turn.answer_to = next((one.number for one in reversed(self.log) if one.who == "user"), None)
        if cut is not None:
            turn.state, turn.heard = "interrupted", f"{sentences[0].split()[0]} —"
            turn.cut_part, turn.cut_seconds = len(parts) - 1, cut
        self.log.append(turn)
        return turn
