"""``python -m alphsistant_addon.blender``: Blender's command line, where the bpy wheel is installed."""

import sys

from .headless import command_line, demo_film

if __name__ == "__main__":
    with demo_film.blender_silenced():
        sys.exit(command_line.run(sys.argv[1:]))
