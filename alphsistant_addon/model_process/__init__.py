"""The models in a process of their own, so that no import and no network ever holds Blender's interpreter lock.

Measured in Blender's window (docs/window.md): importing torch and transformers on a thread keeps the lock for whole
seconds, since loading a library is one single call. A process also ends at once when it is told to, frees all its
memory, and takes nothing with it when it crashes.

``client`` is Blender's side, ``server`` the process, ``protocol`` what they say to each other: JSON and raw arrays
through two pipes (``core/messages.py``), never pickles.
"""
