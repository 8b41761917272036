"""The table: what is to be said, one line each (CSV with a header)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .. import cast
from ..core.errors import AssetError, TextError
from ..text_generation.persona import Turn, history_from_line
from ..text_to_speech.controls import LONGEST_PAUSE, Controls

COLUMNS: Final[dict[str, str]] = {
    "id": "name of the line and of its folder",
    "text": "what to say as it is",
    "prompt": "what to answer, if there is no text",
    "conversation": "a name; lines of one conversation follow each other, and a prompt is answered knowing them",
    "history": "what was said before: question | answer | question | answer",
    "persona": "who answers: a text file or a character card (JSON, PNG)",
    "notes_file": "a file of what is said where its key words are asked about: “castle: Built in 1204.”, one a line",
    "wav": "a recording to lip-sync instead of speaking",
    "transcript": "what is said in the recording",
    "character": "a .blend file whose scene speaks, or one of the cast by name; empty for the shipped face",
    "face": "the object in that scene that speaks; empty for the best one",
    "mood": "neutral, happy, sad, angry or surprised",
    "style": "neutral, mumble, whisper, exaggerated or shout",
    "life": "speaker, reader, listener or idle",
    "rate": "how fast to speak, 0.5 to 2; empty for 1",
    "pitch": "semitones higher or lower, -6 to 6; empty for 0",
    "voice": "name of a shipped voice, or the folder of another one; empty for the character's, or that of the command",
    "seed": "a whole number; same seed, same line",
    "pause": "seconds of silence before the line, in a dialogue; empty for the gap between all lines",
}
"""All columns; only ``id`` and one of ``text``, ``prompt`` and ``wav`` must be there."""

MAX_BYTES: Final = 64 << 20
"""A larger table is a mistake (a film, a dump), not a script."""

_NAME: Final = re.compile(r"[^\W_][\w .+-]{0,99}")
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])(\..*)?")
"""Names that Windows keeps for devices, ports with superscript digits among them (Microsoft, “Naming Files”)."""

_SEPARATORS: Final = ",;\t|"
"""What may stand between cells; where several would do, the first of them is taken."""

MOST_SEED: Final = 999_999_999
"""Seeds go from 0 to this."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be said; paths are absolute."""

    id: str
    text: str = ""
    prompt: str = ""
    wav: Path | None = None
    transcript: str = ""
    character: Path | None = None
    face: str = ""
    mood: str = "neutral"
    style: str = "neutral"
    seed: int = 0
    rate: float = 1.0
    pitch: float = 0.0
    conversation: str = ""
    history: tuple[Turn, ...] = ()
    """What was said before, oldest first."""
    persona: Path | None = None
    notes_file: Path | None = None
    life: str = "speaker"
    member: str = ""
    """One of the cast who speaks, instead of a character's file."""
    voice: str = ""
    """Name or absolute folder; empty for that of the command."""
    pause: float | None = None
    """Seconds of silence before it in a dialogue; ``None``: the gap between all lines."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that cannot be said, and why, in a sentence."""

    id: str
    error: str


Row = Line | BadLine


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read."""

    rows: tuple[Row, ...]
    unused: tuple[str, ...]
    """Columns that mean nothing here (notes, perhaps, or a misspelt name)."""


def read_table(path: Path) -> Table:
    """Read a CSV file: UTF-8, with a header, separated by commas, semicolons or tabs; or a list of objects in JSON.

    Raises:
        AssetError: it is no such file. A row that is wrong by itself becomes a :class:`BadLine` instead.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AssetError(f"The table “{path}” is larger than {MAX_BYTES >> 20} MB: is it a table of lines?")
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AssetError(f"The table “{path}” is not UTF-8 text: save it as “CSV UTF-8”.") from error
    except OSError as error:
        raise AssetError(f"The table “{path}” cannot be read: {error.strerror or error}.") from error
    if "\0" in content:
        raise AssetError(f"The table “{path}” holds zero bytes, so it is no CSV file.")
    if path.suffix.lower() == ".json":
        return _from_json(content, path)
    content, separator = _separated(content)
    reader = csv.DictReader(io.StringIO(content), delimiter=separator, strict=True)
    try:
        raw = list(reader)
    except csv.Error as error:
        raise AssetError(f"The table “{path}” is damaged near line {reader.line_num}: {error}.") from error
    names = _names(reader.fieldnames or ())
    if not _says_what_to_do(names):
        raise AssetError(f"The table “{path}” needs a header with “id” and one of “text”, “prompt” and “wav”.")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise AssetError(f"The table “{path}” has two columns named “{twice[0]}”.")
    rows = tuple(_rows(raw, path.resolve().parent))
    return Table(rows, tuple(name for name in names if name and name not in COLUMNS))


def _from_json(content: str, path: Path) -> Table:
    """Read a list of objects, whose names are those of the columns."""
    try:
        listed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise AssetError(f"The table “{path}” is no JSON: {error}.") from error
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise AssetError(
            f"The table “{path}” has to be a list of objects with “id” and one of “text”, “prompt”, “wav”."
        )
    raw = [{key: "" if value is None else str(value) for key, value in item.items()} for item in listed]
    names = dict.fromkeys(key.strip().lower() for item in raw for key in item)
    return Table(tuple(_rows(raw, path.resolve().parent)), tuple(name for name in names if name not in COLUMNS))


