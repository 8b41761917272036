"""Timeline markers that belong to a take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

from .record import record_of


def add_markers(scene: Any, take_id: str, kind: str, texts: Iterable[tuple[str, int]]) -> None:
    """Add timeline markers (text, frame) that belong to the take.

    Markers bear no tags from 5.0 on, so the take's record lists them, by kind (``marker`` or ``report``).
    """
    names, frames = [], []
    for text, frame in texts:
        short = " ".join(text.split()).encode()[:60].decode(errors="ignore")
        marker = scene.timeline_markers.new(short, frame=frame)
        names.append(marker.name)
        frames.append(marker.frame)
    record = record_of(take_id)
    if record is not None and names:
        record[f"{kind}_names"] = "\n".join(names)
        record[f"{kind}_frames"] = frames


def remove_markers(record: Any, kind: str) -> None:
    """Remove the markers the record lists; one that was renamed or moved since belongs to the user now."""
    if f"{kind}_names" not in record:
        return
    for name, frame in zip(record[f"{kind}_names"].split("\n"), record[f"{kind}_frames"], strict=True):
        for scene in bpy.data.scenes:
            same = (marker for marker in scene.timeline_markers if (marker.name, marker.frame) == (name, frame))
            marker = next(same, None)
            if marker is not None:
                scene.timeline_markers.remove(marker)
                break
    del record[f"{kind}_names"], record[f"{kind}_frames"]
