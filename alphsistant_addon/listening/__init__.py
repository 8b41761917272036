"""What hears: a recording → its phones with their times. No bpy.

The public names are loaded on first use: the aligner is not needed to enable the add-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .alignment import align as align
    from .by_ears import hear as hear
    from .edges import refine as refine

_HOMES: Final = {"align": "alignment", "refine": "edges", "hear": "by_ears"}

__all__ = ["align", "hear", "refine"]

__getattr__ = lazy_names(__name__, _HOMES)
