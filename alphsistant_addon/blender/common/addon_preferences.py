"""The add-on's preferences, for those who only read them."""

from __future__ import annotations

from typing import Any

import bpy

from . import paths


def preferences_of(context: Any) -> Any:
    """Return the preferences, or ``None`` where the add-on runs without being installed (from source, in tests)."""
    addon = context.preferences.addons.get(paths.ADDON_NAME)
    return addon.preferences if addon is not None else None


def chosen_server(preferences: Any) -> Any:
    """Return the ``Server`` that answers prompts, as the preferences say; ``None`` where a model of the add-on does."""
    if preferences is None or preferences.model_source != "SERVER":
        return None
    from ...text_generation.chat_server import Server  # noqa: PLC0415  # not while Blender starts

    return Server(
        preferences.server_address.strip(),
        preferences.server_model.strip(),
        preferences.server_key.strip(),
        allow_network=bool(preferences.other_computers and bpy.app.online_access),
    )
