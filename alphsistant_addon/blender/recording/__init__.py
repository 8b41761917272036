"""A recording, or a strip of the sequencer, becomes a take."""
