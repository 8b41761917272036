"""Praat's TextGrid: phones and words as tiers of intervals, in its long and its short form.

Praat manual, "TextGrid file formats": what counts in such a file are the free-standing numbers, the texts in double
quotes and the flags in angle brackets, in their order; all else is there for people.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..core.errors import AssetError
from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Word
from .phone_labels import is_silence, phones_of_label
from .spoken import Spoken

Interval: TypeAlias = tuple[float, float, str]
"""Start and end in seconds, and the label."""

_TOKEN: Final = re.compile(r'"((?:[^"]|"")*)"|(<exists>|<absent>)|(\S+)')
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")

PHONE_TIERS: Final = frozenset(
    {"phones", "phone", "phonemes", "phoneme", "segments", "segment", "phon", "mau", "sounds"}
)
WORD_TIERS: Final = frozenset({"words", "word", "ort", "ort-mau", "orthography", "tokens"})
"""Names of tiers by what is in them, as Montreal Forced Aligner, MAUS, Gentle and people write them."""

LONGEST_LABEL: Final = 4
"""Letters of a phone with its marks (``AXR2``, ``ˈaɪː``) where a tier's name does not tell."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier of intervals."""

    name: str
    intervals: tuple[Interval, ...]


def write(spoken: Spoken) -> str:
    """Return two tiers in the long form: ``words``, and ``phones`` in IPA with a stress mark before stressed vowels."""
    end = spoken.duration
    words = _filled(((word.start, word.end, word.text) for word in spoken.words), end)
    marks = ("", "ˈ", "ˌ")
    phones = _filled(
        (
            (phone.start, phone.end, "" if phone.symbol == SILENCE else marks[phone.stress] + phone.symbol)
            for phone in spoken.phones
        ),
        end,
    )
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end:.6f}"]
    lines += ["tiers? <exists>", "size = 2", "item []:"]
    for number, (name, intervals) in enumerate((("words", words), ("phones", phones)), 1):
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f'        name = "{name}"']
        lines += ["        xmin = 0", f"        xmax = {end:.6f}", f"        intervals: size = {len(intervals)}"]
        for place, (first, last, text) in enumerate(intervals, 1):
            label = text.replace('"', '""')
            lines += [f"        intervals [{place}]:", f"            xmin = {first:.6f}"]
            lines += [f"            xmax = {last:.6f}", f'            text = "{label}"']
    return "\n".join([*lines, ""])


def _filled(intervals: Iterable[Interval], end: float) -> list[Interval]:
    """Return intervals without gaps from 0 to the end, as Praat wants a tier."""
    found: list[Interval] = []
    at = 0.0
    for first, last, text in intervals:
        start = max(first, at)
        if last <= start:
            continue
        if start > at + 1e-6:
            found.append((at, start, ""))
        found.append((start if start > at + 1e-6 else at, last, text))
        at = last
    if end > at + 1e-6 or not found:
        found.append((at, max(end, at), ""))
    return found


def read(text: str) -> tuple[tuple[Phone, ...], tuple[Word, ...], float]:
    """Read phones (none if there is no tier of them), words, and the length in seconds.

    The tiers are found by their names (:data:`PHONE_TIERS`, “Mary - phones”), else phones are in the one whose labels
    are all phones.

    Raises:
        AssetError: this is no TextGrid, it is damaged, or it has neither phones nor words.
    """
    tiers, duration = read_tiers(text)
    phone_tier = _tier_of(tiers, PHONE_TIERS)
    word_tier = _tier_of(tiers, WORD_TIERS)
    if phone_tier is None:
        phone_tier = next((tier for tier in tiers if tier is not word_tier and _are_phones(tier)), None)
    if word_tier is None:
        word_tier = next((tier for tier in tiers if tier is not phone_tier and tier.intervals), None)
    if phone_tier is None and word_tier is None:
        raise AssetError("This TextGrid has no tier of phones or words.")
    words = [
        Word(label.strip(), start, end)
        for start, end, label in (word_tier.intervals if word_tier is not None else ())
        if not is_silence(label)
    ]
    return tuple(_phones(phone_tier.intervals if phone_tier is not None else ())), tuple(words), duration


def read_tiers(text: str) -> tuple[list[Tier], float]:
    """Read the tiers of intervals, those of points left out, and the length in seconds.

    Raises:
        AssetError: this is no TextGrid, or it is damaged.
    """
    tokens = _tokens(text)
    try:
        if next(tokens) not in {"ooTextFile", "ooTextFile short"} or next(tokens) != "TextGrid":
            raise AssetError("This is no TextGrid of Praat.")
        _number(tokens)
        duration = _number(tokens)
        if next(tokens) != "<exists>":
            return [], duration
        tiers = []
        for _ in range(int(_number(tokens))):
            kind, name = str(next(tokens)), str(next(tokens))
            _number(tokens)
            _number(tokens)
            count = int(_number(tokens))
            if kind == "IntervalTier":
                intervals = [(_number(tokens), _number(tokens), str(next(tokens))) for _ in range(count)]
                tiers.append(Tier(name, tuple(_checked(intervals))))
            else:
                for _ in range(count):
                    _number(tokens)
                    next(tokens)
    except StopIteration as error:
        raise AssetError("This TextGrid is damaged: it ends in the middle.") from error
    return tiers, duration


def _tokens(text: str) -> Iterator[str | float]:
    for quoted, flag, other in _TOKEN.findall(text):
        if flag:
            yield flag
        elif not other:
            yield quoted.replace('""', '"')
        elif _NUMBER.fullmatch(other):
            yield float(other)


def _number(tokens: Iterator[str | float]) -> float:
    token = next(tokens)
    if not isinstance(token, float) or not math.isfinite(token):
        raise AssetError(f"This TextGrid is damaged: a number is missing before “{str(token)[:40]}”.")
    return token


def _checked(intervals: Sequence[Interval]) -> Sequence[Interval]:
    at = 0.0
    for start, end, label in intervals:
        if start < at - 1e-6 or end < start:
            raise AssetError(f"This TextGrid is damaged: “{label[:40]}” at {start:g} s is not in order.")
        at = end
    return intervals


def _tier_of(tiers: Sequence[Tier], names: frozenset[str]) -> Tier | None:
    for tier in tiers:
        # Several speakers: "Mary - phones".
        if {part.strip().lower() for part in re.split(r"\s+-\s+|/", tier.name)} & names:
            return tier
    return None


def _are_phones(tier: Tier) -> bool:
    labels = [label for _, _, label in tier.intervals if not is_silence(label)]
    # Every word in Latin letters could be read as IPA.
    return bool(labels) and all(
        len(label.strip()) <= LONGEST_LABEL and phones_of_label(label) is not None for label in labels
    )


def _phones(intervals: Sequence[Interval]) -> Iterator[Phone]:
    for start, end, label in intervals:
        if is_silence(label):
            yield Phone(SILENCE, start, end)
            continue
        found = phones_of_label(label)
        if found is None:
            raise AssetError(f"“{label[:20]}” at {start:.2f} s is no phone: write IPA or ARPAbet.")
        width = (end - start) / max(len(found), 1)
        for place, (symbol, stress) in enumerate(found):
            yield Phone(
                symbol, start + place * width, end if place == len(found) - 1 else start + (place + 1) * width, stress
            )
