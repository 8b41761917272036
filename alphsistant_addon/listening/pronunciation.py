"""A transcript → its words with their phones, in any language that espeak-ng reads.

English is read as the voice reads it (numbers and abbreviations by :mod:`alphsistant_addon.text_to_phones.reading`);
other languages are read by espeak-ng, numbers too, and their sounds become the nearest ones of the inventory.
"""

from __future__ import annotations

import functools
import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..core.errors import AlphsistantError, TextError
from ..core.phone_inventory import VOWELS
from ..text_to_phones.phones import SpokenPhone, set_up_espeak, transcribe
from ..text_to_phones.reading import read_out
from .ipa import from_ipa

if TYPE_CHECKING:
    from phonemizer.backend import EspeakBackend

ENGLISH: Final = "en-us"

SCRIPTS: Final[dict[str, str]] = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "cmn", "CYRILLIC": "ru", "GREEK": "el", "ARABIC": "ar",
    "HEBREW": "he", "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta", "TELUGU": "te", "GEORGIAN": "ka",
    "ARMENIAN": "hy", "GUJARATI": "gu", "KANNADA": "kn", "MALAYALAM": "ml", "GURMUKHI": "pa", "SINHALA": "si",
}  # fmt: skip
"""First word of a letter's Unicode name → the language most often written so."""


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """A word as it is written, and what is said for it (nothing, for a sign)."""

    text: str
    phones: tuple[SpokenPhone, ...]


def language_of(text: str) -> str:
    """Return espeak-ng's code of the language that the script of a text suggests; Latin letters are English.

    Kana decide for Japanese, whatever stands between them.
    """
    counts: dict[str, int] = {}
    for sign in text:
        if sign.isalpha():
            language = SCRIPTS.get(unicodedata.name(sign, "").split(" ")[0], ENGLISH)
            counts[language] = counts.get(language, 0) + 1
    if "ja" in counts:
        return "ja"
    return max(counts, key=counts.__getitem__, default=ENGLISH)


def pronounce(transcript: str, language: str | None = None) -> tuple[tuple[WrittenWord, ...], tuple[str, ...]]:
    """Return the words with their phones, and sentences about what could not be read.

    Args:
        transcript: as anyone would write it.
        language: espeak-ng's code (``de``, ``fr-fr``, ``ja``); by default the script decides.

    Raises:
        TextError: the transcript holds nothing that can be spoken.
        AlphsistantError: espeak-ng does not know the language.
        DependencyError: phonemizer or espeakng-loader is not installed.
    """
    code = language or language_of(transcript)
    if code == ENGLISH:
        return _english(transcript)
    words = tuple(_other(transcript, code))
    if not any(word.phones for word in words):
        raise TextError("There is nothing in the transcript that can be pronounced.")
    return words, ()


def _english(transcript: str) -> tuple[tuple[WrittenWord, ...], tuple[str, ...]]:
    reading = read_out(transcript)
    words: list[WrittenWord] = []
    for sentence in reading.sentences:
        transcription = transcribe(sentence.spoken)
        spoken: list[list[SpokenPhone]] = [[] for _ in transcription.words]
        for phone in transcription.phones:
            if phone is not None:
                spoken[phone.word].append(phone)
        at = 0
        for word in sentence.words:
            count = len(re.findall(r"[^\s,.?!;:—]+", word.spoken))
            phones = tuple(phone for part in spoken[at : at + count] for phone in part)
            at += count
            if words and not word.written:
                words[-1] = WrittenWord(words[-1].text, words[-1].phones + phones)
            else:
                words.append(WrittenWord(word.written, phones))
    return tuple(words), reading.warnings


@functools.cache
def _backend(language: str) -> EspeakBackend:
    set_up_espeak()
    from phonemizer.backend import EspeakBackend  # noqa: PLC0415  (heavy: only when reading)

    if language not in EspeakBackend.supported_languages():
        raise AlphsistantError(
            f"“{language}” is no language that espeak-ng reads: write its code, such as de, fr-fr, es, ja or cmn."
        )
    quiet = logging.getLogger("alphsistant.phonemizer")
    quiet.setLevel(logging.ERROR)
    return EspeakBackend(
        language, with_stress=True, language_switch="remove-flags", words_mismatch="ignore", logger=quiet
    )


def _other(transcript: str, language: str) -> list[WrittenWord]:
    """Words between blanks; where espeak-ng joins or splits them, each is read alone."""
    backend = _backend(language)
    words: list[WrittenWord] = []
    for clause in re.split(r"(?<=[.?!;:,。、！？…])\s*", transcript):
        written = clause.split()
        if not written:
            continue
        (spoken,) = _read(backend, [" ".join(written)])
        if len(spoken) != len(written):
            spoken = [[phone for part in parts for phone in part] for parts in _read(backend, written)]
        words += [
            WrittenWord(text, tuple(_phones(phones, len(words) + i)))
            for i, (text, phones) in enumerate(zip(written, spoken, strict=True))
        ]
    return words


def _read(backend: EspeakBackend, texts: Sequence[str]) -> list[list[list[str]]]:
    """One list of words, each a list of IPA phones, for each text."""
    from phonemizer.separator import Separator  # noqa: PLC0415  (heavy: only when reading)

    lines = [
        # A text of signs alone has no line of its own.
        (backend.phonemize([text], separator=Separator(phone="_", word=" ", syllable=""), strip=False) or [""])[0]
        for text in texts
    ]
    return [[[p for p in word.split("_") if p] for word in line.split(" ") if word.strip("_")] for line in lines]


def _phones(phones: Sequence[str], word: int) -> list[SpokenPhone]:
    found: list[SpokenPhone] = []
    for phone in phones:
        stress = 1 if "ˈ" in phone else 2 if "ˌ" in phone else 0
        for symbol in from_ipa(phone):
            found.append(SpokenPhone(symbol, stress if symbol in VOWELS else 0, word))
            stress = 0 if symbol in VOWELS else stress
    return found
