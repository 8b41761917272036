"""The command line of ``build_addon.py``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from . import extension_zip, gui_system, matrix
from .environment import Environment, main_environment, other_blender
from .process import REPOSITORY, BuildError, clean_environment
from .pythons import BLENDERS, MAIN_BLENDER, look_at
from .recipes import RECIPES, rebuild
from .zip_targets import PLATFORMS, TARGETS

EXAMPLES: Final = """\
examples:
  python build_addon.py                               zip files to install in Blender, in dist/
  python build_addon.py demo "Hello, who are you?"    a film of a talking face, in demo/
  python build_addon.py dialogue script.txt           a film of faces that talk to each other, in dialogue/
  python build_addon.py test                          all tests; further arguments go to pytest
"""

BENCHMARKS: Final = (
    *("voice_quality", "voice_speed", "voice_questions", "numpy_without_blas", "cold_start", "enabling"),
    *(
        "lip_sync",
        "lip_sync_alignment",
        "lip_sync_voice_times",
        "lip_sync_without_transcript",
        "baking_speed",
        "many_takes",
    ),
    *("lip_sync_people", "lip_sync_from_sound", "language_model", "noticed_faults", "talk_latency", "voice_detection"),
)
"""Scripts in tests/benchmarks; each says with --help what it measures."""

RUNS_TESTS: Final = frozenset({"noticed_faults"})
"""Benchmarks that need the tools of the tests instead of those of the other benchmarks."""


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; return the exit code."""
    parser = _parser()
    options, extra = parser.parse_known_args(arguments)
    if extra and options.command not in {"demo", "dialogue", "test", "bench"}:
        parser.error(f"unknown argument {extra[0]}")
    commands = {"demo": _demo, "dialogue": _dialogue, "test": _test, "assets": _assets, "bench": _bench, None: _zip}
    try:
        return commands[options.command](options, extra)
    except BuildError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where this one stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="build_addon.py",
        description="Build, try and test Alphsistant. Without a command: make the installable zip files.",
        epilog=EXAMPLES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--platform",
        action="append",
        choices=[*PLATFORMS, "all"],
        help="platform to make a zip for (may be repeated; default: all)",
    )
    parser.add_argument(
        "--for",
        action="append",
        choices=TARGETS,
        dest="targets",
        help="Blender releases to make a zip for (may be repeated; default: all)",
    )
    parser.add_argument("--with-torch", action="store_true", help="put PyTorch (CPU) into the zip as well")
    parser.add_argument("--no-wheels", action="store_true", help="one small zip without dependencies, for tests")
    parser.add_argument(
        "--output", type=Path, default=REPOSITORY / "dist", help="folder for the zip files (default: dist)"
    )
    commands = parser.add_subparsers(dest="command", metavar="command")

    demo = commands.add_parser("demo", help="make a film of a face that answers a prompt; further arguments go to it")
    demo.add_argument("prompt", help="what to say to it, in quotes")
    demo.add_argument("--out", type=Path, default=REPOSITORY / "demo", help="folder for the film (default: demo)")

    dialogue = commands.add_parser(
        "dialogue", help="make a film of faces that talk to each other; further arguments go to it"
    )
    dialogue.add_argument("script", type=Path, help="a text with “NAME: what is said”, one line each, or a table")
    dialogue.add_argument(
        "--out", type=Path, default=REPOSITORY / "dialogue", help="folder for the film (default: dialogue)"
    )

    test = commands.add_parser("test", help="run the tests; further arguments go to pytest")
    test.add_argument(
        "--all-blenders", action="store_true", help=f"then the Blender tests on all of {', '.join(BLENDERS)}"
    )
    test.add_argument(
        "--blender", action="append", choices=BLENDERS, default=[], help="then the Blender tests on this release"
    )
    test.add_argument("--gui", action="store_true", help="only the tests that click in a real window (Debian, as root)")
    test.add_argument(
        "--suite",
        choices=gui_system.SUITES,
        help="with --gui: Debian's suite with the Blender to click in ("
        + ", ".join(f"{suite.name}: {suite.blender}" for suite in gui_system.SUITES.values())
        + "; default: the first)",
    )

    assets = commands.add_parser("assets", help="rebuild shipped assets from their recipes (the voice takes hours)")
    assets.add_argument("asset", nargs="*", help=f"which (default: all): {', '.join(RECIPES)}")

    bench = commands.add_parser("bench", help="run a benchmark; further arguments go to it")
    bench.add_argument("name", help=f"which: {', '.join(BENCHMARKS)}")
    return parser


