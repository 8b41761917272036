"""Alphsistant: a vocal assistant with a face, in Blender.

Blender calls ``register`` and ``unregister``. Scripts outside Blender import the stages: ``text_generation``,
``text_to_speech``, ``lip_sync``, ``pipeline``.
"""

from __future__ import annotations


def register() -> None:
    """Add the panel, its operators and the preferences; the models are loaded by the first job."""
    from . import blender  # noqa: PLC0415  # bpy: the other stages do without it

    blender.register()


def unregister() -> None:
    """Stop what runs and take everything out of Blender again."""
    from . import blender  # noqa: PLC0415  # see above

    blender.unregister()
