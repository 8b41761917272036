"""The batch itself: each line into a folder of its own, whole or not at all; what is there already is kept."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from ..core.errors import AlphsistantError, AssetError, Cancelled
from ..core.files import write_bytes
from ..text_generation.persona import Turn
from .table import BadLine, Line, Row

logger = logging.getLogger(__name__)

RECORD: Final = "line.json"
"""Written into a line's folder last; its digest says whether the folder is still what the table asks for."""

LEFTOVER_SECONDS: Final = 24 * 3600
"""Unfinished folders of killed runs are removed when they are this old; a younger one may be at work elsewhere."""

Make: TypeAlias = Callable[[Line, Path], Mapping[str, Any]]
"""Fills the folder it is given with a line's files; returns what the record and the report should know of it."""


@dataclass(frozen=True)
class Outcome:
    """What became of a line."""

    id: str
    status: str
    """``done``, ``kept`` (it was there already) or ``failed``."""
    text: str = ""
    duration: float = 0.0
    """Seconds of sound."""
    keys: int = 0
    took: float = 0.0
    """Seconds of work."""
    warnings: str = ""
    error: str = ""
    folder: str = ""


def run(
    rows: Sequence[Row],
    out: Path,
    make: Make,
    *,
    settings: Mapping[str, Any] | None = None,
    told: Callable[[int, Outcome], None] | None = None,
) -> list[Outcome]:
    """Do all lines that are not done yet; a line that fails is reported and the others are done.

    Args:
        rows: of :func:`.lines.read_table`, or a shard of them.
        out: folder for the lines' folders; made if need be.
        make: does one line.
        settings: what else decides the result (frame rate, voice …): a line done with others is done again.
        told: called with the number of lines that are behind us and the last outcome.

    Raises:
        AssetError: the folder cannot be made.
        Cancelled: ``make`` was cancelled; what was done stays.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AssetError(f"The folder “{out}” cannot be made: {error.strerror or error}.") from error
    _remove_leftovers({row.id for row in rows}, out)
    outcomes: list[Outcome] = []
    said: dict[str, tuple[Turn, ...]] = {}
    for row in rows:
        started = time.monotonic()
        if isinstance(row, BadLine):
            outcome = Outcome(row.id, "failed", error=row.error)
        else:
            # Part of the digest too: a line is done again when what was said before it has changed.
            line = replace(row, history=(*row.history, *said.get(row.conversation, ())))
            outcome = _kept(line, out, settings or {}) or _tried(line, out, make, settings or {}, started)
            if row.conversation and outcome.text:
                said[row.conversation] = _and_then(said.get(row.conversation, ()), row.prompt, outcome.text)
        outcomes.append(outcome)
        if told is not None:
            told(len(outcomes), outcome)
    return outcomes


def _and_then(history: tuple[Turn, ...], prompt: str, text: str) -> tuple[Turn, ...]:
    """Add what a line said; a line that was given goes on with the answer before it."""
    if prompt or not history:
        return (*history, (prompt, text))
    *before, (asked, answer) = history
    return (*before, (asked, f"{answer} {text}"))


def digest(line: Line, settings: Mapping[str, Any]) -> str:
    """Changes when the line, one of its files, or a setting does."""
    files = [path for path in (line.wav, line.character, line.persona, line.notes_file) if path is not None]
    stamps = [(stat.st_size, stat.st_mtime_ns) for path in files if path.is_file() and (stat := path.stat())]
    content = json.dumps([asdict(line), stamps, dict(settings)], default=str, sort_keys=True)
    return hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()


def write_report(outcomes: Sequence[Outcome], out: Path, name: str = "report") -> list[Path]:
    """Write ``<name>.csv`` and ``<name>.json`` into the folder; ``AssetError`` if they cannot be."""
    fields = list(asdict(Outcome("", "")))
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    for outcome in outcomes:
        writer.writerow({key: _harmless(value) for key, value in asdict(outcome).items()})
    counts = {status: sum(o.status == status for o in outcomes) for status in ("done", "kept", "failed")}
    record = {**counts, "sound_seconds": sum(o.duration for o in outcomes), "lines": [asdict(o) for o in outcomes]}
    paths = [out / f"{name}.csv", out / f"{name}.json"]
    # With a byte order mark, or Excel takes it for another encoding.
    write_bytes(paths[0], text.getvalue().encode("utf-8-sig"))
    write_bytes(paths[1], json.dumps(record, ensure_ascii=False, indent=1).encode())
    return paths


def _kept(line: Line, out: Path, settings: Mapping[str, Any]) -> Outcome | None:
    """The outcome of an earlier run, if its folder is what is asked for now."""
    try:
        record = json.loads((out / line.id / RECORD).read_text(encoding="utf-8"))
        if record["digest"] != digest(line, settings):
            return None
        return Outcome(**{**record["outcome"], "status": "kept", "took": 0.0, "folder": str(out / line.id)})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        logger.warning("The record of “%s” is damaged; the line is done again", line.id)
        return None


def _tried(line: Line, out: Path, make: Make, settings: Mapping[str, Any], started: float) -> Outcome:
    try:
        return _done(line, out, make, settings, started)
    except Cancelled:
        raise
    except AlphsistantError as error:
        sentence = str(error)
    except MemoryError:
        logger.exception("Line “%s”: out of memory", line.id)
        sentence = "There is not enough memory for this line."
    except OSError as error:
        logger.exception("Line “%s” failed", line.id)
        sentence = f"A file could not be read or written: {error}."
    except Exception as error:  # one bad line must not stop a night's work
        logger.exception("Line “%s” failed", line.id)
        sentence = f"Something went wrong that should not ({type(error).__name__}: {error})."
    return Outcome(line.id, "failed", took=time.monotonic() - started, error=sentence)


def _done(line: Line, out: Path, make: Make, settings: Mapping[str, Any], started: float) -> Outcome:
    asked = digest(line, settings)  # of the files as they were before the work
    staging = Path(tempfile.mkdtemp(prefix=f".{line.id}.", dir=out))
    staging.chmod(0o755)  # others on the farm read it too
    try:
        facts = make(line, staging)
        outcome = Outcome(
            line.id, "done", **facts, took=round(time.monotonic() - started, 2), folder=str(out / line.id)
        )
        record = {"digest": asked, "line": asdict(line), "settings": dict(settings), "outcome": asdict(outcome)}
        write_bytes(staging / RECORD, json.dumps(record, ensure_ascii=False, indent=1, default=str).encode())
        shutil.rmtree(out / line.id, ignore_errors=True)
        staging.rename(out / line.id)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return outcome


def _remove_leftovers(ids: AbstractSet[str], out: Path) -> None:
    """Remove what killed runs left of these lines; once a run, since a folder of thousands takes long to list."""
    now = time.time()
    for folder in out.iterdir():
        # ``.<id>.<what tempfile adds>``
        line = folder.name[1:].rpartition(".")[0]
        if folder.name.startswith(".") and line in ids and now - folder.stat().st_mtime > LEFTOVER_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _harmless(value: Any) -> Any:
    """A cell that a spreadsheet shows as it is: text that begins like a formula is quoted."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
