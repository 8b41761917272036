"""Whether a set of wheels serves a platform and a Python: judged by the tags in their names (PEP 425, PEP 427)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_NAME: Final = re.compile(r"(?P<name>[^-]+)-[^-]+(?:-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<tags>[^-]+)\.whl")


def misfits(wheels: Iterable[str], packages: set[str], python: str, platform_tags: Sequence[str]) -> list[str]:
    """Return sentences about wheels that do not run on the platform and Python, and about packages without a wheel.

    Args:
        wheels: file names.
        packages: names of the packages that are needed.
        python: its version (``3.11``).
        platform_tags: tags of wheels that run on the platform, besides ``any``.
    """
    problems = []
    served = set()
    for name in wheels:
        found = _NAME.fullmatch(name)
        if not found:
            problems.append(f"{name} is not the name of a wheel")
        elif not any(_runs(tag, platform_tags) for tag in found["tags"].split(".")):
            problems.append(f"{name} is for another platform")
        elif not _serves(found["python"], found["abi"], python):
            problems.append(f"{name} is for another Python than {python}")
        else:
            served.add(_normal(found["name"]))
    missing = sorted({_normal(name) for name in packages} - served)
    return [*problems, *(f"Python {python} goes without {name}" for name in missing)]


def _runs(tag: str, platform_tags: Sequence[str]) -> bool:
    # A “universal2” wheel runs on both kinds of Mac, whatever the macOS it was built for.
    universal = tag.startswith("macosx_") and tag.endswith("_universal2")
    return tag == "any" or tag in platform_tags or (universal and platform_tags[0].startswith("macosx_"))


def _serves(python_tags: str, abi: str, python: str) -> bool:
    minor = int(python.split(".")[1])
    for tag in python_tags.split("."):
        if tag in {"py3", f"py3{minor}", f"cp3{minor}"}:
            return True
        stable = re.fullmatch(r"cp3(\d+)", tag)
        if stable and abi == "abi3" and int(stable[1]) <= minor:
            return True
    return False


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
