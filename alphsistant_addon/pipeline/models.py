"""What the pipeline needs of its models, and the project's own, loaded by the first job that needs them."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .. import text_generation, text_to_speech
from ..core.errors import DependencyError
from ..core.progress import CancelEvent, check_cancel
from ..core.speech import Speech
from ..text_generation.chat_server import Server, ServerModel
from ..text_generation.known_answers import answer_to_danger
from ..text_generation.persona import Persona, Turn
from ..text_to_speech.controls import NATURAL, Controls


class Writer(Protocol):
    """What the pipeline needs of ``text_generation.LanguageModel``."""

    def reply(
        self,
        prompt: str,
        history: Sequence[Turn] = (),
        *,
        persona: Persona | None,
        seed: int,
        max_seconds: float,
        cancel: CancelEvent | None,
    ) -> Iterator[str]:
        """Yield the reply sentence by sentence."""
        ...


class Speaker(Protocol):
    """What the pipeline needs of ``text_to_speech.Voice``."""

    def stream(
        self,
        text: str,
        *,
        seed: int = 0,
        controls: Controls = NATURAL,
        cancel: CancelEvent | None = None,
        sounds: Mapping[str, str] | None = None,
    ) -> Iterator[Speech]:
        """Yield the speech of each sentence of the text; ``sounds`` are pronunciations of words."""
        ...


class Models(Protocol):
    """Where the pipeline gets its models from; tests hand in fakes."""

    def writer(self, cancel: CancelEvent | None) -> Writer:
        """The language model, loaded if need be."""
        ...

    def speaker(self, cancel: CancelEvent | None = None) -> Speaker:
        """The voice, loaded if need be."""
        ...

    def with_voice(self, voice: str | None) -> Models:
        """Return the same models with another voice; what is loaded already is shared."""
        ...

    def known_answer(self, prompt: str, seed: int, history: Sequence[Turn] = ()) -> text_generation.KnownAnswer | None:
        """Look the prompt up; ``None`` if nothing is known about it, or there is no list.

        ``history`` is what was said before it, oldest first.
        """
        ...


@dataclass
class _Loaded:
    """What was loaded so far."""

    look_ups: text_generation.LookUps | None = None
    writer: Writer | None = None
    speakers: dict[str | None, Speaker] = field(default_factory=dict)
    """By what they were asked for as: the voices of a dialogue take turns."""


class ShippedModels:
    """The project's own models: loaded by the first job that needs them, then kept for the next one."""

    def __init__(
        self,
        language_model: str | None = None,
        voice: str | None = None,
        *,
        allow_network: bool = False,
        use_gpu: bool = True,
        server: Server | None = None,
        progress: Callable[[str, float], None] | None = None,
    ) -> None:
        """Choose the models; ``None`` is the shipped one.

        Args:
            language_model: hub id or folder.
            voice: name of a shipped one, or folder.
            allow_network: whether a language model of the hub may be downloaded.
            use_gpu: whether the language model may run on an NVIDIA card; the voice always runs on the CPU.
            server: asked instead of a language model of ours.
            progress: called with words and the share that is done while a language model is downloaded.
        """
        self._language_model = language_model
        self._voice = voice
        self._allow_network = allow_network
        self._use_gpu = use_gpu
        self._server = server
        self._progress = progress
        self._loaded = _Loaded()

    def writer(self, cancel: CancelEvent | None) -> Writer:
        """The language model; ``DependencyError``, ``AssetError`` or ``ServerError`` if it cannot be had."""
        if self._loaded.writer is None and self._server is not None:
            self._loaded.writer = ServerModel(self._server)
        if self._loaded.writer is None:
            with missing_packages_named():
                self._loaded.writer = text_generation.LanguageModel.load(
                    self._language_model,
                    allow_network=self._allow_network,
                    use_gpu=self._use_gpu,
                    progress=self._progress,
                    cancel=cancel,
                )
        return self._loaded.writer

    def known_answer(self, prompt: str, seed: int, history: Sequence[Turn] = ()) -> text_generation.KnownAnswer | None:
        """Look the prompt up; whoever has chosen another model hears that model alone, but for words of danger."""
        if self._language_model is not None or self._server is not None:
            return answer_to_danger(prompt)
        if self._loaded.look_ups is None:
            self._loaded.look_ups = text_generation.LookUps.load()
        return self._loaded.look_ups.find(prompt, seed, history=history)

    def speaker(self, cancel: CancelEvent | None = None) -> Speaker:
        """The voice; ``DependencyError`` or ``AssetError`` if it cannot be loaded."""
        check_cancel(cancel)
        if self._voice not in self._loaded.speakers:
            with missing_packages_named():
                self._loaded.speakers[self._voice] = text_to_speech.Voice.load(self._voice)
        return self._loaded.speakers[self._voice]

    def with_voice(self, voice: str | None) -> ShippedModels:
        """Return the same models with another voice; what is loaded already is shared."""
        other = copy.copy(self)
        vars(other)["_voice"] = voice
        return other


@contextlib.contextmanager
def missing_packages_named() -> Iterator[None]:
    """Turn a package that is not installed into a sentence that says what to do."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "a package").partition(".")[0]
        what_to_do = (
            "press “Install torch” in the add-on's preferences" if package == "torch" else "install the add-on again"
        )
        raise DependencyError(
            f"The Python package “{package}” is missing: {what_to_do}, or install it with pip."
        ) from error
