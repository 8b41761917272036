"""The virtual environment ``.venv``: made once, brought up to date when the pins in ``requirements/`` change.

Each requirement file is one step with a stamp of its own, so an interrupted set-up goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Final

from .process import REPOSITORY, BuildError, clean_environment, run_step
from .pythons import BLENDERS, MAIN_BLENDER, Python, choose_python, find_python, look_at
from .system_libraries import can_install_packages, install_system_libraries

FOLDER: Final = REPOSITORY / ".venv"
REQUIREMENTS: Final = REPOSITORY / "requirements"
LOG: Final = FOLDER / "set-up.log"
PYTORCH_CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"
PINNED: Final = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
"""Options for files that pin everything they need, with hashes."""


class Environment:
    """One virtual environment; ``.venv`` itself, or one inside it for another Blender."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def site_packages(self) -> Path:
        """Where its packages are."""
        if os.name == "nt":
            return self.folder / "Lib" / "site-packages"
        return next((self.folder / "lib").glob("python*")) / "site-packages"

    def make(self, base: Python) -> None:
        """Create it with ``base``, unless it is there already."""
        if self._is_done("python", f"{base.version}") and look_at(str(self.python)):
            return
        if not base.has_pip:
            install_venv_package(base)
        # Whatever an interrupted run left behind is cleared.
        shutil.rmtree(self.folder, ignore_errors=True)
        name = self.folder.relative_to(REPOSITORY)
        run_step(
            f"Making {name} with Python {base.version[0]}.{base.version[1]}",
            [base.path, "-m", "venv", str(self.folder)],
            REPOSITORY / "build" / "venv.log",
        )
        self._mark_done("python", f"{base.version}")

    def install(self, name: str, title: str, *options: str) -> None:
        """Install ``requirements/<name>.txt``, unless that is done already.

        Raises:
            BuildError: pip failed; the message says why and where its log is.
        """
        pins = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
        if self._is_done(name, pins):
            return
        self._pip_install(title, *options, "-r", str(REQUIREMENTS / f"{name}.txt"))
        self._mark_done(name, pins)

    def install_torch(self, *, allow_cuda: bool = True) -> bool:
        """Install the pinned torch, on Linux preferably its CPU build; say whether it is there.

        PyPI's torch for Linux brings CUDA along, several gigabytes that nothing here needs.
        """
        file = REQUIREMENTS / "torch.txt"
        pins = file.read_text(encoding="utf-8")
        if self._is_done("torch", pins):
            return True
        if sys.platform.startswith("linux"):
            cpu_build = next(line for line in pins.splitlines() if line.startswith("torch==")) + "+cpu"
            try:
                self._pip_install(
                    "Installing torch (CPU build)",
                    *("--retries", "1", "--extra-index-url", PYTORCH_CPU_INDEX, cpu_build, "-r", str(file)),
                )
            except BuildError as error:
                if not allow_cuda:
                    print(f"torch is left out, tests that need it are skipped: {str(error).splitlines()[-1].strip()}")
                    return False
                print("No CPU build of torch was found; the one on PyPI brings CUDA along, several gigabytes.")
            else:
                self._mark_done("torch", pins)
                return True
        self._pip_install("Installing torch", "-r", str(file))
        self._mark_done("torch", pins)
        return True

    def _pip_install(self, title: str, *arguments: str) -> None:
        pip = [str(self.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        try:
            run_step(title, [*pip, "--progress-bar", "off", *arguments], LOG)
        except BuildError as error:
            raise BuildError(
                f"{error}\nIs the network there? The same command goes on where this one stopped."
            ) from error

    def _stamp(self, name: str) -> Path:
        return self.folder / "installed" / name

    def _is_done(self, name: str, content: str) -> bool:
        stamp = self._stamp(name)
        return stamp.is_file() and stamp.read_text(encoding="ascii") == hashlib.sha256(content.encode()).hexdigest()

    def _mark_done(self, name: str, content: str) -> None:
        self._stamp(name).parent.mkdir(parents=True, exist_ok=True)
        self._stamp(name).write_text(hashlib.sha256(content.encode()).hexdigest(), encoding="ascii")


def install_venv_package(base: Python) -> None:
    """Debian ships Python without what ``python -m venv`` needs: get it, or say how to get it.

    Raises:
        BuildError: it cannot be installed from here.
    """
    package = f"python{base.version[0]}.{base.version[1]}-venv"
    if can_install_packages():
        log = REPOSITORY / "build" / "venv.log"
        quiet = clean_environment(DEBIAN_FRONTEND="noninteractive")
        run_step("Reading the list of system packages", ["apt-get", "update", "-q"], log, environment=quiet)
        command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", package]
        run_step(f"Installing the system package {package}", command, log, environment=quiet)
        return
    raise BuildError(
        f"{base.path} cannot make virtual environments: install the system package {package} "
        f"(sudo apt-get install {package}) and run the same command again."
    )


def base_environment() -> Environment:
    """Return ``.venv`` with a Python and pip, and nothing else that is not there yet."""
    environment = Environment(FOLDER)
    there = look_at(str(environment.python))
    environment.make(there if there and there.version in MAIN_BLENDER else choose_python())
    return environment


def main_environment(*groups: str) -> Environment:
    """Return ``.venv`` with Blender, torch, all the add-on needs, and the further requirement files ``groups``."""
    environment = base_environment()
    python = look_at(str(environment.python))
    if python is None:
        raise BuildError(f"The Python in {FOLDER} does not start: remove that folder and run the same command again.")
    _install_blender(environment, MAIN_BLENDER[python.version])
    environment.install("runtime", "Installing the add-on's dependencies", *PINNED)
    environment.install_torch()
    for group in groups:
        environment.install(group, f"Installing the packages for {group}", *PINNED)
    return environment


def other_blender(release: str, main: Environment) -> Environment | None:
    """An environment inside ``.venv`` with another Blender; ``None`` if this machine has no Python for it.

    On the same Python it borrows everything but Blender from ``main``.
    """
    base = find_python(BLENDERS[release])
    main_python = look_at(str(main.python))
    if base is None or main_python is None:
        return None
    environment = Environment(FOLDER / "blenders" / release)
    environment.make(base)
    _install_blender(environment, release)
    if base.version == main_python.version:
        # Searched after the environment's own packages, so its own Blender wins.
        (environment.site_packages / "main.pth").write_text(f"{main.site_packages}\n", encoding="utf-8")
        return environment
    environment.install("runtime", f"Installing the add-on's dependencies beside Blender {release}", *PINNED)
    environment.install("development", f"Installing the test tools beside Blender {release}", *PINNED)
    environment.install_torch(allow_cuda=False)
    return environment


def _install_blender(environment: Environment, release: str) -> None:
    environment.install(f"bpy-{release}", f"Installing Blender {release} as a Python module", *PINNED)
    modules = [
        *environment.site_packages.glob("bpy/__init__*.so"),
        *environment.site_packages.glob("bpy/__init__*.pyd"),
    ]
    if not modules:
        raise BuildError(
            f"{environment.site_packages} holds no Blender: remove {FOLDER} and run the same command again."
        )
    install_system_libraries(modules[0], LOG)
