"""Where written phones are heard: the best path through what the acoustic model hears (Viterbi 1967).

The path goes through the words in order. Between two words there may be silence, or speech that is not written; a word
that is not said may be left out. Both cost so much that a word which is said, however unclearly, is cheaper. Only the
words around the best path so far are looked at, so time and memory grow with the length of the recording alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.phone_inventory import SILENCE
from ..core.progress import CancelEvent, Progress, check_cancel, untold
from .acoustic_model import CLASS_INDEX, FRAME, SAME, SPLIT, Heard

FloatArray = npt.NDArray[np.float32]

DOUBT: Final = 2e-3
"""Added to every probability: no phone is ever impossible."""

SHORTEST: Final = 3
"""Frames that each part of a phone lasts at least."""
LONGER: Final[dict[str, int]] = dict.fromkeys(("s", "ʃ", "ʒ", "z", "tʃ", "dʒ", "f", "p", "k", "ɑ", "ɛ", "i"), 4)
SHORTER: Final[dict[str, int]] = dict.fromkeys(("ɾ", "ə", "ɹ", "n", "d", "j", "w", "ð"), 2)
"""Phones that last at least some other number of frames, in 97 of 100 cases of the voices that the ears learnt from."""

UNWRITTEN: Final = 2.5
"""Cost of each frame that is taken for speech which is not written, beside that of the likeliest phone."""
UNWRITTEN_START: Final = 14.0
UNSAID_WORD: Final = 12.0
UNSAID_PHONE: Final = 8.0
"""Cost of leaving out a word, and of each part of its phones."""
PAUSE_START: Final = 1.0

WORDS_BEHIND, WORDS_AHEAD = 40, 120
"""Words around the best one that are looked at."""
STEADY: Final = 25
"""Frames between two moves of that window."""

NEVER: Final = np.float32(-1e9)

_WORD, _SILENCE, _UNWRITTEN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive frames of one kind: a phone of a word, silence, or speech that is not written."""

    word: int
    """Index of the word; −1 for silence, −2 for speech that is not written."""
    phone: int
    """Index of the phone in its word."""
    start: float
    end: float
    """Seconds."""


UNWRITTEN_SPEECH: Final = -2


@dataclass(frozen=True)
class Path:
    """The best path."""

    stretches: tuple[Stretch, ...]
    """In order, without gaps, from 0 to the end of what was heard."""
    unsaid: tuple[int, ...]
    """Words that are not said."""


@dataclass(frozen=True)
class _States:
    """All words as one row of states: before each word (and after the last) a silence and an unwritten one."""

    classes: npt.NDArray[np.int64]
    """Class of each state; that of silence for the unwritten ones, which are scored by themselves."""
    loops: npt.NDArray[np.bool_]
    """Whether a state may last."""
    firsts: npt.NDArray[np.int64]
    """Index of each junction's silence; its unwritten state and the next word's first state follow."""
    words: npt.NDArray[np.int64]
    phones: npt.NDArray[np.int64]
    """Word and phone of each state."""
    costs: npt.NDArray[np.float64]
    """Cost of leaving out all words before each junction."""


def _states(words: Sequence[Sequence[str]]) -> _States:
    classes: list[int] = []
    loops: list[bool] = []
    firsts: list[int] = []
    owners: list[int] = []
    phones: list[int] = []
    costs = [0.0]
    for index, word in enumerate([*words, []]):
        firsts.append(len(classes))
        classes += [CLASS_INDEX[SILENCE]] * 2
        loops += [True] * 2
        owners += [-1, UNWRITTEN_SPEECH]
        phones += [-1] * 2
        parts = 0
        for number, symbol in enumerate(word):
            plain = SAME.get(symbol, symbol)
            for part in SPLIT.get(plain, (plain,)):
                count = LONGER.get(part) or SHORTER.get(part) or SHORTEST
                classes += [CLASS_INDEX[part]] * count
                loops += [False] * (count - 1) + [True]
                owners += [index] * count
                phones += [number] * count
                parts += 1
        costs.append(costs[-1] + UNSAID_WORD + UNSAID_PHONE * parts)
    return _States(
        np.array(classes), np.array(loops), np.array(firsts), np.array(owners), np.array(phones), np.array(costs[:-1])
    )


