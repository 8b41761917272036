"""A Debian system in a folder, with a full Blender, a display without a screen and a sound card without a loudspeaker.

``tests/gui`` clicks in it. It is made once (three to six minutes, about 3 GB) and used again as long as the list of
packages is the same. Nothing outside the folder is changed but, where it is missing, the package ``debootstrap``.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .process import REPOSITORY, BuildError, clean_environment, run_step

OUTPUT: Final = REPOSITORY / "build" / "gui"
"""Where screenshots, recordings and logs go."""

FOLDER_VARIABLE: Final = "ALPHSISTANT_GUI_SYSTEM"
"""Environment variable with another folder for the system than ``build/gui-system``."""

SUITE: Final = "trixie"
"""Debian 13: Blender 4.3.2 on Python 3.13, torch 2.6.0."""

PYTHON: Final = "3.13"
"""Of this Blender; the zip needs wheels for it."""

MIRROR: Final = "http://deb.debian.org/debian"

PACKAGES: Final = (
    # What is tested: the window, and torch, which the usual zip leaves out.
    *("blender", "python3-torch"),
    # What Blender's own extension system and glTF exporter import.
    *("python3-numpy", "python3-requests", "python3-zstandard"),
    # A display that is only memory, with OpenGL by the processor; a hand on its mouse and keyboard; a look at it.
    *("xvfb", "xdotool", "scrot", "libgl1-mesa-dri", "libegl1", "libegl-mesa0", "libgl1", "libglx-mesa0"),
    # A sound card that is only memory.
    *("pulseaudio", "pulseaudio-utils"),
)

_ENTER: Final = """\
mount -t proc proc "$SYSTEM/proc" && mkdir -p "$SYSTEM/dev/shm" && mount -t tmpfs tmpfs "$SYSTEM/dev/shm" &&
exec chroot "$SYSTEM" "$@"
"""
"""Mounts live in a name space of the one command: they vanish with it, and the folder can be removed at any time."""


@dataclass(frozen=True)
class System:
    """The Debian system."""

    folder: Path

    @property
    def shared(self) -> Path:
        """A folder that both sides see; ``/srv/gui`` inside."""
        return self.folder / "srv" / "gui"

    def command(self, *arguments: str, **variables: str) -> list[str]:
        """The command line that runs ``arguments`` inside."""
        inside = {
            "HOME": "/root",
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": "/tmp",  # noqa: S108  # of the system in the folder
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "DEBIAN_FRONTEND": "noninteractive",
            **_proxies(os.environ),
            **variables,
        }
        assignments = [f"{name}={value}" for name, value in inside.items()]
        return [
            *("env", f"SYSTEM={self.folder}", "unshare", "--mount", "--propagation", "private", "/bin/sh", "-c"),
            *(_ENTER, "sh", "/usr/bin/env", "-i", *assignments, *arguments),
        ]


def prepare() -> System:
    """The system, made or brought up to date if need be.

    Raises:
        BuildError: it cannot be made on this machine; the message says why.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE) or REPOSITORY / "build" / "gui-system").resolve()
    system = System(folder)
    _check_machine()
    stamp = folder / "complete"
    wanted = hashlib.sha256(" ".join([SUITE, *PACKAGES]).encode()).hexdigest()
    if not (stamp.is_file() and stamp.read_text(encoding="ascii") == wanted):
        _make(system)
        stamp.write_text(wanted, encoding="ascii")
    system.shared.mkdir(parents=True, exist_ok=True)
    return system


def _check_machine() -> None:
    if not sys.platform.startswith("linux"):
        raise BuildError("The tests that click in a window run on Linux only.")
    if os.geteuid() != 0:
        raise BuildError("The tests that click in a window need root, for a Debian system in a folder (chroot).")
    for program in ("unshare", "chroot", "mount"):
        if shutil.which(program) is None:
            raise BuildError(f"The program {program} is missing (Debian's packages util-linux, mount, coreutils).")
    tried = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        raise BuildError(
            f"This machine allows no mounts of its own, which the tests that click in a window need (unshare --mount: "
            f"{tried.stderr.strip()}). In a container, run it with the right CAP_SYS_ADMIN."
        )


def _make(system: System) -> None:
    step = functools.partial(run_step, log=OUTPUT / "set-up.log", environment=clean_environment())
    folder = system.folder
    if not (folder / "bootstrapped").is_file():
        if shutil.which("debootstrap") is None:
            if shutil.which("apt-get") is None:
                raise BuildError("The program debootstrap is missing: install it and run the same command again.")
            step("Reading the list of system packages", ["apt-get", "update", "-q"])
            install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "debootstrap"]
            step("Installing the system package debootstrap", install)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        options = ["--variant=minbase", "--include=ca-certificates"]
        step(f"Making a Debian system ({SUITE})", ["debootstrap", *options, SUITE, str(folder), _mirror()])
        (folder / "bootstrapped").touch()
    # The machine's own way to the packages (a proxy, a mirror with an old date) is the system's too.
    for settings in Path("/etc/apt/apt.conf.d").glob("99*"):
        shutil.copy(settings, folder / "etc/apt/apt.conf.d")
    policy = folder / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")  # no service is started
    policy.chmod(0o755)
    (folder / "etc/dpkg/dpkg.cfg.d/01-no-documentation").write_text(
        "path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n", encoding="ascii"
    )
    (folder / "etc/mtab").unlink(missing_ok=True)
    (folder / "etc/mtab").symlink_to("/proc/self/mounts")  # Blender's file browser complains without it
    step("Reading its list of packages", system.command("apt-get", "update", "-q"))
    step(
        "Installing Blender, torch and a display into it",
        system.command("apt-get", "install", "-q", "-y", "--no-install-recommends", *PACKAGES),
    )
    step("Removing the downloads", system.command("apt-get", "clean"))


def _mirror() -> str:
    """Where this machine gets Debian's packages from; Debian's own address if it says nothing."""
    for file in [*Path("/etc/apt/sources.list.d").glob("*.sources"), Path("/etc/apt/sources.list")]:
        if file.is_file():
            found = re.search(r"^(?:URIs:|deb)\s+(https?://\S+/debian)/?\s*", file.read_text("utf-8"), re.MULTILINE)
            if found:
                return found[1]
    return MIRROR


def _proxies(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.lower().endswith("_proxy")}
