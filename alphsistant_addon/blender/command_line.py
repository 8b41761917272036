"""``blender --command alphsistant speak …``."""

from __future__ import annotations

from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    import argparse  # noqa: PLC0415  # not while Blender starts

    from . import headless  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="blender --command alphsistant")
    commands = parser.add_subparsers(dest="command", required=True)
    headless.add_arguments(commands.add_parser("speak", help="make a film of the face that answers or speaks"))
    return headless.run(parser.parse_args(arguments))
