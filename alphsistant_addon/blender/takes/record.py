"""What the .blend keeps about takes: a record on the take's Action, parts on the shape keys and armatures it moves.

Whose is it? Blender copies custom properties along, so a copy of our Action, face, strip or scene bears the same tags.
A tag alone therefore proves nothing; these rules say what belongs to a take, and everything else is the user's:

- **Shape keys and armatures** hold a part for each take that moves them. The part names the data-block that it was made
  for. Where several data-blocks bear the same part, the one of that name owns it; if it was renamed, the first by name
  does, since Blender names a copy after its original.
- **An Action** is the take's if the part of an owner points to it. A copy of it is pointed to by nobody.
- **A scene** bears an id and the name it had. Of several with one id the one of that name is meant, else the first.
- **A sound strip** is looked for in the take's scene only, by the name in the record; pieces of a cut one belong to it.
- **A marker** is the take's in its scene as long as it has the name and the frame that the record lists.

The rules need no pointer into the session, so they hold after saving, appending, renaming, undo and full copies.

Looking a take up costs the same with one take or a thousand: an index of plain names is kept, and made again when the
file's numbers of data-blocks change, after undo and load, or when what it names is no longer there.
Light: the panel draws from it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import bpy

from ..common import compat
from ..face.drawn_mouth import is_drawn
from ..face.find import is_cage

TAG: Final = "alphsistant_take"
"""Custom property with the take's id: on its Actions and sound strip, and on the copies of those."""

RECORD: Final = "alphsistant_record"
"""Custom property on Actions: what is to be known about the take."""

SCENE: Final = "alphsistant_scene"
"""Custom property on scenes: JSON with ``id`` and ``name``, and what its takes have changed (``scene_settings``)."""

PARTS: Final = "alphsistant_takes"
"""Custom property on shape keys and armatures: a part of each take that moves them, by take id.

A part holds the take's ``action`` and ``slot`` for this data-block, its number ``no`` among the take's parts, the name
``of`` the data-block, and for shape keys the curves as ``baked`` (``hand_edits``) and the key that shows each viseme
(``visemes``).
"""

LISTENING: Final = "LISTENING"
"""In the record, as where the take's timing is from: the face listens, and nothing is heard."""

_KEPT: Final = "kept_parts"
"""In the record: copies of the parts of library overrides, which lose their own custom properties when saved."""

_NAME_LENGTH: Final = 48
"""Letters of the text in names; Blender up to 4.5 keeps 63 bytes of them."""

_NEEDED: Final = ("number", "prompt", "text", "seed", "scene", "start", "end", "sound")
"""Without one of these a record is damaged, and its Action no take."""


Place: TypeAlias = tuple[str, str, str | None]
"""Kind, name and library of a data-block."""


@dataclass(frozen=True)
class Take:
    """What is kept about a take in the .blend (on its Action)."""

    id: str
    prompt: str
    text: str
    seed: int
    scene: str
    """Name of its scene, as it is now."""
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
    listens: bool = False
    """Whether the face says nothing, but listens to others; lists do not show such a take."""

    @property
    def name(self) -> str:
        """The user's name or the start of the text, for lists, Actions, strips and files."""
        # Cut by bytes as well: 48 letters of many scripts are longer than 63 bytes.
        words = self.title or self.text
        return cut(words, _NAME_LENGTH) or "take"

    @property
    def stem(self) -> str:
        """What the names of its parts begin with: the user's name, or “Take” and its number."""
        return cut(self.title, _NAME_LENGTH - 16) or f"Take {self.number}"

    def overlaps(self, other: Take) -> bool:
        """Whether both would be heard at some frame."""
        return self.start < other.end and other.start < self.end


def cut(text: str, length: int) -> str:
    """Return the start of a text, in whole words: so many letters, and no more bytes."""
    text = text.strip()
    start = text[:length].encode()[:length].decode(errors="ignore")
    if start != text and " " in start:
        start = start[: start.rindex(" ")].rstrip(" ,;:–-") + "…"
    return start.strip()


