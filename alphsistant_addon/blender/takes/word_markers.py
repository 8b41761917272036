"""Words that can be moved: a marker at each word's start, and one at its end before a pause; the mouth follows them.

A marker is known by the numbers in its name (“3.12 hello”: take 3, word 12), so it is found wherever it was dragged to.
What the take keeps (phones, words, the channels of the mouth) is stretched between the markers that were moved, and the
curves are made again from it. The sound and all that does not belong to the mouth stay.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError
from ...core.face_animation import Curve, FaceAnimation
from ...core.speech import Word
from ...lip_sync.dials import layer_of
from ..common.file_changes import FileChanges
from . import markers, stored, take_remaking
from .record import find, record_of, scene_of

FloatArray = npt.NDArray[np.float64]

PAUSE: Final = 0.1
"""Seconds of silence after a word from which on its end has a marker of its own."""

SHORTEST: Final = 0.02
"""Seconds between two moved places."""

_NAME: Final = re.compile(r"(\d+)\.(\d+)( .*|\|)", re.DOTALL)


def toggle(take_id: str) -> None:
    """Show the take's words as markers, or take them away. ``AlphsistantError`` if it has no words with times."""
    take, record = find(take_id), record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if take is None or scene is None:
        raise AlphsistantError("This take is no longer there.")
    with FileChanges() as changes:
        if markers.are_listed(take_id, "word"):
            ours = [m for m in scene.timeline_markers if _number(m.name, take.number) is not None]
            changes.at_end(lambda: [scene.timeline_markers.remove(marker) for marker in ours])
            for name in ("word_names", "word_frames"):
                changes.set_item(record, name, None)
            return
        words = stored.words_of(record)
        if not words:
            raise AlphsistantError("This take has no words with times.")
        markers.add_markers(scene, take_id, "word", _texts(take, record, words), changes)


def follow(take_id: str) -> None:
    """Let the mouth follow the markers that were dragged; one undo step, and nothing where none was.

    Raises:
        AlphsistantError: the take is gone, its words are not shown, or a word would start before the one before it;
            nothing is changed.
    """
    take, record = find(take_id), record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if take is None or scene is None or not markers.are_listed(take_id, "word"):
        raise AlphsistantError("Show the words of the take first.")
    words = stored.words_of(record)
    there = {
        found: marker.frame
        for marker in scene.timeline_markers
        if (found := _number(marker.name, take.number)) is not None
    }
    listed = {
        _number(name, take.number): frame
        for name, frame in zip(record["word_names"].split("\n"), record["word_frames"], strict=True)
    }
    rate = float(record.get("rate", 24.0))
    dragged = {
        place: (frame - take.start) / rate for place, frame in there.items() if frame != listed.get(place, frame)
    }
    if not dragged:
        return
    before, after = _knots(words, dragged, stored.animation_of(record).duration)
    with FileChanges() as changes:
        _keep(record, before, after, changes)
        take_remaking.remake_within(take_id, changes, moved=(before, after))
        ours = [m for m in scene.timeline_markers if _number(m.name, take.number) is not None]
        changes.at_end(lambda: [scene.timeline_markers.remove(marker) for marker in ours])
        markers.add_markers(scene, take_id, "word", _texts(take, record, stored.words_of(record)), changes)


def _texts(take: Any, record: Any, words: tuple[Word, ...]) -> list[tuple[str, int]]:
    rate = float(record.get("rate", 24.0))
    texts = []
    for number, word in enumerate(words, 1):
        texts.append((f"{take.number}.{number} {word.text}", take.start + round(word.start * rate)))
        if number == len(words) or words[number].start - word.end >= PAUSE:
            texts.append((f"{take.number}.{number}|", take.start + round(word.end * rate)))
    return texts


def _number(name: str, take_number: int) -> tuple[int, bool] | None:
    """Return the number of a marker's word and whether it is the word's end; ``None`` if it is no word of the take."""
    found = _NAME.fullmatch(name)
    if found is None or int(found[1]) != take_number:
        return None
    return int(found[2]), found[3] == "|"


def _knots(
    words: tuple[Word, ...], dragged: dict[tuple[int, bool], float], duration: float
) -> tuple[FloatArray, FloatArray]:
    """Return seconds before and after, rising: both ends of the take, and the starts and ends of all words.

    A word whose start alone was dragged keeps its length as far as there is room; one without a pause after it ends
    where the next one starts.
    """
    before, after, names = [0.0], [0.0], ["the start of the take"]
    for number, word in enumerate(words, 1):
        start = dragged.get((number, False), word.start)
        end = dragged.get((number, True), word.end)
        following = words[number] if number < len(words) else None
        next_start = dragged.get((number + 1, False), following.start) if following is not None else duration
        if following is not None and following.start - word.end < PAUSE:
            end = next_start - (following.start - word.end)
        elif (number, True) not in dragged and start != word.start:
            end = min(start + word.end - word.start, next_start)
        for old, new in ((word.start, start), (word.end, end)):
            if old > before[-1] + 1e-6:
                before.append(old)
                after.append(new)
                names.append(word.text)
    if duration > before[-1] + 1e-6:
        before.append(duration)
        after.append(duration)
        names.append("the end of the take")
    for place, (first, second) in enumerate(itertools.pairwise(after)):
        if second < first + min(SHORTEST, before[place + 1] - before[place]) - 1e-6:
            raise AlphsistantError(
                f"“{names[place + 1]}” is now too near to “{names[place]}” or before it: drag their markers apart."
            )
    return np.array(before), np.array(after)


def _keep(record: Any, before: FloatArray, after: FloatArray, changes: FileChanges) -> None:
    """Stretch what the take keeps of the mouth."""

    def moved(seconds: float) -> float:
        return float(np.interp(seconds, before, after))

    phones = [replace(phone, start=moved(phone.start), end=moved(phone.end)) for phone in stored.phones_of(record)]
    words = [(word.text, moved(word.start), moved(word.end)) for word in stored.words_of(record)]
    made = stored.animation_of(record)
    channels = {
        name: _stretched(curve, before, after) if layer_of(name) == "mouth" else curve
        for name, curve in made.channels.items()
    }
    changes.set_item(record, "phones", json.dumps([(p.symbol, p.start, p.end, p.stress) for p in phones]))
    changes.set_item(record, "words", json.dumps(words))
    group = stored.as_group(FaceAnimation(channels, made.duration))
    changes.set_item(record, stored.CHANNELS, group)


def _stretched(curve: Curve, before: FloatArray, after: FloatArray) -> Curve:
    beyond = np.minimum(curve.times - before[0], 0.0) + np.maximum(curve.times - before[-1], 0.0)
    return Curve(np.interp(curve.times, before, after) + beyond, curve.weights)