def scores_of(heard: Heard) -> FloatArray:
    """Return the logarithm of what was heard, shape ``[frames, classes]``."""
    return np.asarray(np.log(heard.phones + np.float32(DOUBT)), np.float32)


class _Search:
    """The words around the best path, frame by frame."""

    def __init__(self, states: _States, scores: FloatArray) -> None:
        self.states, self.scores = states, scores
        speech = np.delete(scores, CLASS_INDEX[SILENCE], axis=1)
        self.unwritten = speech.max(axis=1) - np.float32(UNWRITTEN)
        self.last_junction = len(states.firsts) - 1
        self.first, self.last = 0, min(WORDS_AHEAD, self.last_junction)
        """Junctions of the window."""
        self._aim()
        self.best = np.full(len(self.classes), NEVER, np.float32)
        # What was decided in each frame: the window's first junction; of each state, whether it stayed; of each
        # junction, from which one it was reached and how that one was.
        self.windows = np.zeros(len(scores) + 1, np.int32)
        self.stays: list[npt.NDArray[np.uint8]] = []
        self.sources: list[npt.NDArray[np.int16]] = []
        self.kinds: list[npt.NDArray[np.int8]] = []

    def _aim(self) -> None:
        """Look at the states of the window."""
        states = self.states
        self.offset = int(states.firsts[self.first])
        end = int(states.firsts[self.last]) + 2
        window = slice(self.offset, end)
        self.classes = states.classes[window]
        self.loops = states.loops[window]
        self.junctions = states.firsts[self.first : self.last + 1] - self.offset
        # Counted from the window's start, as the scores are from its best: single precision is enough then.
        costs = states.costs[self.first : self.last + 1]
        self.costs = (costs - costs[0]).astype(np.float32)
        self.ends = self.junctions[1:] - 1
        self.starts = self.junctions[:-1] + 2

    def move(self) -> None:
        """Move the window along with the best path, whose score becomes 0."""
        self.best -= self.best.max()
        where = int(self.best.argmax()) + self.offset
        middle = int(np.searchsorted(self.states.firsts, where, side="right")) - 1
        first, last = max(middle - WORDS_BEHIND, self.first), min(middle + WORDS_AHEAD, self.last_junction)
        if first == self.first and last == self.last:
            return
        kept, before = self.best, self.offset
        self.first, self.last = first, last
        self._aim()
        self.best = np.full(len(self.classes), NEVER, np.float32)
        overlap = min(len(kept) - (self.offset - before), len(self.best))
        self.best[:overlap] = kept[self.offset - before : self.offset - before + overlap]

    def junction_scores(self, *, start: bool = False) -> FloatArray:
        """Score of standing before each word of the window, and note how it was reached."""
        reached = np.full((3, len(self.junctions)), NEVER, np.float32)
        if start:
            reached[_WORD, 0] = 0.0
        else:
            reached[_WORD, 1:] = self.best[self.ends]
            reached[_SILENCE] = self.best[self.junctions]
            reached[_UNWRITTEN] = self.best[self.junctions + 1]
        kinds = reached.argmax(axis=0)
        level = reached.max(axis=0) + self.costs
        highest = np.maximum.accumulate(level)
        sources = np.maximum.accumulate(np.where(level >= highest, np.arange(len(level)), 0))
        self.sources.append(sources.astype(np.int16))
        self.kinds.append(kinds.astype(np.int8))
        return np.asarray(highest - self.costs, np.float32)

    def step(self, frame: int) -> None:
        """Go through one frame."""
        self.windows[frame] = self.first
        junctions = self.junction_scores(start=frame == 0)
        arrive = np.empty_like(self.best)
        arrive[1:] = self.best[:-1]
        arrive[self.junctions] = junctions - np.float32(PAUSE_START)
        arrive[self.junctions + 1] = junctions - np.float32(UNWRITTEN_START)
        arrive[self.starts] = junctions[:-1]
        stay = np.where(self.loops, self.best, NEVER)
        stays = stay >= arrive
        self.stays.append(np.packbits(stays))
        said = self.scores[frame][self.classes]
        said[self.junctions + 1] = self.unwritten[frame]
        self.best = np.maximum(stay, arrive) + said

    def trace(self) -> tuple[npt.NDArray[np.int64], set[int]]:
        """Return the state of each frame and the words that were left out."""
        count = len(self.scores)
        self.windows[count] = self.first
        left = self.states.costs[-1] - self.states.costs[self.first : self.last + 1]
        final = self.junction_scores() - left
        unsaid = set(range(self.first + int(final.argmax()), self.last_junction))
        state = self._before(count, self.first + int(final.argmax()), unsaid)
        path = np.empty(count, np.int64)
        for frame in range(count - 1, -1, -1):
            path[frame] = state
            local = state - int(self.states.firsts[self.windows[frame]])
            if (self.stays[frame][local >> 3] >> (7 - (local & 7))) & 1:
                continue
            junction = int(np.searchsorted(self.states.firsts, state, side="right")) - 1
            if state - int(self.states.firsts[junction]) <= 2:
                if frame:
                    state = self._before(frame, junction, unsaid)
                else:
                    unsaid.update(range(int(self.sources[0][junction]), junction))
            else:
                state -= 1
        return path, unsaid

    def _before(self, frame: int, junction: int, unsaid: set[int]) -> int:
        """State from which a junction was reached in a frame."""
        first = int(self.windows[frame])
        source = first + int(self.sources[frame][junction - first])
        unsaid.update(range(source, junction))
        kind = int(self.kinds[frame][source - first])
        start = int(self.states.firsts[source])
        return start - 1 if kind == _WORD else start if kind == _SILENCE else start + 1


