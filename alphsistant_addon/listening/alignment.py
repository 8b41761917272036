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
from ..core.progress import CancelEvent, Progress, check_cancel, part_of, untold
from ..core.speech import Phone, Speech, Word
from ..text_to_phones.phones import SpokenPhone
from .by_ears import Alignment, Span, align_by_ears, hear, likelihood
from .ears import check_recording
from .edges import refine
from .features import dynamic_range
from .long_recordings import Piece, cut_between_words
from .phone_decoding import merge_pauses
from .pocketsphinx_decoder import RATE, feed, make_decoder, resample, to_pcm
from .pronunciation import ENGLISH, language_of
from .recognition import recognise_words
from .stretches import without_stretches

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

RECOGNISED: Final = 0.6
"""Share of the work that is done when the words are recognised, where there is no transcript."""

HEARD: Final = 0.3
"""Share of the rest that is done when the ears have found the words."""

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
    progress: Progress = untold,
) -> Speech:
    """Find the phones of a recording. Memory and time grow with its length.

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
        progress: called now and then with the share (0…1) of the work that is done.

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
    audible = resample(samples, sample_rate)
    warnings: tuple[str, ...] = ()
    if transcript is None or not transcript.strip():
        recognising, progress = part_of(progress, 0.0, RECOGNISED), part_of(progress, RECOGNISED, 1.0)
        transcript = recognise_words(audible, whisper=whisper, cancel=cancel, progress=recognising)
        if not re.search(r"\w", transcript):
            speech = hear(samples, sample_rate, cancel=cancel)
            return replace(speech, warnings=("No words could be made out: the lips follow the sound alone.",))
        warnings = (f"No transcript was given; heard: “{transcript}”.",)
    by_ears, by_pocketsphinx = part_of(progress, 0.0, HEARD), part_of(progress, HEARD, 1.0)
    own = align_by_ears(samples, sample_rate, transcript, language=language, cancel=cancel, progress=by_ears)
    speech = own.speech
    if (language or language_of(transcript)) == ENGLISH and dynamic_range(audible) > QUIET_ROOM:
        speech = _by_pocketsphinx(own, audible, cancel, by_pocketsphinx)
    progress(1.0)
    return replace(speech, warnings=(*warnings, *speech.warnings))


def _by_pocketsphinx(
    own: Alignment, audible: npt.NDArray[np.float32], cancel: CancelEvent | None, progress: Progress
) -> Speech:
    """Take the phones of PocketSphinx's US English model, piece by piece, wherever the ears agree."""
    speech = own.speech
    phones: list[Phone] = []
    words: list[Word] = []
    for piece in cut_between_words(own.said, own.unwritten, speech.duration):
        check_cancel(cancel)
        heard = own.heard.between(piece.start, piece.end)
        best = _within(speech.phones, piece)
        times = [(said.start, said.end) for said in piece.words]
        theirs = _force_piece(piece, speech, audible, cancel) if piece.words and piece.is_complete else None
        if theirs and likelihood(heard, theirs) > likelihood(heard, best) - DISAGREEMENT:
            best = theirs
            times = [(piece.start + start, piece.start + end) for start, end in _time_words(piece, theirs)]
        phones += [replace(p, start=piece.start + p.start, end=piece.start + p.end) for p in best]
        words += [Word(said.word.text, *span) for said, span in zip(piece.words, times, strict=True)]
        progress(piece.end / speech.duration)
    return replace(speech, phones=tuple(merge_pauses(_closed(phones))), words=tuple(words))


def _within(phones: Sequence[Phone], piece: Piece) -> list[Phone]:
    """Phones of a piece, with times that count from its start."""
    length = piece.end - piece.start
    inside = (p for p in phones if p.end > piece.start and p.start < piece.end)
    return [replace(p, start=max(p.start - piece.start, 0.0), end=min(p.end - piece.start, length)) for p in inside]


def _force_piece(
    piece: Piece, speech: Speech, audible: npt.NDArray[np.float32], cancel: CancelEvent | None
) -> list[Phone] | None:
    """Phones of a piece, with times that count from its start; ``None`` where PocketSphinx finds no way through."""
    pcm = to_pcm(audible[round(piece.start * RATE) : round(piece.end * RATE)])
    found = _force(pcm, [_to_units(said.word.phones) for said in piece.words], cancel)
    if found is None:
        return None
    rate = speech.sample_rate
    samples = speech.samples[round(piece.start * rate) : round(piece.end * rate)]
    phones = _later(_spread(found, piece.end - piece.start))
    return list(without_stretches(refine(phones, samples, rate), samples, rate))


def _closed(phones: Sequence[Phone]) -> list[Phone]:
    """Let each phone begin where the one before it ends: times that were moved forth and back differ by a rounding."""
    return [replace(p, start=phones[i - 1].end) if i else p for i, p in enumerate(phones)]


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


def _time_words(piece: Piece, phones: Sequence[Phone]) -> list[Span]:
    """Times of a piece's words from their phones."""
    spoken = [phone for phone in phones if phone.symbol != SILENCE]
    spans, at = [], 0
    for said in piece.words:
        count = len(said.word.phones)
        spans.append((spoken[at].start, spoken[at + count - 1].end))
        at += count
    return spans


if set(ARPABET) != {*VOWELS, *CONSONANTS}:
    raise RuntimeError("ARPABET and the phone inventory of data.py differ")
