"""``python -m alphsistant_addon``: speak and talk without Blender."""

import sys

from .batch.command_line import main

if __name__ == "__main__":
    sys.exit(main())
