"""``align``: phone times of a recording, with a transcript or without.

The add-on's own ears find the words of any language in any recording (:mod:`.by_ears`). PocketSphinx (Huggins-Daines
et al. 2006; the wheel bundles its US English model) learnt from people, and times English better in a quiet room: there
its phones are taken, with the edges moved onto the sound by :func:`.edges.refine`. Without a transcript,
:func:`.recognition.recognise_words` writes down what is said first.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ..core.phone_inventory import CONSONANTS, SILENCE, VOWELS
from ..core.progress import CancelEvent, check_cancel
from ..core.speech import Phone, Speech, Word
from ..text_to_phones.phones import SpokenPhone, transcribe
from ..text_to_phones.reading import read_out
from .by_ears import align_by_ears, hear, likelihood
from .ears import check_recording
from .edges import refine
from .features import dynamic_range
from .pocketsphinx_decoder import feed, make_decoder, resample, to_pcm
from .pronunciation import ENGLISH, language_of
from .recognition import recognise_words

if TYPE_CHECKING:
    from pocketsphinx import Decoder

FRAMES_PER_SECOND: Final = 100

ARPABET: Final[dict[str, str]] = {
    "i": "IY", "ɪ": "IH", "ᵻ": "IH", "ɛ": "EH", "æ": "AE", "ʌ": "AH", "ə": "AH", "ɜ": "ER", "ɑ": "AA",
    "ɔ": "AO", "ʊ": "UH", "u": "UW", "eɪ": "EY", "aɪ": "AY", "oʊ": "OW", "aʊ": "AW", "ɔɪ": "OY", "p": "P",
    "b": "B", "t": "T", "d": "D", "k": "K", "ɡ": "G", "ɾ": "D", "ʔ": "T", "tʃ": "CH", "dʒ": "JH",
    "f": "F", "v": "V", "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH", "h": "HH",
    "m": "M", "n": "N", "ŋ": "NG", "l": "L", "ɹ": "R", "j": "Y", "w": "W",
}  # fmt: skip
"""Phone inventory → the 39 phones of the model (CMU Pronouncing Dictionary)."""

_SONORANT: Final = frozenset((*VOWELS, "m", "n", "ŋ", "l", "ɹ", "j", "w"))
_GROUPS: Final[dict[str, str]] = {
    **dict.fromkeys(VOWELS, "vowel"),
    **dict.fromkeys(("m", "n", "ŋ"), "nasal"),
    **dict.fromkeys(("l", "ɹ", "j", "w"), "approximant"),
    **dict.fromkeys(("p", "t", "k", "tʃ"), "voiceless stop"),
    **dict.fromkeys(("b", "d", "ɡ", "dʒ", "ɾ", "ʔ"), "voiced stop"),
    **dict.fromkeys(("f", "θ", "s", "ʃ", "h"), "voiceless fricative"),
    **dict.fromkeys(("v", "ð", "z", "ʒ"), "voiced fricative"),
}

EARLY: Final[dict[str, tuple[float, float]]] = {
    "vowel": (0.000, 0.000),
    "nasal": (0.015, 0.010),
    "approximant": (0.015, 0.000),
    "voiceless stop": (0.015, 0.005),
    "voiced stop": (0.005, 0.005),
    "voiceless fricative": (0.033, 0.015),
    "voiced fricative": (0.015, 0.003),
}
"""Seconds by which PocketSphinx puts the start of a phone too early, after a sonorant and after any other phone:
medians over 160 recordings of one voice with known times. ``tests/benchmarks/lip_sync_alignment.py`` measures it."""

QUIET_ROOM: Final = 20.0
"""dB between the loud and the quiet moments of a recording in which PocketSphinx times English better than the ears do.
In white noise at 10 dB (range 15) its edges are off by 26 ms on average and theirs by 18."""

DISAGREEMENT: Final = 1.2
"""Where what PocketSphinx finds is so much less likely to the ears than their own path, theirs is taken."""

SHORTEST_PHONE: Final = 0.02

RHOTIC_SPLIT: Final = 0.55
"""The model has one ER for ``ə ɹ`` and ``ɜ ɹ``; the ``ɹ`` begins here."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """One phone of the model, and the one or two phones of ours that it stands for."""

    arpabet: str
    phones: tuple[SpokenPhone, ...]


def align(
    samples: npt.NDArray[np.float32],
    sample_rate: int,
    transcript: str | None = None,
    *,
    language: str | None = None,
    whisper: str | Path | None = None,
    cancel: CancelEvent | None = None,
) -> Speech:
    """Find the phones of a recording.

    Args:
        samples: mono samples in −1…1, shape ``[n]``.
        sample_rate: Hz.
        transcript: what is said, as anyone would write it; numbers and abbreviations are read out. Without one (or
            with an empty one) the words are recognised, and ``Speech.warnings`` says which were heard.
        language: of the transcript, as espeak-ng's code (``de``, ``fr-fr``, ``ja``); by default the script decides, and
            Latin letters are US English.
        whisper: folder of a Whisper model to recognise words with (see :func:`.recognition.recognise_words`);
            PocketSphinx does by default.
        cancel: looked at every tenth of a second of sound.

    Returns:
        Phones without gaps from 0 to the end of the sound, words as written, and the samples as they came. Words that
        are not said are left out, speech that is not written is bridged by what is heard, and ``Speech.warnings``
        names both.

    Raises:
        AlphsistantError: the recording is empty or silent, or espeak-ng does not know the language.
        TextError: the transcript holds nothing that can be spoken.
        AssetError: ``whisper`` is not a Whisper model, or the ears are missing.
        DependencyError: a package is missing.
    """
    samples = check_recording(samples, sample_rate)
    check_cancel(cancel)
    if transcript is None or not transcript.strip():
        transcript = recognise_words(resample(samples, sample_rate), whisper=whisper, cancel=cancel)
        if not re.search(r"\w", transcript):
            speech = hear(samples, sample_rate, cancel=cancel)
            return replace(speech, warnings=("No words could be made out: the lips follow the sound alone.",))
        speech = align(samples, sample_rate, transcript, language=language, cancel=cancel)
        return replace(speech, warnings=(f"No transcript was given; heard: “{transcript}”.", *speech.warnings))
    own = align_by_ears(samples, sample_rate, transcript, language=language, cancel=cancel)
    is_english = (language or language_of(transcript)) == ENGLISH
    if is_english and own.is_complete and dynamic_range(resample(samples, sample_rate)) > QUIET_ROOM:
        theirs = _by_pocketsphinx(samples, sample_rate, transcript, cancel)
        if theirs and likelihood(own.heard, theirs.phones) > likelihood(own.heard, own.speech.phones) - DISAGREEMENT:
            return theirs
    return own.speech


def _by_pocketsphinx(
    samples: npt.NDArray[np.float32], sample_rate: int, transcript: str, cancel: CancelEvent | None
) -> Speech | None:
    """Phones by PocketSphinx's US English model; ``None`` where it finds no way through."""
    reading = read_out(transcript)
    written, units = _pronounce([[(w.written, w.spoken) for w in sentence.words] for sentence in reading.sentences])
    duration = len(samples) / sample_rate
    found = _force(to_pcm(resample(samples, sample_rate)), units, cancel)
    if found is None:
        return None
    phones = refine(_later(_spread(found, duration)), samples, sample_rate)
    words = _time_words(written, units, phones)
    return Speech(samples, sample_rate, phones, words, transcript, reading.warnings)


