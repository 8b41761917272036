"""From a prompt to everything Blender needs: prompt → sentences → Speech → FaceAnimation, joined to one reply.

Each stage is a generator of sentences, so the first sentence can be heard and seen while the next is being written.
Plain Python without bpy; torch and its relatives are imported by the first job that needs them.
"""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from .. import lip_sync
from ..core.errors import TextError
from ..core.progress import CancelEvent, Step, check_cancel
from ..text_to_speech.controls import NATURAL, Controls
from .models import Models
from .reply import Event, Part, Reply, Sentence, join_animation, join_speech

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 0.2
"""Silence put between two sentences; each sentence's own sound begins and ends with a little more."""

MAX_REPLY_SECONDS: Final = 30.0
"""A language model that has not come to an end by then is stopped."""

_TYPICAL_REPLY_CHARACTERS: Final = 150
"""Stands for the length of a reply that is still being written, so that the progress bar moves."""

VOICE_LOADED_FRACTION: Final = 0.15
LOADED_FRACTION: Final = 0.3
"""Share of the progress bar that belongs to loading the models."""


def run(
    prompt: str,
    models: Models,
    *,
    text: str | None = None,
    seed: int = 0,
    history: Sequence[Any] = (),
    frame_rate: float | None = None,
    delivery: lip_sync.Delivery | None = None,
    controls: Controls = NATURAL,
    cancel: CancelEvent | None = None,
) -> Iterator[Event]:
    """Answer ``prompt`` (or speak ``text`` as it is) and yield what happens; the last event is the :class:`Reply`.

    ``frame_rate`` is that of the film in frames per second, if there is to be one: closures are then held long
    enough for a frame to show them. ``controls`` are rate, pitch, loudness and pauses of the voice. ``delivery`` is
    style, life and first mood of the face; a tag such as ``[happy]`` in the text, the prompt or the reply is not spoken
    but sets the mood of what follows it.
    The same prompt, text, seed and models give the same reply. Raises ``TextError`` when there is nothing to say,
    ``Cancelled`` soon after ``cancel`` is set, and what the models raise.
    """
    manner = delivery or lip_sync.Delivery()
    mood = manner.life.mood
    wanted = lip_sync.read_moods(prompt if text is None else text)
    if not wanted.text:
        raise TextError("There is nothing to say yet: type a prompt or a text first.")
    check_cancel(cancel)
    yield Step("Loading the voice", 0.02)
    speaker = models.speaker(cancel)
    check_cancel(cancel)
    if text is None:
        yield Step("Loading the language model", VOICE_LOADED_FRACTION)
        writer = models.writer(cancel)
        check_cancel(cancel)
        yield Step("Thinking", LOADED_FRACTION)
        # The model is asked without the tags; the last one is the mood of its answer.
        mood = wanted.moods[-1][1] if wanted.moods else mood
        sentences = writer.reply(wanted.text, history, seed=seed, max_seconds=MAX_REPLY_SECONDS, cancel=cancel)
        expected_characters = _TYPICAL_REPLY_CHARACTERS
    else:
        sentences = iter((text,))
        expected_characters = len(text)

    pause = PAUSE_SECONDS * controls.pauses / controls.rate
    parts: list[Part] = []
    unreadable: TextError | None = None
    spoken_characters = 0
    for sentence in sentences:
        check_cancel(cancel)
        script = lip_sync.read_moods(sentence)
        if script.text:
            yield Sentence(script.text)
            yield Step(f"Speaking “{_shortened(script.text)}”", _fraction(spoken_characters, expected_characters))
            speeches = speaker.stream(script.text, seed=seed, controls=controls, cancel=cancel)
            try:
                for spoken, moods in lip_sync.spoken_moods(script, speeches, mood):
                    check_cancel(cancel)
                    speech = replace(spoken, warnings=(*spoken.warnings, *script.notes))
                    start = parts[-1].start + parts[-1].speech.duration + pause if parts else 0.0
                    before = parts[-1].moods.last if parts else moods.first
                    animation = lip_sync.animate(
                        speech,
                        style=manner.style,
                        frame_rate=frame_rate,
                        life=moods.on(manner.life, speech, before),
                        seed=seed + len(parts),  # or all sentences blink alike
                    )
                    parts.append(Part(speech, animation, start, moods))
                    spoken_characters += len(speech.text)
                    yield parts[-1]
                    yield Step(f"Spoke “{_shortened(speech.text)}”", _fraction(spoken_characters, expected_characters))
            except TextError as error:
                # A reply of several sentences may hold one that is only signs; the others are still worth hearing.
                logger.warning("Left out a sentence that cannot be spoken: %r (%s)", script.text, error)
                unreadable = error
        mood = script.moods[-1][1] if script.moods else mood
    check_cancel(cancel)
    if not parts:
        raise unreadable or TextError("The reply came out empty: try another prompt or another seed.")
    asked = prompt if text is None else ""
    yield Reply(asked, seed, tuple(parts), join_speech(parts), join_animation(parts))


def _fraction(spoken_characters: int, expected_characters: int) -> float:
    """Progress while speaking; nears 1 when a reply is longer than expected, never passes it."""
    share = spoken_characters / max(expected_characters, spoken_characters + 1)
    return LOADED_FRACTION + (1 - LOADED_FRACTION) * share


def _shortened(text: str, length: int = 40) -> str:
    """A sentence as it fits into one line of the panel."""
    return textwrap.shorten(text, length, placeholder=" …")