def find_words(
    heard: Heard,
    words: Sequence[Sequence[str]],
    cancel: CancelEvent | None = None,
    progress: Progress = untold,
) -> Path:
    """Return the best path through the words.

    Args:
        heard: what the acoustic model heard.
        words: symbols of the inventory for each word, in the order in which they are written.
        cancel: looked at every quarter of a second of sound.
        progress: called as often with the share (0…1) of the recording that is looked through.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    scores = scores_of(heard)
    if len(scores) == 0:
        return Path((), tuple(range(len(words))))
    states = _states(words)
    search = _Search(states, scores)
    for frame in range(len(scores)):
        if frame % STEADY == 0:
            check_cancel(cancel)
            progress(frame / len(scores))
            if frame:
                search.move()
        search.step(frame)
    path, unsaid = search.trace()
    return Path(_stretches(path, states, scores), tuple(sorted(unsaid)))


def _stretches(path: npt.NDArray[np.int64], states: _States, scores: FloatArray) -> tuple[Stretch, ...]:
    """Frames of the same phone, silence or unwritten speech as one stretch; edges between frames by interpolation."""
    words, phones = states.words[path], states.phones[path]
    changes = np.flatnonzero((np.diff(words) != 0) | (np.diff(phones) != 0)) + 1
    classes = states.classes[path]
    inner = (
        int(t) * FRAME if UNWRITTEN_SPEECH in words[t - 1 : t + 1] else _edge(int(t), classes, scores) for t in changes
    )
    edges = [0.0, *inner, len(path) * FRAME]
    for index, frame in enumerate(changes.tolist(), 1):
        if classes[frame - 1] == classes[frame]:  # “spousal love”: nothing tells where one ends
            edges[index] = 0.5 * (edges[index - 1] + edges[index + 1])
    starts = [0, *changes.tolist()]
    return tuple(
        Stretch(int(words[first]), int(phones[first]), edges[i], edges[i + 1]) for i, first in enumerate(starts)
    )


def _edge(frame: int, classes: npt.NDArray[np.int64], scores: FloatArray) -> float:
    """Seconds at which the phone before ``frame`` gives way to the one from there on."""
    before, after = classes[frame - 1], classes[frame]
    leads = float(scores[frame - 1, before] - scores[frame - 1, after])
    trails = float(scores[frame, before] - scores[frame, after])
    if leads > 0.0 > trails:
        return (frame - 0.5 + leads / (leads - trails)) * FRAME
    return frame * FRAME
