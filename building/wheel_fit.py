"""Whether a set of wheels serves a platform and its Pythons: judged by the tags in their names (PEP 425, PEP 427)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_NAME: Final = re.compile(r"(?P<name>[^-]+)-[^-]+(?:-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<tags>[^-]+)\.whl")


def misfits(wheels: Iterable[str], wanted: dict[str, set[str]], platform_tags: Sequence[str]) -> list[str]:
    """Sentences about wheels that run nowhere on the platform, and about packages that a Python goes without.

    Args:
        wheels: file names.
        wanted: for each Python (``3.11``) the packages it needs.
        platform_tags: tags of wheels that run on the platform, beside ``any``.
    """
    problems = []
    served: dict[str, set[str]] = {python: set() for python in wanted}
    for name in wheels:
        found = re.fullmatch(
            r"(?P<name>[^-]+)-[^-]+(?:-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<tags>[^-]+)\.whl", name
        )
        if not found:
            problems.append(f"{name} is not the name of a wheel")
            continue
        if not any(_runs(tag, platform_tags) for tag in found["tags"].split(".")):
            problems.append(f"{name} is for another platform")
            continue
        pythons = [python for python in wanted if _serves(found["python"], found["abi"], python)]
        if not pythons:
            problems.append(f"{name} is for another Python than {', '.join(wanted)}")
        for python in pythons:
            served[python].add(_normal(found["name"]))
    for python, needed in wanted.items():
        missing = sorted({_normal(name) for name in needed} - served[python])
        problems += [f"Python {python} goes without {name}" for name in missing]
    return problems


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
