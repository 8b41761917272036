"""A Python for Blender's module, where the machine has none: fetched by ``uv`` into folders of this repository.

Nothing outside ``build/uv`` and ``build/python`` is changed. Whatever is downloaded is named first, with its size.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from .process import REPOSITORY, BuildError, clean_environment, run_step

PYTHONS: Final = REPOSITORY / "build" / "python"
"""The Pythons that were fetched."""

TOOL: Final = REPOSITORY / "build" / "uv"
"""Where ``uv`` and its cache are."""

PINS: Final = REPOSITORY / "requirements" / "uv.txt"
LOG: Final = TOOL / "uv.log"

INDEX: Final = "https://pypi.org/simple"
"""Where packages come from, unless pip's variable ``PIP_INDEX_URL`` names another index."""

WHEEL_TAGS: Final = {
    ("Linux", "x86_64"): "manylinux_2_17_x86_64",
    ("Windows", "AMD64"): "win_amd64",
    ("Darwin", "arm64"): "macosx_11_0_arm64",
    ("Darwin", "x86_64"): "macosx_10_12_x86_64",
}
"""System and machine → tag of the ``uv`` wheel that runs there; for each of them there is a ``bpy`` package too."""

TIMEOUT: Final = 60
"""Seconds without an answer after which a server counts as out of reach."""


def fetched_pythons(version: tuple[int, int]) -> Iterator[Path]:
    """Yield the interpreters of this version that were fetched before."""
    name = f"{version[0]}.{version[1]}"
    inside = "python.exe" if os.name == "nt" else f"bin/python{name}"
    for folder in sorted(PYTHONS.glob(f"cpython-{name}.*"), reverse=True):
        if (folder / inside).is_file():
            yield folder / inside


def fetch_python(version: tuple[int, int], *, with_pip: bool) -> Path:
    """Download a CPython of this version (a build that needs no installation); return its interpreter.

    Args:
        version: such as ``(3, 11)``.
        with_pip: whether the running Python has pip, which knows the machine's proxies and package indexes.

    Raises:
        BuildError: the network or a server is out of reach, or what came is not what was pinned.
    """
    uv = _fetch_uv(with_pip=with_pip)
    name = f"{version[0]}.{version[1]}"
    settings = clean_environment(
        UV_PYTHON_INSTALL_DIR=str(PYTHONS),
        UV_CACHE_DIR=str(TOOL / "cache"),
        UV_PYTHON_INSTALL_BIN="0",  # no link in the user's folder of programs
        UV_PYTHON_INSTALL_REGISTRY="0",  # no entry in Windows' registry
    )
    source = _source(uv, name, settings)
    run_step(
        f"Fetching Python {name} ({_size(source)}) from {_server(source)} into {_shown(PYTHONS)}",
        [str(uv), "python", "install", f"cpython-{name}"],
        LOG,
        environment=settings,
    )
    for python in fetched_pythons(version):
        return python
    raise BuildError(f"uv fetched Python {name}, but {PYTHONS} does not hold it. What uv said is in {LOG}.")


