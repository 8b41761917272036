"""A conversation: who speaks when, what was heard of it, and what is remembered. No bpy, no screen.

``conversation`` is the state machine, which Blender and the terminal (``terminal``) are two fronts of. ``turns`` is
what it writes down, ``skills`` are the small commands that are tried before the language model.
"""
