"""PyTorch, installed by pip in a process of its own into the add-on's folder: whole, or not at all.

The files are found and fetched here, so that a broken download goes on where it stopped and every file's checksum is
the index's; then pip unpacks them without network. A folder of wheels replaces the network altogether.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import queue
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ..core.errors import AssetError, DependencyError
from ..core.progress import CancelEvent, Step, check_cancel
from . import download, wheel_index
from .wheel_index import Wheel

logger = logging.getLogger(__name__)

TORCH: Final = "torch==2.13.0"

NEEDED: Final = (
    *("filelock==4.2.11", "fsspec==2026.9.0", "jinja2==3.1.6", "markupsafe==3.0.4", "mpmath==1.3.0"),
    *("networkx==3.6.1", "setuptools==81.0.0", "sympy==1.14.0", "typing-extensions==4.16.0"),
)
"""What torch needs, in the versions that were tested (requirements/torch.txt). Never numpy: Blender brings its own."""

INDEX: Final = "https://pypi.org/simple"

CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"
"""Wheels without CUDA for Linux: a tenth of the size. The package index's own for Windows and macOS are without."""

CUDA_INDEX: Final = "https://download.pytorch.org/whl/cu130"
"""Wheels with CUDA 13.0 inside, for Windows. For Linux those of the package index use it, from packages beside them."""

NEEDED_FOR_CUDA: Final = (
    *("cuda-bindings==13.5.0", "cuda-pathfinder==1.9.1", "triton==3.7.1"),
    *("nvidia-cublas==13.1.1.3", "nvidia-cuda-cupti==13.0.85", "nvidia-cuda-nvrtc==13.0.88"),
    *("nvidia-cuda-runtime==13.0.96", "nvidia-cudnn-cu13==9.20.0.48", "nvidia-cufft==12.0.0.61"),
    *("nvidia-cufile==1.15.1.6", "nvidia-curand==10.4.0.35", "nvidia-cusolver==12.0.4.66"),
    *("nvidia-cusparse==12.6.3.3", "nvidia-cusparselt-cu13==0.8.1", "nvidia-nccl-cu13==2.29.7"),
    *("nvidia-nvjitlink==13.5.37", "nvidia-nvshmem-cu13==3.4.5", "nvidia-nvtx==13.0.85"),
)
"""What torch with CUDA needs besides on Linux, as torch 2.13.0 asks for it."""

ROOM: Final = {False: 1.1e9, True: 7.5e9}
"""Bytes that downloads and installation take together, without and with CUDA, as measured on Linux."""

_LARGE: Final = ("torch", "triton", "nvidia-")
"""Packages that make up nearly all of a download."""


