"""The one tool of the project: ``python build_addon.py --help`` says what it does.

No argument makes the installable zip files; ``demo``, ``test``, ``assets`` and ``bench`` set up what they need first.
The work is in the folder ``building``; this file is written so that even Python 2 can read it and say what is wrong.
"""

import sys

if sys.version_info < (3, 9):  # noqa: UP036  (people start it with whatever "python" is)
    sys.exit(
        "build_addon.py needs Python 3.9 or newer, and this is Python %d.%d: try python3, or python3.11."  # noqa: UP031
        % sys.version_info[:2]
    )

from building.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
