"""Text to speech: DC-TTS. ``Voice`` is loaded when it is first asked for, since torch is heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .voice import Voice

__all__ = ["Voice"]


def __getattr__(name: str) -> Any:
    """Import ``Voice`` on first use (PEP 562)."""
    if name == "Voice":
        from .voice import Voice  # noqa: PLC0415

        return Voice
    raise AttributeError(name)
