"""Timing that others have made, from any file that we read: phones, mouth cues, captions, or our own curves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..core.errors import AssetError
from ..core.face_animation import FaceAnimation
from ..core.phone_inventory import SILENCE, VOWELS
from ..core.speech import Phone, Word
from ..listening.pronunciation import WrittenWord, pronounce
from . import animation_json, cue_list, moho_dat, rhubarb_cues, subtitles, text_grid
from .subtitles import Caption
from .timed_cue import TimedCue, phones_of

SUFFIXES: Final[tuple[str, ...]] = (".textgrid", ".srt", ".vtt", ".tsv", ".xml", ".json", ".dat", ".txt", ".csv")
"""Endings of the files that are read."""

LARGEST: Final = 20_000_000
"""Bytes; half an hour of phones has about 3,000,000 as a TextGrid."""

LONGEST: Final = 3 * 3600.0
"""Seconds; what is longer is a damaged file, or one whose time of day counts as time of the sound."""

SLOWEST_PHONE: Final = 0.11
"""Seconds that a phone lasts at most where a caption says only when it is on screen: slow speech has 9 a second."""

LONG: Final = 1.6
"""How much longer a vowel is than a consonant there."""

SIGNS: Final = {",": 1.5, ";": 2.0, ":": 2.0, "—": 2.0, "–": 1.5, ".": 4.0, "!": 4.0, "?": 4.0, "…": 4.0}
"""Length of the pause at a sign within a caption, in consonants."""


@dataclass(frozen=True)
class Timing:
    """What a file says; times in seconds."""

    phones: tuple[Phone, ...] = ()
    """In order, maybe with gaps; none where only captions are known."""
    words: tuple[Word, ...] = ()
    captions: tuple[Caption, ...] = ()
    text: str = ""
    duration: float = 0.0
    animation: FaceAnimation | None = None
    """Curves, where the file has them."""
    frame_rate: float | None = None
    """Frames per second of the film, where the file tells them."""


def read_timing(path: Path, frame_rate: float) -> Timing:
    """Read a file of any known format; the frame rate is that of frames in formats that do not tell it.

    Raises:
        AssetError: the file is missing, too large, damaged, longer than :data:`LONGEST`, or of no known format.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise AssetError(f"“{path.name}” is too large to be a file of timing.")
        content = path.read_bytes()
    except OSError as error:
        raise AssetError(f"The file “{path}” cannot be read: {error.strerror or error}.") from error
    timing = _read(decoded(content, path.name), path, frame_rate)
    if timing.duration > LONGEST:
        raise AssetError(
            f"The timing in “{path.name}” ends after {timing.duration / 3600.0:.0f} hours: let its times begin at 0."
        )
    return timing


def _read(text: str, path: Path, frame_rate: float) -> Timing:
    match path.suffix.lower():
        case ".textgrid":
            phones, words, duration = text_grid.read(text)
            return Timing(phones, words, (), " ".join(word.text for word in words), duration)
        case ".srt" | ".vtt":
            return _of_captions(subtitles.read(text))
        case ".tsv" | ".txt" | ".csv":
            return _of_cues(cue_list.read(text, frame_rate))
        case ".xml":
            return _of_cues(rhubarb_cues.read_xml(text))
        case ".dat":
            return _of_cues(moho_dat.read(text, frame_rate))
        case ".json":
            return _of_json(text)
    raise AssetError(f"“{path.name}” is of no known format: choose {', '.join(SUFFIXES)}.")


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file: UTF-8 or UTF-16, as its mark says. ``AssetError`` if it is neither."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise AssetError(f"“{name}” is no text in UTF-8 or UTF-16: save it as UTF-8.") from error


def _of_json(text: str) -> Timing:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AssetError("The file is damaged: it is no JSON.") from error
    if isinstance(content, dict) and "mouthCues" in content:
        return _of_cues(rhubarb_cues.read_json(text))
    spoken = animation_json.read(text)
    return Timing(spoken.phones, spoken.words, (), spoken.text, spoken.duration, spoken.animation, spoken.frame_rate)


def _of_cues(cues: Sequence[TimedCue]) -> Timing:
    phones = tuple(phones_of(cues))
    return Timing(phones, duration=cues[-1].end)


def _of_captions(captions: Sequence[Caption]) -> Timing:
    words = tuple(word for caption in captions for word in caption.words)
    text = " ".join(caption.text for caption in captions)
    return Timing((), words, tuple(captions), text, max(caption.end for caption in captions))


def phones_of_captions(
    captions: Sequence[Caption], language: str | None = None
) -> tuple[list[Phone], list[Word], list[str]]:
    """Read captions aloud in the time that they are on screen: phones, words, and sentences about what was not read.

    Args:
        captions: in order; where the times of the words are known, each word is spoken in its own.
        language: espeak-ng's code; by default the script decides.

    Raises:
        AlphsistantError: what ``listening.pronunciation.pronounce`` raises.
    """
    phones: list[Phone] = []
    words: list[Word] = []
    notes: list[str] = []
    end = 0.0
    for caption in captions:
        for piece in caption.words or (Word(caption.text, caption.start, caption.end),):
            said, warnings = pronounce(piece.text, language)
            notes += warnings
            start = max(piece.start, end)
            spoken, written = _spread(said, start, max(piece.end, start))
            phones += spoken
            words += written
            end = max([end, *(phone.end for phone in spoken)])
    return phones, words, list(dict.fromkeys(notes))


def _spread(said: Sequence[WrittenWord], start: float, end: float) -> tuple[list[Phone], list[Word]]:
    """Give each phone its share of the time, vowels more, and a pause after signs within."""
    parts: list[tuple[str, int, float, int]] = []
    for number, word in enumerate(said):
        parts += [(p.symbol, p.stress, LONG if p.symbol in VOWELS else 1.0, number) for p in word.phones]
        pause = SIGNS.get(word.text[-1:], 0.0) if word.phones else 0.0
        if pause and number < len(said) - 1:
            parts.append((SILENCE, 0, pause, -1))
    total = sum(length for _, _, length, _ in parts)
    if not total:
        return [], []
    unit = min((end - start) / total, SLOWEST_PHONE)
    phones: list[Phone] = []
    spans: dict[int, tuple[float, float]] = {}
    at = start
    for symbol, stress, length, number in parts:
        last = at + length * unit
        phones.append(Phone(symbol, at, last, stress))
        if number >= 0:
            spans[number] = (spans.get(number, (at, at))[0], last)
        at = last
    return phones, [Word(said[number].text, *span) for number, span in spans.items()]


def closed(phones: Sequence[Phone], duration: float) -> tuple[Phone, ...]:
    """Return phones without gaps from 0 to the end, pauses between; what is beyond the end is cut."""
    found: list[Phone] = []
    at = 0.0
    for phone in phones:
        start, end = max(phone.start, at), min(phone.end, duration)
        if end <= start:
            continue
        if start > at + 1e-6:
            found.append(Phone(SILENCE, at, start))
        found.append(Phone(phone.symbol, found[-1].end if found else 0.0, end, phone.stress))
        at = end
    if duration > at + 1e-6 or not found:
        found.append(Phone(SILENCE, at, duration))
    merged: list[Phone] = []
    for phone in found:
        if merged and merged[-1].symbol == phone.symbol == SILENCE:
            merged[-1] = Phone(SILENCE, merged[-1].start, phone.end)
        else:
            merged.append(phone)
    return tuple(merged)
