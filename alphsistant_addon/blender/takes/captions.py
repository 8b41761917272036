"""A take's captions: text strips in the sequencer of its scene. They go with the take.

A text strip bears the take's id. Blender copies custom properties along, so of several strips with the same text at the
same frames all are the take's; one whose text, start or end was changed by hand is the user's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from ..common import compat
from ..common.file_changes import FileChanges
from .record import find, from_text, record_of, scene_of, to_text

TAG: Final = "alphsistant_caption"
"""Custom property on text strips: the take's id."""

_LISTED: Final = "captions"
"""In the record: JSON of text, first frame and frame after the last of each."""

PLACE: Final = (0.5, 0.06)
"""In the picture: middle of the width, just above the lower edge."""

FONT_SHARE: Final = 0.05
"""Size of the letters, as a share of the picture's height."""

_MOST_CHANNELS: Final = 128
"""Of Blender's sequencer."""


def add(take_id: str, texts: Sequence[tuple[str, float, float]], changes: FileChanges) -> int:
    """Replace the take's captions by these (text, start and end in seconds of the take); return their number.

    They lie in a channel of their own above all strips, since an upper strip is drawn over the lower ones.
    """
    take, record = find(take_id), record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if take is None or scene is None:
        return 0
    remove(take_id, changes)
    rate = float(record.get("rate", 24.0))
    if scene.sequence_editor is None:
        changes.do(scene.sequence_editor_create, lambda _: scene.sequence_editor_clear())
    top = max((strip.channel for strip in compat.existing_strips(scene)), default=0)
    channel = min(top + 1, _MOST_CHANNELS)
    listed: list[tuple[str, int, int]] = []
    for text, start, end in texts:
        first = take.start + round(start * rate)
        last = max(take.start + round(end * rate), first + 1)
        if listed:
            first = max(first, listed[-1][2])
            last = max(last, first + 1)
        make = partial(compat.new_text_strip, scene, text[:40], text, channel, first, last)
        strip = changes.do(make, compat.strips(scene).remove)
        strip[TAG] = take_id
        strip.location, strip.font_size = PLACE, FONT_SHARE * scene.render.resolution_y
        strip.wrap_width, strip.use_shadow, strip.select = 0.9, True, False
        listed.append((text, first, last))
    changes.set_item(record, _LISTED, to_text(listed))
    return len(listed)


def there(take_id: str) -> list[Any]:
    """Return the take's captions that are as they were made."""
    record = record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if scene is None or _LISTED not in record:
        return []
    listed = {tuple(caption) for caption in from_text(record[_LISTED])}
    return [
        strip
        for strip in compat.existing_strips(scene)
        if strip.get(TAG) == take_id and strip.type == "TEXT" and (strip.text, *_frames(strip)) in listed
    ]


def move(take_id: str, frames: int, changes: FileChanges) -> None:
    """Move the take's captions by so many frames."""
    record = record_of(take_id)
    for strip in compat.in_order_of_moving(there(take_id), frames):
        changes.do(partial(compat.move_strip, strip, frames), lambda _, s=strip: compat.move_strip(s, -frames))
    if _LISTED in record:
        listed = [(text, first + frames, last + frames) for text, first, last in from_text(record[_LISTED])]
        changes.set_item(record, _LISTED, to_text(listed))


def remove(take_id: str, changes: FileChanges) -> None:
    """Remove the take's captions, at the end of the changes; one that was changed since is the user's."""
    record = record_of(take_id)
    if record is None or _LISTED not in record:
        return
    found, scene = there(take_id), scene_of(record)
    changes.at_end(lambda: [compat.strips(scene).remove(strip) for strip in found])
    changes.set_item(record, _LISTED, None)


def _frames(strip: Any) -> tuple[int, int]:
    first, last = compat.strip_range(strip)
    return int(first), int(last)
