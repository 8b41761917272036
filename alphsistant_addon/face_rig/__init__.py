"""The names under which faces have their shape keys and bones: found, mapped, kept as presets. No bpy.

The public names are loaded on first use: the tables are not needed to enable the add-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .matching import match as match
    from .rig_map import RigMap as RigMap
    from .rig_map import Row as Row

_HOMES: Final = {"match": "matching", "RigMap": "rig_map", "Row": "rig_map"}

__all__ = ["RigMap", "Row", "match"]

__getattr__ = lazy_names(__name__, _HOMES)
