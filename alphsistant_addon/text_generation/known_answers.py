"""Looked-up answers: a question that is worded nearly like a known one gets the answer that people wrote to it.

The shipped GPT-2 is small and answers grief at random. The shipped list holds some 33,800 wordings of 12,500 questions.
Likeness is the cosine of tf-idf vectors of words and four-letter pieces (Salton and Buckley, *Term-weighting approaches
in automatic text retrieval*, 1988), which forgives typing errors and endings; beyond that, what a question is about has
to be there on both sides: the two rarest words. Whoever shows such an answer says that it was looked up.
"""

from __future__ import annotations

import json
import random
import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ..core.assets import asset_folder
from ..core.errors import AssetError
from .persona import Persona

FILE: Final = "known_answers.json"
"""Beside the shipped language model; made by ``recipe/known_answers.py``."""

SURE: Final = 0.58
"""Likeness from which a question counts as known."""
WORD_FOR_WORD: Final = 0.95
"""Likeness of what differs by case and signs alone."""
SURE_OF_DANGER: Final = 0.5
"""Likeness from which a question about danger does: a kind answer too many harms less than a cheerful one."""

TELLING_WORDS: Final = 2
"""So many of the rarest words of either wording have to be in the other, or one that is spelt much like each."""
ALIKE, ALIKE_IF_SHORT = 0.75, 0.6
"""``difflib``'s ratio from which two words are taken for one; the lower one up to four letters."""
FILLER_LETTERS: Final = 3
"""An unknown word of no more letters says nothing of what a question is about."""
NUMBERS: Final = frozenset({
    "half", "double", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty",
    "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million",
})  # fmt: skip
"""Words that have to be the same on both sides; “one” is not among them, as it is mostly no number."""
FORMS: Final = frozenset({
    "joke", "riddle", "story", "tale", "poem", "haiku", "limerick", "rhyme", "song", "fact", "line", "name", "word",
})  # fmt: skip
"""What can be asked for: a story about snow is no poem about it."""
GREETING: Final = "hello|hi|hey|hiya|there|so|well|please|tell me|good (?:morning|day|afternoon|evening)"
"""Words before a question that change nothing of it, as :func:`_plain` writes them."""
ASKING: Final = frozenset({"what", "who", "whom", "whose", "where", "when", "which", "how", "why"})
"""A known question that begins with one of them is none to who asks nothing: “My robot is red.”, “What is red?”."""
POINTING: Final = re.compile(r"\b(?:it|that|this|these|those|they|them|their|he|him|his|she|her|ones?)\b")
"""Words of a prompt that stand for something that was said before, as :func:`_plain` writes them."""
LEANING: Final = re.compile(
    POINTING.pattern + r"|\b(?:again|else|instead|another|more|remember)\b"
    r"|^ (?:and|or|but|so|then|why|how about|what about|what if)\b"
    r"|\b(?:what|which|who|where|when|how)\b.*\b(?:my|i|me)\b"
)
"""More of them, where a guess is made."""
_CONTRACTIONS: Final[dict[str, str]] = {
    "can't": "can not", "won't": "will not", "n't": " not", "'s": " is", "'re": " are", "'m": " am", "'ll": " will",
    "'ve": " have", "'d": " would",
}  # fmt: skip
"""Written out, in this order, before words are compared."""

_PIECE: Final = 4
"""Letters of a piece."""
_WORD_CODE: Final = 1 << 40
"""Keeps the codes of words apart from those of pieces."""

SELF_HARM: Final = re.compile(
    r"\b(?:(?:kill|hurt|cut|harm|hang|shoot|drown|starve)(?:ing|ting)? myself(?! (?:laughing|with laughter))"
    r"|(?:end|ending|take|taking) my (?:own )?life|suicid\w*|self[- ]?harm\w*"
    r"|(?:want|wish|going|rather|ready|better) (?:i (?:was|were) |to )?(?:be )?(?:die|dead)"
    r"(?! (?:laughing|of laughter|of boredom))"
    r"|(?:do not|dont|no longer) (?:want|wish) to (?:live|be alive|wake up|exist|be here any ?more)"
    r"|no (?:reason|point) (?:to|in) (?:live|living|going on)|better off without me)\b"
)
"""Words of somebody who may be in danger of their life, as :func:`_plain` writes them."""

SELF_HARM_ANSWER: Final = (
    "I am so glad that you told me, and I take it seriously. You matter. "
    "Please talk to somebody now: a person you trust, a crisis line, or the emergency services where you live."
)
"""Fixed: it is spoken whatever else is known, and shown as fixed."""


ADDRESSED: Final = re.compile(r"\b(?:you|your|yours|yourself|u|alphsistant)\b")
"""Words of a question to somebody about themselves."""
SPEAKER: Final = re.compile(
    r"\b(?:i|me|my|mine|myself|we|us|our|alphsistant|blender|mesh\w*|polygons?|vert\w+|keyframes?|renders?|cube)\b"
)
"""Words of an answer that tell who speaks, or that it is a face in Blender."""

