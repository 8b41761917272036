"""Which voices there are: those shipped with the add-on, by name, and folders of the user's own.

Nothing here imports torch or numpy, so that a panel and a command line can list voices.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..core.assets import asset_folder
from ..core.errors import AssetError

DEFAULT: Final = "heart"
"""Speaks where no voice is chosen."""

SETTINGS: Final = "voice.json"


@dataclass(frozen=True, slots=True)
class ShippedVoice:
    """A voice that comes with the add-on."""

    name: str
    """What it is chosen by: the name of its folder."""
    folder: Path
    description: str
    """Who is heard, in a few words."""


def shipped_voices() -> tuple[ShippedVoice, ...]:
    """Return the voices that come with the add-on, the default first, the others by name.

    Raises:
        AssetError: they were not installed, or a ``voice.json`` is damaged.
    """
    folders = sorted(path.parent for path in asset_folder("voices").glob(f"*/{SETTINGS}"))
    voices = [ShippedVoice(folder.name, folder, _description(folder)) for folder in folders]
    return tuple(sorted(voices, key=lambda voice: (voice.name != DEFAULT, voice.name)))


def voice_folder(name_or_folder: str | Path | None = None) -> Path:
    """Return the folder of a voice: a shipped one by its name (large or small letters), else a folder.

    Args:
        name_or_folder: ``None`` or empty is the default voice.

    Raises:
        AssetError: there is no such voice; the sentence says which there are.
    """
    asked = str(name_or_folder or DEFAULT)
    shipped = {voice.name: voice.folder for voice in shipped_voices()}
    if asked.lower() in shipped:
        return shipped[asked.lower()]
    folder = Path(asked).expanduser()
    if folder.is_dir():
        return folder
    raise AssetError(f"There is no voice “{asked}”: choose {_listed(shipped)}, or the folder of a voice of your own.")


def parent_folder(folder: Path, based_on: str) -> Path:
    """Return the folder of the voice that another one is based on: a shipped voice, or a folder from its own on.

    Raises:
        AssetError: there is no such voice, or it is based on another one itself.
    """
    beside = folder / based_on
    parent = beside if beside.is_dir() else voice_folder(based_on)
    if "based_on" in _settings(parent):
        raise AssetError(f"The voice “{folder.name}” is based on “{based_on}”, which has no weights of its own.")
    return parent


def _description(folder: Path) -> str:
    return str(_settings(folder).get("description", ""))


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / SETTINGS
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssetError(f"The voice file “{path}” is damaged ({error}).") from error
    if not isinstance(values, dict):
        raise AssetError(f"The voice file “{path}” is damaged (it holds no settings).")
    return values


def _listed(names: dict[str, Path]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
