"""Words that can be moved: a marker at each word's start, and one at its end before a pause; the mouth follows them.

A marker is known by the numbers in its name (“3.12 hello”: take 3, word 12), so it is found wherever it was dragged to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from ...core.errors import AlphsistantError
from ...core.speech import Word
from ..common.file_changes import FileChanges
from ..takes import markers, stored
from ..takes.record import Take, find, record_of, scene_of
from . import word_list

Edge: TypeAlias = tuple[int, bool]
"""Number of a word, from 1 on, and whether its end is meant, not its start."""

PAUSE: Final = 0.1
"""Seconds of silence after a word from which on its end has a marker of its own."""

_NAME: Final = re.compile(r"(\d+)\.(\d+)( .*|\|)", re.DOTALL)


def toggle(take_id: str) -> None:
    """Show the take's words as markers and as a list, or take them away. ``AlphsistantError`` if it has none."""
    take, record = find(take_id), record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if take is None or scene is None:
        raise AlphsistantError("This take is no longer there.")
    with FileChanges() as changes:
        if markers.are_listed(take_id, "word"):
            ours = _ours(scene, take)
            changes.at_end(lambda: [scene.timeline_markers.remove(marker) for marker in ours])
            for name in ("word_names", "word_frames"):
                changes.set_item(record, name, None)
            word_list.empty(take_id, changes)
            return
        words = stored.words_of(record)
        if not words:
            raise AlphsistantError("This take has no words with times.")
        markers.add_markers(scene, take_id, "word", _texts(take, record, words), changes)
        word_list.fit(take_id, changes, shown=True)


def place(take_id: str, changes: FileChanges) -> None:
    """Let the markers of words that are shown be where the words are now."""
    take, record = find(take_id), record_of(take_id)
    if take is None or not markers.are_listed(take_id, "word"):
        return
    texts = _texts(take, record, stored.words_of(record))
    markers.replace(record, "word", _ours(scene_of(record), take), texts, changes)


def dragged(take_id: str) -> dict[Edge, float]:
    """Return the words' markers that are not where they were put, with their seconds of the take.

    Raises:
        AlphsistantError: the take is gone, or its words are not shown.
    """
    take, record = find(take_id), record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if take is None or scene is None or not markers.are_listed(take_id, "word"):
        raise AlphsistantError("Show the words of the take first.")
    listed = _listed(take, record)
    rate = float(record.get("rate", 24.0))
    return {
        edge: (marker.frame - take.start) / rate
        for marker in scene.timeline_markers
        if (edge := _edge(marker.name, take.number)) is not None and marker.frame != listed.get(edge, marker.frame)
    }


def put_back(take_id: str, changes: FileChanges) -> None:
    """Put markers that were dragged back where they were."""
    take, record = find(take_id), record_of(take_id)
    if take is None or record is None:
        return
    listed = _listed(take, record)
    for marker in _ours(scene_of(record), take):
        edge = _edge(marker.name, take.number)
        if edge is not None and edge in listed:
            changes.set(marker, "frame", listed[edge])


def _listed(take: Take, record: Any) -> Mapping[Edge, int]:
    pairs = zip(record["word_names"].split("\n"), record["word_frames"], strict=True)
    return {edge: int(frame) for name, frame in pairs if (edge := _edge(name, take.number)) is not None}


def _texts(take: Take, record: Any, words: tuple[Word, ...]) -> list[tuple[str, int]]:
    rate = float(record.get("rate", 24.0))
    texts = []
    for number, word in enumerate(words, 1):
        texts.append((f"{take.number}.{number} {word.text}", take.start + round(word.start * rate)))
        if number == len(words) or words[number].start - word.end >= PAUSE:
            texts.append((f"{take.number}.{number}|", take.start + round(word.end * rate)))
    return texts


def _ours(scene: Any, take: Take) -> list[Any]:
    """Return the markers of a take's words, in the order of the words."""
    found = [
        (edge, marker) for marker in scene.timeline_markers if (edge := _edge(marker.name, take.number)) is not None
    ]
    return [marker for _, marker in sorted(found, key=lambda pair: pair[0])]


def _edge(name: str, take_number: int) -> Edge | None:
    """Return the number of a marker's word and whether it is the word's end; ``None`` if it is no word of the take."""
    found = _NAME.fullmatch(name)
    if found is None or int(found[1]) != take_number:
        return None
    return int(found[2]), found[3] == "|"
