"""Which Python can carry which Blender, and where to find one on this machine."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .process import BuildError, clean_environment
from .python_download import fetch_python, fetched_pythons
from .system_libraries import can_install_packages

BLENDERS: Final = {"4.2.23": (3, 11), "4.5.15": (3, 11), "5.0.1": (3, 11), "5.2.3": (3, 13)}
"""Releases of the ``bpy`` package we test with, and the one Python each is built for."""

MAIN_BLENDER: Final = {(3, 11): "4.5.15", (3, 13): "5.2.3"}
"""The release that demo and tests use on each Python; in order of preference (most wheels exist for the first)."""

NO_PYTHON: Final = (
    "Blender as a Python module needs Python 3.11 (Blender 4.5) or Python 3.13 (Blender 5.2), and neither was found "
    "on this machine. Install one of them (python.org, `apt install python3.11 python3.11-venv`, `brew install "
    "python@3.11`, `pyenv install 3.11`, `winget install Python.Python.3.11`) and run the same command again."
)


@dataclass(frozen=True)
class Python:
    """An interpreter on this machine."""

    path: str
    version: tuple[int, int]
    has_pip: bool
    """Whether it can put pip into a virtual environment (Debian leaves that to a package of its own)."""


def look_at(executable: str) -> Python | None:
    """What a 64-bit CPython says about itself; ``None`` if it is something else or does not start."""
    probe = (
        "import importlib.util, struct, sys; sys.implementation.name == 'cpython' and struct.calcsize('P') == 8 and"
        " print(sys.version_info[0], sys.version_info[1], bool(importlib.util.find_spec('ensurepip')), sys.executable)"
    )
    try:
        answer = subprocess.run(
            [executable, "-c", probe], capture_output=True, text=True, timeout=60, check=False, env=clean_environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.strip().split(maxsplit=3)
    if answer.returncode != 0 or len(words) != 4:
        return None
    return Python(path=words[3], version=(int(words[0]), int(words[1])), has_pip=words[2] == "True")


def _candidates(version: tuple[int, int]) -> Iterator[str]:
    yield sys.executable
    name = f"{version[0]}.{version[1]}"
    for command in (f"python{name}", "python3", "python"):
        found = shutil.which(command)
        if found:
            yield found
    if os.name == "nt" and shutil.which("py"):
        listed = subprocess.run(
            ["py", f"-{name}", "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=False
        )
        if listed.returncode == 0:
            yield listed.stdout.strip()
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    uv = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "uv" / "python"
    for folder in sorted([*pyenv.glob(f"{name}*"), *uv.glob(f"cpython-{name}*")], reverse=True):
        yield str(folder / "bin" / "python")
    yield from map(str, fetched_pythons(version))


def find_python(version: tuple[int, int]) -> Python | None:
    """A Python of exactly this minor version: the running one, on PATH, or from a version manager."""
    without_pip = None
    for path in _candidates(version):
        python = look_at(path)
        if python and python.version == version:
            if python.has_pip:
                return python
            without_pip = python
    return without_pip


def choose_python() -> Python:
    """Return the running Python if a Blender exists for it, else the best other one; fetch one if there is none.

    Raises:
        BuildError: there is none and none can be fetched, or no ``bpy`` package is published for this kind of machine.
    """
    machine = platform.machine().lower()
    if platform.system() == "Linux" and machine not in {"x86_64", "amd64"}:
        raise BuildError(
            f"Blender publishes its Python module for Linux on x86-64 only, and this machine is {machine}: "
            "use the zip in a Blender of your own (python build_addon.py --no-wheels)."
        )
    preference = sorted(MAIN_BLENDER, key=lambda version: version != sys.version_info[:2])
    found = [python for python in map(find_python, preference) if python]
    with_pip = next((python for python in found if python.has_pip), None)
    if with_pip:
        return with_pip
    if found and can_install_packages():
        return found[0]  # what it lacks is one package of the system's
    try:
        return _fetch(next(iter(MAIN_BLENDER)), found)
    except BuildError as error:
        if not found:
            raise BuildError(f"{error}\n{NO_PYTHON}") from error
        print(error, flush=True)
        return found[0]


def _fetch(version: tuple[int, int], found: Sequence[Python]) -> Python:
    """Fetch a Python of this version, and say why."""
    if found:
        print(f"{found[0].path} cannot make virtual environments (a package of the system's is missing).")
    else:
        print("Blender as a Python module needs Python 3.11 or 3.13, and neither is on this machine.")
    executable = fetch_python(version, with_pip=importlib.util.find_spec("pip") is not None)
    python = look_at(str(executable))
    if python is None:
        raise BuildError(f"{executable} was fetched, but does not start on this machine.")
    return python
