"""Tables of words, written like texts."""

from __future__ import annotations


def listed(*lines: str) -> tuple[str, ...]:
    """Split lines of words at the blanks: a table of words that reads like a text."""
    return tuple(word for line in lines for word in line.split())
