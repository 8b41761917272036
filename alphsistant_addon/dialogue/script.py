"""A script: who says what, in turns. Plain text with a name before each line, a screenplay, or a table.

The plain form is ``ADA: Hello.``; the screenplay form is that of Fountain (https://fountain.io/syntax, “Character”,
“Dialogue”, “Parenthetical”): a name in capitals after a blank line, and what is said below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..batch.table import BadLine, read_table
from ..core.errors import AssetError, TextError
from ..lip_sync import MOODS
from ..text_to_speech.controls import LONGEST_PAUSE

TABLES: Final = frozenset({".csv", ".tsv", ".json"})
"""Endings of files that are read as tables; all others are scripts."""

MAX_BYTES: Final = 4 << 20
"""A longer text is no script of a dialogue."""

BEAT: Final = 1.0
"""Seconds of a “(beat)”, which is a short pause in a screenplay."""

_NAME: Final = r"[^\W\d_][\w .'’&-]{0,39}"
"""A name: a letter first, at most 40 letters, digits, blanks and signs that names have."""

_COLON: Final = re.compile(rf"(?P<name>{_NAME}?)\s*(?P<aside>\([^()]*\))?\s*:(?!//)\s*(?P<text>.*)")
_CUE: Final = re.compile(rf"@?(?P<name>{_NAME}?)\s*(?P<aside>\([^()]*\))?\s*\^?")
_ASIDE: Final = re.compile(r"\(([^()]*)\)\s*")
_PAUSE: Final = re.compile(r"(?:pause|beat)(?:\s+(?P<seconds>\d+(?:\.\d+)?)\s*(?:s|sec|seconds?)?)?")
_COMMENT: Final = re.compile(r"\s*(?:#|//)")
_HEADING: Final = re.compile(r"(?:INT|EXT|EST|INT\./EXT|I/E)[. ]|[A-Z ]+TO:$|>")
"""Scene headings and transitions of a screenplay."""

_NOTE: Final = re.compile(r"\[\[.*?\]\]|/\*.*?\*/", re.DOTALL)
"""Fountain's notes and boneyard: never said."""

MANNERS: Final = dict(
    **{mood: mood for mood in MOODS},
    happily="happy",
    smiling="happy",
    laughing="happy",
    sadly="sad",
    crying="sad",
    angrily="angry",
    furious="angry",
    astonished="surprised",
)
"""Words in a parenthesis that set a mood."""

WAYS: Final = {
    "whispers": "whisper",
    "whispering": "whisper",
    "quietly": "whisper",
    "shouts": "shout",
    "shouting": "shout",
    "yelling": "shout",
    "mumbles": "mumble",
    "mumbling": "mumble",
}
"""Words in a parenthesis before the text that set the style of the line."""


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One line of a dialogue."""

    name: str
    """Who says it, as first written in the script."""
    text: str
    """What is said, with mood tags such as ``[happy]``."""
    pause: float | None = None
    """Seconds of silence before it; ``None``: the gap between all lines."""
    style: str = "neutral"
    seed: int = 0
    rate: float = 1.0
    pitch: float = 0.0
    voice: str = ""
    """Name or folder; empty for that of whoever has the name."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it was read."""

    lines: tuple[ScriptLine, ...]
    notes: tuple[str, ...] = ()
    """Sentences for the user: what was not taken as a line."""

    @property
    def names(self) -> tuple[str, ...]:
        """Who speaks, in order of the first line."""
        return tuple(dict.fromkeys(line.name for line in self.lines))


