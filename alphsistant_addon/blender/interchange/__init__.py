"""Takes to and from other programs: files, captions in the sequencer."""
