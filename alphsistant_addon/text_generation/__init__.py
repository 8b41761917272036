"""Language models: what to say. ``LanguageModel`` is loaded on first use, for importing torch takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .known_answers import KnownAnswer, KnownAnswers
    from .language_model import LanguageModel
    from .look_ups import LookUps

from .persona import Persona

__all__ = ["KnownAnswer", "KnownAnswers", "LanguageModel", "LookUps", "Persona"]


def __getattr__(name: str) -> object:
    if name == "LanguageModel":
        from .language_model import LanguageModel  # noqa: PLC0415 - heavy, see above

        return LanguageModel
    if name in {"KnownAnswer", "KnownAnswers"}:
        from . import known_answers  # noqa: PLC0415 - numpy

        return getattr(known_answers, name)
    if name == "LookUps":
        from .look_ups import LookUps  # noqa: PLC0415 - numpy

        return LookUps
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
