"""Published checkpoints → voice folders; :mod:`..convert` is the way in."""
