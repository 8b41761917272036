"""A file from the network that is fetched once: what arrived stays on disk, and the next attempt goes on from there."""

from __future__ import annotations

import hashlib
import http.client
import logging
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..core.errors import AssetError, DependencyError
from ..core.progress import CancelEvent, check_cancel

logger = logging.getLogger(__name__)

CHUNK: Final = 1 << 16
TIMEOUT_SECONDS: Final = 20.0
"""A network that is silent for so long is given up, and tried again."""

ATTEMPTS: Final = 4
"""In a row without a single new byte."""

WAIT_SECONDS: Final = 1.0


def fetch(url: str, sha256: str, path: Path, cancel: CancelEvent) -> Iterator[tuple[int, int]]:
    """Download into ``path`` and yield the bytes that are there and the bytes of the whole (0 if unknown).

    The part that arrived is kept beside it as ``<name>.part``, whatever happens, and taken up by the next call.

    Raises:
        DependencyError: the network failed several times in a row, or the file is not the one that was announced.
        AssetError: it cannot be written.
        Cancelled: ``cancel`` was set.
    """
    if path.is_file() and digest(path, cancel) == sha256:
        return
    partial = path.with_name(path.name + ".part")
    attempts = 0
    while True:
        before = partial.stat().st_size if partial.is_file() else 0
        try:
            yield from _receive(url, partial, before, cancel)
            break
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            if isinstance(error, urllib.error.HTTPError) and error.code == 416 and before:
                break  # nothing is missing, or too much is there: the checksum knows
            grown = partial.is_file() and partial.stat().st_size > before
            attempts = 1 if grown else attempts + 1
            logger.info("Download of %s broke off (attempt %d): %s", path.name, attempts, error)
            gone = isinstance(error, urllib.error.HTTPError) and 400 <= error.code < 500
            if attempts >= ATTEMPTS or gone:
                raise DependencyError(
                    f"“{path.name}” could not be downloaded ({error}). Is the network there? The next try goes on "
                    "where this one stopped."
                ) from error
            cancel.wait(WAIT_SECONDS)
            check_cancel(cancel)
        except OSError as error:
            raise AssetError(f"“{partial}” cannot be written: {error.strerror or error}.") from error
    if digest(partial, cancel) != sha256:
        partial.unlink()
        raise DependencyError(f"“{path.name}” arrived damaged and was thrown away: try again.")
    partial.replace(path)


def digest(path: Path, cancel: CancelEvent) -> str:
    """SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            check_cancel(cancel)
            found.update(chunk)
    return found.hexdigest()


def _receive(url: str, partial: Path, before: int, cancel: CancelEvent) -> Iterator[tuple[int, int]]:
    headers = {"Range": f"bytes={before}-"} if before else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  # from pip's report; the checksum decides
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
        start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        goes_on = response.status == 206 and start is not None and int(start[1]) == before
        done = before if goes_on else 0
        length = int(response.headers.get("Content-Length", 0))
        total = done + length
        with partial.open("ab" if goes_on else "wb") as file:
            while chunk := response.read(CHUNK):
                check_cancel(cancel)
                file.write(chunk)
                done += len(chunk)
                yield done, total
    if done < total:
        raise http.client.IncompleteRead(b"", total - done)
