"""Marks the faces of the cast as assets, so that Blender's Asset Browser shows them.

    python mark_assets.py ID …

opens each character's .blend, marks its collection and saves it. A recipe that builds such a file calls :func:`mark`
before it saves.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

import bpy

CAST: Final = Path(__file__).resolve().parents[1]
COLLECTION: Final = "Alphsistant"
"""What each file calls the collection with all of a character."""

CATALOG: Final = "0b8f6a52-5d0c-4f43-9f3b-7a1c5a0f2c11"
"""“Alphsistant/Characters” in ``blender_assets/blender_assets.cats.txt``."""


def mark(collection: Any, character: str) -> None:
    """Mark a character's collection as an asset of its name, with author, licence, tags and picture.

    Args:
        collection: holds everything of the character.
        character: name of its folder in the cast.
    """
    folder = CAST / character
    values = json.loads((folder / "character.json").read_text(encoding="utf-8"))
    collection.name = values["name"]
    collection.asset_mark()
    data = collection.asset_data
    data.author, data.license = values["author"], values["licence"]
    data.description, data.catalog_id = values["description"], CATALOG
    for tag in list(data.tags):
        data.tags.remove(tag)
    for name in values["tags"]:
        data.tags.new(name)
    picture = folder / "preview.png"
    if picture.is_file():
        with bpy.context.temp_override(id=collection):
            bpy.ops.ed.lib_id_load_custom_preview(filepath=str(picture))


def main() -> None:
    """Mark the files of the characters that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("character", nargs="+", help="name of its folder in the cast")
    bpy.context.preferences.filepaths.save_version = 0
    for character in parser.parse_args().character:
        values = json.loads((CAST / character / "character.json").read_text(encoding="utf-8"))
        path = CAST.parent / values["blend"]
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
        mark(bpy.data.collections.get(COLLECTION) or bpy.data.collections[0], character)
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True)
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
