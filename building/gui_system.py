"""A Debian system in a folder, with a full Blender, a display without a screen and a sound card without a loudspeaker.

``tests/gui`` clicks in it. There can be one for each suite of Debian's that has another Blender. It is made once (three
to six minutes, about 3 GB) and used again as long as the list of packages is the same. Nothing outside the folder is
changed but, where it is missing, the package ``debootstrap``.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .process import REPOSITORY, BuildError, clean_environment, run_step
from .zip_targets import PYTHONS

OUTPUT: Final = REPOSITORY / "build" / "gui"
"""Where screenshots, recordings and logs go, in a folder for each suite."""

FOLDER_VARIABLE: Final = "ALPHSISTANT_GUI_SYSTEM"
"""Environment variable with another folder for the systems than ``build/gui-system``."""

SUITE_VARIABLE: Final = "ALPHSISTANT_GUI_SUITE"
"""Environment variable with the suite that the tests click in; set by ``build_addon.py test --gui --suite``."""


@dataclass(frozen=True)
class Suite:
    """A suite of Debian's, and the Blender that was in it when these tests were last seen to pass."""

    name: str
    blender: str
    packages: tuple[str, ...] = ()
    """What this Blender needs besides ``PACKAGES``."""
    moves: bool = False
    """Whether Debian puts other versions into it from day to day."""


SUITES: Final = {
    suite.name: suite
    for suite in (
        # Debian 13: Python 3.13, torch 2.6.0.
        Suite("trixie", "4.3.2"),
        # Debian's development: Python 3.14, torch 2.14.1. Blender's extension system imports cattrs, which its package
        # does not ask for.
        Suite("sid", "5.2.2", ("python3-cattr",), moves=True),
    )
}

MIRROR: Final = "http://deb.debian.org/debian"

PACKAGES: Final = (
    # What is tested: the window, and torch, which the usual zip leaves out.
    *("blender", "python3-torch"),
    # What Blender's own extension system and glTF exporter import.
    *("python3-numpy", "python3-requests", "python3-zstandard"),
    # A display that is only memory, with OpenGL by the processor; a hand on its mouse and keyboard; a look at it.
    *("xvfb", "xdotool", "scrot", "libgl1-mesa-dri", "libegl1", "libegl-mesa0", "libgl1", "libglx-mesa0"),
    # A sound card that is only memory, and the way there of the process that talks: PortAudio by ALSA by PulseAudio.
    *("pulseaudio", "pulseaudio-utils", "libportaudio2", "libasound2-plugins"),
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
    suite: Suite
    blender: str = ""
    """Version of its Blender."""
    python: str = ""
    """Python of its Blender, such as 3.13; the zip needs wheels for it."""

    @property
    def output(self) -> Path:
        """Where screenshots, recordings and logs of the tests in it go."""
        return OUTPUT / self.suite.name

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


def prepare(suite: str | None = None) -> System:
    """The system of that suite (``SUITE_VARIABLE``'s by default), made or brought up to date if need be.

    Raises:
        BuildError: it cannot be made on this machine; the message says why.
    """
    chosen = SUITES[suite or os.environ.get(SUITE_VARIABLE) or next(iter(SUITES))]
    parent = Path(os.environ.get(FOLDER_VARIABLE) or REPOSITORY / "build" / "gui-system").resolve()
    system = System(parent / chosen.name, chosen)
    _check_machine()
    stamp = system.folder / "complete"
    wanted = hashlib.sha256(" ".join([chosen.name, *PACKAGES, *chosen.packages]).encode()).hexdigest()
    if not (stamp.is_file() and json.loads(stamp.read_text(encoding="ascii"))["packages"] == wanted):
        try:
            _make(system)
        except BuildError as error:
            if not chosen.moves:
                raise
            raise BuildError(
                f"{error}\nDebian changes {chosen.name} from day to day, and not every day all of it can be installed. "
                f"The other suites ({', '.join(name for name in SUITES if name != chosen.name)}) do not depend on it."
            ) from error
        stamp.write_text(json.dumps({"packages": wanted, **_versions(system)}), encoding="ascii")
    found = json.loads(stamp.read_text(encoding="ascii"))
    system = replace(system, blender=found["blender"], python=found["python"])
    if system.blender != chosen.blender:
        print(
            f"Debian's {chosen.name} has Blender {system.blender} now; these tests were last seen to pass on "
            f"{chosen.blender}.",
            flush=True,
        )
    if system.python not in PYTHONS:
        raise BuildError(
            f"Blender {system.blender} of Debian's {chosen.name} runs on Python {system.python}, for which the zip has "
            f"no wheels (PYTHONS in building/zip_targets.py: {', '.join(PYTHONS)})."
        )
    system.shared.mkdir(parents=True, exist_ok=True)
    return system


def _versions(system: System) -> dict[str, str]:
    """What its Blender says of itself."""
    question = "import bpy, sys; print('found', bpy.app.version_string.split()[0], '%d.%d' % sys.version_info[:2])"
    done = subprocess.run(
        system.command("blender", "--background", "--factory-startup", "--python-expr", question),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    found = re.search(r"^found (\S+) (\S+)$", done.stdout, re.MULTILINE)
    if found is None:
        raise BuildError(f"Blender in {system.folder} does not start: {(done.stdout + done.stderr)[-500:]}")
    return {"blender": found[1], "python": found[2]}


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
    step = functools.partial(run_step, log=system.output / "set-up.log", environment=clean_environment())
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
        suite = system.suite.name
        step(f"Making a Debian system ({suite})", ["debootstrap", *options, suite, str(folder), _mirror()])
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
    packages = [*PACKAGES, *system.suite.packages]
    step("Reading its list of packages", system.command("apt-get", "update", "-q"))
    step(
        "Installing Blender, torch and a display into it",
        system.command("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages),
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
