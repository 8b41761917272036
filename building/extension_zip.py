"""The installable zips: one per platform and Python, with every dependency but torch as an unmodified wheel."""

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

from .environment import PYTORCH_CPU_INDEX, REQUIREMENTS, base_environment
from .process import REPOSITORY, BuildError, run_step
from .wheel_fit import misfits
from .zip_targets import PLATFORMS, TARGETS, Target

PACKAGE: Final = "alphsistant_addon"
ASSETS: Final = "blender_assets"
DOWNLOADS: Final = REPOSITORY / "build" / "wheels"

NO_WHEEL: Final = {"3.14": ("pocketsphinx",)}
"""Not published for this Python (seen 2026-11): there, a recording cannot be aligned; all else works."""

ENTRY: Final = '''"""Blender starts the extension here; everything is in the package beside this file."""

from .alphsistant_addon import register, unregister

__all__ = ["register", "unregister"]
'''

LARGEST: Final = 110_000_000
"""Bytes that a zip without torch may have; people load it over slow lines."""

PICTURES: Final = ("sheet", "portrait")
"""How the names of pictures of the assets begin: they are for the people who read about them."""

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Date of every file in the zip: the same sources make the same zip."""


def build(
    platforms: Sequence[str],
    *,
    output: Path,
    targets: Sequence[Target] = tuple(TARGETS.values()),
    wheels: bool = True,
    torch: bool = False,
) -> list[Path]:
    """Write the zips of these targets for these platforms into the folder ``output``.

    Without ``wheels`` it is one small zip for every platform and Blender, which has to find its packages elsewhere.

    Raises:
        BuildError: wheels cannot be had or do not fit, or a zip without torch would be larger than :data:`LARGEST`.
    """
    output.mkdir(parents=True, exist_ok=True)
    if not wheels:
        return [write_zip(output / f"alphsistant-{version()}.zip", base_manifest(), [])]
    return [
        _build_one(platform, target, output, torch=torch)
        for platform in platforms
        for target in targets
        if platform in target.platforms
    ]


def _build_one(platform: str, target: Target, output: Path, *, torch: bool) -> Path:
    wheels = download_wheels(platform, target.python)
    problems = misfits(
        [wheel.name for wheel in wheels], packages_for(platform, target.python), target.python, PLATFORMS[platform]
    )
    if problems:
        raise BuildError(f"The wheels for {platform} do not fit: {'; '.join(problems)}.")
    if torch:
        wheels = sorted({wheel.name: wheel for wheel in [*wheels, *download_torch(platform, target.python)]}.values())
    name = f"alphsistant-{version()}-{platform}-blender-{target.name}{'-with-torch' if torch else ''}.zip"
    path = write_zip(output / name, manifest_for(platform, target, [wheel.name for wheel in wheels]), wheels)
    size = path.stat().st_size
    if not torch and size > LARGEST:
        largest = sorted(wheels, key=lambda wheel: -wheel.stat().st_size)[:5]
        raise BuildError(
            f"{path} has {size / 1e6:.1f} MB, more than the {LARGEST / 1e6:.0f} MB that a zip may have. Its largest "
            f"wheels: {', '.join(f'{wheel.name} ({wheel.stat().st_size / 1e6:.1f} MB)' for wheel in largest)}."
        )
    return path


def version() -> str:
    """The add-on's version, from its manifest."""
    found = re.search(r'^version = "(.+)"$', base_manifest(), re.MULTILINE)
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


def download_wheels(platform: str, python: str) -> list[Path]:
    """Return the wheels of all dependencies but torch, kept in ``build/wheels`` for the next time.

    Raises:
        BuildError: there is no such wheel, or no network.
    """
    return _download(platform, python, "dependencies", pins_for(platform, python), "--require-hashes")


def download_torch(platform: str, python: str) -> list[Path]:
    """Return the wheels of torch (its CPU build) and of what only torch needs.

    Raises:
        BuildError: there is no such wheel, or no network.
    """
    pins = (REQUIREMENTS / "torch.txt").read_text(encoding="utf-8")
    options: tuple[str, ...] = ()
    if platform.startswith("linux"):
        pins = re.sub(r"^(torch==.*)$", r"\1+cpu", pins, flags=re.MULTILINE)
        options = ("--extra-index-url", PYTORCH_CPU_INDEX, "--retries", "1")
    return _download(platform, python, "torch", pins, *options)


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
    """Return a Python that has pip: this one, else the one of ``.venv``, which is made if need be."""
    return sys.executable if importlib.util.find_spec("pip") else str(base_environment().python)


def write_zip(path: Path, manifest: str, wheels: Sequence[Path]) -> Path:
    """Write the zip: the manifest, the package, what it needs of the assets, the licence, the wheels."""
    with zipfile.ZipFile(path, "w") as archive:
        _add(archive, "blender_manifest.toml", manifest.encode())
        _add(archive, "__init__.py", ENTRY.encode())
        for file in packed_files():
            _add(archive, file.relative_to(REPOSITORY).as_posix(), file.read_bytes())
        for wheel in wheels:
            _add(archive, f"wheels/{wheel.name}", wheel.read_bytes())
    return path


def base_manifest() -> str:
    """Return ``blender_manifest.toml`` as it is in the repository: without platform, wheels or newest Blender."""
    return (REPOSITORY / "blender_manifest.toml").read_text(encoding="utf-8")


def manifest_for(platform: str, target: Target, wheels: Sequence[str]) -> str:
    """Return the manifest of one zip: the repository's, with its Blenders, its platform and its wheels.

    Raises:
        BuildError: the repository's manifest has no oldest Blender, or no table of permissions.
    """
    head, table, rest = base_manifest().partition("[permissions]")
    head, oldest_found = re.subn(
        r'^blender_version_min = ".*"$',
        f'blender_version_min = "{target.oldest}"\nblender_version_max = "{target.below}"',
        head,
        flags=re.MULTILINE,
    )
    if not (table and oldest_found):
        raise BuildError("blender_manifest.toml has no line blender_version_min, or no table [permissions].")
    listed = "".join(f'  "./wheels/{name}",\n' for name in wheels)
    return f'{head}platforms = ["{platform}"]\nwheels = [\n{listed}]\n\n{table}{rest}'


def packed_files() -> Iterator[Path]:
    """Files of the repository that go into the zip; recipes and previews of assets stay at home."""
    yield REPOSITORY / "LICENSE"
    for folder in (PACKAGE, ASSETS):
        for file in sorted((REPOSITORY / folder).rglob("*")):
            inside = file.relative_to(REPOSITORY)
            hidden = any(part.startswith(".") or part in {"__pycache__", "recipe"} for part in inside.parts)
            of_the_recipe = folder == ASSETS and (file.suffix in {".py", ".blend1"} or file.name.startswith(PICTURES))
            if file.is_file() and not hidden and not of_the_recipe:
                yield file


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = 0o644 << 16
    # A wheel is packed already. Weights in half precision become 8 % smaller, 3.5 MB of the whole (2026-11).
    archive.writestr(entry, content, zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED)
