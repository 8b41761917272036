"""Written words → phones, by espeak-ng's General American rules and dictionary.

espeak-ng covers unknown words, its data ships inside the ``espeakng-loader`` wheel, and ``phonemizer`` calls it. Its
symbols are mapped to the inventory of :mod:`alphsistant_addon.core.speech`, the same for training and for speaking.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..core.errors import DependencyError, TextError
from ..core.phone_inventory import CONSONANTS, VOWELS
from .rules.homographs import homograph_sounds

if TYPE_CHECKING:
    from phonemizer.backend import EspeakBackend

PUNCTUATION: Final = (",", ".", "?", "!", ";", ":", "—")
"""Signs the voice hears as pauses and intonation."""

STRESS_MARKS: Final = {"ˈ": 1, "ˌ": 2}

ESPEAK_TO_PHONES: Final[dict[str, tuple[str, ...]]] = {
    # Length marks carry no contrast in General American (espeak-ng, phsource/ph_english_us).
    "iː": ("i",), "uː": ("u",), "ɑː": ("ɑ",), "ɔː": ("ɔ",), "oː": ("ɔ",), "aː": ("ɑ",),
    "a": ("æ",), "ɒ": ("ɑ",), "o": ("oʊ",), "e": ("eɪ",), "ɐ": ("ə",),
    # Rhotic vowels: vowel and ɹ, so that the lips can tell them apart.
    "ɜː": ("ɜ", "ɹ"), "ɝ": ("ɜ", "ɹ"), "ɚ": ("ə", "ɹ"), "ɑːɹ": ("ɑ", "ɹ"), "ɔːɹ": ("ɔ", "ɹ"), "oːɹ": ("ɔ", "ɹ"),
    "ɛɹ": ("ɛ", "ɹ"), "ɪɹ": ("ɪ", "ɹ"), "ʊɹ": ("ʊ", "ɹ"), "aɪɚ": ("aɪ", "ə", "ɹ"), "aɪə": ("aɪ", "ə"),
    "aʊɚ": ("aʊ", "ə", "ɹ"), "iə": ("i", "ə"), "eə": ("ɛ", "ə"), "ʊə": ("ʊ", "ə"), "əʊ": ("oʊ",),
    # Syllabic consonants.
    "əl": ("ə", "l"), "l̩": ("ə", "l"), "n̩": ("ə", "n"), "m̩": ("ə", "m"), "əm": ("ə", "m"), "ən": ("ə", "n"),
    # Sounds of other languages in English speech.
    "x": ("k",), "ɬ": ("l",), "r": ("ɹ",), "g": ("ɡ",), "ɫ": ("l",), "ç": ("h",), "ʍ": ("w",), "ɲ": ("n", "j"),
    "y": ("i",), "ø": ("ɜ",), "œ": ("ɜ",), "ɔ̃": ("ɔ", "n"), "ɑ̃": ("ɑ", "n"), "ts": ("t", "s"), "dz": ("d", "z"),
    "ʁ": ("ɹ",), "β": ("v",), "ɣ": ("ɡ",), "q": ("k",), "ɕ": ("ʃ",), "ʑ": ("ʒ",), "t̪": ("t",), "d̪": ("d",),
}  # fmt: skip
"""espeak-ng's en-us phones that are not in the inventory as they stand."""

_INVENTORY: Final = frozenset((*VOWELS, *CONSONANTS))
_VOWELS: Final = frozenset(VOWELS)
_MARKED_PHONE: Final = re.compile(
    f"([{''.join(STRESS_MARKS)}]?)({'|'.join(sorted(_INVENTORY, key=len, reverse=True))})"
)
_BETWEEN_CLAUSES: Final = re.compile(rf"\s*([{re.escape(''.join(PUNCTUATION))}])\s*")
_MARKS: Final = re.compile(r"[ːˑʲʰ\u0303\u0329\u032a\u0361ˈˌ]")


@dataclass(frozen=True, slots=True)
class SpokenPhone:
    """A phone before it has a time.

    ``symbol`` is of the inventory, ``stress`` 0 to 2, ``word`` the index of its word in the sentence.
    """

    symbol: str
    stress: int
    word: int

    @property
    def token(self) -> str:
        """The symbol with its stress mark, as the networks know it (``ˈoʊ``)."""
        return ("", "ˈ", "ˌ")[self.stress] + self.symbol


