"""What the panels share: their place, columns of settings, text over several lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

_INTERFACE_FONT: Final = 0
"""Number of Blender's own font."""

_LETTER_POINTS: Final = 11.0
"""Size of the letters in panels, as Blender's theme has it, at a scale of 1."""

_EDGES: Final = 72
"""Pixels at a scale of 1 that a line of text cannot use: tabs, margins of panel and box (5.2 has the widest)."""

_ICON: Final = 22
"""Pixels of an icon before the text, at a scale of 1."""

_FEWEST: Final = 8
"""Letters that a line holds however narrow the sidebar is."""


class InSidebar:
    """Where the add-on's panels are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Alphsistant"


def settings_column(layout: Any) -> Any:
    """A column of settings, names to the left; they are not animated, so without dots for keyframes."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def wrapped(context: Any, layout: Any, text: str, icon: str = "NONE") -> None:
    """Show a text over as many lines as the sidebar's width makes it; labels do not wrap by themselves."""
    scale = context.preferences.system.ui_scale
    room = context.region.width - scale * (_EDGES + (_ICON if icon != "NONE" else 0))
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(lines_of(text, room, _measure(scale))):
        column.label(text=line, icon=icon if index == 0 else ("NONE" if icon == "NONE" else "BLANK1"))


def lines_of(text: str, room: float, width_of: Callable[[str], float]) -> list[str]:
    """Break a text into lines that are no wider than ``room``, between words where it can be.

    Args:
        text: whatever white space is in it becomes single spaces.
        room: width of a line, at least that of :data:`_FEWEST` letters.
        width_of: measures a text, in the unit of ``room``.
    """
    room = max(room, width_of("n" * _FEWEST))
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
            continue
        rest = word
        while width_of(rest) > room:  # a path, for instance
            cut = next(end for end in range(len(rest) - 1, 0, -1) if end == 1 or width_of(rest[:end]) <= room)
            lines.append(rest[:cut])
            rest = rest[cut:]
        lines.append(rest)
    return lines


def _measure(scale: float) -> Callable[[str], float]:
    """Return what measures a text in Blender's interface font, in pixels."""
    import blf  # noqa: PLC0415  # part of Blender, imported by the first draw

    def width_of(text: str) -> float:
        blf.size(_INTERFACE_FONT, _LETTER_POINTS * scale)
        return float(blf.dimensions(_INTERFACE_FONT, text)[0])

    return width_of
