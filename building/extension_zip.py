"""The installable zip: one per platform, with every dependency but torch as an unmodified wheel."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from .environment import PYTORCH_CPU_INDEX, REQUIREMENTS, main_environment
from .process import REPOSITORY, BuildError, run_step
from .wheel_fit import misfits

PACKAGE: Final = "alphsistant_addon"
ASSETS: Final = "blender_assets"
DOWNLOADS: Final = REPOSITORY / "build" / "wheels"

PLATFORMS: Final = {
    "linux-x64": (
        *(f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 24, 17, 12, 5)),
        *(f"manylinux{year}_x86_64" for year in (2014, 2010, 1)),
    ),
    "windows-x64": ("win_amd64",),
    "macos-arm64": tuple(f"macosx_{major}_0_{kind}" for major in (14, 13, 12, 11) for kind in ("arm64", "universal2")),
    "macos-x64": (
        *(f"macosx_{major}_0_{kind}" for major in (14, 13, 12, 11) for kind in ("x86_64", "universal2")),
        *(f"macosx_10_{minor}_{kind}" for minor in range(15, 8, -1) for kind in ("x86_64", "universal2")),
    ),
}
"""Blender's names of platforms (blender_manifest.toml, schema 1.0.0) → pip's tags of wheels that run there."""

PYTHONS: Final = ("3.11", "3.13", "3.14")
"""Blender 4.2–5.0, Blender 5.1 and newer, and Debian's own build of Blender 5.2."""

NO_WHEEL: Final = {"3.14": ("pocketsphinx",)}
"""Not published for this Python (seen 2026-11): there, a recording cannot be aligned; all else works."""

