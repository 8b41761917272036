"""Blender without a window: the demo's film, batches on characters, the command line."""
