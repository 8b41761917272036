"""GPT-2: what to say. ``LanguageModel`` is loaded on first use, for importing torch takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .language_model import LanguageModel

__all__ = ["LanguageModel"]


def __getattr__(name: str) -> object:
    if name == "LanguageModel":
        from .language_model import LanguageModel  # noqa: PLC0415 - heavy, see above

        return LanguageModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
