"""What the .blend keeps about takes: records on Actions, parts on shape keys. Light: the panel draws from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import bpy

from ..common import compat

TAG: Final = "alphsistant_take"
"""Custom property with the take's id: on its Actions and sound strip."""

RECORD: Final = "alphsistant_record"
"""Custom property on Actions: what is to be known about the take."""

_KEPT: Final = "kept_parts"
"""In the record: copies of the parts of library overrides, which lose their own custom properties when saved."""

PARTS: Final = "alphsistant_takes"
"""Custom property on shape keys and armatures: a part of each take that moves them, by take id.

A part holds the take's ``action`` and ``slot`` for this data-block, and for shape keys the curves as ``baked``
(``hand_edits``) and the key that shows each viseme (``visemes``).
"""

_NAME_LENGTH: Final = 48
"""Letters of the text in names; Blender up to 4.5 keeps 63 bytes of them."""


@dataclass(frozen=True)
class Take:
    """What is kept about a take in the .blend (on its Action)."""

    id: str
    prompt: str
    text: str
    seed: int
    scene: str
    start: int
    """Frame at which the sound starts."""
    end: int
    """Frame after the last frame of speech."""
    sound: str
    """Path of the WAV file, as it is in the strip."""
    title: str = ""
    """Name that the user gave it."""
    number: int = 0
    """Place in the order in which the takes were made."""
    warnings: tuple[str, ...] = ()
    """Sentences for the user; not kept in the file."""

    @property
    def name(self) -> str:
        """The user's name or the start of the text, for lists, Actions, strips and files."""
        # Cut by bytes as well: 48 letters of many scripts are longer than 63 bytes.
        words = self.title or self.text
        return words[:_NAME_LENGTH].encode()[:_NAME_LENGTH].decode(errors="ignore").strip() or "take"

    def overlaps(self, other: Take) -> bool:
        """Whether both would be heard at some frame."""
        return self.start < other.end and other.start < self.end


def all_takes() -> list[Take]:
    """Every take in the file, in the order in which they were made."""
    records = {action[TAG]: action[RECORD] for action in bpy.data.actions if TAG in action}
    takes = [
        Take(
            id=take_id,
            prompt=record["prompt"],
            text=record["text"],
            seed=record["seed"],
            scene=record["scene"],
            start=record["start"],
            end=record["end"],
            sound=record["sound"],
            title=record.get("title", ""),
            number=record["number"],
        )
        for take_id, record in records.items()
    ]
    return sorted(takes, key=lambda take: take.number)


def find(take_id: str) -> Take | None:
    """The take of that id, if it is still there."""
    return next((take for take in all_takes() if take.id == take_id), None)


def actions_of(take_id: str) -> list[Any]:
    """The take's Actions: one, or before slots (4.4) one for each mesh."""
    return [action for action in bpy.data.actions if action.get(TAG) == take_id]


def index_of(take_id: str) -> int:
    """Where the take is among all of the file's Actions, which are the items of the panel's list; −1 if nowhere."""
    return next((index for index, action in enumerate(bpy.data.actions) if take_id and action.get(TAG) == take_id), -1)


def id_at(index: int) -> str:
    """Id of the take whose Action is at that place among all of the file's; empty if it is no take's."""
    return str(bpy.data.actions[index].get(TAG, "")) if 0 <= index < len(bpy.data.actions) else ""


def record_of(take_id: str) -> Any:
    """The take's record, to read and to change; all its Actions share what the first one has."""
    actions = actions_of(take_id)
    return actions[0][RECORD] if actions else None


def movable() -> list[Any]:
    """Every data-block that a take can move: shape keys, and armatures for jaw and head."""
    return [*bpy.data.shape_keys, *(thing for thing in bpy.data.objects if thing.type == "ARMATURE")]


def parts_on(thing: Any) -> dict[str, Any]:
    """The parts of every take that moves a data-block, by take id."""
    found = {}
    if _is_override(thing):
        records = {action[TAG]: action[RECORD] for action in bpy.data.actions if TAG in action}
        kept = {take_id: record.get(_KEPT, {}).get(_kept_name(thing)) for take_id, record in records.items()}
        found = {take_id: part for take_id, part in kept.items() if part is not None}
    own = thing.get(PARTS)
    found |= dict(own.items()) if own is not None else {}
    return {take_id: part for take_id, part in found.items() if part["action"] is not None}  # deleted by the user


def parts_of(take_id: str) -> Iterator[tuple[Any, Any]]:
    """Each data-block the take moves, with its part."""
    for thing in movable():
        part = parts_on(thing).get(take_id)
        if part is not None:
            yield thing, part


def keep_parts(take_id: str) -> None:
    """Let the take still know its parts on library overrides when the file is read again."""
    for thing, part in parts_of(take_id):
        if _is_override(thing):
            record = part["action"][RECORD]
            record[_KEPT] = {**record.get(_KEPT, {}), _kept_name(thing): part.to_dict()}


def _is_override(thing: Any) -> bool:
    # Shape keys are part of their mesh's override.
    owner = thing.user if isinstance(thing, bpy.types.Key) else thing
    return owner is not None and owner.override_library is not None


def _kept_name(thing: Any) -> str:
    # Names of custom properties hold 63 bytes.
    return f"{thing.id_type}{thing.name}".encode()[:60].decode(errors="ignore")


def curves_of_part(part: Any) -> list[Any]:
    """The F-curves of one part, as they are now."""
    return compat.curves_in(part["action"], part["slot"])


def objects_of(scene: Any, take_id: str) -> list[Any]:
    """The scene's objects that the take moves, meshes first."""
    moved = [thing for thing, _ in parts_of(take_id)]
    meshes = [thing for thing in scene.objects if thing.type == "MESH" and thing.data.shape_keys in moved]
    return [*meshes, *(thing for thing in scene.objects if thing in moved)]


def rename(take_id: str, title: str) -> None:
    """Give the take, its Actions and its sound strip another name; the WAV file keeps its own."""
    for action in actions_of(take_id):
        action[RECORD]["title"] = title.strip()
    take = find(take_id)
    if take is None:
        return
    for action in actions_of(take_id):
        action.name = action_name(take)
    for scene in bpy.data.scenes:
        for strip in compat.existing_strips(scene):
            if strip.get(TAG) == take_id:
                strip.name = take.name


def get_name(action: Any) -> str:
    """Name of the take an Action belongs to, for the list in the panel."""
    take = find(action.get(TAG, ""))
    return take.name if take is not None else ""


def set_name(action: Any, title: str) -> None:
    """Rename the take an Action belongs to, from the list in the panel."""
    rename(action.get(TAG, ""), title)


def action_name(take: Take) -> str:
    """What the take's Actions are called."""
    return f"Take {take.number}: {take.name}"


def report_lines(take_id: str) -> list[str]:
    """The last report on the take, line by line."""
    record = record_of(take_id)
    return str(record["report"]).split("\n") if record is not None and "report" in record else []