ENTRY: Final = '''"""Blender starts the extension here; everything is in the package beside this file."""

from .alphsistant_addon import register, unregister

__all__ = ["register", "unregister"]
'''

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Date of every file in the zip: the same sources make the same zip."""


def build(
    platforms: Sequence[str],
    *,
    output: Path,
    pythons: Sequence[str] = PYTHONS,
    wheels: bool = True,
    torch: bool = False,
) -> list[Path]:
    """Write one zip per platform into the folder ``output``; without wheels a single one for all platforms."""
    output.mkdir(parents=True, exist_ok=True)
    if not wheels:
        return [write_zip(output / f"alphsistant-{version()}.zip", None, [])]
    zips = []
    for platform in platforms:
        packed = download_wheels(platform, pythons)
        wanted = {python: packages_for(platform, python) for python in pythons}
        problems = misfits([wheel.name for wheel in packed], wanted, PLATFORMS[platform])
        if problems:
            raise BuildError(f"The wheels for {platform} do not fit: {'; '.join(problems)}.")
        if torch:
            packed = sorted({wheel.name: wheel for wheel in [*packed, *download_torch(platform, pythons)]}.values())
        name = f"alphsistant-{version()}-{platform}{'-with-torch' if torch else ''}.zip"
        zips.append(write_zip(output / name, platform, packed))
    return zips


def version() -> str:
    """The add-on's version, from its manifest."""
    manifest = (REPOSITORY / "blender_manifest.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "(.+)"$', manifest, re.MULTILINE)
    if not found:
        raise BuildError('blender_manifest.toml has no line: version = "…"')
    return found[1]


def pins_for(platform: str, python: str) -> str:
    """``requirements/runtime.txt`` as it applies to another platform than this one, without conditions.

    pip judges conditions by the Python it runs on, not by the platform it downloads for.
    """
    text = (REQUIREMENTS / "runtime.txt").read_text(encoding="utf-8")
    kept = []
    for entry in re.findall(r"^[\w.-]+==[^\n]*(?:\n +[^\n]*)*", text, re.MULTILINE):
        pin, hashes = entry.split(" \\\n", 1)
        requirement, _, condition = pin.partition(" ; ")
        elsewhere = "== 'emscripten'" in condition or ("== 'win32'" in condition and platform != "windows-x64")
        if not elsewhere and requirement.split("==")[0] not in NO_WHEEL.get(python, ()):
            kept.append(f"{requirement} \\\n{hashes}\n")
    return "".join(kept)


def packages_for(platform: str, python: str) -> set[str]:
    """Names of the packages that the add-on needs there, torch aside."""
    return set(re.findall(r"^([\w.-]+)==", pins_for(platform, python), re.MULTILINE))


def download_wheels(platform: str, pythons: Sequence[str]) -> list[Path]:
    """The wheels of all dependencies but torch for ``platform``, kept in ``build/wheels`` for the next time."""
    wheels: list[Path] = []
    for python in pythons:
        wheels += _download(platform, python, "dependencies", pins_for(platform, python), "--require-hashes")
    return list({wheel.name: wheel for wheel in wheels}.values())


def download_torch(platform: str, pythons: Sequence[str]) -> list[Path]:
    """The wheels of torch (its CPU build) and of what only torch needs.

    Raises:
        BuildError: there is no such wheel, or no network.
    """
    pins = (REQUIREMENTS / "torch.txt").read_text(encoding="utf-8")
    options: tuple[str, ...] = ()
    if platform.startswith("linux"):
        pins = re.sub(r"^(torch==.*)$", r"\1+cpu", pins, flags=re.MULTILINE)
        options = ("--extra-index-url", PYTORCH_CPU_INDEX, "--retries", "1")
    wheels: list[Path] = []
    for python in pythons:
        wheels += _download(platform, python, "torch", pins, *options)
    return list({wheel.name: wheel for wheel in wheels}.values())


def _download(platform: str, python: str, what: str, pins: str, *options: str) -> list[Path]:
    folder = DOWNLOADS / platform / python / what
    stamp = folder / "complete"
    digest = hashlib.sha256(pins.encode()).hexdigest()
    if not (stamp.is_file() and stamp.read_text(encoding="ascii") == digest):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "pins.txt").write_text(pins, encoding="utf-8")
        tags = [option for tag in PLATFORMS[platform] for option in ("--platform", tag)]
        run_step(
            f"Fetching {what} for {platform}, Python {python}",
            [
                *(pip_python(), "-m", "pip", "download", "--disable-pip-version-check", "--progress-bar", "off"),
                *("--no-deps", "--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
                *(*tags, *options, "-d", str(folder), "-r", str(folder / "pins.txt")),
            ],
            REPOSITORY / "build" / "wheels.log",
        )
        stamp.write_text(digest, encoding="ascii")
    return sorted(folder.glob("*.whl"))


def pip_python() -> str:
    """A Python that has pip: this one, else the project's."""
    return sys.executable if importlib.util.find_spec("pip") else str(main_environment().python)


def write_zip(path: Path, platform: str | None, wheels: Sequence[Path]) -> Path:
    """Write the zip: a manifest that lists the wheels, the package, what it needs of the assets, the licence."""
    with zipfile.ZipFile(path, "w") as archive:
        _add(archive, "blender_manifest.toml", manifest_for(platform, [wheel.name for wheel in wheels]).encode())
        _add(archive, "__init__.py", ENTRY.encode())
        for file in packed_files():
            _add(archive, file.relative_to(REPOSITORY).as_posix(), file.read_bytes())
        for wheel in wheels:
            _add(archive, f"wheels/{wheel.name}", wheel.read_bytes())
    return path


def manifest_for(platform: str | None, wheels: Sequence[str]) -> str:
    """``blender_manifest.toml`` with the platform and the wheels of one zip added before its first table."""
    manifest = (REPOSITORY / "blender_manifest.toml").read_text(encoding="utf-8")
    if platform is None:
        return manifest
    head, table, rest = manifest.partition("[permissions]")
    listed = "".join(f'  "./wheels/{name}",\n' for name in wheels)
    return f'{head}platforms = ["{platform}"]\nwheels = [\n{listed}]\n\n{table}{rest}'


def packed_files() -> Iterator[Path]:
    """Files of the repository that go into the zip; recipes and previews of assets stay at home."""
    yield REPOSITORY / "LICENSE"
    for folder in (PACKAGE, ASSETS):
        for file in sorted((REPOSITORY / folder).rglob("*")):
            inside = file.relative_to(REPOSITORY)
            hidden = any(part.startswith(".") or part in {"__pycache__", "recipe"} for part in inside.parts)
            of_the_recipe = folder == ASSETS and (file.suffix in {".py", ".blend1"} or file.name.startswith("sheet"))
            if file.is_file() and not hidden and not of_the_recipe:
                yield file


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = 0o644 << 16
    packed_already = name.endswith((".whl", ".safetensors"))
    archive.writestr(entry, content, zipfile.ZIP_STORED if packed_already else zipfile.ZIP_DEFLATED)
