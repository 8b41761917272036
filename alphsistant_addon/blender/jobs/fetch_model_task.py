"""The download of a language model as a job: the models' process fetches and loads it, ready for the next prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from . import models_owner
from .desk import Task

if TYPE_CHECKING:
    from ...core.progress import CancelEvent


class FetchModelTask(Task):
    """Fetches a model of the hub."""

    first_step = "Asking the hub"

    def __init__(self, model: str, name: str, use: Callable[[], None], *, use_gpu: bool) -> None:
        """Fetch ``model``; ``use`` is called once it is there and could be loaded."""
        self._model = model
        self._name = name
        self._use = use
        self._use_gpu = use_gpu

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Let the models' process do it."""
        from ...pipeline.requests import ModelChoice, WarmUpRequest  # noqa: PLC0415  # numpy

        choice = ModelChoice(self._model, allow_network=True, use_gpu=self._use_gpu)
        yield from models_owner.run(WarmUpRequest(choice), cancel)

    def finish(self) -> bool:
        """Choose it."""
        self._use()
        self.notes = (f"{self._name} answers from now on.",)
        return True
