"""Presets of a mapping: JSON files that people pass around, so whatever they hold is checked before it is believed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

from ..core.errors import AssetError
from ..lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from .bone_names import AXES, Bone
from .rig_map import RigMap, Row

FORMAT: Final = "alphsistant-rig-map"
VERSION: Final = 2
"""1 had no bones."""

LARGEST_FILE: Final = 8_000_000
"""Bytes; the mapping of ten meshes with all channels has about 200,000."""

MOST_ROWS: Final = 20_000
LONGEST_NAME: Final = 255
"""Bytes that Blender 5 keeps of a name (63 before)."""

HIGHEST_FACTOR: Final = 10.0
LARGEST_ANGLE: Final = 90.0

CHANNELS: Final = frozenset({*VISEME_CHANNELS, *ARKIT_CHANNELS})
PARTS: Final = ("jaw", "head", "neck")

_Made = TypeVar("_Made", Row, Bone)


def to_json(rig: RigMap) -> str:
    """Return the preset as text, one row a line."""
    rows = ",\n  ".join(json.dumps(asdict(row), ensure_ascii=False) for row in rig.rows)
    bones = ",\n  ".join(json.dumps(asdict(bone), ensure_ascii=False) for bone in rig.bones)
    head = f'"format": "{FORMAT}", "version": {VERSION}'
    return f'{{{head}, "rows": [\n  {rows}\n], "bones": [\n  {bones}\n]}}\n'


def from_json(text: str) -> RigMap:
    """Read a preset.

    Raises:
        AssetError: the text is not a preset of this kind; the sentence says where and why.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AssetError("The mapping preset cannot be read: it is not JSON.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise AssetError("This file is no mapping preset of Alphsistant.")
    version = content.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise AssetError("The mapping preset does not say which version it has.")
    if version > VERSION:
        raise AssetError("The mapping preset was made by a newer version of the add-on: update it first.")
    rig = RigMap(
        tuple(_read_list(content.get("rows"), "row", _ROW, Row)),
        tuple(_read_list(content.get("bones", []), "bone", _BONE, Bone)),
    )
    places = [(row.channel, row.mesh, row.key) for row in rig.rows]
    if len(set(places)) < len(places):
        raise AssetError("The mapping preset names one shape key twice for the same channel.")
    return rig


def save(rig: RigMap, path: Path) -> None:
    """Write the preset to a file.

    Raises:
        AssetError: the file cannot be written.
    """
    try:
        path.write_text(to_json(rig), encoding="utf-8")
    except OSError as error:
        raise AssetError(f"The mapping preset cannot be saved to “{path}” ({error.strerror}).") from error


def load(path: Path) -> RigMap:
    """Read a preset from a file.

    Raises:
        AssetError: the file is missing, not readable or not a preset.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise AssetError(f"“{path.name}” is too large to be a mapping preset.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise AssetError(f"The mapping preset “{path}” cannot be read.") from error
    return from_json(text)


def fit(rig: RigMap, names_by_mesh: Mapping[str, object], bones: Mapping[str, object]) -> tuple[RigMap, list[str]]:
    """Fit a preset to a character: leave out what it has not, and forgive other numbers behind the names of objects.

    Args:
        rig: the preset.
        names_by_mesh: mesh object → the names of its shape keys (anything with ``in``).
        bones: armature object → the names of its bones (anything with ``in``).

    Returns:
        The mapping for this character, and sentences about what was left out.
    """
    meshes = _pair({row.mesh for row in rig.rows}, names_by_mesh)
    armatures = _pair({bone.armature for bone in rig.bones}, bones)
    rows = [_renamed(row, mesh=meshes[row.mesh]) for row in rig.rows if row.mesh in meshes]
    turned = [_renamed(bone, armature=armatures[bone.armature]) for bone in rig.bones if bone.armature in armatures]
    kept_rows = [row for row in rows if row.key in names_by_mesh[row.mesh]]  # type: ignore[operator]
    kept_bones = [bone for bone in turned if bone.bone in bones[bone.armature]]  # type: ignore[operator]
    notes = []
    lost = [*({row.mesh for row in rig.rows} - set(meshes)), *({b.armature for b in rig.bones} - set(armatures))]
    if lost:
        notes.append(f"This character has no {_some(sorted(lost))}, so what the preset says of it was left out.")
    gone = dict.fromkeys([row.key for row in rows if row not in kept_rows])
    gone |= dict.fromkeys([bone.bone for bone in turned if bone not in kept_bones])
    if gone:
        notes.append(f"This character has no key or bone {_some(list(gone))}, so it was left out.")
    return RigMap(tuple(kept_rows), tuple(kept_bones)), notes


def _some(names: list[str], most: int = 3) -> str:
    quoted = ", ".join(f"“{name}”" for name in names[:most])
    return f"{quoted} and {len(names) - most} more" if len(names) > most else quoted


def _renamed(entry: _Made, **names: str) -> _Made:
    return type(entry)(**{**asdict(entry), **names})


def _pair(wanted: set[str], there: Mapping[str, object]) -> dict[str, str]:
    """Preset's object → the character's: the same name, the same but for “.001”, or the only one on both sides."""
    pairs = {name: name for name in wanted if name in there}
    for name in sorted(wanted - set(pairs)):
        alike = [other for other in there if _unnumbered(other) == _unnumbered(name) and other not in pairs.values()]
        if len(alike) == 1:
            pairs[name] = alike[0]
    if len(wanted) == 1 and not pairs and len(there) == 1:
        pairs[next(iter(wanted))] = next(iter(there))
    return pairs


def _unnumbered(name: str) -> str:
    head, _, tail = name.rpartition(".")
    return head if head and len(tail) == 3 and tail.isdigit() else name


def _read_list(
    entries: object, noun: str, checks: Mapping[str, Callable[[Any], bool]], kind: type[_Made]
) -> list[_Made]:
    if not isinstance(entries, list):
        raise AssetError(f"The mapping preset has no list of {noun}s.")
    if len(entries) > MOST_ROWS:
        raise AssetError(f"The mapping preset has more than {MOST_ROWS} {noun}s.")
    return [_read_entry(entry, f"{noun} {number}", checks, kind) for number, entry in enumerate(entries, 1)]


def _read_entry(entry: object, place: str, checks: Mapping[str, Callable[[Any], bool]], kind: type[_Made]) -> _Made:
    if not isinstance(entry, dict):
        raise AssetError(f"In the mapping preset, {place} is not an object.")
    for name, value in entry.items():
        if name not in checks:
            raise AssetError(f"In the mapping preset, {place} has an unknown field “{str(name)[:40]}”.")
        if not checks[name](value):
            raise AssetError(f"In the mapping preset, “{name}” of {place} cannot be {_shown(value)}.")
    try:
        return kind(**entry)
    except TypeError as error:
        raise AssetError(f"In the mapping preset, {place} lacks a field.") from error


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _is_name(value: object) -> bool:
    if not isinstance(value, str) or not value or "\0" in value:
        return False
    try:
        return len(value.encode()) <= LONGEST_NAME
    except UnicodeEncodeError:
        return False


def _is_text(value: object) -> bool:
    return value == "" or _is_name(value)


def _within(highest: float) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        # Not math.isfinite alone: whole numbers in JSON may be too large for a float.
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and not (isinstance(value, float) and math.isnan(value))
            and 0 <= value <= highest
        )

    return check


_ROW: Final[dict[str, Callable[[Any], bool]]] = {
    "channel": lambda value: isinstance(value, str) and value in CHANNELS,
    "mesh": _is_name,
    "key": _is_name,
    "weight": _within(HIGHEST_FACTOR),
    "gain": _within(HIGHEST_FACTOR),
    "limit": _within(HIGHEST_FACTOR),
    "scheme": _is_text,
    "substitute": _is_text,
    "partial": lambda value: isinstance(value, bool),
}
_BONE: Final[dict[str, Callable[[Any], bool]]] = {
    "part": lambda value: value in PARTS,
    "armature": _is_name,
    "bone": _is_name,
    "pitch": lambda value: value in AXES,
    "yaw": lambda value: value in AXES,
    "roll": lambda value: value in AXES,
    "degrees": _within(LARGEST_ANGLE),
}