WRITTEN, NEAREST = "written", "nearest"
"""An answer that people wrote to the same question, or to the one that comes nearest."""
FACTS, WORKED_OUT, WORDNET, NOTES, TALK = "facts", "worked out", "WordNet", "notes", "talk"
"""A table of facts, arithmetic and the calendar, a dictionary, the user's own notes, what they told in this talk."""
PERSONA = "persona"
"""An example in the text that says who answers."""


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """What was found."""

    text: str
    """The answer."""
    question: str
    """The known wording that is nearest; empty for an answer that is fixed by rule."""
    fixed: bool = False
    """Whether it is about danger, where nothing but a written answer will do."""
    source: str = WRITTEN
    """Where it comes from: one of the constants above."""

    @property
    def is_personal(self) -> bool:
        """Whether it is about who asks or answers: what people wrote for Alphsistant is then wrong for anybody else."""
        is_written = self.source in {WRITTEN, NEAREST} and not self.fixed
        return is_written and bool(ADDRESSED.search(_plain(self.question)) or SPEAKER.search(_plain(self.text)))


class KnownAnswers:
    """Questions and their answers, to be found by likeness."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        """Index the entries: ``q`` wordings, ``a`` answers, ``fixed`` where it is about danger."""
        self._entries = entries
        self._questions = [question for entry in entries for question in entry["q"]]
        self._owners = np.repeat(np.arange(len(entries)), [len(entry["q"]) for entry in entries])
        documents, codes = _pieces([_plain(question) for question in self._questions])
        # One row for each piece of each wording, with how often it stands there; sorted by piece.
        self._codes, places = np.unique(codes, return_inverse=True)
        rows, counts = np.unique(places * len(self._questions) + documents, return_counts=True)
        places, self._documents = np.divmod(rows, max(len(self._questions), 1))
        spread = np.bincount(places, minlength=len(self._codes))
        self._starts = np.append(0, np.cumsum(spread))
        self._rarity = np.log(1.0 + len(self._questions) / (1.0 + spread))
        weights = (1.0 + np.log(counts)) * np.repeat(self._rarity, spread)
        lengths = np.sqrt(np.bincount(self._documents, weights**2, minlength=len(self._questions)))
        self._weights = weights / lengths[self._documents]

    @classmethod
    def load(cls, path: Path | None = None) -> KnownAnswers:
        """Read a list of answers, the shipped one by default.

        Raises:
            AssetError: it is missing or damaged.
        """
        path = path or asset_folder("language_model") / FILE
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
            return cls([entry for entry in entries if entry["q"] and entry["a"]])
        except OSError as error:
            raise AssetError(f"The known answers “{path}” cannot be read: {error.strerror or error}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise AssetError(f"The file “{path}” is damaged: install the add-on again from its zip.") from error

    def find(self, prompt: str, seed: int = 0, *, is_first: bool = True) -> KnownAnswer | None:
        """Return the answer to a known question; ``None`` if no known wording is like the prompt.

        Where a question has several answers, ``seed`` chooses. Unless the prompt ``is_first`` in its talk, one that
        leans on what was said before has to be known word for word.
        """
        if danger := answer_to_danger(prompt):
            return danger
        nearest = self._nearest(_plain(prompt))
        if nearest is None:
            return None
        question, likeness = nearest
        entry = self._entries[int(self._owners[question])]
        fixed = bool(entry.get("fixed", False))
        least = SURE_OF_DANGER if fixed else SURE
        if not is_first and not fixed and POINTING.search(_plain(prompt)):
            least = WORD_FOR_WORD
        if likeness < least or not self._is_about(_plain(prompt), question):
            return None
        return KnownAnswer(random.Random(seed).choice(entry["a"]), self._questions[question], fixed)

    def find_nearest(self, prompt: str, seed: int = 0, *, is_first: bool = True) -> KnownAnswer | None:
        """Return the answer to a question that is less exact than the prompt, but about the same; else ``None``.

        “Thanks a lot, you were great.” gets the answer to “Thanks a lot.”: all that the known wording is about has to
        be in the prompt, not the other way round. Questions about danger are not guessed at, and unless the prompt
        ``is_first`` in its talk, one that may lean on what was said before is left alone.
        """
        plain = _plain(prompt)
        nearest = self._nearest(plain)
        if nearest is None or (not is_first and LEANING.search(plain)):
            return None
        question, likeness = nearest
        entry = self._entries[int(self._owners[question])]
        asked, known = plain.split(), _plain(self._questions[question]).split()
        is_near = bool(
            likeness >= SURE
            and not entry.get("fixed", False)
            and _numbers(asked) == _numbers(known)
            and FORMS.intersection(asked) == FORMS.intersection(known)
            and (known[0] not in ASKING or ASKING.intersection(asked))
            and self._holds_telling_words(known, asked, 1)
        )
        if not is_near:
            return None
        return KnownAnswer(random.Random(seed).choice(entry["a"]), self._questions[question], source=NEAREST)

    def _nearest(self, plain: str) -> tuple[int, float] | None:
        """Number of the likest known wording and its likeness; ``None`` where nothing is known or nothing was said."""
        if not self._questions or not plain.strip():
            return None
        likeness = self._likeness(plain)
        question = int(likeness.argmax())
        return question, float(likeness[question])

    def _is_about(self, plain: str, question: int) -> bool:
        """Say whether the rarest words of the prompt are in the known wording, and the other way round."""
        asked, known = plain.split(), _plain(self._questions[question]).split()
        if _numbers(asked) != _numbers(known):
            return False
        return self._holds_telling_words(asked, known) and self._holds_telling_words(known, asked)

    def _holds_telling_words(self, words: list[str], others: list[str], count: int = TELLING_WORDS) -> bool:
        rarest = sorted(set(words), key=lambda word: (-self._rarity_of(word), word))[:count]
        return all(any(_are_alike(word, other) for other in others) for word in rarest)

    def _rarity_of(self, word: str) -> float:
        code = _WORD_CODE | crc32(word.encode())
        place = int(np.searchsorted(self._codes, code))
        is_known = place < len(self._codes) and self._codes[place] == code
        if is_known:
            return float(self._rarity[place])
        return 0.0 if len(word) <= FILLER_LETTERS else np.inf

    def _likeness(self, plain: str) -> npt.NDArray[np.float64]:
        """Cosine between the prompt and every known wording, shape ``[wordings]``."""
        codes, counts = np.unique(_pieces([plain])[1], return_counts=True)
        places = np.searchsorted(self._codes, codes)
        known = (places < len(self._codes)) & (self._codes[np.minimum(places, len(self._codes) - 1)] == codes)
        rarest = np.log(1.0 + len(self._questions))
        weights = (1.0 + np.log(counts)) * np.where(known, self._rarity[np.where(known, places, 0)], rarest)
        found = np.zeros(len(self._questions))
        for place, weight in zip(places[known], weights[known], strict=True):
            rows = slice(self._starts[place], self._starts[place + 1])
            found[self._documents[rows]] += weight * self._weights[rows]
        length = float(np.sqrt(np.square(weights).sum()))
        return found / length if length else found


def answer_to_danger(prompt: str) -> KnownAnswer | None:
    """Return the fixed answer to words of somebody who may be in danger of their life; else ``None``."""
    return KnownAnswer(SELF_HARM_ANSWER, "", fixed=True) if SELF_HARM.search(_plain(prompt)) else None


def _numbers(words: list[str]) -> list[str]:
    """What counts something, sorted: two hours are not one hour, but eight times seven is seven times eight."""
    return sorted(word for word in words if word.isdigit() or word in NUMBERS)


def _are_alike(word: str, other: str) -> bool:
    least = ALIKE_IF_SHORT if len(word) <= _PIECE else ALIKE
    return SequenceMatcher(None, word, other).ratio() >= least


def find_example(prompt: str, persona: Persona, seed: int = 0) -> KnownAnswer | None:
    """Return the answer of a persona's example that asks the same but for case, signs and a greeting; else ``None``.

    Where several examples ask the same, ``seed`` chooses.
    """
    asked = _plain(prompt)
    if not asked.strip():
        return None
    greeting = re.match(rf"(?: (?:{GREETING}|{re.escape(_plain(persona.name).strip() or GREETING)}))* ", asked)
    wanted = {asked, asked[greeting.end() - 1 :] if greeting else asked}
    found = [(human, answer) for human, answer in persona.examples if _plain(human) in wanted]
    if not found:
        return None
    human, answer = random.Random(seed).choice(found)
    return KnownAnswer(answer, human, source=PERSONA)


def _plain(text: str) -> str:
    """Small letters and figures without accents, single spaces between words and around the whole."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("’", "'")).encode("ascii", "ignore").decode()
    if "'" in letters:
        for short, long in _CONTRACTIONS.items():
            letters = re.sub(rf"{short}\b", long, letters)
    words = re.findall(r"[a-z0-9'-]+", letters)
    return f" {' '.join(words)} "


def _pieces(texts: list[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Cut plain texts into all pieces of four letters and into words: the text's number and a code, for each of them.

    Every word counts twice: a story about a fox is not the one about a robot, however alike the rest is.
    """
    words = [(number, _WORD_CODE | crc32(word.encode())) for number, text in enumerate(texts) for word in text.split()]
    numbers, codes = np.array(words * 2, dtype=np.int64).reshape(-1, 2).T
    letters = np.frombuffer("\n".join(texts).encode("ascii"), np.uint8).astype(np.int64)
    if len(letters) < _PIECE:
        return numbers, codes
    windows = np.lib.stride_tricks.sliding_window_view(letters, _PIECE)
    inside = (windows != ord("\n")).all(axis=1)
    piece_codes = windows @ (256 ** np.arange(_PIECE))
    piece_numbers = np.cumsum(letters == ord("\n"))[: len(windows)]
    return np.concatenate((numbers, piece_numbers[inside])), np.concatenate((codes, piece_codes[inside]))
