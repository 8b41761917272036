"""From a prompt to everything Blender needs: prompt → sentences → Speech → FaceAnimation, joined to one reply.

The public names are loaded on first use: numpy is not needed to enable the add-on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .models import Models as Models
    from .models import ShippedModels as ShippedModels
    from .models import missing_packages_named as missing_packages_named
    from .reply import Event as Event
    from .reply import Part as Part
    from .reply import Reply as Reply
    from .reply import Sentence as Sentence
    from .reply import join_animation as join_animation
    from .reply import join_speech as join_speech
    from .reply import reply_of_recording as reply_of_recording
    from .reply_stream import LOADED_FRACTION as LOADED_FRACTION
    from .reply_stream import VOICE_LOADED_FRACTION as VOICE_LOADED_FRACTION
    from .reply_stream import run as run

_HOMES: Final = {
    "LOADED_FRACTION": "reply_stream",
    "VOICE_LOADED_FRACTION": "reply_stream",
    "run": "reply_stream",
    "Models": "models",
    "ShippedModels": "models",
    "missing_packages_named": "models",
    "Event": "reply",
    "Part": "reply",
    "Reply": "reply",
    "Sentence": "reply",
    "join_animation": "reply",
    "join_speech": "reply",
    "reply_of_recording": "reply",
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
