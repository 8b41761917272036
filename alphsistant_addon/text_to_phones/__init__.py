"""Written text → sentences of plain words → phones. No models of our own, no bpy."""
