"""What ``build_addon.py`` does, with the standard library alone, on Python 3.9 and newer."""
