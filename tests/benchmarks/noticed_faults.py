"""How many one-line faults in documented behaviour the tests notice.

    python build_addon.py bench noticed_faults [--only lip_sync pipeline] [--check]

Each fault of ``planted_faults.py`` is planted alone in a copy of the repository. The tests of its part are run there
until the first one fails. A fault that no test notices lives on: nobody holds what the docs promise there. The tests
are run without any fault first, since a test that fails anyway notices nothing. ``--check`` only looks whether every
line is still there; a fault whose line is gone or stands twice counts as not noticed. It ends with 0 if at least 90 %
were noticed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from planted_faults import FAULTS, Fault

REPOSITORY: Final = Path(__file__).resolve().parents[2]

COPIED: Final = ("alphsistant_addon", "tests", "building", "docs", "requirements", ".ci")
"""Folders that the copy has of its own."""

SHARED: Final = ("blender_assets",)
"""Folders that it only points to: they are large, and no fault is planted there."""

ENOUGH: Final = 0.9
"""Share of the faults that must be noticed."""

LONGEST_SECONDS: Final = 240.0
"""Tests of a part that have not ended by then have noticed the fault: something hangs."""

LONGEST_REASON: Final = 140
"""Letters of a test's name that are shown."""


@dataclass(frozen=True)
class Outcome:
    """What became of a fault."""

    fault: Fault
    noticed: bool
    how: str
    """Which test failed, or why the fault counts as not noticed."""
    seconds: float = 0.0


class Copy:
    """A copy of the repository in which faults are planted, one at a time."""

    def __init__(self, folder: Path) -> None:
        """Make the copy in an empty folder."""
        self.folder = folder
        self._time = time.time()
        for name in COPIED:
            shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in SHARED:
            (folder / name).symlink_to(REPOSITORY / name, target_is_directory=True)
        for path in REPOSITORY.iterdir():
            if path.is_file():
                shutil.copy(path, folder / path.name)

    def write(self, file: str, text: str) -> None:
        """Write a file with a time of its own: Python tells bytecode of another text by whole seconds and size."""
        path = self.folder / file
        path.write_text(text, encoding="utf-8")
        self._time += 2.0
        os.utime(path, (self._time, self._time))

    def test(self, tests: Sequence[str]) -> tuple[bool, str]:
        """Run tests until the first one fails; whether all passed in time, and what did not."""
        try:
            answer = self._pytest("-x", *tests, limit=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            return False, f"no end within {LONGEST_SECONDS:.0f} s"
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", answer.stdout, re.MULTILINE)
        last = (answer.stdout + answer.stderr).strip().splitlines()[-1:]
        how = failed[1] if failed else " ".join(last)
        return answer.returncode == 0, how if len(how) <= LONGEST_REASON else f"{how[:LONGEST_REASON]} …"

    def failing(self, files: Sequence[str]) -> list[str]:
        """Return the files of tests that fail without any fault, also when they are run once more."""
        answer = self._pytest(*files)
        if answer.returncode == 0:
            return []
        failed = {
            found.partition("::")[0] for found in re.findall(r"^(?:FAILED|ERROR) (\S+)", answer.stdout, re.MULTILINE)
        }
        return [file for file in failed or files if not self.test([file])[0]]

    def _pytest(self, *arguments: str, limit: float | None = None) -> subprocess.CompletedProcess[str]:
        options = ("-q", "--no-header", "-p", "no:cacheprovider", "-m", "not gui", "--hypothesis-seed=0")
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "HYPOTHESIS_STORAGE_DIRECTORY": str(self.folder / "seen")}
        environment.pop("PYTHONPATH", None)
        return subprocess.run(
            [sys.executable, "-m", "pytest", *options, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
            stdin=subprocess.DEVNULL,
        )


def with_fault(text: str, fault: Fault) -> str | None:
    """Return the text with the fault in it; ``None`` if its line is not there, or more than once."""
    lines = text.splitlines()
    places = [number for number, line in enumerate(lines) if line.strip() == fault.old]
    if len(places) != 1:
        return None
    line = lines[places[0]]
    lines[places[0]] = line[: len(line) - len(line.lstrip())] + fault.new
    return "\n".join(lines) + "\n"


def plant(copy: Copy, fault: Fault) -> Outcome:
    """Plant one fault, run the tests of its part, and take it out again."""
    path = copy.folder / fault.file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    faulty = with_fault(text, fault)
    if faulty is None:
        return Outcome(fault, noticed=False, how=f"not planted: this line is gone or stands twice: {fault.old}")
    started = time.monotonic()
    copy.write(fault.file, faulty)
    try:
        passed, how = copy.test(fault.tests)
    finally:
        copy.write(fault.file, text)
    return Outcome(fault, not passed, "" if passed else how, time.monotonic() - started)


def show(outcome: Outcome) -> None:
    """Print what became of a fault."""
    word = "noticed" if outcome.noticed else "LIVES  "
    print(f"{word} {outcome.seconds:5.1f} s  {outcome.fault.file}: {outcome.fault.promise}", flush=True)
    if outcome.how:
        print(f"                 {outcome.how}", flush=True)


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return the share by room and over all as a table in Markdown."""
    rooms: dict[str, list[bool]] = {}
    for outcome in outcomes:
        rooms.setdefault(outcome.fault.room, []).append(outcome.noticed)
    rows = [f"| `{room}` | {sum(found)} of {len(found)} |" for room, found in rooms.items()]
    noticed = sum(outcome.noticed for outcome in outcomes)
    share = 100.0 * noticed / len(outcomes)
    return "\n".join(
        ["| part | noticed |", "|---|---|", *rows, f"| all | {noticed} of {len(outcomes)} ({share:.0f} %) |"]
    )


def main() -> int:
    """Plant the faults and report; 0 if enough were noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[""], help="faults whose file or promise holds one of these")
    parser.add_argument("--check", action="store_true", help="only look whether every line is still there")
    options = parser.parse_args()
    faults = [fault for fault in FAULTS if any(part in f"{fault.file} {fault.promise}" for part in options.only)]
    if not faults:
        parser.error(f"no fault holds {' or '.join(options.only)}")
    if options.check:
        texts = {fault.file: (REPOSITORY / fault.file) for fault in faults}
        there = {file: path.read_text(encoding="utf-8") if path.is_file() else "" for file, path in texts.items()}
        gone = [fault for fault in faults if with_fault(there[fault.file], fault) is None]
        for fault in gone:
            print(f"{fault.file}: gone or there twice: {fault.old}")
        print(f"{len(faults)} faults, {len(gone)} of them cannot be planted.")
        return 1 if gone else 0
    if hasattr(os, "nice"):
        os.nice(10)
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        files = sorted({file for fault in faults for file in fault.tests})
        print(f"{len(faults)} faults; {len(files)} files of tests are run without any of them first …", flush=True)
        failing = copy.failing(files)
        if failing:
            print(f"Without any fault these tests fail, so nothing can be told: {', '.join(failing)}.")
            return 1
        outcomes = []
        for fault in faults:
            outcomes.append(plant(copy, fault))
            show(outcomes[-1])
    print(f"\n{summary(outcomes)}")
    return 0 if sum(outcome.noticed for outcome in outcomes) >= ENOUGH * len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
