"""PyTorch, installed by pip in a process of its own into the add-on's folder: whole, or not at all."""

from __future__ import annotations

import logging
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ..data import CancelEvent, check_cancel
from ..errors import AssetError, DependencyError
from ..pipeline import Step

logger = logging.getLogger(__name__)

REQUIREMENT: Final = "torch==2.13.0"
CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"
"""Wheels without CUDA: a tenth of the size. On macOS the package index's own are without CUDA."""

_RAW_PROGRESS: Final = re.compile(r"Progress (\d+) of (\d+)")


def install(folder: Path, cancel: CancelEvent, *, command: Sequence[str] | None = None) -> Iterator[Step]:
    """Install torch into ``folder`` and yield the progress; what was there before is kept until all is well.

    ``command`` replaces pip in tests; it is given the folder to fill as its last argument.

    Raises:
        DependencyError: pip failed (the log has its words).
        AssetError: the folder cannot be written to.
        Cancelled: ``cancel`` was set; nothing is left behind.
    """
    staging = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
    except OSError as error:
        raise AssetError(f"“{folder.parent}” cannot be written to: {error.strerror or error}.") from error
    try:
        yield Step("Asking for PyTorch", 0.01)
        yield from _run([*(command or _pip()), str(staging)], cancel)
        check_cancel(cancel)
        yield Step("Putting PyTorch in its place", 0.98)
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _pip() -> list[str]:
    index = [] if sys.platform == "darwin" else ["--index-url", CPU_INDEX]
    options = ["--disable-pip-version-check", "--no-input", "--only-binary", ":all:", "--progress-bar", "raw"]
    return [sys.executable, "-m", "pip", "install", *options, *index, REQUIREMENT, "--target"]


def _run(command: Sequence[str], cancel: CancelEvent) -> Iterator[Step]:
    """Run pip; its output is read by a thread of its own, so that a cancel is seen while pip is silent."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    with subprocess.Popen(  # noqa: S603  # our own command, without a shell
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
    ) as process:
        reader = threading.Thread(target=_read_lines, args=(process, lines), daemon=True)
        reader.start()
        try:
            last = ""
            while (line := _next_line(lines, cancel)) is not None:
                logger.info("pip: %s", line)
                last = line if "ERROR" in line or not last.startswith("ERROR") else last
                if progress := _RAW_PROGRESS.search(line):
                    done, total = int(progress[1]), max(int(progress[2]), 1)
                    yield Step(f"Downloading PyTorch: {done >> 20} of {total >> 20} MB", 0.05 + 0.75 * done / total)
                elif line.startswith("Installing"):
                    yield Step("Unpacking PyTorch", 0.85)
            process.wait()
        finally:
            process.terminate()  # does nothing to a process that has ended
            process.wait()
            reader.join()
    if process.returncode != 0:
        raise DependencyError(f"PyTorch could not be installed ({last.strip()[:200]}); the log has all of it.")


def _read_lines(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    if process.stdout is not None:
        for line in process.stdout:
            lines.put(line.rstrip())
    lines.put(None)


def _next_line(lines: queue.SimpleQueue[str | None], cancel: CancelEvent) -> str | None:
    while True:
        check_cancel(cancel)
        try:
            return lines.get(timeout=0.05)
        except queue.Empty:
            continue
