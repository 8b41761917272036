"""Phones → visemes → curves, and the names under which faces have them. No bpy, no torch.

The public names are loaded on first use, because numpy and the aligner are not needed to enable the add-on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .alignment import align as align
    from .animation import animate as animate
    from .delivery import Delivery as Delivery
    from .delivery import Moods as Moods
    from .delivery import read_moods as read_moods
    from .delivery import spoken_moods as spoken_moods
    from .life import MOODS as MOODS
    from .life import Life as Life
    from .matching import match as match
    from .refinement import refine as refine
    from .rig_map import RigMap as RigMap
    from .rig_map import Row as Row
    from .style import STYLES as STYLES
    from .style import Style as Style
    from .style import find_style as find_style

_HOMES: Final = {
    "align": "alignment",
    "animate": "animation",
    "Delivery": "delivery",
    "Moods": "delivery",
    "read_moods": "delivery",
    "spoken_moods": "delivery",
    "Life": "life",
    "MOODS": "life",
    "match": "matching",
    "refine": "refinement",
    "RigMap": "rig_map",
    "Row": "rig_map",
    "STYLES": "style",
    "Style": "style",
    "find_style": "style",
}

__all__ = [
    "MOODS",
    "STYLES",
    "Delivery",
    "Life",
    "Moods",
    "RigMap",
    "Row",
    "Style",
    "align",
    "animate",
    "find_style",
    "match",
    "read_moods",
    "refine",
    "spoken_moods",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
