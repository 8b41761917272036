"""Which Blenders each zip is for: an extension's compiled packages fit one platform and one Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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


@dataclass(frozen=True)
class Target:
    """The Blender releases that one zip is for, on each of its platforms."""

    name: str
    """The releases, as the name of the zip file says them."""
    python: str
    """Their Python, such as ``3.11``."""
    oldest: str
    """The first release: ``blender_version_min``."""
    below: str
    """The first release that it is not for: Blender refuses it and all newer ones (``blender_version_max``)."""
    platforms: tuple[str, ...] = tuple(PLATFORMS)

    def admits(self, release: str) -> bool:
        """Say whether Blender ``release`` (``4.5.15``) would install the zip, by its version."""
        return _numbers(self.oldest) <= _numbers(release) < _numbers(self.below)


TARGETS: Final = {
    target.name: target
    for target in (
        Target("4.2-5.0", "3.11", "4.2.0", "5.1.0"),
        # It ends where our tests end: a newer Blender may have another Python, which none of these wheels would fit.
        Target("5.1-5.2", "3.13", "5.1.0", "5.3.0"),
        # Debian builds Blender with its own Python: Debian 13, and Debian's development version.
        Target("4.3-debian", "3.13", "4.3.0", "4.4.0", ("linux-x64",)),
        Target("5.2-debian", "3.14", "5.2.0", "5.3.0", ("linux-x64",)),
    )
}

PYTHONS: Final = tuple(sorted({target.python for target in TARGETS.values()}))
"""Every Python that there are zips for."""


def target_for(release: str, python: str) -> Target:
    """Return the target of a Blender on Linux, given its release (``4.3.2``) and its Python (``3.13``).

    A distribution may have moved on to a release that no zip is for: then one is made up for that release alone.
    """
    for target in TARGETS.values():
        if target.python == python and target.admits(release):
            return target
    major, minor, *_ = release.split(".")
    return Target(f"{major}.{minor}-python-{python}", python, release, f"{major}.{int(minor) + 1}.0", ("linux-x64",))


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in release.split("."))
