"""A dialogue: a script of named lines → who says what, and when; without bpy."""
