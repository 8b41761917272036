"""*Listen*: a voice says a sentence; nothing of it stays in the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ..jobs import models_owner
from ..jobs.desk import Task

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ...text_to_speech.controls import Controls
    from .speaking_job import ChosenModels

SAMPLE: Final = "Hello! This is my voice. The quick brown fox jumps over the lazy dog; what do you think?"
"""Every letter, a statement and a question."""


class ListeningTask(Task):
    """Speaks the sample and makes no take."""

    first_step = "Loading the voice"

    def __init__(self, models: ChosenModels, controls: Controls) -> None:
        """Let the voice of ``models`` speak, as ``controls`` say."""
        self._models, self._controls = models, controls

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Let the models' process do it."""
        from ...pipeline.requests import SpeakRequest  # noqa: PLC0415  # numpy

        request = SpeakRequest("", text=SAMPLE, controls=self._controls, models=self._models.made())
        yield from models_owner.run(request, cancel)