@dataclass
class _Index:
    """Where each take is, by names."""

    signature: tuple[Any, ...] = ()
    owners: dict[str, list[Place]] = field(default_factory=dict)
    """The data-blocks that each take moves, by take id."""
    actions: dict[Place, dict[int, str]] = field(default_factory=dict)
    """The takes that move each data-block, by the session's number of the part's Action."""
    is_held: bool = False
    """Whether nothing but what is told to the index changes the file at the moment."""
    takes: dict[str, Take] = field(default_factory=dict)
    """In the order in which they were made."""


_index: Final = _Index()


def forget(*_arguments: Any) -> None:
    """Make the index again at the next look-up: after undo, redo, loading, and whenever takes are removed."""
    _index.signature = ()


def take_in(take_id: str, action: Any, things: list[Any]) -> None:
    """Add a take that was just made to the index, or what has changed in its record."""
    _index.owners[take_id] = [_place(thing) for thing in things]
    _index.takes[take_id] = _take(take_id, action)
    for thing in things:
        part = _part_of(thing, take_id)
        if part is not None:
            _index.actions.setdefault(_place(thing), {})[part["action"].session_uid] = take_id
    _index.signature = _signature()


def keep_index() -> None:
    """Keep the index as it is, although an Action has come that belongs to no take; it must have been right before."""
    _index.signature = _signature()


@contextlib.contextmanager
def held_index() -> Iterator[None]:
    """Trust the index for the length of a block that tells it of every change.

    Whether the file has changed is else seen by counting its Actions, at each look-up.
    """
    _indexed()
    _index.is_held = True
    try:
        yield
    finally:
        _index.is_held = False


def _signature() -> tuple[Any, ...]:
    scenes = tuple(scene.name for scene in bpy.data.scenes)
    return (len(bpy.data.actions), len(bpy.data.shape_keys), len(bpy.data.objects), scenes)


def _indexed() -> _Index:
    if _index.is_held and _index.signature:
        return _index
    signature = _signature()
    if _index.signature != signature:
        _index.owners, actions = _owners()
        takes = [_take(take_id, action) for take_id, action in actions.items()]
        _index.takes = {take.id: take for take in sorted(takes, key=lambda take: take.number)}
        _index.actions = {}
        _index.signature = signature
        for take_id in _index.takes:
            for thing, part in _parts_of(take_id, whatever_is_there=True) or ():
                _index.actions.setdefault(_place(thing), {})[part["action"].session_uid] = take_id
    return _index


def _owners() -> tuple[dict[str, list[Place]], dict[str, Any]]:
    """Look through the whole file: the owners of each take's parts, and its first Action."""
    bearers: dict[tuple[str, Any], list[tuple[bool, Any, Any]]] = {}
    for thing in movable():
        for take_id, part in dict(thing.get(PARTS, {})).items():
            if _is_whole(part.get("action"), take_id):
                exact = part.get("of", thing.name) == thing.name
                bearers.setdefault((take_id, part.get("no", thing.name)), []).append((exact, thing, part["action"]))
    owners: dict[str, list[Place]] = {}
    actions: dict[str, Any] = {}
    for (take_id, _), things in bearers.items():
        _, thing, action = next((bearer for bearer in things if bearer[0]), things[0])
        owners.setdefault(take_id, []).append(_place(thing))
        actions.setdefault(take_id, action)
    for take_id, thing, action in _kept_parts():
        place = _place(thing)
        if place not in owners.setdefault(take_id, []):
            owners[take_id].append(place)
            actions.setdefault(take_id, action)
    return owners, actions


def _kept_parts() -> Iterator[tuple[str, Any, Any]]:
    """Yield what the records know of library overrides: take id, data-block, Action."""
    overrides = [thing for thing in movable() if _is_override(thing)]
    if not overrides:
        return
    for action in _original_actions().values():
        kept = action[RECORD].get(_KEPT, {})
        for thing in overrides:
            if _kept_name(thing) in kept:
                yield action[TAG], thing, action


