"""The key to talk: a key of Blender's own keymap, so that it can be changed like any other."""

from __future__ import annotations

from typing import Any, Final

import bpy

KEYMAP: Final = "Window"
"""Works wherever the mouse is."""

PUSH_TO_TALK: Final = "alphsistant.push_to_talk"

_KEY: Final = "F8"
"""Blender leaves F5 to F8 to its users. It does nothing, and goes on to whatever else it means, while no talk runs."""

_added: Final[list[tuple[Any, Any]]] = []


def register() -> None:
    """Add the key; a Blender without a window has no keymaps."""
    keymaps = bpy.context.window_manager.keyconfigs.addon
    if keymaps is not None:
        keymap = keymaps.keymaps.new(KEYMAP, space_type="EMPTY")
        _added.append((keymap, keymap.keymap_items.new(PUSH_TO_TALK, _KEY, "PRESS")))


def unregister() -> None:
    """Take it out again."""
    while _added:
        keymap, item = _added.pop()
        keymap.keymap_items.remove(item)


def item_of(context: Any) -> Any:
    """Return the key as the user has it, changed or not; ``None`` where there is none."""
    keymap = context.window_manager.keyconfigs.user.keymaps.get(KEYMAP)
    return keymap.keymap_items.get(PUSH_TO_TALK) if keymap is not None else None
