"""The cast in Blender: somebody of it comes into the scene with face, voice and persona, or into the Asset Browser."""
