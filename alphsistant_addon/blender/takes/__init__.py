"""Takes: baked, placed, shown, muted, edited, checked, removed."""
