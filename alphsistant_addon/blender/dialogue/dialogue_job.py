"""*Make Dialogue*: the lines that changed are spoken, then all of them are put in order as one undo step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import bpy

from ...core.errors import AlphsistantError, AssetError
from ...core.progress import Step
from ...pipeline.reply import Reply, Sentence
from ...text_to_speech.controls import PITCHES, RATES, Controls
from ..common.file_changes import FileChanges
from ..common.status import current as status
from ..face import find
from ..jobs import models_owner
from ..speak.speaking_job import ChosenModels, Wish, wish_of
from ..takes import record
from ..takes.placement import target_of
from ..takes.take_task import TakeTask, push_undo
from . import cameras, lines, stage
from .arrangement import Cast, Spoken, arrange

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ..face.find import Face

Run: TypeAlias = Callable[[Any], Iterable[Any]]
"""Does a request of the pipeline and yields what happens."""


@dataclass(frozen=True)
class LineSpoken:
    """A line of the dialogue, by number, and what it has come to."""

    number: int
    spoken: Spoken


def wishes_of(scene: Any, models: ChosenModels, *, every: bool = False) -> dict[int, Wish]:
    """Return what has to be spoken: lines without a take, and those that were changed since; with ``every`` all.

    Raises:
        AlphsistantError: there are no lines, or somebody's voice would be out of its range.
    """
    settings = scene.alphsistant_dialogue
    if not len(settings.lines):
        raise AlphsistantError("There are no lines yet: choose a script and press Read Script.")
    return {
        number: _wish(scene, line, models)
        for number, line in enumerate(settings.lines)
        if every or not lines.is_spoken(scene, line) or not _by_its_face(scene, line)
    }


def _by_its_face(scene: Any, line: Any) -> bool:
    """Say whether the take of a line moves the face that its name has now."""
    face, moved = lines.part_of(scene, line).face, record.objects_of(scene, line.take)
    return face is not None and bool(moved) and find.is_of(find.character(scene, face), moved[0])


def _wish(scene: Any, line: Any, models: ChosenModels) -> Wish:
    part = lines.part_of(scene, line)
    chosen = replace(models, voice=lines.voice_of(scene, part) or models.voice)
    wish = wish_of(scene, "", line.text, chosen)
    if line.style != "neutral" and wish.delivery is not None:
        wish = replace(wish, delivery=replace(wish.delivery, style=line.style))
    return replace(wish, seed=line.seed, controls=_controls(wish.controls, part, line))


def _controls(panel: Controls, part: Any, line: Any) -> Controls:
    """Return the panel's rate and pitch with those of the name and of the line, as far as the voice goes."""
    rate = min(max(panel.rate * part.rate * line.rate, RATES[0]), RATES[1])
    pitch = min(max(panel.pitch + part.pitch + line.pitch, PITCHES[0]), PITCHES[1])
    return replace(panel, rate=round(rate, 4), pitch=round(pitch, 4))


def speak(wishes: dict[int, Wish], run: Run) -> Iterator[Step | Sentence | LineSpoken]:
    """Speak lines, all of one voice after each other, as a voice is loaded once then; yield steps and what comes."""
    order = sorted(wishes, key=lambda number: (wishes[number].models.voice, number))
    for done, number in enumerate(order):
        for event in run(wishes[number].made()):
            if isinstance(event, Step):
                yield Step(event.words, (done + event.fraction) / len(order))
            elif isinstance(event, Sentence):
                yield event
            elif isinstance(event, Reply):
                yield LineSpoken(number, Spoken(event, wishes[number].manner))


def finish(scene: Any, spoken: dict[int, Spoken]) -> tuple[str, ...]:
    """Add missing faces, put all lines in order and set up the cameras; the file is as it was if that fails.

    Returns:
        Sentences for the user.

    Raises:
        AlphsistantError: it cannot be done.
    """
    settings = scene.alphsistant_dialogue
    with contextlib.ExitStack() as undone:
        missing = lines.stand_ins(scene)
        added = stage.add_faces(scene, missing, undone) if missing else {}
        with FileChanges() as changes:
            cast = Cast.of(scene, added)
            made = arrange(scene, cast, changes, spoken)
            cameras.set_up(scene, cast.places, settings.cameras, changes)
            said = [(line.name, made.get(number, line.take)) for number, line in enumerate(settings.lines)]
            cameras.cut(scene, said, settings.cameras, changes)
    stage.name_faces(added)
    _note_faces(settings, added)
    for number, take_id in made.items():
        settings.lines[number].take = take_id
    for number in made:
        settings.lines[number].spoken = lines.digest(scene, settings.lines[number])
    scene.frame_current = settings.start
    warnings = {warning: None for said in spoken.values() for warning in said.reply.speech.warnings}
    return (_count(len(spoken), len(settings.lines)), *warnings)


def _note_faces(settings: Any, added: dict[str, Face]) -> None:
    for name, face in added.items():
        settings.parts[name].face = bpy.data.objects[face.root]


def _count(spoken: int, every: int) -> str:
    lines_said = "1 line was spoken" if spoken == 1 else f"{spoken} lines were spoken"
    return f"{lines_said}; the dialogue has {every}."


class DialogueTask(TakeTask):
    """Speaks what has changed, and arranges the whole dialogue."""

    first_step = "Reading the lines"

    def __init__(self, context: Any, models: ChosenModels, *, every: bool = False) -> None:
        """Take the dialogue of the context's scene.

        Raises:
            AlphsistantError: there is nothing to say.
        """
        super().__init__(target_of(context))
        self._wishes = wishes_of(context.scene, models, every=every)
        self._spoken: dict[int, Spoken] = {}

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Speak the lines in the models' process."""
        yield from speak(self._wishes, lambda request: models_owner.run(request, cancel))

    def take_in(self, event: Any) -> None:
        """Show what is said in the panel, and keep what it has come to."""
        if isinstance(event, LineSpoken):
            self._spoken[event.number] = event.spoken
        elif isinstance(event, Sentence):
            status.sentences.append(event.text)

    def finish(self) -> bool:
        """Make all takes, or none."""
        scene = bpy.data.scenes.get(self._target.scene)
        if scene is None:
            raise AssetError(f"The scene “{self._target.scene}” is gone, so there was nowhere to put the dialogue.")
        if any(number >= len(scene.alphsistant_dialogue.lines) for number in self._spoken):
            raise AlphsistantError("The lines were changed while they were spoken: press Make Dialogue again.")
        self.notes = finish(scene, self._spoken)
        scene.update_tag()
        push_undo("Make Dialogue")
        return True
