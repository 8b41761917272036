"""The words of a take: seen, dragged, muted, said anew; the mouth, and where it is ours the sound, follow."""
