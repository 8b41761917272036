"""A dialogue: several faces speak in turns, and those that do not speak listen."""