def load_script(path: Path) -> Script:
    """Read a script or a table of a dialogue from a file, chosen by its ending (:data:`TABLES`).

    Raises:
        AssetError: it cannot be read, or a row of the table is wrong.
        TextError: nobody says anything.
    """
    if path.suffix.lower() in TABLES:
        return _from_table(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AssetError(f"“{path}” is larger than {MAX_BYTES >> 20} MB: is it a script?")
        return read_script(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise AssetError(f"The script “{path}” is not UTF-8 text: save it as UTF-8.") from error
    except OSError as error:
        raise AssetError(f"The script “{path}” cannot be read: {error.strerror or error}.") from error


def read_script(text: str) -> Script:
    """Read a script: ``NAME: what is said``, or a screenplay's name in capitals with what is said below it.

    A line goes on in the lines below it until a blank one. ``# …`` and ``// …`` are comments. A parenthesis that names
    a mood sets it, one before the text may set the style (:data:`WAYS`), ``(pause 1.5)`` and ``(beat)`` there are
    silence before the line. No parenthesis before the text is said; those within it are left to the voice.

    Raises:
        TextError: nobody says anything.
    """
    lines: list[ScriptLine] = []
    left_out: list[str] = []
    known: dict[str, str] = {}
    """Names as first written, by their small letters."""
    is_open = False
    """Whether the next row may go on with the last line."""
    was_blank = True
    rows = _NOTE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    for number, row in enumerate(rows):
        if _COMMENT.match(row):
            continue
        said = row.strip()
        if not said:
            is_open, was_blank = False, True
            continue
        colon, cue = _COLON.fullmatch(said), _CUE.fullmatch(said)
        if _HEADING.match(said):
            left_out.append(said)
            is_open = False
        elif colon and _may_be_a_name(colon["name"], known):
            lines.append(_line(known, colon["name"], f"{colon['aside'] or ''} {colon['text']}"))
            is_open = True
        elif cue and was_blank and cue["name"].isupper() and _goes_on(rows, number):
            aside = "" if (cue["aside"] or "").lower() in _CUE_NOTES else cue["aside"] or ""
            lines.append(_line(known, cue["name"], aside))
            is_open = True
        elif is_open:
            lines[-1] = _with_more(lines[-1], said)
        else:
            left_out.append(said)
        was_blank = False
    silent = [line for line in lines if not _without_tags(line.text)]
    lines = [line for line in lines if _without_tags(line.text)]
    if not lines:
        raise TextError("Nobody says anything in this script: write “NAME: what is said”, one line each.")
    return Script(tuple(lines), tuple(_notes(left_out, silent)))


_CUE_NOTES: Final = frozenset({"(v.o.)", "(o.s.)", "(o.c.)", "(cont'd)", "(cont’d)"})
"""What a screenplay notes beside a name, and nobody plays."""


def _may_be_a_name(name: str, known: Mapping[str, str]) -> bool:
    """Tell a name from the beginning of a sentence such as “I tell you: never”."""
    words = name.split()
    return len(words) == 1 or name.casefold() in known or all(not word[0].islower() for word in words)


def _goes_on(rows: list[str], number: int) -> bool:
    return number + 1 < len(rows) and bool(rows[number + 1].strip())


def _line(known: dict[str, str], name: str, text: str) -> ScriptLine:
    name = known.setdefault(" ".join(name.split()).casefold(), " ".join(name.split()))
    return _with_more(ScriptLine(name, ""), text)


def _with_more(line: ScriptLine, text: str) -> ScriptLine:
    """Return the line with more text; what the parentheses at its beginning ask for is taken out of it."""
    text = text.strip()
    while aside := _ASIDE.match(text):
        words, text = " ".join(aside[1].lower().strip(" .").split()), text[aside.end() :]
        asked = _PAUSE.fullmatch(words)
        if asked and not line.text:
            line = replace(line, pause=min(float(asked["seconds"] or BEAT), LONGEST_PAUSE))
        elif words in MANNERS:
            text = f"[{MANNERS[words]}] {text}"
            break
        elif words in WAYS:
            line = replace(line, style=WAYS[words])
    within = re.sub(r"\(([^()]*)\)", lambda found: _tag(found[1], found[0]), text)
    return replace(line, text=" ".join(f"{line.text} {within}".split()))


def _tag(words: str, otherwise: str) -> str:
    mood = MANNERS.get(words.lower().strip(" ."))
    return f"[{mood}]" if mood else otherwise


def _without_tags(text: str) -> str:
    return re.sub(r"\[\w+\]", "", text).strip()


def _notes(left_out: list[str], silent: list[ScriptLine]) -> Iterator[str]:
    if left_out:
        shown = "; ".join(f"“{row[:40]}”" for row in left_out[:3])
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        yield f"Not said, as no name stands before it: {shown}{more}."
    if silent:
        yield f"Nothing is said in {len(silent)} of the lines: {', '.join(line.name for line in silent)}."


def _from_table(path: Path) -> Script:
    table = read_table(path)
    lines: list[ScriptLine] = []
    for row in table.rows:
        if isinstance(row, BadLine):
            raise AssetError(f"Line “{row.id}” of “{path.name}”: {row.error}")
        if not row.face or not row.text:
            raise AssetError(
                f"Line “{row.id}” of “{path.name}” needs who says it (the column “face”) and what (“text”)."
            )
        said = row.text if row.mood == "neutral" else f"[{row.mood}] {row.text}"
        lines.append(ScriptLine(row.face, said, row.pause, row.style, row.seed, row.rate, row.pitch, row.voice))
    if not lines:
        raise TextError(f"The table “{path.name}” has no lines.")
    return Script(tuple(lines), (f"Columns that are not used: {', '.join(table.unused)}.",) if table.unused else ())