@dataclass(frozen=True, slots=True)
class Transcription:
    """A sentence in phones.

    ``tokens`` holds phone tokens (with stress marks), ``" "`` between words and punctuation signs; ``phones`` has the
    :class:`SpokenPhone` of each token, ``None`` for the rest. ``words`` are the words as they were given.
    """

    tokens: tuple[str, ...]
    phones: tuple[SpokenPhone | None, ...]
    words: tuple[str, ...]


@functools.cache
def set_up_espeak() -> None:
    """Tell phonemizer where espeak-ng's library and data are.

    Raises:
        DependencyError: phonemizer or espeakng-loader is not installed.
    """
    try:
        import espeakng_loader  # noqa: PLC0415  (heavy: only when speaking)
        from phonemizer.backend.espeak.wrapper import EspeakWrapper  # noqa: PLC0415
    except ImportError as error:
        raise DependencyError(
            f"The package “{error.name}” is missing: install phonemizer and espeakng-loader to let the voice read."
        ) from error
    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())


@functools.cache
def _backend() -> EspeakBackend:
    """Return the espeak-ng backend of this process; the library is loaded once.

    Raises:
        DependencyError: phonemizer or espeakng-loader is not installed.
    """
    set_up_espeak()
    from phonemizer.backend import EspeakBackend  # noqa: PLC0415  (heavy: only when speaking)

    # It warns where espeak-ng joins words (“in the”), which :func:`_group_words` sorts out.
    quiet = logging.getLogger("alphsistant.phonemizer")
    quiet.setLevel(logging.ERROR)
    return EspeakBackend(
        "en-us", with_stress=True, language_switch="remove-flags", words_mismatch="ignore", logger=quiet
    )


def _map(espeak: str, word: int) -> list[SpokenPhone]:
    """Map one espeak-ng phone (stress mark in front, if any) to phones of the inventory.

    Only the first vowel of a phone that is split carries the stress.
    """
    stress = max((level for mark, level in STRESS_MARKS.items() if mark in espeak), default=0)
    phones = []
    for symbol in _symbols(espeak.replace("ˈ", "").replace("ˌ", "")):
        is_stressed = symbol in _VOWELS
        phones.append(SpokenPhone(symbol, stress if is_stressed else 0, word))
        if is_stressed:
            stress = 0
    return phones


def _symbols(espeak: str) -> tuple[str, ...]:
    """Write an espeak-ng phone without stress in symbols of the inventory.

    Of a foreign phone, what remains without length and diacritics counts, sign by sign; an unknown sign is left out.
    """
    known = _known_symbols(espeak)
    if known:
        return known
    bare = _MARKS.sub("", espeak)
    return _known_symbols(bare) or tuple(symbol for sign in bare for symbol in _known_symbols(sign))


def _known_symbols(espeak: str) -> tuple[str, ...]:
    return (espeak,) if espeak in _INVENTORY else ESPEAK_TO_PHONES.get(espeak, ())


def _espeak(texts: Sequence[str]) -> list[list[list[str]]]:
    """Phonemize: one list of words, each a list of espeak-ng phones, per text."""
    from phonemizer.separator import Separator  # noqa: PLC0415

    lines = _backend().phonemize(list(texts), separator=Separator(phone="_", word=" ", syllable=""), strip=False)
    return [[[p for p in word.split("_") if p] for word in line.split(" ") if word.strip("_")] for line in lines]


def _group_words(words: Sequence[str], spoken: list[list[str]]) -> list[list[str]]:
    """Give each written word its phones, also where espeak-ng joined or split words (“in the” → ``ɪnðə``).

    Where the counts differ, each word is phonemized alone, and what was heard is shared out by aligning it with that
    (Levenshtein). espeak-ng also leaves words out: it says “B B B B B B” three times only. Those keep their own phones.
    """
    if len(spoken) == len(words):
        return spoken
    alone = [[phone for part in parts for phone in part] for parts in _espeak(words)]
    heard = [phone for word in spoken for phone in word]
    word_of_reference = [index for index, phones in enumerate(alone) for _ in phones]
    references = _align([phone for phones in alone for phone in phones], heard)
    grouped: list[list[str]] = [[] for _ in words]
    word = 0
    for phone, reference in zip(heard, references, strict=True):
        if reference >= 0:
            word = max(word, word_of_reference[reference])
        grouped[word].append(phone)
    return [phones or phones_alone for phones, phones_alone in zip(grouped, alone, strict=True)]


