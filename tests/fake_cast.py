"""A cast of copies: folders of a cast in a temporary folder, with the shipped face's file under other names."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from alphsistant_addon.cast import character

REPOSITORY = Path(__file__).resolve().parents[1]
FACE = REPOSITORY / "blender_assets" / "face" / "face.blend"


def picture() -> bytes:
    """A PNG of 16 × 16 grey pixels."""
    rows = zlib.compress((b"\0" + b"\x80" * 48) * 16)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def add_member(assets: Path, name: str, **changed: Any) -> Path:
    """Make the folder of a character that bears the shipped face; return it."""
    folder = assets / "cast" / name.lower()
    folder.mkdir(parents=True)
    shutil.copy(FACE, folder / f"{name.lower()}.blend")
    values = {
        "name": name,
        "blend": f"cast/{name.lower()}/{name.lower()}.blend",
        "voice": f"voice of {name}",
        "description": f"{name} is made for tests.",
        "tags": ["test", name.lower()],
        "author": "The tests",
        "licence": "CC0-1.0",
    } | changed
    (folder / character.SETTINGS).write_text(json.dumps(values), encoding="utf-8")
    text = f"Name: {name}\nWho: {name} lives in a test.\nFirst message: I am {name}.\n"
    (folder / character.PERSONA).write_text(text, encoding="utf-8")
    (folder / character.PREVIEW).write_bytes(picture())
    return folder


def use_cast(monkeypatch: pytest.MonkeyPatch, assets: Path, *names: str) -> None:
    """Let the add-on know these characters, and nobody else."""
    for name in names:
        add_member(assets, name)
    monkeypatch.setattr(character, "asset_folder", lambda asset: assets / asset)
