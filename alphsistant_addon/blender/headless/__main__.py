"""``python -m alphsistant_addon.blender.headless``: the demo's film from the shell."""

import sys

from .demo_film import main

if __name__ == "__main__":
    sys.exit(main())
