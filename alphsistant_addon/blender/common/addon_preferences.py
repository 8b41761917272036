"""The add-on's preferences, for those who only read them."""

from __future__ import annotations

from typing import Any

from . import paths


def preferences_of(context: Any) -> Any:
    """Return the preferences, or ``None`` where the add-on runs without being installed (from source, in tests)."""
    addon = context.preferences.addons.get(paths.ADDON_NAME)
    return addon.preferences if addon is not None else None