def _zip(options: argparse.Namespace, _extra: Sequence[str]) -> int:
    chosen = options.platform or ["all"]
    platforms = list(PLATFORMS) if "all" in chosen else chosen
    for path in extension_zip.build(
        platforms,
        output=options.output,
        targets=[TARGETS[name] for name in options.targets or TARGETS],
        wheels=not options.no_wheels,
        torch=options.with_torch,
    ):
        print(f"{path}  ({path.stat().st_size / 1e6:.0f} MB)")
    print("Drag the one for your platform and your Blender into a Blender window to install it.")
    return 0


def _demo(options: argparse.Namespace, extra: Sequence[str]) -> int:
    environment = main_environment()
    arguments = ["--prompt", options.prompt, "--out", str(options.out.resolve()), *extra]
    return _run(environment, "-m", "alphsistant_addon.blender.headless", *arguments)


def _dialogue(options: argparse.Namespace, extra: Sequence[str]) -> int:
    arguments = ["dialogue", str(options.script.resolve()), "--out", str(options.out.resolve()), *extra]
    return _run(main_environment(), "-m", "alphsistant_addon.blender", *arguments)


def _test(options: argparse.Namespace, extra: Sequence[str]) -> int:
    if options.suite and not options.gui:
        raise BuildError("--suite is for the tests that click in a window: say --gui too.")
    environment = main_environment("development")
    if options.gui:
        suite = gui_system.prepare(options.suite).suite.name
        variables = {gui_system.SUITE_VARIABLE: suite}
        return _run(environment, "-m", "pytest", "tests/gui", "-m", "gui", *extra, variables=variables)
    python = look_at(str(environment.python))
    main = MAIN_BLENDER[python.version] if python else ""
    code = _run(environment, "-m", "pytest", "-m", "not gui", f"--junitxml={matrix.result_file(main)}", *extra)
    wanted = list(BLENDERS) if options.all_blenders else options.blender
    for release in wanted:
        if release != main:
            code = max(code, _test_on(release, environment, extra))
    if options.all_blenders:
        matrix.write(wanted)
    return code


def _test_on(release: str, main: Environment, extra: Sequence[str]) -> int:
    result = matrix.result_file(release)
    result.unlink(missing_ok=True)  # of an earlier run
    environment = other_blender(release, main)
    if environment is None:
        version = ".".join(map(str, BLENDERS[release]))
        print(f"\nBlender {release} is left out: it needs Python {version}, which was not found.", flush=True)
        return 0
    print(f"\nBlender {release}:", flush=True)
    return _run(environment, "-m", "pytest", "tests/blender", "-m", "not gui", f"--junitxml={result}", *extra)


def _assets(options: argparse.Namespace, _extra: Sequence[str]) -> int:
    for asset in options.asset:
        if asset not in RECIPES:
            raise BuildError(f"There is no asset {asset}; there are: {', '.join(RECIPES)}.")
    environment = main_environment("assets")
    for asset in options.asset or RECIPES:
        rebuild(asset, environment)
    return 0


def _bench(options: argparse.Namespace, extra: Sequence[str]) -> int:
    if options.name not in BENCHMARKS:
        raise BuildError(f"There is no benchmark {options.name}; there are: {', '.join(BENCHMARKS)}.")
    environment = main_environment("development" if options.name in RUNS_TESTS else "benchmarks")
    return _run(environment, f"tests/benchmarks/{options.name}.py", *extra)


def _run(environment: Environment, *arguments: str, variables: Mapping[str, str] | None = None) -> int:
    """Run its Python in the repository, with its output on the terminal; return the exit code."""
    command = [str(environment.python), *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, env=clean_environment(**(variables or {})), check=False, stdin=subprocess.DEVNULL
    ).returncode