def _original_actions() -> dict[tuple[str, str], Any]:
    """Of all Actions with a record the one of each part that bears the name in its record, else the first."""
    found: dict[tuple[str, str], Any] = {}
    for action in bpy.data.actions:
        if _is_whole(action, action.get(TAG)):
            place = (action[TAG], str(action[RECORD].get("name", "")))
            if place not in found or action.name == place[1]:
                found[place] = action
    return found


def _is_whole(action: Any, take_id: str | None) -> bool:
    """Say whether this is an Action with the whole record of that take."""
    record = action.get(RECORD) if action is not None and take_id and action.get(TAG) == take_id else None
    return record is not None and hasattr(record, "keys") and all(name in record for name in _NEEDED)


def _take(take_id: str, action: Any) -> Take:
    record = action[RECORD]
    scene = scene_of(record)
    return Take(
        id=take_id,
        prompt=record["prompt"],
        text=record["text"],
        seed=record["seed"],
        scene=scene.name if scene is not None else record["scene"],
        start=record["start"],
        end=record["end"],
        sound=record["sound"],
        title=record.get("title", ""),
        number=record["number"],
        listens=record.get("recording") == LISTENING,
    )


def _place(thing: Any) -> Place:
    return thing.id_type, thing.name, thing.library.filepath if thing.library is not None else None


def all_takes() -> list[Take]:
    """Every take in the file, in the order in which they were made."""
    return list(_indexed().takes.values())


def find(take_id: str) -> Take | None:
    """The take of that id, if it is still there."""
    return _indexed().takes.get(take_id) if record_of(take_id) is not None else None


def scene_of(record: Any) -> Any:
    """Return the scene of a take's record, whatever it is called now; ``None`` if it is gone."""
    if "scene_id" not in record:  # a take of an older version
        return bpy.data.scenes.get(record["scene"])
    found = [scene for scene in bpy.data.scenes if scene_tag(scene).get("id") == record["scene_id"]]
    return next((scene for scene in found if scene_tag(scene)["name"] == scene.name), found[0] if found else None)


def to_text(value: Any) -> str:
    """Return plain values as JSON, as custom properties keep them."""
    import json  # noqa: PLC0415  # not while Blender starts

    return json.dumps(value)


def from_text(text: str) -> Any:
    """Return what :func:`to_text` has made a text of. ``ValueError`` if it is none."""
    import json  # noqa: PLC0415  # not while Blender starts

    return json.loads(text)


def scene_tag(scene: Any) -> dict[str, Any]:
    """Return what a scene's tag says; empty if it has none. A copy of a scene bears the tag of its original."""
    try:
        tag = from_text(scene.get(SCENE, "{}"))
    except (TypeError, ValueError):  # changed by hand
        return {}
    return tag if isinstance(tag, dict) and {"id", "name"} <= tag.keys() else {}


def actions_of(take_id: str) -> list[Any]:
    """The take's Actions: one, or before slots (4.4) one for each mesh."""
    return list({part["action"].name: part["action"] for _, part in parts_of(take_id)}.values())


def index_of(take_id: str) -> int:
    """Where the take is among all of the file's Actions, which are the items of the panel's list; −1 if nowhere."""
    record = actions_of(take_id)
    return bpy.data.actions.find(record[0].name) if record else -1


def id_at(index: int) -> str:
    """Id of the take whose Action is at that place among all of the file's; empty if it is no take's."""
    return take_id_of(bpy.data.actions[index]) if 0 <= index < len(bpy.data.actions) else ""


def take_id_of(action: Any) -> str:
    """Return the id of the take that an Action belongs to; empty for the user's, copies of ours among them."""
    take_id = str(action.get(TAG, "")) if action is not None else ""
    return take_id if take_id and any(part["action"] == action for _, part in parts_of(take_id)) else ""


def places_in_list(actions: Any) -> dict[int, str]:
    """Return which of the file's Actions are takes, one for each take: the take's id by the Action's place."""
    found: dict[int, str] = {}
    known = {number: take_id for takes in _indexed().actions.values() for number, take_id in takes.items()}
    seen: set[str] = set()
    for place, number in enumerate(compat.numbers_of(actions, "session_uid", "i")):
        take_id = known.get(number, "")
        if take_id and take_id not in seen:
            found[place] = take_id
            seen.add(take_id)
    return found


