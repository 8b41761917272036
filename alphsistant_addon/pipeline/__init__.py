"""From a prompt or a recording to everything Blender needs: Speech → FaceAnimation, joined to one reply. No bpy.

The public names are loaded on first use: numpy is not needed to enable the add-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .models import Models as Models
    from .models import ShippedModels as ShippedModels
    from .reply import Event as Event
    from .reply import Part as Part
    from .reply import Reply as Reply
    from .reply import Sentence as Sentence
    from .reply_stream import run as run
    from .requests import ModelChoice as ModelChoice
    from .requests import RecordingRequest as RecordingRequest
    from .requests import SpeakRequest as SpeakRequest
    from .requests import WarmUpRequest as WarmUpRequest
    from .requests import perform as perform

_HOMES: Final = {
    "run": "reply_stream",
    "Models": "models",
    "ShippedModels": "models",
    "Event": "reply",
    "Part": "reply",
    "Reply": "reply",
    "Sentence": "reply",
    "ModelChoice": "requests",
    "RecordingRequest": "requests",
    "SpeakRequest": "requests",
    "WarmUpRequest": "requests",
    "perform": "requests",
}

__all__ = [
    "Event",
    "ModelChoice",
    "Models",
    "Part",
    "RecordingRequest",
    "Reply",
    "Sentence",
    "ShippedModels",
    "SpeakRequest",
    "WarmUpRequest",
    "perform",
    "run",
]

__getattr__ = lazy_names(__name__, _HOMES)
