"""One change of a take's words, made in the file: curves, sound, markers and captions go along, as one operation.

What is changed is worked out before (``word_edits``); this puts it into the file, or nothing of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...core.face_animation import Curve, FaceAnimation
from ...core.speech import Phone, Speech, Word
from ...interchange import subtitles
from ...lip_sync.dials import layer_of
from ...lip_sync.mouth_splicing import AROUND, splice_mouth
from ..common.file_changes import FileChanges
from ..speak.expression_settings import Choice
from ..takes import captions, markers, playback, scene_settings, stored, take_remaking
from ..takes.record import RECORD, actions_of, find, forget, record_of
from . import take_sound, word_list, word_markers
from .take_sound import Samples
from .word_state import WordState, as_json

FloatArray = npt.NDArray[np.float64]


def _still() -> FloatArray:
    return np.zeros(1)


@dataclass(frozen=True)
class WordsChange:
    """What becomes of a take's words."""

    words: tuple[Word, ...]
    phones: tuple[Phone, ...]
    muted: Mapping[int, tuple[Phone, ...]]
    before: FloatArray = field(default_factory=_still)
    """Seconds of the take as it was, rising, shape ``[k]``: straight between them, shifted beyond."""
    after: FloatArray = field(default_factory=_still)
    """The same moments as they are now, rising, shape ``[k]``."""
    everything: bool = False
    """Whether eyes, brows, head and all else move with them, since the sound does; else the mouth alone."""
    again: tuple[tuple[float, float], ...] = ()
    """Start and end in seconds, as they are now, of phones that have changed."""
    samples: tuple[Samples, int] | None = None
    """The whole sound with all words, and its rate in Hz, if it is another one."""
    text: str | None = None
    """What is said, if it is something else."""
    script: str | None = None
    """The same with its mood tags."""


def make(state: WordState, change: WordsChange, changes: FileChanges) -> None:
    """Put a change into the file, as a part of an operation.

    Raises:
        AlphsistantError: the face, what the take keeps, or its sound is gone.
    """
    record, take = state.record, state.take
    duration = _moved(state.duration, change)
    is_heard = change.samples is not None or (
        change.muted.keys() != state.muted.keys() and (state.is_spoken or state.plays_own_file)
    )
    if is_heard:
        quiet = [(change.words[place].start, change.words[place].end) for place in change.muted]
        take_sound.change(state, change.samples, quiet, changes)
        take_sound.play_it(take.id, same_length=abs(duration - state.duration) < 1e-3, changes=changes)
    changes.set_item(record, stored.CHANNELS, stored.as_group(_channels(state, change, duration)))
    changes.set_item(record, "phones", json.dumps([(p.symbol, p.start, p.end, p.stress) for p in change.phones]))
    changes.set_item(record, "words", json.dumps([(w.text, w.start, w.end) for w in change.words]))
    changes.set_item(record, stored.MUTED, as_json(change.muted))
    if change.everything:
        _move_sentences(state, change, changes)
    if change.text is not None:
        for action in actions_of(take.id):
            changes.set_item(action[RECORD], "text", change.text)
        changes.set_item(record, "script", change.script or change.text)
    if duration != state.duration:
        end = take.start + math.ceil(duration * state.rate)
        for action in actions_of(take.id):
            changes.set_item(action[RECORD], "end", end)
    changes.do(forget, lambda _: forget())
    take_remaking.remake_within(take.id, changes, moved=(change.before, change.after), everything=change.everything)
    _settle(take.id, state, changes)


def _channels(state: WordState, change: WordsChange, duration: float) -> FaceAnimation:
    """Return what the take keeps of its channels, as they are now."""
    made = stored.animation_of(state.record)
    moved = {
        name: _stretched(curve, change) if change.everything or layer_of(name) == "mouth" else curve
        for name, curve in made.channels.items()
    }
    face = FaceAnimation(moved, duration)
    if not change.again:
        return face
    if change.samples is not None:
        sound = change.samples
    else:
        first, last = min(start for start, _ in change.again), max(end for _, end in change.again)
        sound = take_sound.heard_around(state, duration, first - 2 * AROUND, last + 2 * AROUND)
    speech = Speech(*sound, change.phones, change.words, "")
    manner = json.loads(state.record.get("manner", "{}"))
    delivery = manner.get("delivery")
    style = Choice(**delivery).made().style if delivery is not None else "neutral"
    return splice_mouth(face, speech, change.again, style=style, frame_rate=state.rate)


def _moved(seconds: float, change: WordsChange) -> float:
    """Return where a moment of the take is now."""
    before, after = change.before, change.after
    if seconds >= before[-1]:
        return float(seconds - before[-1] + after[-1])
    return float(np.interp(seconds, before, after))


def _stretched(curve: Curve, change: WordsChange) -> Curve:
    before, after = change.before, change.after
    beyond = np.minimum(curve.times - before[0], 0.0) + np.maximum(curve.times - before[-1], 0.0)
    times = np.interp(curve.times, before, after) + beyond
    rising = np.concatenate(([True], np.diff(times) > 1e-6)) if len(times) else np.zeros(0, dtype=bool)
    return Curve(times[rising], curve.weights[rising])


def _move_sentences(state: WordState, change: WordsChange, changes: FileChanges) -> None:
    """Move the starts of sentences, and their markers where these are as they were made."""
    sentences = [(text, _moved(start, change)) for text, start in stored.sentences_of(state.record)]
    changes.set_item(state.record, "sentences", json.dumps(sentences))
    there = markers.there(state.record, "marker")
    if len(there) == len(sentences):
        texts = [(text, state.take.start + round(start * state.rate)) for text, start in sentences]
        markers.replace(state.record, "marker", there, texts, changes)


def _settle(take_id: str, state: WordState, changes: FileChanges) -> None:
    """Let scene, word markers, list and captions be as the words are now."""
    record: Any = record_of(take_id)
    take = find(take_id)
    if take is None:
        return
    if take.end != state.take.end and playback.state(take_id) != playback.MUTED:
        scene_settings.play(state.scene, take, changes)
    word_markers.place(take_id, changes)
    word_list.fit(take_id, changes)
    if captions.there(take_id):
        texts = subtitles.captions_of(stored.heard_words_of(record))
        captions.add(take_id, [(caption.text, caption.start, caption.end) for caption in texts], changes)


def with_times(phones: tuple[Phone, ...], start: float, end: float) -> tuple[Phone, ...]:
    """Return phones spread over another span, each with its own share of it."""
    first, last = phones[0].start, phones[-1].end
    scale = (end - start) / max(last - first, 1e-9)
    return tuple(
        replace(p, start=start + (p.start - first) * scale, end=start + (p.end - first) * scale) for p in phones
    )