def _pronounce(sentences: Sequence[Sequence[tuple[str, str]]]) -> tuple[list[str], list[list[_Unit]]]:
    """Words as written, and the units of each."""
    written: list[str] = []
    units: list[list[_Unit]] = []
    for sentence in sentences:
        transcription = transcribe(" ".join(spoken for _, spoken in sentence))
        spoken_words: list[list[SpokenPhone]] = [[] for _ in transcription.words]
        for phone in transcription.phones:
            if phone is not None:
                spoken_words[phone.word].append(phone)
        at = 0
        for text, spoken in sentence:
            count = len(re.findall(r"[^\s,.?!;:—]+", spoken))
            phones = [phone for word in spoken_words[at : at + count] for phone in word]
            at += count
            written.append(text)
            units.append(_to_units(phones))
    return written, units


def _to_units(phones: Sequence[SpokenPhone]) -> list[_Unit]:
    """Phones of one word → units of the model; a vowel ``ə`` or ``ɜ`` before ``ɹ`` is one ER with it."""
    units: list[_Unit] = []
    for phone in phones:
        last = units[-1].phones if units else ()
        if phone.symbol == "ɹ" and len(last) == 1 and last[0].symbol in ("ə", "ɜ"):
            units[-1] = _Unit("ER", (last[0], phone))
        else:
            units.append(_Unit(ARPABET[phone.symbol], (phone,)))
    return units


WIDE_BEAMS: Final[dict[str, float]] = {"beam": 1e-80, "wbeam": 1e-60, "pbeam": 1e-80}
"""Less probable paths are kept as well (the defaults are 1e-48, 7e-29, 1e-48): quick natural speech that is refused
otherwise is accepted in 3 of 4 recordings of people, in under a second."""


@functools.cache
def _decoder(*, best_path: bool, wide: bool) -> Decoder:
    """Return the aligner of this process."""
    return make_decoder(bestpath=best_path, **(WIDE_BEAMS if wide else {}))


Found = tuple[_Unit | None, float, float]
"""A unit, or None for a pause, and its times in seconds."""


