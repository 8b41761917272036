"""Libraries of the operating system that Blender's Python module wants, and that no pip package brings."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from .process import BuildError, clean_environment, run_step

DEBIAN_PACKAGES: Final = {
    "libX11.so.6": "libx11-6",
    "libXrender.so.1": "libxrender1",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXext.so.6": "libxext6",
    "libXxf86vm.so.1": "libxxf86vm1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libEGL_mesa.so.0": "libegl-mesa0 libgl1-mesa-dri",
    "libgomp.so.1": "libgomp1",
}
"""Library → package with it in Debian and Ubuntu."""

OPENED_LATER: Final = ("libGL.so.1", "libEGL.so.1", "libEGL_mesa.so.0")
"""Not linked but looked for while running, to draw without a display."""


def can_install_packages() -> bool:
    """Say whether system packages can be installed from here without asking: on Debian or Ubuntu, as root."""
    return os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing_libraries(blender_module: Path) -> list[str]:
    """Names of the shared libraries that ``blender_module`` and its drawing would not find (Linux only)."""
    if not sys.platform.startswith("linux"):
        return []
    listing = subprocess.run(
        ["ldd", str(blender_module)], capture_output=True, text=True, check=False, env=clean_environment()
    )
    missing = re.findall(r"^\s*(\S+) => not found", listing.stdout, re.MULTILINE)
    for name in OPENED_LATER:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return sorted(set(missing))


def install_system_libraries(blender_module: Path, log: Path) -> None:
    """Install what is missing where that is possible without asking (Debian as root), else say what to install.

    Raises:
        BuildError: libraries are missing and cannot be installed from here; the message names them.
    """
    missing = missing_libraries(blender_module)
    if not missing:
        return
    packages = sorted({package for name in missing for package in DEBIAN_PACKAGES.get(name, "").split()})
    if packages and can_install_packages():
        quiet = clean_environment(DEBIAN_FRONTEND="noninteractive")
        run_step("Reading the list of system packages", ["apt-get", "update", "-q"], log, environment=quiet)
        run_step(
            f"Installing system packages: {' '.join(packages)}",
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
            log,
            environment=quiet,
        )
        missing = missing_libraries(blender_module)
    if missing:
        hint = f" On Debian or Ubuntu: sudo apt-get install {' '.join(packages)}." if packages else ""
        raise BuildError(
            f"Blender's Python module needs system libraries that are not installed: {', '.join(missing)}.{hint} "
            "Install them and run the same command again."
        )
