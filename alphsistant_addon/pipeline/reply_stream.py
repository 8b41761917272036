"""From a prompt to everything Blender needs: prompt → sentences → Speech → FaceAnimation, joined to one reply.

Each stage is a generator of sentences, so the first sentence can be heard and seen while the next is being written.
Plain Python without bpy; torch and its relatives are imported by the first job that needs them.
"""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from .. import lip_sync
from ..core.errors import TextError
from ..core.progress import CancelEvent, Step, check_cancel
from ..core.speech import Speech
from ..text_generation.known_answers import NOTES, KnownAnswer, find_example
from ..text_generation.notes import Note, find_note
from ..text_generation.persona import Persona, Turn
from ..text_to_speech.controls import NATURAL, Controls
from .models import Models, Speaker
from .reply import Event, LookedUp, Part, Reply, Sentence

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 0.2
"""Silence put between two sentences; each sentence's own sound begins and ends with a little more."""

MAX_REPLY_SECONDS: Final = 30.0
"""A language model that has not come to an end by then is stopped."""

CLAUSE_SIGNS: Final = (",", ";", ":", "—")
FIRST_CLAUSE: Final = re.compile(r"[^.!?…,;:—\n]{8,60}[,;:—](?=\s+\S[^.!?…]{11,})")
"""A clause that is long enough to sound like one, with more of its sentence behind it."""

_TYPICAL_REPLY_CHARACTERS: Final = 150
"""Stands for the length of a reply that is still being written, so that the progress bar moves."""

VOICE_LOADED_FRACTION: Final = 0.15
LOADED_FRACTION: Final = 0.3
"""Share of the progress bar that belongs to loading the models."""


def run(  # noqa: PLR0913  # what a request holds
    prompt: str,
    models: Models,
    *,
    text: str | None = None,
    seed: int = 0,
    history: Sequence[Turn] = (),
    persona: Persona | None = None,
    look_up: bool = False,
    notes: Sequence[Note] = (),
    frame_rate: float | None = None,
    delivery: lip_sync.Delivery | None = None,
    controls: Controls = NATURAL,
    is_live: bool = False,
    cancel: CancelEvent | None = None,
) -> Iterator[Event]:
    """Answer ``prompt`` (or speak ``text`` as it is) and yield what happens; the last event is the :class:`Reply`.

    ``frame_rate`` is that of the film in frames per second, if there is to be one: closures are then held long
    enough for a frame to show them. ``controls`` are rate, pitch, loudness and pauses of the voice. ``delivery`` is
    style, life and first mood of the face; a tag such as ``[happy]`` in the text, the prompt or the reply is not spoken
    but sets the mood of what follows it. ``history`` is what was said before, oldest first, and ``persona`` who answers
    (Alphsistant by default). With ``look_up``, a question that is known word for word, or nearly so, gets the answer
    that people wrote to it (:class:`LookedUp` says so), and facts and sums theirs; words of somebody in danger get one
    in any case, and so does what the user's ``notes`` are about, and what an example of the ``persona`` asks.
    With ``is_live``, the first clause of a longer sentence is a part of its own, so that it is heard sooner.
    The same prompt, text, seed and models give the same reply. Raises ``TextError`` when there is nothing to say,
    ``Cancelled`` soon after ``cancel`` is set, and what the models raise.
    """
    manner = delivery or lip_sync.Delivery()
    wanted = lip_sync.read_moods(prompt if text is None else text)
    if not wanted.text:
        raise TextError("There is nothing to say yet: type a prompt or a text first.")
    check_cancel(cancel)
    yield Step("Loading the voice", 0.02)
    speaker = models.speaker(cancel)
    check_cancel(cancel)
    mood = manner.life.mood
    known = _looked_up(models, wanted.text, seed, history, persona, notes, look_up=look_up) if text is None else None
    if known is not None:
        yield LookedUp(known.question, known.fixed, known.source)
        mood = wanted.moods[-1][1] if wanted.moods else mood
        sentences = iter((known.text,))
    elif text is None:
        yield Step("Loading the language model", VOICE_LOADED_FRACTION)
        writer = models.writer(cancel)
        check_cancel(cancel)
        yield Step("Thinking", LOADED_FRACTION)
        # The model is asked without the tags; the last one is the mood of its answer.
        mood = wanted.moods[-1][1] if wanted.moods else mood
        sentences = writer.reply(
            wanted.text, history, persona=persona, seed=seed, max_seconds=MAX_REPLY_SECONDS, cancel=cancel
        )
    else:
        sentences = iter((text,))
    telling = _Telling(
        speaker, manner, mood, seed=seed, controls=controls, frame_rate=frame_rate, cancel=cancel,
        expected_characters=_TYPICAL_REPLY_CHARACTERS if text is None else len(text),
    )  # fmt: skip
    for number, sentence in enumerate(sentences):
        for clause in first_clause(sentence) if is_live and number == 0 else (sentence,):
            check_cancel(cancel)
            yield from telling.say(clause)
    check_cancel(cancel)
    if not telling.parts:
        raise telling.unreadable or TextError("The reply came out empty: try another prompt or another seed.")
    yield Reply.of(prompt if text is None else "", seed, telling.parts)