def _force(pcm: bytes, words: Sequence[Sequence[_Unit]], cancel: CancelEvent | None) -> list[Found] | None:
    """Align; where that fails, without the best-path search (it gives up on about one clip in fifteen), then wider."""
    spoken = [units for units in words if units]
    for best_path, wide in ((True, False), (False, False), (False, True)):
        decoder = _decoder(best_path=best_path, wide=wide)
        text = _enter(decoder, spoken)
        check_cancel(cancel)
        try:
            decoder.set_align_text(text)
            feed(decoder, pcm, cancel)
            decoder.set_alignment()
            feed(decoder, pcm, cancel)
            return _collect(decoder, spoken)
        except RuntimeError:
            continue
    return None


def _enter(decoder: Decoder, words: Sequence[Sequence[_Unit]]) -> str:
    """Put pronunciations into the aligner's dictionary, each under itself as a name, and return the words to align."""
    names = {"_".join(("", *(unit.arpabet for unit in units))): units for units in words}
    unknown = [name for name in names if decoder.lookup_word(name) is None]
    for name in unknown:
        # Only the last update rebuilds the dictionary: that takes as long as a second of alignment.
        decoder.add_word(name, " ".join(unit.arpabet for unit in names[name]), update=name == unknown[-1])
    return " ".join("_".join(("", *(unit.arpabet for unit in units))) for units in words)


def _collect(decoder: Decoder, words: Sequence[Sequence[_Unit]]) -> list[Found]:
    """Read the alignment back.

    Raises:
        RuntimeError: it has other phones than were asked for.
    """
    expected = iter([unit for units in words for unit in units])
    found: list[Found] = []
    alignment = decoder.get_alignment()
    if alignment is None:
        raise RuntimeError("no alignment")
    for word in alignment:
        for entry in word:
            start, end = entry.start / FRAMES_PER_SECOND, (entry.start + entry.duration) / FRAMES_PER_SECOND
            if entry.name == "SIL" or entry.name.startswith("+"):
                found.append((None, start, end))
                continue
            unit = next(expected, None)
            if unit is None or unit.arpabet != entry.name:
                raise RuntimeError("other phones than asked for")
            found.append((unit, start, end))
    if next(expected, None) is not None:
        raise RuntimeError("phones are missing")
    return found


def _spread(found: Sequence[Found], duration: float) -> tuple[Phone, ...]:
    """Units → phones of the inventory without gaps from 0 to the end."""
    phones: list[Phone] = []
    for unit, start, end in found:
        if unit is None:
            phones.append(Phone(SILENCE, start, end))
        elif len(unit.phones) == 1:
            phones.append(Phone(unit.phones[0].symbol, start, end, unit.phones[0].stress))
        else:
            middle = start + RHOTIC_SPLIT * (end - start)
            phones.append(Phone(unit.phones[0].symbol, start, middle, unit.phones[0].stress))
            phones.append(Phone(unit.phones[1].symbol, middle, end))
    tight: list[Phone] = []
    for phone in phones:
        if phone.symbol == SILENCE and tight and tight[-1].symbol == SILENCE:
            tight[-1] = Phone(SILENCE, tight[-1].start, phone.end)
        else:
            tight.append(phone)
    if tight[0].start > 0.0 and tight[0].symbol != SILENCE:
        tight.insert(0, Phone(SILENCE, 0.0, tight[0].start))
    if tight[-1].symbol != SILENCE and duration - tight[-1].end > 0.02:
        tight.append(Phone(SILENCE, tight[-1].end, duration))
    first, last = tight[0], tight[-1]
    tight[0] = Phone(first.symbol, 0.0, first.end, first.stress)
    last = tight[-1]
    tight[-1] = Phone(last.symbol, min(last.start, duration), duration, last.stress)
    return tuple(tight)


def _later(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """Take the aligner's own bias off the edges between spoken phones."""
    moved = list(phones)
    for index in range(1, len(moved)):
        before, after = moved[index - 1], moved[index]
        if SILENCE in (before.symbol, after.symbol):
            continue
        early = EARLY[_GROUPS[after.symbol]][before.symbol not in _SONORANT]
        edge = max(min(after.start + early, after.end - SHORTEST_PHONE), after.start)
        moved[index - 1] = Phone(before.symbol, before.start, edge, before.stress)
        moved[index] = Phone(after.symbol, edge, after.end, after.stress)
    return tuple(moved)


def _time_words(written: Sequence[str], units: Sequence[Sequence[_Unit]], phones: Sequence[Phone]) -> tuple[Word, ...]:
    """Times of the words from their phones; a word without phones (a sign) has none."""
    spoken = [phone for phone in phones if phone.symbol != SILENCE]
    words, at = [], 0
    for text, pronounced in zip(written, units, strict=True):
        count = sum(len(unit.phones) for unit in pronounced)
        if count:
            words.append(Word(text, spoken[at].start, spoken[at + count - 1].end))
        at += count
    return tuple(words)


if set(ARPABET) != {*VOWELS, *CONSONANTS}:
    raise RuntimeError("ARPABET and the phone inventory of data.py differ")
