"""The takes of a dialogue in time: lines one after the other, and what the other faces do meanwhile.

Everything is made from the lines as they stand in the scene, so that an edit of any kind (another order, another text,
a longer pause, a take that was stretched by hand) ends in the same call. Takes of lines are moved, never made again;
what a face shows while it listens is always made afresh.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from ...core.errors import AlphsistantError
from ...core.phone_inventory import SILENCE
from ...core.speech import Phone, Speech
from ...lip_sync.life import LIVES, Life
from ...lip_sync.reactions import Heard, Look, listen, weights_at, with_look
from ...pipeline.reply import Part, Reply
from ..common.file_changes import FileChanges
from ..common.scene_time import frames_per_second
from ..face import find
from ..speak.expression_settings import AMOUNTS
from ..takes import bake, record, removal, stored, take_moving
from . import directions
from .lines import part_of

if TYPE_CHECKING:
    from ..face.find import Face

OF_DIALOGUE: Final = "dialogue"
"""In a take's record: it is a line of its scene's dialogue, or a face that listens to one."""

TAIL_SECONDS: Final = 1.0
"""How long everybody is still seen after the last line."""

_SILENCE_RATE: Final = 1000
"""Samples a second of the silence that a listening take is as long as."""


@dataclass(frozen=True)
class Spoken:
    """A line that was spoken for this arrangement."""

    reply: Reply
    manner: Mapping[str, Any]
    """How, as it is kept with the take."""


@dataclass(frozen=True)
class _Placed:
    """A line with its place in time."""

    name: str
    text: str
    take: str
    """Id of the take that is there already; empty for one that is to be made."""
    start: int
    end: int


class Cast:
    """Who speaks: the face of each name, and where it is."""

    def __init__(self, faces: Mapping[str, Face]) -> None:
        """``faces`` are those of all names."""
        self.faces = faces
        self._places = {name: directions.place_of(face) for name, face in faces.items()}

    @classmethod
    def of(cls, scene: Any, added: Mapping[str, Face] | None = None) -> Cast:
        """Find the face of each name in the scene; ``added`` are those that were made just now.

        Raises:
            AlphsistantError: a name has no face, or two names have the same.
        """
        faces: dict[str, Face] = {}
        for part in scene.alphsistant_dialogue.parts:
            face = (added or {}).get(part.name)
            if face is None:
                face = find.find(scene, part.face) if part.face is not None else None
            if face is None:
                raise AlphsistantError(f"“{part.name}” has no face: choose one, or press Make Dialogue to add one.")
            for other, taken in faces.items():
                if taken.root == face.root:
                    raise AlphsistantError(f"“{other}” and “{part.name}” have the same face: choose another for one.")
            faces[part.name] = face
        return cls(faces)

    def look(self, one: str, other: str | None) -> Look:
        """Return the direction in which one sees another; straight ahead for nobody."""
        return directions.look_from(self._places[one], self._places[other]) if other is not None else Look()

    @property
    def places(self) -> dict[str, directions.Place]:
        """Where those are of whom it is known."""
        return {name: place for name, place in self._places.items() if place is not None}


def arrange(scene: Any, cast: Cast, changes: FileChanges, spoken: Mapping[int, Spoken] | None = None) -> dict[int, str]:
    """Put the lines of the scene's dialogue one after the other, and let the other faces listen.

    Args:
        scene: with the lines.
        cast: who speaks.
        changes: those of the operation.
        spoken: lines that were spoken just now, by number; each takes the place of the line's take if there is one.

    Returns:
        The id of the take of each line that was made.

    Raises:
        AlphsistantError: a line has neither a take nor was it spoken, or a take cannot be moved.
    """
    spoken = spoken or {}
    settings = scene.alphsistant_dialogue
    placed = list(_placed(scene, spoken))
    used = {line.take for line in settings.lines if line.take}
    for take in record.all_takes():
        kept = record.record_of(take.id)
        if kept.get(OF_DIALOGUE) and take.scene == scene.name and take.id not in used:
            removal.remove(take.id, changes)
    take_moving.move_all({line.take: line.start for line in placed if line.take}, changes)
    made: dict[int, str] = {}
    for number, said in spoken.items():
        line, place = settings.lines[number], placed[number]
        look = cast.look(place.name, _addressee(placed, number))
        reply = replace(said.reply, animation=with_look(said.reply.animation, look))
        take = bake.bake(
            scene,
            cast.faces[place.name],
            reply,
            start=place.start,
            replaced=line.take if line.take and record.find(line.take) is not None else None,
            keep_edits=False,
            manner=said.manner,
            fills=True,
            changes=changes,
        )
        _mark(take.id, f"{place.name}: {take.text}")
        made[number] = take.id
        placed[number] = replace(place, take=take.id)
    _let_listen(scene, cast, placed, changes)
    return made


def _placed(scene: Any, spoken: Mapping[int, Spoken]) -> Iterator[_Placed]:
    """Yield the lines with their frames."""
    settings, rate = scene.alphsistant_dialogue, frames_per_second(scene)
    frame = int(settings.start)
    for number, line in enumerate(settings.lines):
        name = part_of(scene, line).name
        if number:
            pause = settings.gap if line.pause < 0.0 else line.pause
            frame += math.ceil(pause * rate - 1e-6)
        take = record.find(line.take) if line.take and number not in spoken else None
        if take is not None:
            length = take.end - take.start
        elif number in spoken:
            length = math.ceil(spoken[number].reply.speech.duration * rate)
        else:
            raise AlphsistantError(f"Line {number + 1} ({name}) has not been spoken yet: press Make Dialogue.")
        yield _Placed(name, line.text, take.id if take is not None else "", frame, frame + length)
        frame += length


def _addressee(placed: list[_Placed], number: int) -> str | None:
    """Return whom a line is said to: who spoke last, else who speaks next."""
    name = placed[number].name
    before = [line.name for line in placed[:number] if line.name != name]
    after = [line.name for line in placed[number + 1 :] if line.name != name]
    return before[-1] if before else after[0] if after else None


def _let_listen(scene: Any, cast: Cast, placed: list[_Placed], changes: FileChanges) -> None:
    """Let every face listen wherever it says nothing itself."""
    if not placed or len(cast.faces) < 2:
        return
    rate = frames_per_second(scene)
    begin, end = placed[0].start, placed[-1].end + round(TAIL_SECONDS * rate)
    for name, face in cast.faces.items():
        own = [line for line in placed if line.name == name]
        ends, starts = [begin, *(line.end for line in own)], [*(line.start for line in own), end]
        for number, (first, last) in enumerate(zip(ends, starts, strict=True)):
            if last - first < 2:
                continue
            before = _shown(own[number - 1].take, at_end=True) if number else None
            after = _shown(own[number].take, at_end=False) if number < len(own) else None
            heard = _heard(cast, placed, name, (first, last), rate)
            duration = (last - first) / rate
            life = _life(scene)
            animation = listen(duration, heard, life=life, seed=number + 31 * len(name), before=before, after=after)
            reply = _silent(animation, last - first, rate)
            if not _moves(face, reply):
                continue
            take = bake.bake(scene, face, reply, start=first, is_silent=True, fills=True, changes=changes)
            _mark(take.id, f"{name} listens")


def _heard(cast: Cast, placed: list[_Placed], listener: str, span: tuple[int, int], rate: float) -> list[Heard]:
    """Return what others say while a face listens, and before that what was said last, for the direction."""
    first, last = span
    others = [line for line in placed if line.name != listener]
    during = [line for line in others if line.end > first and line.start < last]
    earlier = [line for line in others if line.end <= first][-1:]
    found = []
    for line in (*earlier, *during):
        phones = stored.phones_of(record.record_of(line.take))
        found.append(Heard((line.start - first) / rate, phones, line.text, cast.look(listener, line.name)))
    if not found:  # it has not begun, or nobody else speaks
        after = next((line for line in others if line.start >= last), None)
        found.append(Heard(-1.0, (), "", cast.look(listener, after.name if after is not None else None)))
    return found


def _shown(take_id: str, *, at_end: bool) -> dict[str, float]:
    """Return what a face shows beside its mouth when its own line begins or ends."""
    animation = stored.as_turned(take_id)
    return weights_at(animation, animation.duration if at_end else 0.0)


def _life(scene: Any) -> Life:
    """Return a listener's life, as far as the panel's amounts go."""
    own, panel = LIVES["listener"], scene.alphsistant.delivery
    return Life(**{name: min(getattr(own, name) * getattr(panel, name), 2.0) for name in AMOUNTS})


def _silent(animation: Any, frames: int, rate: float) -> Reply:
    """Return a reply in which nothing is said, exactly so many frames long."""
    samples = np.zeros(max(1, math.floor((frames / rate) * _SILENCE_RATE)), np.float32)
    phones = (Phone(SILENCE, 0.0, len(samples) / _SILENCE_RATE),)
    return Reply.of("", 0, (Part(Speech(samples, _SILENCE_RATE, phones, (), ""), animation, 0.0),))


def _moves(face: Face, reply: Reply) -> bool:
    """Say whether a face has anything that moves while it listens."""
    channels = reply.animation.channels
    return not face.drawing and (
        any(row.channel in channels and row.weight * row.gain > 0.0 for row in face.rig.rows)
        or bool(face.rig.turns(reply.animation))
    )


def _mark(take_id: str, title: str) -> None:
    record.record_of(take_id)[OF_DIALOGUE] = 1
    record.rename(take_id, title)


def remove_all(scene: Any, changes: FileChanges) -> None:
    """Remove every take of the scene's dialogue."""
    for take in record.all_takes():
        if record.record_of(take.id).get(OF_DIALOGUE) and take.scene == scene.name:
            removal.remove(take.id, changes)


def roots_of(faces: Mapping[str, Face]) -> dict[str, Any]:
    """Return the topmost object of each face."""
    return {name: bpy.data.objects[face.root] for name, face in faces.items()}
