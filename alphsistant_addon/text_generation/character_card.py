"""Character cards of chat programs: JSON, or a PNG that carries the same JSON. Read as data, nothing in it is run.

Formats: Character Card V2 (malfoyslastname/character-card-spec-v2) and V3 (kwaroran/character-card-spec-v3). A PNG
holds the card as base64 in a ``tEXt`` chunk named ``ccv3`` or ``chara`` (PNG specification, third edition, section
11.3.3.2).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ..core.errors import AssetError
from .persona import MOST_CHARACTERS, Persona, Turn, read_file

MOST_PICTURE_BYTES: Final = 64 << 20
MOST_CARD_BYTES: Final = 4 << 20
"""A card with a large lorebook has a few hundred kilobytes."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORDS: Final = (b"ccv3", b"chara")
"""The first of them that is there counts."""
_HEAD: Final = struct.Struct(">I4s")
_CHECKSUM: Final = struct.Struct(">I")
_START: Final = re.compile(r"(?i)<START>")
_SPEAKER: Final = re.compile(r"(?im)^\s*(\{\{user\}\}|\{\{char\}\}|<user>|<bot>)\s*:")
_HUMANS: Final = frozenset({"{{user}}", "<user>"})


def read_card(path: Path) -> Persona:
    """Read a card, version 1 to 3.

    Raises:
        AssetError: the file is missing, damaged, too large, or no card.
    """
    if path.suffix.lower() == ".png":
        text = _card_in_picture(read_file(path, MOST_PICTURE_BYTES), path)
    else:
        text = read_file(path, MOST_CARD_BYTES)
    try:
        card = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise AssetError(f"The character card “{path}” is damaged: it holds no JSON.") from error
    data = card.get("data", card) if isinstance(card, dict) else None
    if not isinstance(data, dict) or not _field(data, "name"):
        raise AssetError(f"“{path}” is no character card: it names no character.")
    return _persona(data)


def _persona(data: dict[str, Any]) -> Persona:
    name = " ".join(_field(data, "name").split())

    def text(*keys: str) -> str:
        joined = " ".join(_field(data, key) for key in keys)
        return " ".join(_with_names(joined, name).split())

    return Persona(
        name=name,
        description=text("description", "scenario"),
        manner=text("personality", "system_prompt"),
        first_message=text("first_mes"),
        examples=tuple(_examples(_field(data, "mes_example"), name)),
    ).cut()


def _field(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    # Half a surrogate pair can stand in JSON, but in no text of Blender's.
    return value[: 4 * MOST_CHARACTERS].encode(errors="replace").decode() if isinstance(value, str) else ""


def _with_names(text: str, name: str) -> str:
    """Put names for the placeholders, and leave out the one that stands for a program's own prompt."""
    text = re.sub(r"(?i)\{\{char\}\}|<bot>", lambda _: name, text)
    return re.sub(r"(?i)\{\{original\}\}", "", re.sub(r"(?i)\{\{user\}\}|<user>", "you", text))


def _examples(text: str, name: str) -> Iterator[Turn]:
    """Yield the exchanges of ``mes_example``; what the character says unasked is left out."""
    for block in _START.split(text):
        _, *pieces = _SPEAKER.split(block)
        human = ""
        for speaker, said in zip(pieces[::2], pieces[1::2], strict=True):
            words = " ".join(_with_names(said, name).split())
            if speaker.lower() in _HUMANS:
                human = words
            elif human and words:
                yield human, words
                human = ""


def _card_in_picture(content: bytes, path: Path) -> bytes:
    """Find the card's text in a PNG. ``AssetError`` if there is none or the picture is damaged."""
    found: dict[bytes, bytes] = {}
    try:
        for kind, body in _chunks(content):
            keyword, _, text = body.partition(b"\0")
            if kind == b"tEXt" and keyword in _KEYWORDS and len(text) <= 2 * MOST_CARD_BYTES:
                found.setdefault(keyword, base64.b64decode(text, validate=True))
    except (ValueError, struct.error, binascii.Error) as error:
        raise AssetError(f"The picture “{path}” is damaged: its character card cannot be read.") from error
    if not found:
        raise AssetError(f"There is no character card in the picture “{path}”.")
    return next(found[keyword] for keyword in _KEYWORDS if keyword in found)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each chunk of a PNG. ``ValueError`` or ``struct.error`` where it is damaged."""
    if not content.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    place = len(_SIGNATURE)
    while place < len(content):
        length, kind = _HEAD.unpack_from(content, place)
        end = place + _HEAD.size + length
        body = content[place + _HEAD.size : end]
        if _CHECKSUM.unpack_from(content, end)[0] != zlib.crc32(kind + body):
            raise ValueError("a chunk is damaged")
        yield kind, body
        if kind == b"IEND":
            return
        place = end + _CHECKSUM.size
