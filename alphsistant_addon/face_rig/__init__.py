"""The names under which faces have their shape keys and bones: found, mapped, kept as presets. No bpy.

The public names are loaded on first use: the tables are not needed to enable the add-on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .matching import match as match
    from .rig_map import RigMap as RigMap
    from .rig_map import Row as Row

_HOMES: Final = {"match": "matching", "RigMap": "rig_map", "Row": "rig_map"}

__all__ = ["RigMap", "Row", "match"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
