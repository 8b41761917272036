"""Python packages: which are there, and where those live that the add-on installed.

Everything but torch comes as wheels with the extension. torch is far too large for the platform's zip files, so it is
installed on demand (:mod:`.install_torch`) into a folder that is looked at last: Blender's own numpy always wins.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import paths

PACKAGES: Final[dict[str, str]] = {
    "torch": "runs the voice and the language model",
    "transformers": "GPT-2",
    "tokenizers": "letters to tokens",
    "safetensors": "reads the models' weights",
    "numpy": "comes with Blender",
    "soundfile": "reads recordings",
    "soxr": "changes sample rates",
    "phonemizer": "letters to phones",
    "espeakng-loader": "letters to phones",
}
"""Distributions that the add-on needs, and what for."""


@dataclass(frozen=True)
class Dependency:
    """A package as it was found."""

    name: str
    purpose: str
    version: str
    """Empty if it is not there."""
    place: str
    """Where it comes from."""
    size: str = ""
    """On disk."""


_found: Final[dict[str, Dependency]] = {}
_there: Final[dict[str, bool]] = {}


def package_folder() -> Path:
    """Where torch is installed to."""
    return paths.user_path("packages")


def add_to_path() -> None:
    """Let Python look into :func:`package_folder`, after everywhere else."""
    folder = str(package_folder())
    if folder not in sys.path:
        sys.path.append(folder)


def table() -> list[Dependency]:
    """All packages; looked for once, as this is drawn."""
    return [_find(name) for name in PACKAGES]


def is_there(name: str) -> bool:
    """Whether a package of this import name is installed, without importing it; asked while the panel is drawn."""
    if name not in _there:
        _there[name] = importlib.util.find_spec(name) is not None
    return _there[name]


def look_again() -> None:
    """Forget what was found, after an installation or a removal."""
    importlib.invalidate_caches()
    _found.clear()
    _there.clear()


def _find(name: str) -> Dependency:
    from importlib import metadata  # noqa: PLC0415  # 50 ms: not while Blender starts

    if name not in _found:
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            _found[name] = Dependency(name, PACKAGES[name], "", "")
        else:
            place = Path(str(distribution.locate_file("")))
            size = sum(file.size or 0 for file in distribution.files or ()) / 1e6  # as the wheel's list of files says
            _found[name] = Dependency(
                name,
                PACKAGES[name],
                distribution.version,
                _place(place),
                f"{size:.0f} MB" if size >= 1 else f"{size * 1000:.0f} kB" if size else "",
            )
    return _found[name]


def _place(folder: Path) -> str:
    if folder == package_folder():
        return "installed here"
    if paths.IS_EXTENSION and ".local" in folder.parts:  # where Blender unpacks the wheels of extensions
        return "came with the add-on"
    if folder.is_relative_to(sys.prefix):
        return "Blender's Python"
    return str(folder)
