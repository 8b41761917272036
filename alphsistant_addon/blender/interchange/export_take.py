"""A take as others' formats have it: what was said, and the channels as they are edited now."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...core.errors import AssetError
from ...core.files import write_bytes
from ...interchange import formats
from ...interchange.spoken import Spoken
from ..takes import stored
from ..takes.record import find, record_of


def spoken_of(take_id: str) -> Spoken:
    """Return what exporters need of a take: with what was changed by hand, if its face is there.

    Raises:
        AssetError: the take is gone, or of a version that did not keep it.
    """
    take, record = find(take_id), record_of(take_id)
    if take is None:
        raise AssetError("This take is no longer there.")
    # Without its face nobody knows which key was which channel: what was made is in the record still.
    animation = stored.as_edited(take_id) if stored.has_face(take_id) else stored.as_turned(take_id)
    rate = float(record.get("rate", 24.0))
    return Spoken(
        take.text,
        stored.phones_of(record),
        stored.heard_words_of(record),
        animation,
        animation.duration,
        rate,
        Path(bpy.path.abspath(take.sound)).name,
        stored.sentences_of(record),
    )


def write_file(take_id: str, name: str, path: Path) -> None:
    """Write a take in the format of that name. ``AssetError`` if it cannot be."""
    write_bytes(path, formats.write(name, spoken_of(take_id)).encode())