def first_clause(text: str) -> tuple[str, ...]:
    """Cut a text after its first clause, if there is one of a fitting length and enough behind it."""
    found = FIRST_CLAUSE.match(text)
    return (text[: found.end()], text[found.end() :].lstrip()) if found else (text,)


def _looked_up(
    models: Models,
    prompt: str,
    seed: int,
    history: Sequence[Turn],
    persona: Persona | None,
    notes: Sequence[Note],
    *,
    look_up: bool,
) -> KnownAnswer | None:
    """Return the answer that needs no language model: to danger, or from notes, the persona, the shipped lists."""
    known = models.known_answer(prompt, seed, history)
    if known is not None and known.fixed:
        return known
    if found := find_note(prompt, notes):
        note, key = found
        return KnownAnswer(note.text, key, source=NOTES)
    if persona is not None and (example := find_example(prompt, persona, seed)):
        return example
    if known is None or not look_up or (persona is not None and known.is_personal):
        return None
    return known


class _Telling:
    """A reply while it is told: speaks and animates one written sentence after the other."""

    def __init__(
        self,
        speaker: Speaker,
        manner: lip_sync.Delivery,
        mood: str,
        *,
        seed: int,
        controls: Controls,
        frame_rate: float | None,
        expected_characters: int,
        cancel: CancelEvent | None,
    ) -> None:
        self.parts: list[Part] = []
        """What has been said."""
        self.unreadable: TextError | None = None
        """Why the last sentence that could not be spoken was left out."""
        self._speaker = speaker
        self._manner = manner
        self._mood = mood
        """The mood of what is said next, unless a tag changes it."""
        self._seed = seed
        self._controls = controls
        self._frame_rate = frame_rate
        self._expected_characters = expected_characters
        self._cancel = cancel

    def say(self, sentence: str) -> Iterator[Event]:
        """Speak a written sentence, which the voice may cut into several parts, and yield what happens."""
        script = lip_sync.read_moods(sentence)
        if script.text:
            yield Sentence(script.text)
            yield Step(f"Speaking “{_shortened(script.text)}”", self._fraction)
            begins_in = script.moods[0][1] if script.moods and script.moods[0][0] == 0 else self._mood
            controls = self._controls.in_mood(begins_in)
            speeches = self._speaker.stream(script.text, seed=self._seed, controls=controls, cancel=self._cancel)
            try:
                for spoken, moods in lip_sync.spoken_moods(script, speeches, self._mood):
                    check_cancel(self._cancel)
                    speech = replace(spoken, warnings=(*spoken.warnings, *script.notes))
                    self.parts.append(self._part(speech, moods))
                    yield self.parts[-1]
                    yield Step(f"Spoke “{_shortened(speech.text)}”", self._fraction)
            except TextError as error:
                # A reply of several sentences may hold one that is only signs; the others are still worth hearing.
                logger.warning("Left out a sentence that cannot be spoken: %r (%s)", script.text, error)
                self.unreadable = error
        if script.moods:
            self._mood = script.moods[-1][1]

    def _part(self, speech: Speech, moods: lip_sync.Moods) -> Part:
        """Animate a spoken sentence; it starts a pause after what was said before."""
        before = self.parts[-1] if self.parts else None
        pause = PAUSE_SECONDS * self._controls.pauses / self._controls.rate
        if before and before.speech.text.rstrip().endswith(CLAUSE_SIGNS):
            pause = 0.0  # the sentence goes on
        animation = lip_sync.animate(
            speech,
            style=self._manner.style,
            frame_rate=self._frame_rate,
            life=moods.on(self._manner.life, speech, before.moods.last if before else moods.first),
            seed=self._seed + len(self.parts),  # or all sentences blink alike
        )
        return Part(speech, animation, before.end + pause if before else 0.0, moods)

    @property
    def _fraction(self) -> float:
        """Progress of the job; nears 1 when a reply is longer than expected, never passes it."""
        spoken = sum(len(part.speech.text) for part in self.parts)
        share = spoken / max(self._expected_characters, spoken + 1)
        return LOADED_FRACTION + (1 - LOADED_FRACTION) * share


def _shortened(text: str, length: int = 40) -> str:
    """Shorten a sentence so that it fits into one line of the panel."""
    return textwrap.shorten(text, length, placeholder=" …")