def shard(rows: Sequence[Row], number: int, count: int) -> list[Row]:
    """The part of the table that is machine ``number``'s of ``count`` (1…count): every ``count``-th row.

    A conversation counts as one row, for its lines need each other.

    Raises:
        AssetError: there is no such part.
    """
    if not 1 <= number <= count:
        raise AssetError(f"There is no shard {number}/{count}: the first number goes from 1 to the second.")
    groups: dict[tuple[str, str], int] = {}
    for row in rows:
        groups.setdefault(_group(row), len(groups))
    return [row for row in rows if groups[_group(row)] % count == number - 1]


def _group(row: Row) -> tuple[str, str]:
    conversation = row.conversation if isinstance(row, Line) else ""
    return ("conversation", conversation) if conversation else ("line", row.id)


def _separated(content: str) -> tuple[str, str]:
    """Find what stands between the cells: what Excel's first line ``sep=;`` says, or what makes sense of the header.

    Returns:
        The table from its header on, and the separator.
    """
    content = content.lstrip("\r\n")
    first, _, rest = content.partition("\n")
    if said := re.fullmatch(r"(?i)sep=(.)\s*", first):
        return rest, said[1]
    likely = sorted(_SEPARATORS, key=lambda separator: -first.count(separator))
    for separator in _SEPARATORS:
        try:
            names = _names(next(csv.reader([first], delimiter=separator, strict=True), []))
        except csv.Error:  # a quote that is open or closed elsewhere, with this separator
            continue
        if _says_what_to_do(names):
            return content, separator
    return content, likely[0]


def _names(header: Sequence[str | None]) -> list[str]:
    return [(name or "").strip().lower() for name in header]


def _says_what_to_do(names: Sequence[str]) -> bool:
    return "id" in names and not {"text", "prompt", "wav"}.isdisjoint(names)


def _rows(raw: Sequence[Mapping[str | None, str | list[str] | None]], folder: Path) -> Iterator[Row]:
    seen: set[str] = set()
    for number, cells in enumerate(raw, start=1):
        # Cells beyond the header come as a list under None; a short row leaves None.
        values = {key.strip().lower(): value.strip() for key, value in cells.items() if key and isinstance(value, str)}
        if not any(values.values()):
            continue
        name = values.get("id", "")
        if None in cells:
            yield BadLine(name or f"row {number}", "The row has more cells than the header: quote text with commas.")
        elif not _is_name(name):
            yield BadLine(
                name or f"row {number}",
                f"The id “{name}” cannot name a folder: letters, digits, spaces and _ . + - only, "
                "a letter or digit first, at most 100.",
            )
        elif name.casefold() in seen:
            yield BadLine(name, f"The id “{name}” is there twice (large and small letters count as the same).")
        else:
            seen.add(name.casefold())
            yield _line(name, values, folder)


def _line(name: str, values: Mapping[str, str], folder: Path) -> Row:
    said = [column for column in ("text", "prompt", "wav") if values.get(column)]
    if len(said) != 1:
        problem = "Nothing is to be said" if not said else f"Both {said[0]} and {said[1]} are given"
        return BadLine(name, f"{problem}: fill in one of text, prompt and wav.")
    if values.get("wav") and not values.get("transcript"):
        return BadLine(name, "The recording has no transcript: write what is said in it.")
    seed = values.get("seed") or "0"
    # int() would take “1_000” and other scripts' digits too.
    if not re.fullmatch(r"[0-9]{1,9}", seed):
        return BadLine(name, f"The seed “{seed}” is not a whole number from 0 to {MOST_SEED}.")
    try:
        history = history_from_line(values.get("history", ""))
        character, member = _character(values.get("character", ""), folder)
        controls = Controls(rate=float(values.get("rate") or 1), pitch=float(values.get("pitch") or 0))
        pause = _pause_from(values.get("pause", ""))
    except (AssetError, TextError) as error:
        return BadLine(name, str(error))
    except ValueError:
        return BadLine(name, "Rate, pitch and pause are numbers such as 1.2 and -3, or empty.")
    return Line(
        id=name,
        text=values.get("text", ""),
        prompt=values.get("prompt", ""),
        wav=folder / values["wav"] if values.get("wav") else None,
        transcript=values.get("transcript", ""),
        character=character,
        member=member.id if member is not None else "",
        face=values.get("face", ""),
        mood=(values.get("mood") or "neutral").lower(),
        style=(values.get("style") or "neutral").lower(),
        life=(values.get("life") or "speaker").lower(),
        voice=_voice(values.get("voice", ""), folder) or (member.voice if member is not None else ""),
        seed=int(seed),
        rate=controls.rate,
        pitch=controls.pitch,
        conversation=values.get("conversation", ""),
        history=history,
        persona=folder / values["persona"] if values.get("persona") else member.persona_file if member else None,
        notes_file=folder / values["notes_file"] if values.get("notes_file") else None,
        pause=pause,
    )


def _character(asked: str, folder: Path) -> tuple[Path | None, cast.Character | None]:
    """Return the file of a character, or who of the cast it is; ``AssetError`` if it is neither a file nor a name."""
    if not asked:
        return None, None
    path = folder / asked
    return (path, None) if path.suffix or path.is_file() else (None, cast.find(asked))


def _voice(asked: str, folder: Path) -> str:
    """Return a name as it is, and a folder beside the table with its whole path."""
    return str(folder / asked) if asked and (folder / asked).is_dir() else asked


def _pause_from(cell: str) -> float | None:
    pause = float(cell) if cell else None
    if pause is not None and not 0.0 <= pause <= LONGEST_PAUSE:
        raise AssetError(f"A pause is from 0 to {LONGEST_PAUSE:g} seconds, not {pause:g}.")
    return pause


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not name.endswith((".", " ")) and not _DEVICES.fullmatch(name)