def _align(reference: Sequence[str], heard: Sequence[str]) -> list[int]:
    """Return for each heard phone the index of its reference phone, −1 for an insertion."""
    rows, columns = len(reference) + 1, len(heard) + 1
    cost = [[i + j if 0 in (i, j) else 0 for j in range(columns)] for i in range(rows)]
    for i in range(1, rows):
        for j in range(1, columns):
            same = reference[i - 1].lstrip("ˈˌ") == heard[j - 1].lstrip("ˈˌ")
            cost[i][j] = min(cost[i - 1][j - 1] + (not same), cost[i - 1][j] + 1, cost[i][j - 1] + 1)
    owners = [-1] * len(heard)
    i, j = len(reference), len(heard)
    while i and j:
        same = reference[i - 1].lstrip("ˈˌ") == heard[j - 1].lstrip("ˈˌ")
        if cost[i][j] == cost[i - 1][j - 1] + (not same):
            i, j = i - 1, j - 1
            owners[j] = i
        elif cost[i][j] == cost[i][j - 1] + 1:
            j -= 1
        else:
            i -= 1
    return owners


def _of_sound(sound: str, word: int) -> list[SpokenPhone]:
    """Read a word of :mod:`.rules.homographs` (``ɹᵻkˈɔɹd``) as phones."""
    return [SpokenPhone(symbol, STRESS_MARKS.get(mark, 0), word) for mark, symbol in _MARKED_PHONE.findall(sound)]


def _without_doubled_r(phones: Sequence[SpokenPhone]) -> list[SpokenPhone]:
    """Leave out the second ɹ where espeak-ng links words (“water in” is ɚ ɹ): one is heard."""
    return [
        phone
        for phone, before in zip(phones, [None, *phones], strict=False)
        if not (phone.symbol == "ɹ" and before is not None and before.symbol == "ɹ")
    ]


def transcribe(sentence: str, sounds: Mapping[str, str] | None = None) -> Transcription:
    """Phonemize one sentence of letters, apostrophes, spaces and :data:`PUNCTUATION`.

    Homographs (“a record”, “to record”) sound as :mod:`.rules.homographs` chooses by the words around. ``sounds`` are
    pronunciations that somebody wants (``{"record": "ɹˈɛkɔɹd"}``): those words sound like that wherever they stand.

    Raises:
        TextError: nothing in the sentence can be pronounced.
        DependencyError: the phonemizer is not installed.
    """
    chunks = [chunk for chunk in _BETWEEN_CLAUSES.split(sentence.strip()) if chunk.strip()]
    clauses = [chunk for chunk in chunks if chunk not in PUNCTUATION]
    spoken = iter(_espeak(clauses)) if clauses else iter(())
    places = [word for chunk in chunks for word in chunk.split()]
    chosen = homograph_sounds(places) | {i: sounds[word] for i, word in enumerate(places) if sounds and word in sounds}
    tokens: list[str] = []
    phones: list[SpokenPhone | None] = []
    words: list[str] = []
    place = 0  # among words and punctuation signs
    for chunk in chunks:
        if chunk in PUNCTUATION:
            place += 1
            if tokens and tokens[-1] not in PUNCTUATION:
                tokens.append(chunk)
                phones.append(None)
            continue
        written = chunk.split()
        for word, espeak_phones in zip(written, _group_words(written, next(spoken)), strict=True):
            found = _of_sound(chosen.get(place, ""), len(words)) or _without_doubled_r(
                [phone for part in espeak_phones for phone in _map(part, len(words))]
            )
            if found and tokens:
                tokens.append(" ")
                phones.append(None)
            tokens += [phone.token for phone in found]
            phones += found
            words.append(word)
            place += 1
    if not any(phones):
        raise TextError("There is nothing in the text that can be pronounced.")
    return Transcription(tuple(tokens), tuple(phones), tuple(words))