def install(
    folder: Path,
    cancel: CancelEvent,
    *,
    cuda: bool = False,
    wheels: Path | None = None,
    pip: Sequence[str] | None = None,
) -> Iterator[Step]:
    """Install torch into ``folder`` and yield the progress; what was there before is kept until all is well.

    Args:
        folder: where to. Downloads are kept beside it until the installation has succeeded, and so is pip's log.
        cancel: what has arrived of the downloads stays, nothing else.
        cuda: the build for NVIDIA cards instead of the one for the CPU; Linux and Windows only.
        wheels: a folder with the wheels of torch and what it needs; nothing is then asked of the network.
        pip: replaces pip's command line in tests.

    Raises:
        DependencyError: pip or the network failed, or there is no wheel for this Python or computer.
        AssetError: the folder cannot be written to, or the disk is too small.
        Cancelled: ``cancel`` was set.
    """
    staging, downloads = beside(folder)
    log = folder.with_name("torch.log")
    if cuda and not has_cuda_build():
        raise DependencyError("There is no CUDA for this system; on a Mac the usual build already knows its Metal.")
    if wheels is not None and not wheels.is_dir():
        raise AssetError(f"The folder of wheels “{wheels}” is not there.")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        downloads.mkdir(exist_ok=True)
        log.write_text("", encoding="utf-8")
    except OSError as error:
        raise AssetError(f"“{folder.parent}” cannot be written to: {error.strerror or error}.") from error
    command = list(pip or pip_command())
    try:
        _check_space(folder, ROOM[cuda] - sum(path.stat().st_size for path in downloads.iterdir()))
        yield Step("Asking for PyTorch", 0.01)
        wanted = list(_find(wheels, cancel, cuda=cuda))
        files: list[Path] = []
        for _, wheel in wanted:
            if wheel.path is not None:
                files.append(wheel.path)
                continue
            path = downloads / wheel.name
            for done, total in download.fetch(wheel.url, wheel.sha256, path, cancel):
                share = _share([pin for pin, _ in wanted], len(files), done / max(total, done, 1))
                words = f"Downloading {wheel.name.split('-')[0]}: {done >> 20} of {total >> 20} MB"
                yield Step(words, 0.05 + 0.7 * share)
            files.append(path)
        _check_space(folder, sum(map(_unpacked, files)))
        check_cancel(cancel)
        yield Step("Unpacking PyTorch", 0.8)
        offline = ["install", "--no-index", "--no-deps", "--no-compile", "--target", str(staging)]
        yield from _run([*command, *offline, *map(str, files)], log, cancel)
        if not (staging / "torch").is_dir():
            raise DependencyError(f"pip has installed no torch; its log is “{log}”.")
        check_cancel(cancel)
        yield Step("Putting PyTorch in its place", 0.98)
        _swap(staging, folder)
        shutil.rmtree(downloads, ignore_errors=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove what was installed and what was downloaded.

    Raises:
        AssetError: it is in use (Windows keeps loaded libraries); it then stays whole.
    """
    staging, downloads = beside(folder)
    shutil.rmtree(downloads, ignore_errors=True)
    try:
        if folder.is_dir():
            # Renamed first: that fails as a whole while a library in it is loaded.
            shutil.rmtree(staging, ignore_errors=True)
            folder.rename(staging)
            shutil.rmtree(staging)
    except OSError as error:
        raise AssetError(f"torch is in use: restart Blender, then remove it ({error.strerror}).") from error


def beside(folder: Path) -> tuple[Path, Path]:
    """Where an installation is built, and where downloads wait."""
    return folder.with_name(folder.name + ".part"), folder.with_name(folder.name + ".downloads")


def pip_command() -> list[str]:
    """Blender's Python with pip: installed, or out of the wheel that Python keeps for new environments.

    Raises:
        DependencyError: it has neither (some Linux distributions).
    """
    python = [sys.executable, "-I"]
    if importlib.util.find_spec("pip") is not None:
        return [*python, "-m", "pip"]
    spec = importlib.util.find_spec("ensurepip")
    bundled = sorted((Path(spec.origin).parent / "_bundled").glob("pip-*.whl")) if spec and spec.origin else []
    if not bundled:
        raise DependencyError("Blender's Python has no pip: install it (on Debian and Ubuntu: python3-pip).")
    return [*python, str(bundled[-1] / "pip")]


def has_cuda_build() -> bool:
    """Whether torch can be had with CUDA for this system."""
    return sys.platform == "win32" or sys.platform.startswith("linux")


def _share(pins: Sequence[str], number: int, done: float) -> float:
    """Progress of the downloads while that one is done by a share; the large ones count like a hundred small ones."""
    weights = [100 if pin.startswith(_LARGE) else 1 for pin in pins]
    return (sum(weights[:number]) + weights[number] * done) / sum(weights)


def _find(wheels: Path | None, cancel: CancelEvent, *, cuda: bool) -> Iterator[tuple[str, Wheel]]:
    """The pins of torch and of what it needs, and their wheels for this Python."""
    linux = sys.platform.startswith("linux")
    if cuda:
        torch, index = (TORCH.replace("==", "==="), INDEX) if linux else (f"{TORCH}+cu130", CUDA_INDEX)
    else:
        torch, index = (f"{TORCH}+cpu", CPU_INDEX) if linux else (TORCH, INDEX)
    for pin in (torch, *NEEDED, *(NEEDED_FOR_CUDA if cuda and linux else ())):
        check_cancel(cancel)
        if wheels is not None:
            yield pin, wheel_index.in_folder(pin, wheels)
            continue
        wheel = wheel_index.on_index(pin, index if pin == torch else INDEX)
        if not wheel.sha256:
            raise DependencyError(f"The index gives no checksum of {wheel.name}: nothing was installed.")
        yield pin, wheel


def _unpacked(wheel: Path) -> int:
    """Bytes that a wheel's files take."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise DependencyError(f"“{wheel}” is damaged: download it again.") from error


def _check_space(folder: Path, needed: float) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < needed:
        raise AssetError(
            f"The disk is too full: {free / 1e9:.1f} GB are free at “{folder.parent}”, and torch needs "
            f"{needed / 1e9:.1f} GB."
        )


def _swap(staging: Path, folder: Path) -> None:
    """Put the new installation in the place of the old one, which comes back if that fails."""
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    try:
        if folder.exists():
            folder.rename(old)
        try:
            staging.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    except OSError as error:
        raise AssetError(f"torch is in use: restart Blender, then install again ({error.strerror}).") from error
    shutil.rmtree(old, ignore_errors=True)


def _run(command: Sequence[str], log: Path, cancel: CancelEvent) -> Iterator[Step]:
    """Run pip; its output is read by a thread of its own, so that a cancel is seen while pip is silent."""
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    with subprocess.Popen(  # noqa: S603  # our own command, without a shell
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        reader = threading.Thread(target=_read_lines, args=(process, lines), daemon=True)
        reader.start()
        try:
            last = ""
            with log.open("a", encoding="utf-8") as sink:
                while (line := _next_line(lines, cancel)) is not None:
                    logger.info("pip: %s", line)
                    sink.write(line + "\n")
                    last = line if "ERROR" in line or not last.startswith("ERROR") else last
                    if line.startswith("Installing"):
                        yield Step("Unpacking PyTorch", 0.85)
            process.wait()
        finally:
            process.terminate()  # does nothing to a process that has ended
            process.wait()
            reader.join()
    if process.returncode != 0:
        raise DependencyError(f"PyTorch could not be installed ({last.strip()[:200]}); pip's log is “{log}”.")


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
