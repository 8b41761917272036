"""Which file of a package index, or of a folder, fits this Python on this computer.

Reads the simple repository API of Python packages, as JSON (PEP 691) or HTML (PEP 503). All versions are known
beforehand, so nothing has to be resolved, and no pip has to be asked (older ones download whatever they are asked for).
"""

from __future__ import annotations

import html
import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..core.errors import DependencyError

TIMEOUT_SECONDS: Final = 15.0

_ACCEPT: Final = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A file to be installed."""

    name: str
    url: str
    """``https:`` or ``file:``."""
    sha256: str
    """Empty for a file on this computer."""

    @property
    def path(self) -> Path | None:
        """Where a file on this computer is."""
        if not self.url.startswith("file:"):
            return None
        return Path(urllib.request.url2pathname(urllib.parse.urlparse(self.url).path))


def in_folder(pin: str, folder: Path) -> Wheel:
    """The wheel of ``name==version`` in a folder; ``DependencyError`` if there is none that fits."""
    there = (Wheel(path.name, path.resolve().as_uri(), "") for path in folder.glob("*.whl"))
    return _best(pin, there, f"the folder “{folder}”")


def on_index(pin: str, index: str) -> Wheel:
    """The wheel of ``name==version`` on an index; ``DependencyError`` if there is none that fits, or no network."""
    page = f"{index}/{_normal(pin.partition('==')[0])}/"
    request = urllib.request.Request(page, headers={"Accept": _ACCEPT})  # noqa: S310  # constants of ours
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            base, content = response.geturl(), response.read().decode("utf-8", "replace")
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise DependencyError(f"“{page}” cannot be reached ({error}): is the network there?") from error
    return _best(pin, _json(content, base) if content.lstrip().startswith("{") else _html(content, base), page)


def _best(pin: str, wheels: Iterable[Wheel], place: str) -> Wheel:
    from packaging.tags import sys_tags  # noqa: PLC0415  # only when something is installed
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415
    from packaging.version import Version  # noqa: PLC0415

    name, _, wanted = pin.partition("==")
    exactly, wanted = wanted.startswith("="), wanted.removeprefix("=")
    order = {tag: rank for rank, tag in enumerate(sys_tags())}
    fitting: list[tuple[int, Wheel]] = []
    for wheel in wheels:
        try:
            found_name, version, _build, tags = parse_wheel_filename(wheel.name)
        except InvalidWheelFilename:
            continue
        # ==2.13.0 asks for 2.13.0+cpu too, ===2.13.0 and ==2.13.0+cpu for nothing else.
        same = version == Version(wanted) or (not exactly and "+" not in wanted and version.public == wanted)
        ranks = [order[tag] for tag in tags if tag in order]
        if found_name == _normal(name) and same and ranks:
            fitting.append((min(ranks), wheel))
    if not fitting:
        raise DependencyError(f"There is no {name} {wanted} for this Python and this computer in {place}.")
    return min(fitting, key=lambda item: item[0])[1]


def _json(content: str, base: str) -> Iterator[Wheel]:
    try:
        files = json.loads(content)["files"]
        for file in files:
            yield _checked(file["filename"], urllib.parse.urljoin(base, file["url"]), file["hashes"].get("sha256", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DependencyError(f"“{base}” is no package index.") from error


def _html(content: str, base: str) -> Iterator[Wheel]:
    for link in re.findall(r"""<a\b[^>]*?\bhref\s*=\s*["']([^"']+)["']""", content):
        url, _, fragment = urllib.parse.urljoin(base, html.unescape(link)).partition("#")
        found = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
        yield _checked(Path(urllib.parse.unquote(urllib.parse.urlparse(url).path)).name, url, found[1] if found else "")


def _checked(name: str, url: str, sha256: str) -> Wheel:
    if name.endswith(".whl") and (
        Path(name).name != name or urllib.parse.urlparse(url).scheme not in {"https", "http"}
    ):
        raise DependencyError(f"The index names a file that is none: “{name}”.")
    return Wheel(name, url, sha256)


def _normal(name: str) -> str:
    """As indexes spell it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
