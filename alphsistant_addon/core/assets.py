"""Where the shipped assets are: beside the package in the repository, or inside it or beside it in an installed zip."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .errors import AssetError

ASSETS: Final = "blender_assets"
"""Folder that holds one folder per asset: ``face``, ``voices``, ``language_model``."""


def asset_folder(name: str) -> Path:
    """Folder of the shipped asset ``name``; the nearest one wins.

    Raises:
        AssetError: the asset was not installed with the add-on.
    """
    here = Path(__file__).resolve()
    for parent in (here.parents[1], here.parents[2], here.parents[3]):
        folder = parent / ASSETS / name
        if folder.is_dir():
            return folder
    raise AssetError(f"The folder {ASSETS}/{name} is missing: install Alphsistant again from its zip file.")
