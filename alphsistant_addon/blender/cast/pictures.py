"""The pictures of the cast for the chooser, read when it is first drawn and freed when the add-on is disabled."""

from __future__ import annotations

from typing import Any, Final

import bpy.utils.previews

from ...core.errors import AssetError

_read: Final[dict[str, Any]] = {}
"""``pictures``: Blender's collection of previews; ``items``: the entries of the chooser. Empty before the first use."""


def items(_owner: Any, _context: Any) -> Any:
    """Return the entries of the chooser. They are kept: Blender does not hold on to their texts itself."""
    if "items" not in _read:
        _read["items"] = _entries()
    return _read["items"]


def forget() -> None:
    """Free the pictures; the next drawing reads them anew."""
    pictures = _read.pop("pictures", None)
    if pictures is not None:
        bpy.utils.previews.remove(pictures)
    _read.clear()


def icon_of(member: str) -> int:
    """Return the number of a character's picture among Blender's icons; 0 if it has none."""
    return next((icon for name, _, _, icon, _ in items(None, None) if name == member and isinstance(icon, int)), 0)


def _entries() -> tuple[tuple[str, str, str, Any, int], ...]:
    from ... import cast  # noqa: PLC0415  # not while Blender starts

    try:
        members = cast.members()
    except AssetError as error:  # the panel says that there is nobody
        import logging  # noqa: PLC0415  # not while Blender starts

        logging.getLogger(__name__).warning("%s", error)
        return ()
    pictures: Any = bpy.utils.previews.new()
    _read["pictures"] = pictures
    found = []
    for number, character in enumerate(members):
        icon: Any = "USER"
        if character.preview.is_file():
            icon = pictures.load(character.id, str(character.preview), "IMAGE").icon_id
        found.append((character.id, character.name, character.description, icon, number))
    return tuple(found)
