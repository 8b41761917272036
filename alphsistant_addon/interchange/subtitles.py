"""Captions: words grouped to lines that can be read, as SubRip (SRT) and WebVTT; and read back.

How long a line is and how long it stays follows what subtitlers agree on (BBC Subtitle Guidelines; Netflix Timed Text
Style Guide: 42 letters a line, two lines, 5/6 s at least, 7 s at most).
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..core.errors import AssetError
from ..core.speech import Word
from .spoken import Spoken

LINE: Final = 42
LINES: Final = 2
SHORTEST: Final = 5.0 / 6.0
LONGEST: Final = 7.0
"""Letters of a line, lines of a caption, seconds that it stays."""

PAUSE: Final = 0.6
"""Seconds of silence between words at which a new caption begins."""

_ENDS: Final = re.compile(r"[.!?…][\"”’')\]]*$")

_TIMES: Final = re.compile(
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?:\s.*)?"
)


@dataclass(frozen=True, slots=True)
class Caption:
    """A text with its times in seconds."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    """Its words, where their times are known."""


def captions_of(words: Sequence[Word]) -> list[Caption]:
    """Group words to captions: a new one at the end of a sentence, after a pause, or where two lines are full."""
    groups: list[list[Word]] = []
    for word in words:
        group = groups[-1] if groups else None
        if group is None or _is_full(group, word):
            groups.append([word])
        else:
            group.append(word)
    captions = [
        Caption(" ".join(word.text for word in group), group[0].start, group[-1].end, tuple(group)) for group in groups
    ]
    nexts = [caption.start for caption in captions[1:]]
    return [
        replace(caption, end=max(caption.end, min(caption.start + SHORTEST, following)))
        for caption, following in zip(captions, [*nexts, float("inf")], strict=True)
    ]


def _is_full(group: Sequence[Word], word: Word) -> bool:
    text = " ".join([*(other.text for other in group), word.text])
    return (
        _ENDS.search(group[-1].text) is not None
        or word.start - group[-1].end >= PAUSE
        or word.end - group[0].start > LONGEST
        or len(textwrap.wrap(text, LINE)) > LINES
    )


def write_srt(spoken: Spoken) -> str:
    """Return the captions as SubRip. ``AssetError`` if the times of no words are known."""
    return srt_of(_captions_in(spoken))


def srt_of(captions: Iterable[Caption]) -> str:
    """Return captions as SubRip, in the order in which they are given."""
    return "".join(
        f"{number}\n{_time(caption.start, ',')} --> {_time(caption.end, ',')}\n{_lines(caption.text)}\n\n"
        for number, caption in enumerate(captions, 1)
    )


def write_webvtt(spoken: Spoken) -> str:
    """Return the captions as WebVTT, with the time of each word inside, so that a player can light it up.

    Raises:
        AssetError: the times of no words are known.
    """
    cues = []
    for caption in _captions_in(spoken):
        first, *others = caption.words
        line = _escaped(first.text) + "".join(f" <{_time(word.start, '.')}>{_escaped(word.text)}" for word in others)
        cues.append(f"{_time(caption.start, '.')} --> {_time(caption.end, '.')}\n{line}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _captions_in(spoken: Spoken) -> list[Caption]:
    if not spoken.words:
        raise AssetError("There are no words with times: captions can be made of those only.")
    return captions_of(spoken.words)


def read(text: str) -> list[Caption]:
    """Read SRT or WebVTT, without tags; a WebVTT's times of words are kept.

    Raises:
        AssetError: there is no caption in it, or its times go backwards.
    """
    captions: list[Caption] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.strip().split("\n")
        at = next((number for number, line in enumerate(lines) if _TIMES.fullmatch(line.strip())), None)
        if at is None:
            continue
        found = _TIMES.fullmatch(lines[at].strip())
        assert found is not None  # noqa: S101  # it was found a line before
        start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
        if end < start or (captions and start < captions[-1].start):
            raise AssetError(f"The caption at {start:.2f} s is not in order.")
        raw = " ".join(line.strip() for line in lines[at + 1 :])
        plain = _plain(raw)
        if plain:
            captions.append(Caption(plain, start, end, _timed_words(raw, start, end)))
    if not captions:
        raise AssetError("There is no caption in this file: it is neither SRT nor WebVTT.")
    return captions


def _timed_words(raw: str, start: float, end: float) -> tuple[Word, ...]:
    """Return the words of a WebVTT cue with a time before each of them but the first; else none."""
    pieces = re.split(r"<(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})\.(\d{1,3})>", raw)
    texts = [_plain(piece) for piece in pieces[::5]]
    starts = [start, *(_seconds(tuple(pieces[i : i + 4])) for i in range(1, len(pieces), 5))]
    if len(texts) < 2 or not all(texts) or any(" " in text for text in texts):
        return ()
    ends = [*starts[1:], end]
    if any(last < first for first, last in zip(starts, ends, strict=True)):
        return ()
    return tuple(Word(*word) for word in zip(texts, starts, ends, strict=True))


def _plain(raw: str) -> str:
    """Return a text without tags, SRT's positions in braces, speakers' dashes and doubled blanks."""
    text = html.unescape(re.sub(r"<[^>]*>|\{\\[^}]*\}", "", raw))
    return " ".join(re.sub(r"(^|\s)[-–]\s+", r"\1", text).split())


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _lines(text: str) -> str:
    """Return a text over lines that are as long as each other, if it is too long for one."""
    if len(text) <= LINE:
        return text
    wrapped = textwrap.wrap(text, max(len(text) // LINES + 8, LINE // 2))
    if len(wrapped) > LINES or max(map(len, wrapped)) > LINE:
        wrapped = textwrap.wrap(text, LINE)
    return "\n".join(wrapped)


def _time(seconds: float, sign: str) -> str:
    thousandths = round(seconds * 1000.0)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{sign}{rest % 1000:03d}"


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    return (
        int(hours or 0) * 3600
        + int(minutes or 0) * 60
        + int(seconds or 0)
        + int((fraction or "0").ljust(3, "0")) / 1000
    )
