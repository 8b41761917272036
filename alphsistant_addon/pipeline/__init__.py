"""From a prompt to everything Blender needs: prompt → sentences → Speech → FaceAnimation, joined to one reply.

The public names are loaded on first use: numpy is not needed to enable the add-on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .reply_stream import LOADED_FRACTION as LOADED_FRACTION
    from .reply_stream import VOICE_LOADED_FRACTION as VOICE_LOADED_FRACTION
    from .reply_stream import Event as Event
    from .reply_stream import Models as Models
    from .reply_stream import Part as Part
    from .reply_stream import Reply as Reply
    from .reply_stream import Sentence as Sentence
    from .reply_stream import ShippedModels as ShippedModels
    from .reply_stream import Step as Step
    from .reply_stream import join_animation as join_animation
    from .reply_stream import join_speech as join_speech
    from .reply_stream import missing_packages_named as missing_packages_named
    from .reply_stream import reply_of_recording as reply_of_recording
    from .reply_stream import run as run

_HOMES: Final = {
    "Event": "reply_stream",
    "LOADED_FRACTION": "reply_stream",
    "Models": "reply_stream",
    "Part": "reply_stream",
    "Reply": "reply_stream",
    "Sentence": "reply_stream",
    "ShippedModels": "reply_stream",
    "Step": "reply_stream",
    "VOICE_LOADED_FRACTION": "reply_stream",
    "join_animation": "reply_stream",
    "join_speech": "reply_stream",
    "missing_packages_named": "reply_stream",
    "reply_of_recording": "reply_stream",
    "run": "reply_stream",
}

__all__ = [
    "LOADED_FRACTION",
    "VOICE_LOADED_FRACTION",
    "Event",
    "Models",
    "Part",
    "Reply",
    "Sentence",
    "ShippedModels",
    "Step",
    "join_animation",
    "join_speech",
    "missing_packages_named",
    "reply_of_recording",
    "run",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