def record_of(take_id: str) -> Any:
    """The take's record, to read and to change; all its Actions share what the first one has."""
    part = next((part for _, part in parts_of(take_id)), None)
    return part["action"][RECORD] if part is not None else None


def movable() -> list[Any]:
    """Every data-block that a take can move: shape keys, armatures, and objects of drawn mouths; linked ones last."""
    objects = (thing for thing in bpy.data.objects if thing.type == "ARMATURE" or is_drawn(thing))
    every = [*bpy.data.shape_keys, *objects]
    return sorted(every, key=lambda thing: thing.library is not None)


def parts_on(thing: Any) -> dict[str, Any]:
    """The parts of every take that moves a data-block, by take id; none on a copy of it."""
    own = thing.get(PARTS)
    found = dict(own.items()) if own is not None else {}
    owners = _indexed().owners
    if _is_override(thing):
        found |= {take_id: _kept_part(thing, take_id) for take_id in owners if take_id not in found}
    place = _place(thing)
    return {
        take_id: part
        for take_id, part in found.items()
        if part is not None and part.get("action") is not None and place in owners.get(take_id, ())
    }


def owns_parts(thing: Any) -> bool:
    """Say whether a take moves the data-block; a copy of one that is moved bears the parts, but does not own them."""
    own, owners, place = thing.get(PARTS), _indexed().owners, _place(thing)
    if own is not None and any(place in owners.get(take_id, ()) for take_id in own.keys()):  # noqa: SIM118  # no mapping
        return True
    return _is_override(thing) and any(place in places for places in owners.values())


def part_on(thing: Any, take_id: str) -> Any:
    """Return the part of one take on a data-block that owns it; ``None`` if there is none."""
    return _part_of(thing, take_id) if _place(thing) in _indexed().owners.get(take_id, ()) else None


def take_getter(thing: Any) -> Callable[[Any], str]:
    """Return what tells the take that an Action moves this data-block for; empty if it is no take's, or a copy."""
    takes = _indexed().actions.get(_place(thing), {})
    return lambda action: takes.get(action.session_uid, "")


def _part_of(thing: Any, take_id: str) -> Any:
    own = thing.get(PARTS)
    part = own.get(take_id) if own is not None else None
    if part is None and _is_override(thing):
        part = _kept_part(thing, take_id)
    action = part.get("action") if part is not None else None
    return part if action is not None and action.get(TAG) == take_id and RECORD in action else None


def parts_of(take_id: str) -> Iterator[tuple[Any, Any]]:
    """Each data-block the take moves, with its part."""
    found = _parts_of(take_id)
    if found is None:  # something was renamed or removed since the index was made
        forget()
        found = _parts_of(take_id, whatever_is_there=True)
    yield from found or ()


def _parts_of(take_id: str, *, whatever_is_there: bool = False) -> list[tuple[Any, Any]] | None:
    found = []
    for kind, *name in _indexed().owners.get(take_id, ()):
        things: Any = bpy.data.shape_keys if kind == "KEY" else bpy.data.objects
        thing = things.get(tuple(name))
        part = part_on(thing, take_id) if thing is not None else None
        if part is not None:
            found.append((thing, part))
        elif not whatever_is_there:
            return None
    return found


def keep_parts(take_id: str) -> None:
    """Let the take still know its parts on library overrides when the file is read again."""
    for thing, part in parts_of(take_id):
        if _is_override(thing):
            record = part["action"][RECORD]
            record[_KEPT] = {**record.get(_KEPT, {}), _kept_name(thing): part.to_dict()}


def _kept_part(thing: Any, take_id: str) -> Any:
    actions = (action for (owner, _), action in _original_actions().items() if owner == take_id)
    kept = (action[RECORD].get(_KEPT, {}).get(_kept_name(thing)) for action in actions)
    return next((part for part in kept if part is not None), None)


