"""A line → a reply: spoken by the voice, or a recording with its transcript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .. import lip_sync
from ..core.errors import TextError
from ..core.progress import CancelEvent, Step
from ..pipeline import recording_stream, reply_stream
from ..pipeline.models import Models
from ..pipeline.reply import Reply
from ..text_generation.notes import load_notes
from ..text_generation.persona import Persona
from ..text_to_speech.controls import Controls
from .table import Line


def reply_of(
    line: Line,
    models: Models,
    *,
    frame_rate: float,
    cancel: CancelEvent | None = None,
    step: Callable[[str, float], None] | None = None,
) -> Reply:
    """Say the line.

    Raises:
        AlphsistantError: it cannot be said; the message is a sentence about this line.
    """
    # An unknown mood, style or life is found before the work.
    life = replace(lip_sync.find_life(line.life), mood=line.mood)
    delivery = lip_sync.Delivery(lip_sync.find_style(line.style), life)
    if line.wav is not None:
        words = recording_stream.Words(line.transcript)
        events = recording_stream.run(
            line.wav, words, delivery=delivery, frame_rate=frame_rate, seed=line.seed, cancel=cancel
        )
    else:
        events = reply_stream.run(
            line.prompt,
            models.with_voice(line.voice) if line.voice else models,
            text=line.text or None,
            seed=line.seed,
            history=line.history,
            persona=Persona.load(line.persona) if line.persona is not None else None,
            notes=load_notes(line.notes_file) if line.notes_file is not None else (),
            frame_rate=frame_rate,
            delivery=delivery,
            controls=Controls(rate=line.rate, pitch=line.pitch),
            cancel=cancel,
        )
    for event in events:
        if isinstance(event, Step) and step is not None:
            step(event.words, event.fraction)
        if isinstance(event, Reply):
            return event
    raise TextError("The line came out empty.")
