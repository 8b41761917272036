"""How something is said: speaking style, how lively the face is, and the mood that tags in the text set."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from .life import MOODS, Life
from .style import Style

TAG: Final = re.compile(r"\[\s*([^\W\d_]+)\s*\]")
"""One word in square brackets."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Style of the mouth, and life of the rest of the face."""

    style: Style = field(default_factory=Style)
    life: Life = field(default_factory=Life)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text between two tags."""

    text: str
    mood: str | None
    """The mood set by the tag before it; ``None`` where there is no tag."""


def split_moods(text: str) -> tuple[list[Passage], list[str]]:
    """Part a text at its mood tags, as in “[happy] Good morning! [sad] It rains”.

    A tag holds until the next one. What is in brackets and no mood is spoken like any other word.

    Returns:
        The passages with something in them besides tags, and the words in brackets that are no moods, as they stand.
        A tag at the very end makes a passage without text, because it sets the mood of what may follow.
    """
    passages: list[Passage] = []
    unknown: list[str] = []
    mood: str | None = None
    start = 0
    for match in TAG.finditer(text):
        name = match[1].lower()
        if name not in MOODS:
            unknown.append(match[0])
            continue
        before = text[start : match.start()].strip()
        if before:
            passages.append(Passage(before, mood))
        mood, start = name, match.end()
    rest = text[start:].strip()
    if rest or mood is not None:
        passages.append(Passage(rest, mood))
    return passages, unknown
