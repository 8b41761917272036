"""Alphsistant: a vocal assistant with a face, in Blender."""
