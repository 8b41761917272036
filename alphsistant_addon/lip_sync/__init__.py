"""Phones → visemes → curves. No bpy, no torch.

The public names are loaded on first use: numpy is not needed to enable the add-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .animation import animate as animate
    from .life import LIVES as LIVES
    from .life import Life as Life
    from .life import find_life as find_life
    from .mood_tags import Delivery as Delivery
    from .mood_tags import Moods as Moods
    from .mood_tags import read_moods as read_moods
    from .mood_tags import spoken_moods as spoken_moods
    from .moods import MOODS as MOODS
    from .style import STYLES as STYLES
    from .style import Style as Style
    from .style import find_style as find_style

_HOMES: Final = {
    "animate": "animation",
    "Delivery": "mood_tags",
    "Moods": "mood_tags",
    "read_moods": "mood_tags",
    "spoken_moods": "mood_tags",
    "LIVES": "life",
    "Life": "life",
    "find_life": "life",
    "MOODS": "life",
    "STYLES": "style",
    "Style": "style",
    "find_style": "style",
}

__all__ = [
    "LIVES",
    "MOODS",
    "STYLES",
    "Delivery",
    "Life",
    "Moods",
    "Style",
    "animate",
    "find_life",
    "find_style",
    "read_moods",
    "spoken_moods",
]

__getattr__ = lazy_names(__name__, _HOMES)