def _fetch_uv(*, with_pip: bool) -> Path:
    """Return the pinned ``uv``, downloaded if it is not there yet."""
    found = re.search(r"^uv==(\S+)", PINS.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise BuildError(f"{PINS} has no line: uv==…")
    program = TOOL / found[1] / ("uv.exe" if os.name == "nt" else "uv")
    if program.is_file():
        return program
    downloads = TOOL / "download"
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir(parents=True)
    if with_pip:
        run_step(
            f"Fetching uv {found[1]} (15 to 18 MB), which fetches Pythons, with pip into {_shown(TOOL)}",
            [
                *(sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--progress-bar", "off"),
                *("--no-input", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
                *("-d", str(downloads), "-r", str(PINS)),
            ],
            LOG,
        )
    else:
        _download_wheel(downloads)
    (wheel,) = downloads.glob("uv-*.whl")
    _unpack(wheel, program)
    shutil.rmtree(downloads)
    return program


def _download_wheel(folder: Path) -> None:
    """Download the pinned ``uv`` wheel for this machine, with the standard library alone."""
    machine = platform.system(), platform.machine()
    if machine not in WHEEL_TAGS:
        raise BuildError(f"uv, which would fetch a Python, is not built for {' '.join(machine)}.")
    pinned = set(re.findall(r"sha256:([0-9a-f]{64})", PINS.read_text(encoding="utf-8")))
    index = os.environ.get("PIP_INDEX_URL", INDEX).rstrip("/")
    try:
        files = json.loads(_read(f"{index}/uv/", "application/vnd.pypi.simple.v1+json"))["files"]
        file = next(
            file for file in files if file["hashes"].get("sha256") in pinned and WHEEL_TAGS[machine] in file["filename"]
        )
        size = f"{file['size'] / 1e6:.0f} MB"
        print(f"Fetching {file['filename']} ({size}), which fetches Pythons, from {_server(index)} …", flush=True)
        content = _read(urllib.parse.urljoin(f"{index}/uv/", file["url"]))
    except OSError as error:
        raise BuildError(f"uv, which would fetch a Python, cannot be had from {index}: {error}.") from error
    except (ValueError, KeyError, StopIteration) as error:
        raise BuildError(
            f"{index} does not offer the uv that {_shown(PINS)} names, which would fetch a Python."
        ) from error
    if hashlib.sha256(content).hexdigest() != file["hashes"]["sha256"]:
        raise BuildError(f"{file['url']} is damaged: its SHA-256 is not the one that {_shown(PINS)} names.")
    (folder / file["filename"]).write_bytes(content)


def _read(address: str, kind: str = "*/*") -> bytes:
    request = urllib.request.Request(address, headers={"Accept": kind})  # noqa: S310  # of an index that the user trusts
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def _unpack(wheel: Path, program: Path) -> None:
    """Take the program out of its wheel; half of it is never left behind."""
    program.parent.mkdir(parents=True, exist_ok=True)
    half = program.with_suffix(".half")
    with zipfile.ZipFile(wheel) as archive:
        (inside,) = (name for name in archive.namelist() if name.endswith(f".data/scripts/{program.name}"))
        half.write_bytes(archive.read(inside))
    half.chmod(0o755)
    half.replace(program)


def _source(uv: Path, name: str, settings: Mapping[str, str]) -> str:
    """Return the address that ``uv`` would fetch this Python from; a mirror of the user's is heeded.

    Raises:
        BuildError: it knows of no such Python for this machine.
    """
    question = ["python", "list", f"cpython-{name}", "--only-downloads", "--show-urls", "--output-format", "json"]
    asked = subprocess.run([str(uv), *question], capture_output=True, text=True, check=False, env=dict(settings))
    offers = json.loads(asked.stdout or "[]") if asked.returncode == 0 else []
    if not offers:
        raise BuildError(f"uv offers no Python {name} for this machine. {asked.stderr.strip()}".rstrip())
    return str(offers[0]["url"])


def _size(address: str) -> str:
    """Return in words how large a download is, as its server says."""
    try:
        request = urllib.request.Request(address, method="HEAD")  # noqa: S310  # uv downloads from there next
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            length = answer.headers.get("Content-Length")
    except OSError:
        length = None  # whether it can be had at all is for uv to say
    return f"{int(length) / 1e6:.0f} MB" if length else "its server does not say how large"


def _server(address: str) -> str:
    """Return the name of the server, or the whole address if it names none (``file:///…``)."""
    return urllib.parse.urlsplit(address).netloc or address


def _shown(path: Path) -> str:
    """Return the path as a person in the repository would write it."""
    return path.relative_to(REPOSITORY).as_posix() if path.is_relative_to(REPOSITORY) else str(path)
