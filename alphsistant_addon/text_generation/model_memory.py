"""Whether a language model has room in memory, told from the head of its files before anything is loaded."""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import os
import sys
from pathlib import Path
from typing import Final

from ..core.errors import AssetError
from .model_files import EIGHT_BITS, SAFE_WEIGHTS

BYTES: Final = 4
"""Of a parameter in memory: networks are loaded in single precision, whatever their files hold."""

LONGEST_HEAD: Final = 100_000_000
"""Bytes of a head that safetensors reads (its documentation, "Format")."""


def check_memory(folder: Path) -> None:
    """Compare what a model's safetensors need with the memory that is available.

    Raises:
        AssetError: they need more; where the system does not tell what is available, nothing is raised.
        ValueError: the head of a file is damaged.
    """
    needed, available = needed_bytes(folder), available_bytes()
    if available is not None and needed > available:
        raise AssetError(
            f"The language model in “{folder}” needs {needed / 1e9:.1f} GB of memory, and this computer has "
            f"{available / 1e9:.1f} GB for it: close other programs, or choose a smaller model."
        )


def needed_bytes(folder: Path) -> int:
    """Return what the parameters in a folder's safetensors take in single precision; 0 if there are none.

    Raises:
        ValueError: the head of a file is damaged.
    """
    whole = next((folder / name for name in (SAFE_WEIGHTS[0], EIGHT_BITS) if (folder / name).is_file()), None)
    files = [whole] if whole is not None else folder.glob(SAFE_WEIGHTS[1])
    return sum(_parameters(path) for path in files if path.stat().st_size) * BYTES


def _parameters(path: Path) -> int:
    """Return the number of parameters in a file: a head of JSON with each tensor's shape stands before them."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > LONGEST_HEAD:
            raise ValueError("a head that is too long")
        head = json.loads(file.read(length))
    return sum(math.prod(tensor["shape"]) for name, tensor in head.items() if name != "__metadata__")


def available_bytes() -> int | None:
    """Return the memory that programs can get without swapping; ``None`` where the system does not tell.

    On macOS, which gives no such figure without a program of its own, it is all the memory that is built in.
    """
    if sys.platform == "win32":
        return _available_on_windows()
    with contextlib.suppress(OSError, ValueError):  # no Linux
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = dict(line.split(":", 1) for line in lines)
        return int(found["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in found else None
    with contextlib.suppress(OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


class _MemoryStatus(ctypes.Structure):
    """``MEMORYSTATUSEX`` of the Windows API (sysinfoapi.h)."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("total", ctypes.c_uint64),
        ("available", ctypes.c_uint64),
        ("others", ctypes.c_uint64 * 5),
    )


def _available_on_windows() -> int | None:
    status = _MemoryStatus()
    status.length = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  # mypy knows it on Windows only
    return int(status.available) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None
