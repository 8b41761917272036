"""Alphsistant: a vocal assistant with a face, in Blender.

Blender calls ``register`` and ``unregister``. Scripts outside Blender import the stages: ``text_generation``,
``text_to_speech``, ``lip_sync``, ``pipeline``.
"""

from __future__ import annotations

import gc


def register() -> None:
    """Add the panel, its operators and the preferences; the models are loaded by the first job."""
    # Python's collector looks through all that Blender has loaded whenever enough new objects have come. What is
    # imported here stays, so there is nothing to be found, and half of the start would be spent on it.
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        from . import blender  # noqa: PLC0415  # bpy: the other stages do without it

        blender.register()
    finally:
        if is_collecting:
            gc.enable()


def unregister() -> None:
    """Stop what runs and take everything out of Blender again."""
    from . import blender  # noqa: PLC0415  # see above

    blender.unregister()
