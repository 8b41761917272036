"""Generate & Speak: the models' process answers or speaks, and the reply becomes a take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ...text_to_speech.controls import NATURAL, Controls
from ..common.scene_time import frames_per_second
from ..conversation import memory
from ..jobs import models_owner
from ..takes.take_task import TakeTask
from . import expression_settings, voice_settings

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ...pipeline.requests import ModelChoice, SpeakRequest
    from ...text_generation.chat_server import Server
    from ...text_generation.persona import Persona, Turn
    from ..takes.bake import Take
    from ..takes.placement import Target


@dataclass(frozen=True)
class ChosenModels:
    """The preferences' models as plain values."""

    language_model: str = ""
    """Hub id or folder; empty for the shipped one."""
    voice: str = ""
    """Name of a shipped one, or folder; empty for the default."""
    allow_network: bool = False
    use_gpu: bool = True
    server: Server | None = None
    """Asked instead of a language model of the add-on."""

    def made(self) -> ModelChoice:
        """Return the choice as the pipeline takes it. Imports numpy."""
        from ...pipeline.requests import ModelChoice  # noqa: PLC0415  # numpy

        named = (self.language_model or None, self.voice or None)
        return ModelChoice(*named, self.allow_network, self.use_gpu, self.server)


@dataclass(frozen=True)
class Wish:
    """What to say, as plain values: what needs numpy is made of them on the worker's thread."""

    prompt: str
    text: str | None
    """Spoken as it is, if given."""
    seed: int
    frame_rate: float
    look_up: bool = False
    """Whether a known question gets its known answer."""
    models: ChosenModels = ChosenModels()
    delivery: expression_settings.Choice | None = None
    """Style and life of the face."""
    controls: Controls = NATURAL
    """Rate, pitch, loudness and pauses of the voice."""
    history: tuple[Turn, ...] = ()
    """What was said to the face before."""
    persona: Persona | None = None
    """Who answers; ``None`` is Alphsistant."""
    notes: str = ""
    """The scene's, as they stand in the text."""
    is_greeting: bool = False
    """Whether the text is what the face says unasked, so that it belongs to the conversation."""

    def made(self) -> SpeakRequest:
        """Return the wish as the pipeline takes it. Imports numpy."""
        from ...lip_sync import Delivery  # noqa: PLC0415  # numpy
        from ...pipeline.requests import SpeakRequest  # noqa: PLC0415
        from ...text_generation.notes import read_notes  # noqa: PLC0415

        return SpeakRequest(
            prompt=self.prompt,
            text=self.text,
            seed=self.seed,
            history=self.history,
            persona=self.persona,
            notes=read_notes(self.notes),
            look_up=self.look_up,
            frame_rate=self.frame_rate,
            delivery=self.delivery.made() if self.delivery is not None else Delivery(),
            controls=self.controls,
            models=self.models.made(),
        )

    @property
    def manner(self) -> dict[str, Any]:
        """Return how it is spoken, as values that JSON can hold: kept with the take, so that it can be spoken again."""
        delivery = asdict(self.delivery) if self.delivery is not None else None
        return {
            "seed": self.seed,
            "delivery": delivery,
            "controls": asdict(self.controls),
            # Not the server: its key is nothing for the .blend.
            "models": asdict(replace(self.models, server=None)),
        }


def wish_of(
    scene: Any, prompt: str, text: str | None, models: ChosenModels, *, face: Any = None, replaced: str | None = None
) -> Wish:
    """Return the wish to answer the prompt, or to speak the text, as the panel of a scene says.

    Args:
        scene: with the panel's settings.
        prompt: what to answer.
        text: what to speak as it is.
        models: which of them.
        face: topmost object of the face that will speak, which remembers what was said to it; ``None`` for a new one.
        replaced: id of the take that will be replaced: the conversation goes on from before it.

    Raises:
        AssetError: the face's persona cannot be read.
    """
    notes = scene.alphsistant.notes
    return Wish(
        prompt=prompt,
        text=text,
        seed=scene.alphsistant.seed,
        look_up=scene.alphsistant.look_up,
        delivery=expression_settings.read(scene),
        controls=voice_settings.read(scene),
        frame_rate=frames_per_second(scene),
        models=models,
        history=memory.history(face, replaced) if text is None else (),
        persona=memory.persona(face) if text is None else None,
        notes=notes.as_string() if notes is not None else "",
    )


class SpeakingTask(TakeTask):
    """Answers or speaks; the last event is the reply."""

    def __init__(self, wish: Wish, target: Target) -> None:
        """Say ``wish``; the take goes to ``target``."""
        super().__init__(replace(target, manner=wish.manner))
        self._wish = wish

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Let the models' process do it."""
        from ...face_rig import matching  # noqa: F401, PLC0415  # for the take, so that its tick has less to do
        from ..common import keyframes  # noqa: F401, PLC0415  # numpy, for the take as well
        from ..takes import sound  # noqa: F401, PLC0415  # numpy, for the take as well

        yield from models_owner.run(self._wish.made(), cancel)

    def took(self, take: Take, root: Any) -> None:
        """Note down what was said."""
        replaced = self._target.replaced
        if self._wish.text is None:
            memory.note(root, self._wish.prompt, take.text, take.id, replaced)
        elif self._wish.is_greeting:
            memory.note(root, "", take.text, take.id, replaced)
        else:
            memory.take_replaced(root, replaced, take.id)
