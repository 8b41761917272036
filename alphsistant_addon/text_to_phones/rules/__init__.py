"""Reading any text out: characters → pieces (by rules) → sentences of plain words. Pure functions, no models."""
