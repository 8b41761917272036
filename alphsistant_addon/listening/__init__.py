"""What hears: a recording → its phones with their times. No bpy.

The public names are loaded on first use: the aligner is not needed to enable the add-on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .alignment import align as align
    from .by_ears import hear as hear
    from .edges import refine as refine

_HOMES: Final = {"align": "alignment", "refine": "edges", "hear": "by_ears"}

__all__ = ["align", "hear", "refine"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
