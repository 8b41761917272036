"""The face heard and seen at once: moved while it speaks and listens, without a trace in the file; the Talk panel."""
