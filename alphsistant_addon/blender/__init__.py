"""Everything that knows Blender: panel, operators, worker, keyframes, sound, render, command line.

Enabling the add-on imports only what the panel draws with; what needs numpy waits for the first click.
"""

from __future__ import annotations


def register() -> None:
    """Add classes, scene settings and the command-line command."""
    from . import registration  # noqa: PLC0415  # bpy: keeps this package importable without it

    registration.register()


def unregister() -> None:
    """The reverse; a running job is cancelled and its thread waited for."""
    from . import registration  # noqa: PLC0415  # see above

    registration.unregister()
