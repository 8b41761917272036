"""What the add-on adds to Blender's own menus; F3 finds it there too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import bpy

Draw: TypeAlias = Callable[[Any, Any], None]
"""Draws an entry: the menu, the context."""


def _add(menu: Any, _context: Any) -> None:
    menu.layout.operator("alphsistant.add_face", icon="USER")
    menu.layout.menu("ALPHSISTANT_MT_characters", icon="COMMUNITY")


def _animation(menu: Any, _context: Any) -> None:
    menu.layout.separator()
    # Labels in dialogs' own words: what follows asks first.
    menu.layout.operator_context = "INVOKE_DEFAULT"
    menu.layout.operator("alphsistant.speak_line", icon="SPEAKER")
    menu.layout.operator("alphsistant.lip_sync_file", icon="PLAY_SOUND")


def _strip(menu: Any, _context: Any) -> None:
    menu.layout.separator()
    menu.layout.operator("alphsistant.lip_sync_strip", icon="PLAY_SOUND")


def _import(menu: Any, _context: Any) -> None:
    menu.layout.operator("alphsistant.import_timing", text="Lip-Sync Timing (.TextGrid, .srt, Rhubarb, Moho)")


def _export(menu: Any, _context: Any) -> None:
    menu.layout.operator("alphsistant.export_take", text="Alphsistant Take (ARKit .csv, .TextGrid, .srt, …)")


ENTRIES: Final[tuple[tuple[str, Draw], ...]] = (
    ("VIEW3D_MT_add", _add),
    ("VIEW3D_MT_object_animation", _animation),
    ("SEQUENCER_MT_strip", _strip),
    ("TOPBAR_MT_file_import", _import),
    ("TOPBAR_MT_file_export", _export),
)
"""Blender's menus and what is appended to each: Add, Object ▸ Animation, Strip in the Sequencer, File ▸ Import and
Export."""


def append_to(name: str, draw: Draw) -> None:
    """Append an entry to Blender's menu of that name."""
    getattr(bpy.types, name).append(draw)


def remove_from(name: str, draw: Draw) -> None:
    """Take it out again."""
    getattr(bpy.types, name).remove(draw)
