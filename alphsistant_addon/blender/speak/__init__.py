"""A prompt or a text becomes a take: the main panel, the settings of voice and expression."""
