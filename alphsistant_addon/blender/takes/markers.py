"""Timeline markers that belong to a take. They go and come with it.

Markers bear no tags from 5.0 on, so the take's record lists their names and frames, by kind (``marker`` for sentences,
``report`` for moments to look at, ``word`` for words). One that was renamed or moved since belongs to the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

from ..common.file_changes import FileChanges
from .record import record_of, scene_of

KINDS: Final = ("marker", "report", "word")

_AWAY: Final = "markers_away"
"""In the record: the take is muted, and its markers wait."""


def add_markers(
    scene: Any, take_id: str, kind: str, texts: Iterable[tuple[str, int]], changes: FileChanges | None = None
) -> None:
    """Add timeline markers (text, frame) that belong to the take."""
    record = record_of(take_id)
    if record is None:
        return
    if changes is None:
        with FileChanges() as own:
            add_markers(scene, take_id, kind, texts, own)
        return
    _add(scene, record, kind, texts, changes)


def are_listed(take_id: str, kind: str) -> bool:
    """Say whether a take has markers of a kind."""
    record = record_of(take_id)
    return record is not None and f"{kind}_names" in record


def are_away(take_id: str) -> bool:
    """Say whether a take is muted and its markers wait."""
    record = record_of(take_id)
    return record is not None and _AWAY in record


def remove_markers(record: Any, kind: str) -> None:
    """Remove the markers the record lists; one that was renamed or moved since belongs to the user now."""
    for marker in _there(record, kind):
        scene_of(record).timeline_markers.remove(marker)
    for key in (f"{kind}_names", f"{kind}_frames"):
        if key in record:
            del record[key]


def take_away(record: Any, changes: FileChanges) -> None:
    """Remove the markers of a take that is muted, and note them, so that they can come back."""
    if _AWAY in record:
        return
    for kind in KINDS:
        there = [(marker.name, marker.frame) for marker in _there(record, kind)]
        _list(record, kind, there, changes)
        changes.at_end(partial(_remove, scene_of(record), there))
    changes.set_item(record, _AWAY, 1)


def bring_back(record: Any, changes: FileChanges) -> None:
    """Add the markers again that were taken away."""
    if _AWAY not in record:
        return
    changes.set_item(record, _AWAY, None)
    scene = scene_of(record)
    for kind in KINDS if scene is not None else ():
        _add(scene, record, kind, list(_listed(record, kind)), changes)


def replace(
    record: Any, kind: str, ours: Iterable[Any], texts: Iterable[tuple[str, int]], changes: FileChanges
) -> None:
    """Let markers of the take be these (text, frame), in order; those that are there are moved and renamed.

    A marker that is being dragged stays the same one, and selected. ``ours`` are the markers that may be used.
    """
    scene, wanted, there = scene_of(record), list(texts), list(ours)
    if _AWAY in record:
        _list(record, kind, [(_short(text), frame) for text, frame in wanted], changes)
        return
    made = []
    for (text, frame), marker in zip(wanted, there, strict=False):
        changes.set(marker, "name", _short(text))
        changes.set(marker, "frame", frame)
        made.append((marker.name, marker.frame))
    names = [(marker.name, marker.frame) for marker in there[len(wanted) :]]
    _add(scene, record, kind, wanted[len(there) :], changes, made)
    changes.at_end(partial(_remove, scene, names))


def there(record: Any, kind: str) -> list[Any]:
    """Return the listed markers of a kind that are in the take's scene as they were made."""
    return _there(record, kind)


def move(record: Any, frames: int, changes: FileChanges) -> None:
    """Let the markers of a take that is hidden come back so many frames later."""
    for kind in KINDS:
        _list(record, kind, [(name, frame + frames) for name, frame in _listed(record, kind)], changes)


def remove_all(record: Any, changes: FileChanges) -> None:
    """Remove the take's markers with it."""
    for kind in KINDS if _AWAY not in record else ():
        there = [(marker.name, marker.frame) for marker in _there(record, kind)]
        changes.at_end(partial(_remove, scene_of(record), there))


def _short(text: str) -> str:
    """Return what a marker's name holds of a text: 63 bytes, on one line."""
    return " ".join(text.split()).encode()[:60].decode(errors="ignore")


def _add(
    scene: Any,
    record: Any,
    kind: str,
    texts: Iterable[tuple[str, int]],
    changes: FileChanges,
    there: Iterable[tuple[str, int]] = (),
) -> None:
    """Add markers and list them after those that are ``there``."""
    markers = scene.timeline_markers
    made = list(there)
    for text, frame in texts:
        marker = changes.do(partial(markers.new, _short(text), frame=frame), markers.remove)
        marker.select = False
        made.append((marker.name, marker.frame))
    _list(record, kind, made, changes)


def _listed(record: Any, kind: str) -> Iterator[tuple[str, int]]:
    if f"{kind}_names" in record:
        yield from zip(record[f"{kind}_names"].split("\n"), record[f"{kind}_frames"], strict=True)


def _list(record: Any, kind: str, texts: list[tuple[str, int]], changes: FileChanges) -> None:
    changes.set_item(record, f"{kind}_names", "\n".join(name for name, _ in texts) if texts else None)
    changes.set_item(record, f"{kind}_frames", [frame for _, frame in texts] if texts else None)


def _there(record: Any, kind: str) -> list[Any]:
    """Return the listed markers that are in the take's scene as they were made."""
    scene = scene_of(record)
    return _found(scene, list(_listed(record, kind))) if scene is not None else []


def _found(scene: Any, texts: list[tuple[str, int]]) -> list[Any]:
    wanted = list(texts)
    found = []
    for marker in scene.timeline_markers:
        if (marker.name, marker.frame) in wanted:
            wanted.remove((marker.name, marker.frame))
            found.append(marker)
    return found


def _remove(scene: Any, texts: list[tuple[str, int]]) -> None:
    for marker in _found(scene, texts) if scene is not None else ():
        scene.timeline_markers.remove(marker)
