"""Look through a speech dataset before hours are spent on it: what training leaves out, what it mends, and how much."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ...core.errors import AssetError
from ..dc_tts.voice_config import VoiceConfig
from .dataset_line import Recording, Unusable, read_line

NAMED: Final = 5
"""Examples given for each kind of finding."""


def read_rows(folder: Path) -> Iterator[list[str]]:
    """Yield the lines of ``metadata.csv``, split at ``|``.

    Raises:
        AssetError: there is no such file, or it is not text.
    """
    metadata = folder / "metadata.csv"
    if not metadata.is_file():
        raise AssetError(f"“{folder}” is not a speech dataset in LJSpeech's layout: it has no metadata.csv.")
    try:
        with metadata.open(encoding="utf-8-sig", newline="") as file:
            yield from (row for row in csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE) if row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise AssetError(f"“{metadata}” is not a text file in UTF-8 ({error}).") from error


def read_alignments(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the records of ``alignments.jsonl`` by id; none if there is no such file.

    Raises:
        AssetError: a line of it is damaged.
    """
    path = folder / "alignments.jsonl"
    if not path.is_file():
        return {}
    records: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            records[record["id"]] = {key: record[key] for key in ("tokens", "spans")} | record
        except (ValueError, TypeError, KeyError) as error:
            raise AssetError(f"Line {number} of “{path}” is damaged ({error}).") from error
    return records


def read_recordings(
    folder: Path, config: VoiceConfig, alignments: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, Recording | Unusable]]:
    """Yield each line's id with its recording, or with the reason why it cannot be used.

    Raises:
        AssetError: there is no ``metadata.csv``.
        DependencyError: the phonemizer is not installed.
    """
    seen: set[str] = set()
    for row in read_rows(folder):
        name = row[0]
        if name in seen:
            yield name, Unusable("ids given before", f"The id “{name}” stands in metadata.csv twice.")
            continue
        seen.add(name)
        try:
            yield name, read_line(folder, row, config, alignments.get(name, {}).get("tokens"))
        except Unusable as problem:
            yield name, problem


@dataclass
class Report:
    """What a check found: ids by kind, of the lines left out and of those that were mended."""

    usable: int = 0
    seconds: float = 0.0
    left_out: dict[str, list[str]] = field(default_factory=dict)
    mended: dict[str, list[str]] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)
    """Recordings no line speaks of."""

    def add(self, name: str, found: Recording | Unusable, config: VoiceConfig) -> None:
        """Count one line."""
        if isinstance(found, Unusable):
            self.left_out.setdefault(found.kind, []).append(name)
            return
        self.usable += 1
        self.seconds += len(found.samples) / config.sample_rate
        for note in found.notes:
            self.mended.setdefault(note, []).append(name)

    def __str__(self) -> str:
        """Return the report as lines of text."""
        lost = sum(map(len, self.left_out.values()))
        lines = [f"{self.usable + lost} lines: {self.usable} usable ({self.seconds / 3600:.2f} h), {lost} left out"]
        lines += [f"  left out: {_counted(kind, ids)}" for kind, ids in _by_count(self.left_out)]
        lines += [f"  kept: {_counted(kind, ids)}" for kind, ids in _by_count(self.mended)]
        if self.unlisted:
            lines.append(f"  not in metadata.csv: {_counted('recordings', self.unlisted)}")
        return "\n".join(lines)


def _by_count(kinds: dict[str, list[str]]) -> Iterable[tuple[str, list[str]]]:
    return sorted(kinds.items(), key=lambda item: -len(item[1]))


def _counted(kind: str, ids: list[str]) -> str:
    return f"{len(ids)} × {kind} ({', '.join(ids[:NAMED])}{', …' if len(ids) > NAMED else ''})"


def check_dataset(folder: Path, config: VoiceConfig) -> Report:
    """Read every line and recording as training will, and count what is found.

    Raises:
        AssetError: there is no ``metadata.csv``, or it or ``alignments.jsonl`` is damaged.
        DependencyError: the phonemizer is not installed.
    """
    report = Report()
    names: set[str] = set()
    for name, found in read_recordings(folder, config, read_alignments(folder)):
        names.add(name)
        report.add(name, found, config)
    report.unlisted = sorted(path.stem for path in (folder / "wavs").glob("*.wav") if path.stem not in names)
    return report
