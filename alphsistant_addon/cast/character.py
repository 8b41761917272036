"""A character is a folder of ``blender_assets/cast``: settings as JSON, a persona, a picture, a card, its .blend."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..core.assets import asset_folder
from ..core.errors import AssetError
from ..text_generation.persona import Persona

CAST: Final = "cast"
"""The asset that holds a folder for each character."""

SETTINGS: Final = "character.json"
PERSONA: Final = "persona.txt"
PREVIEW: Final = "preview.png"

_TEXTS: Final = ("name", "blend", "voice", "description", "author", "licence")


@dataclass(frozen=True, slots=True)
class Character:
    """One of the cast."""

    id: str
    """Name of its folder."""
    name: str
    """What it is called, in the panel and in the scene."""
    blend: Path
    """The file that holds its face."""
    voice: str
    """Name of its voice; empty for the shipped one."""
    description: str
    """Who it is, in a sentence."""
    tags: tuple[str, ...]
    """Words to find it by."""
    author: str
    licence: str
    folder: Path

    @property
    def preview(self) -> Path:
        """Its picture, a square PNG; it need not be there."""
        return self.folder / PREVIEW

    @property
    def persona_file(self) -> Path:
        """The text that says who it is."""
        return self.folder / PERSONA

    def persona(self) -> Persona:
        """Read who it is; ``AssetError`` if the text is missing."""
        return Persona.load(self.persona_file)


def members() -> tuple[Character, ...]:
    """Return the cast in the order of the folders' names.

    A folder whose .blend has not been built is left out.

    Raises:
        AssetError: there is no cast, or the settings of one of it are damaged.
    """
    folders = sorted(path.parent for path in asset_folder(CAST).glob(f"*/{SETTINGS}"))
    return tuple(character for folder in folders if (character := _read(folder)).blend.is_file())


def find(name: str) -> Character:
    """Return a character by its name or its folder's; large and small letters count as the same.

    Raises:
        AssetError: there is nobody of that name.
    """
    if (character := _named(name)) is not None:
        return character
    known = ", ".join(character.name for character in members())
    raise AssetError(f"There is nobody called “{name}” in the cast: choose one of {known}.")


def is_member(name: str) -> bool:
    """Say whether somebody of the cast has that name."""
    return _named(name) is not None


def _named(name: str) -> Character | None:
    wanted = name.strip().casefold()
    return next((one for one in members() if wanted in {one.id.casefold(), one.name.casefold()}), None)


def _read(folder: Path) -> Character:
    try:
        values = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder) from error
    if not isinstance(values, dict) or not all(isinstance(values.get(name), str) for name in _TEXTS):
        raise _damaged(folder)
    tags: Any = values.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise _damaged(folder)
    texts = {name: values[name] for name in _TEXTS if name != "blend"}
    return Character(
        id=folder.name, blend=folder.parents[1] / values["blend"], tags=tuple(tags), folder=folder, **texts
    )


def _damaged(folder: Path) -> AssetError:
    return AssetError(f"“{folder.name}/{SETTINGS}” of the cast is damaged: install the add-on again from its zip.")
