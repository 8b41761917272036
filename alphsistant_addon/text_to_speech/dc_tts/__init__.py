"""DC-TTS (Tachibana et al. 2017): networks, decoding step by step, spectrograms, vocoder."""
