"""``python -m alphsistant_addon.blender``: Blender's command line, where the bpy wheel is installed."""

import sys

from . import command_line, headless

if __name__ == "__main__":
    with headless.blender_silenced():
        sys.exit(command_line.run(sys.argv[1:]))
