"""The lines of a scene's dialogue: taken over from a script, and which of them have to be spoken."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import bpy

from ... import cast
from ...core.errors import AssetError
from ...text_to_speech.controls import PITCHES
from ...text_to_speech.voices import DEFAULT
from ..conversation import memory
from ..face import description, find
from ..takes import record
from .properties import AS_GAP

if TYPE_CHECKING:
    from ...cast import Character
    from ...dialogue.script import Script, ScriptLine

LOWER: Final = -3.0
"""Semitones by which each further name with the same voice is lower than the one before, so that they differ."""

_NAMED: Final = ("text", "style", "seed", "rate", "pitch")


def take_over(scene: Any, script: Script) -> None:
    """Let the scene's dialogue be that of a script. A line that was there keeps its take, wherever it stands now."""
    settings = scene.alphsistant_dialogue
    kept: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
    for line in settings.lines:
        kept.setdefault(_words(line), []).append((line.take, line.spoken))
    settings.lines.clear()
    for said in script.lines:
        line = settings.lines.add()
        _fill(line, said)
        if takes := kept.get(_words(line)):
            line.take, line.spoken = takes.pop(0)
    settings.line_index = 0
    _take_over_names(scene, script)


def _fill(line: Any, said: ScriptLine) -> None:
    line.name = said.name
    line.pause = AS_GAP if said.pause is None else said.pause
    for name in _NAMED:
        setattr(line, name, getattr(said, name))


def _words(line: Any) -> tuple[Any, ...]:
    """Return what makes a line the same as one before: who says what, and how."""
    return (line.name.casefold(), *(getattr(line, name) for name in _NAMED))


def _take_over_names(scene: Any, script: Script) -> None:
    """Keep the names that still speak, and add new ones with the face of the scene that is called so."""
    settings = scene.alphsistant_dialogue
    for place in reversed(range(len(settings.parts))):
        if settings.parts[place].name not in script.names:
            settings.parts.remove(place)
    for name in script.names:
        if name not in settings.parts:
            part = settings.parts.add()
            part.name = name
            part.face = _called(scene, name)
            part.voice = next((line.voice for line in script.lines if line.name == name and line.voice), "")
            part.pitch = max(LOWER * _with_the_same_voice(scene, part), PITCHES[0])
    settings.part_index = 0


def _with_the_same_voice(scene: Any, part: Any) -> int:
    """Count the names before this one that have its voice."""
    parts = list(scene.alphsistant_dialogue.parts)
    voices = [voice_of(scene, other) or DEFAULT for other in parts]
    return voices[: len(parts) - 1].count(voices[parts.index(part)])


def _called(scene: Any, name: str) -> Any:
    """Return the object of a face that is called by a name, or whose parent or collection is; ``None`` without any.

    Numbers that Blender adds (“Ada.001”) are no part of a name.
    """
    wanted = name.casefold()
    for thing in scene.objects:
        if not (find.has_shape_keys(thing) or thing.type == "ARMATURE"):
            continue
        names = {thing.name, *(parent.name for parent in _parents(thing))}
        names |= {collection.name for collection in thing.users_collection}
        if wanted in {each.casefold().split(".")[0] for each in names} and find.character(scene, thing) is not None:
            return thing
    return None


def _parents(thing: Any) -> Iterable[Any]:
    while thing.parent is not None:
        thing = thing.parent
        yield thing


def stand_ins(scene: Any) -> dict[str, Character]:
    """Return who of the cast plays each name without a face: whoever is called so, else somebody who is free.

    Raises:
        AssetError: there is no cast.
    """
    names = [part.name for part in scene.alphsistant_dialogue.parts if part.face is None]
    called = {name: cast.find(name) for name in names if cast.is_member(name)}
    every = cast.members()
    free = [member for member in every if member not in called.values()] or list(every)
    others = [name for name in names if name not in called]
    return {**called, **{name: free[number % len(free)] for number, name in enumerate(others)}}


def voice_of(scene: Any, part: Any) -> str:
    """Return the voice of a name: its own, else its face's; empty for the one of the preferences."""
    if part.voice:
        return str(bpy.path.abspath(part.voice))
    if part.face is not None:
        return memory.voice(description.root_of(scene, part.face))
    return stand_ins(scene)[part.name].voice


def part_of(scene: Any, line: Any) -> Any:
    """Return who says a line. ``AssetError`` if nobody has that name."""
    part = scene.alphsistant_dialogue.parts.get(line.name)
    if part is None:
        raise AssetError(f"Nobody in this dialogue is called “{line.name}”: read the script again.")
    return part


def digest(scene: Any, line: Any) -> str:
    """Return what a line's take is made of, to compare."""
    part = part_of(scene, line)
    numbers = [round(number, 4) for number in (line.rate, line.pitch, part.rate, part.pitch)]
    return json.dumps([line.name, line.text, line.style, line.seed, *numbers, part.voice])


def is_spoken(scene: Any, line: Any) -> bool:
    """Say whether a line's take is there and says the line as it is now."""
    return bool(line.take) and record.find(line.take) is not None and line.spoken == digest(scene, line)
