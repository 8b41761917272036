"""What is offered while the name of a voice is typed."""

from __future__ import annotations

from typing import Any

from ...core.errors import AssetError


def suggested(_owner: Any, _context: Any, typed: str) -> list[tuple[str, str]]:
    """Return the shipped voices whose name or description holds what is typed; none where they are not installed."""
    from ...text_to_speech.voices import shipped_voices  # noqa: PLC0415  # not while Blender starts

    try:
        voices = shipped_voices()
    except AssetError:  # the job that needs one says so
        return []
    return [
        (voice.name, voice.description)
        for voice in voices
        if typed.lower() in f"{voice.name} {voice.description}".lower()
    ]
