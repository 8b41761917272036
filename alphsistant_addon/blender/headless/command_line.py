"""``blender --command alphsistant speak …``, ``… batch …`` and ``… dialogue …``."""

from __future__ import annotations

from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    import argparse  # noqa: PLC0415  # not while Blender starts

    from . import batch_scene, demo_film, dialogue_film  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="blender --command alphsistant")
    commands = parser.add_subparsers(dest="command", required=True)
    demo_film.add_arguments(commands.add_parser("speak", help="make a film of the face that answers or speaks"))
    batch_scene.add_arguments(commands.add_parser("batch", help="make a scene of each line of a table"))
    dialogue_film.add_arguments(commands.add_parser("dialogue", help="make a film of faces that speak a script"))
    options = parser.parse_args(arguments)
    if options.command == "dialogue":
        return dialogue_film.run(options)
    return batch_scene.run(options) if options.command == "batch" else demo_film.run(options)