def _is_override(thing: Any) -> bool:
    # Shape keys are part of their mesh's override.
    owner = thing.user if isinstance(thing, bpy.types.Key) else thing
    return owner is not None and owner.override_library is not None


def _kept_name(thing: Any) -> str:
    # Names of custom properties hold 63 bytes.
    return cut(f"{thing.id_type}{thing.name}", 60)


def curves_of_part(part: Any) -> list[Any]:
    """The F-curves of one part, as they are now."""
    return compat.curves_in(part["action"], part["slot"])


def objects_of(scene: Any, take_id: str) -> list[Any]:
    """The scene's objects that the take moves, meshes first."""
    moved = [thing for thing, _ in parts_of(take_id)]
    every = (thing for thing in scene.objects if thing.type == "MESH" and not is_cage(thing))
    meshes = [thing for thing in every if thing.data.shape_keys in moved]
    return [*meshes, *(thing for thing in scene.objects if thing in moved)]


def sound_strips(take_id: str) -> list[Any]:
    """Return the take's strip in its scene's sequencer, or its pieces if the user has cut it; copies are the user's."""
    record = record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if scene is None:
        return []
    tagged = [strip for strip in compat.existing_strips(scene) if strip.get(TAG) == take_id]
    tagged.sort(key=lambda strip: strip.name != record.get("strip", strip.name))
    found: list[Any] = []
    for strip in tagged:
        first, last = compat.strip_range(strip)
        if all(
            strip.sound == piece.sound
            and compat.strip_origin(strip) == compat.strip_origin(piece)
            and (last <= compat.strip_range(piece)[0] or first >= compat.strip_range(piece)[1])
            for piece in found
        ):
            found.append(strip)
    return found


def rename(take_id: str, title: str) -> None:
    """Give the take, its Actions and slots, its NLA and sound strips another name; the WAV file keeps its own."""
    for action in actions_of(take_id):
        action[RECORD]["title"] = title.strip()
    name_everything(take_id)


def name_everything(take_id: str) -> None:
    """Give everything of a take the name that it should have; Blender adds a number where it is taken."""
    parts = list(parts_of(take_id))
    if not parts:
        return
    take = _take(take_id, parts[0][1]["action"])
    for number, (thing, part) in enumerate(parts):
        action, label = part["action"], part_name(take, thing, number)
        action.name = action_name(take) if compat.has_slots() else label
        action[RECORD]["name"] = action.name
        compat.name_slot(action, part["slot"], label)
        for strip in compat.nla_strips_of(thing):
            if strip.action == action:
                strip.name = action.name
    strips = sound_strips(take_id)
    if strips:  # the other pieces of a cut strip keep Blender's numbers
        strips[0].name = take.name
        record_of(take_id)["strip"] = strips[0].name
    take_in(take_id, parts[0][1]["action"], [thing for thing, _ in parts])


def part_name(take: Take, thing: Any, number: int) -> str:
    """Return what a part is called: “Take 1 keys” (the first), “Take 1 bones”, “Take 1 Teeth”."""
    if not isinstance(thing, bpy.types.Key):
        return f"{take.stem} {'bones' if thing.type == 'ARMATURE' else 'mouth'}"
    if number == 0:
        return f"{take.stem} keys"
    user = next((user for user in bpy.data.objects if getattr(user.data, "shape_keys", None) == thing), thing)
    return cut(f"{take.stem} {user.name}", 63)


def get_name(action: Any) -> str:
    """Name of the take an Action belongs to, for the list in the panel."""
    take = find(action.get(TAG, ""))
    return take.name if take is not None else ""


def set_name(action: Any, title: str) -> None:
    """Rename the take an Action belongs to, from the list in the panel."""
    rename(action.get(TAG, ""), title)


def action_name(take: Take) -> str:
    """What the take's Action is called, which from 4.4 on holds a slot for each part."""
    return f"Take {take.number}: {take.name}"


def report_lines(take_id: str) -> list[str]:
    """The last report on the take, line by line."""
    record = record_of(take_id)
    return str(record["report"]).split("\n") if record is not None and "report" in record else []
