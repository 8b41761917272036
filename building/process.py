"""Long commands, shown as one line each: what is being done, for how long, and where the log is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[1]
LINE_WIDTH: Final = 100


class BuildError(Exception):
    """Something the person at the keyboard can do something about; ``str(error)`` says what."""


def clean_environment(**changes: str) -> dict[str, str]:
    """Environment of a child process: without a foreign PYTHONPATH, home folder packages or a byte-code flood."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1", **changes}


def run_step(
    title: str, command: Sequence[str], log: Path, *, environment: Mapping[str, str] | None = None, input_text: str = ""
) -> None:
    """Run ``command`` while showing ``title``; its output goes to ``log``.

    Raises:
        BuildError: the command failed; the message ends with the last lines of its output.
    """
    started = time.monotonic()
    moving = sys.stdout.isatty()
    if not moving:
        print(f"{title} …", flush=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as sink:
        sink.write(f"\n$ {' '.join(command)}\n")
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE if input_text else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=REPOSITORY,
            env=dict(environment or clean_environment()),
        ) as process:
            if process.stdin:
                process.stdin.write(input_text)
                process.stdin.close()
            tail: list[str] = []
            for line in process.stdout or ():
                sink.write(line)
                tail = [*tail[-14:], line.strip()]
                if moving:
                    status = f"{title} … {time.monotonic() - started:.0f} s  {line.strip()}"
                    print(f"\r{status[:LINE_WIDTH]:<{LINE_WIDTH}}", end="", flush=True)
    if moving:
        print(f"\r{'':<{LINE_WIDTH}}\r", end="")
    if process.returncode != 0:
        raise BuildError(f"{title} failed. The end of {log}:\n  " + "\n  ".join(tail))
    print(f"{title}: done in {time.monotonic() - started:.0f} s", flush=True)
