"""``python -m alphsistant_addon.blender``: Blender's command line, where the bpy wheel is installed."""

import sys

from . import register, unregister
from .headless import command_line, demo_film

if __name__ == "__main__":
    with demo_film.blender_silenced():
        register()  # as it is where the extension is enabled: a dialogue is kept in the scene's own properties
        try:
            code = command_line.run(sys.argv[1:])
        finally:
            unregister()
    sys.exit(code)
