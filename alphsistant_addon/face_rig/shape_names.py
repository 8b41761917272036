"""Reading the names of shape keys: which scheme's shape a name means, whatever its case, affixes and side marks.

A name is read as *affix, core, affix*: the core is a spelling of a scheme, perhaps with a side mark, and the affixes
are whatever stands around it. An affix is believed in three cases: it is a customary word (``viseme``, ``bs``, the
mesh's own name), most keys of the mesh begin with it, or it stands around a whole set of shapes of one scheme. An
unknown word around a single long name is believed too (``Gandalf:jawOpen``), around a short one it is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, TypeAlias

from ..lip_sync.channels import ARKIT_DIRECTIONS
from .name_words import FACE_WORDS, SIDES, THINGS_WORDS, copy_number, split_words
from .schemes import SCHEMES
from .schemes.arkit import ARKIT
from .schemes.oculus import OCULUS
from .schemes.plain_words import PLAIN_WORDS
from .schemes.scheme import Scheme

VISEME_WORDS: Final[frozenset[str]] = frozenset({"viseme", "visemes", "vis", "vrc", "lipsync", "phoneme", "ph", "mth"})
"""Words that say that the rest is a viseme, however short it is."""

MOUTH_WORDS: Final[frozenset[str]] = VISEME_WORDS | {"mouth", "lip", "lips", "mouthshape", "mouthshapes", "rhubarb"}
"""Words that say that the rest is a mouth."""

AFFIXES: Final[frozenset[str]] = MOUTH_WORDS | frozenset(
    {
        *("v", "sync", "m", "fcl", "f", "face", "head", "body", "teeth", "tongue"),
        *("beard", "brows", "lashes", "eyes", "mesh", "shape", "shapes", "key", "keys"),
        *("blend", "blendshape", "blendshapes", "morph", "morpher", "morphs", "target", "targets"),
        *("bs", "geo", "exp", "expression", "expressions", "ex", "facial"),
        *("ar", "kit", "arkit", "wolf", "d", "avatar", "node", "ctrl", "skin", "cc", "base", "std", "default", "all"),
        # Daz: Genesis8Female__facs_bs_MouthFunnel_div2.
        *("genesis", "male", "female", "facs", "cbs", "jnt", "div"),
        *("oculus", "ovr", "microsoft", "azure", "vrm", "mmd"),
    }
)
"""Words before or after the shape's own name that say nothing about it."""

PART_WORDS: Final[frozenset[str]] = frozenset(
    {"jaw", "mouth", "eye", "eyes", "brow", "brows", "cheek", "nose", "tongue", "lip", "lips", "smile"}
)
OTHER_PARTS: Final[frozenset[str]] = frozenset({"body", "head", "face", "eyes", "brows", "lashes", "tongue", "skin"})
"""Affixes behind which “wide”, “narrow” and the like are not said of the mouth."""

OTHER_SHAPE_WORDS: Final[frozenset[str]] = frozenset(
    {"corrective", "correction", "fix", "combo", "no", "not", "old", "backup", "unused"}
)
SHAPE_WORDS: Final[frozenset[str]] = PART_WORDS | OTHER_SHAPE_WORDS
"""A name with one of these beside a known name is something else (a corrective, a combination, an old version)."""

MOST_AFFIXES: Final = 9
MOST_SUFFIXES: Final = 3
"""Words before and behind the shape's own name."""

SET_COST: Final = 20
"""Added for an unknown affix that stands around a whole set: a name without one is better."""

UNKNOWN_COST: Final = 100
"""Added for an unknown prefix of a single name."""

SHORTEST_WITH_UNKNOWN_PREFIX: Final = 6
SMALLEST_SET: Final = 4
"""So many shapes of one scheme behind the same unknown words make these words an affix."""

COMMON_SHARE: Final = 0.6
"""A first word shared by this much of a mesh's keys is a prefix."""

MOST_FOREIGN_LETTERS: Final = 1
"""More letters than this which a scheme has not (A B C … Z) make a row of letters a numbering, not vowels."""

_Words: TypeAlias = tuple[str, ...]
_Affix: TypeAlias = tuple[_Words, _Words]
"""Unknown words before and behind the shape's own name."""


@dataclass(frozen=True, slots=True, order=True)
class _Reading:
    """One way to read a name."""

    cost: int
    core: str
    """The shape's words, joined."""
    side: str
    unknown: _Affix
    dropped: _Words
    """All words around the core but numbers."""

    @property
    def says_viseme(self) -> bool:
        return not VISEME_WORDS.isdisjoint(self.dropped) or (self.dropped[:1] == ("v",) and self.core != "v")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One shape of a scheme that a name may mean."""

    name: str
    shape: str
    """Without its side."""
    reading: _Reading
    copy: int
    """Blender's number behind the name; the plain name has 0."""

    @property
    def rank(self) -> tuple[int, int]:
        return self.reading.cost, self.copy


def find_shapes(mesh: str, names: Sequence[str]) -> tuple[dict[int, dict[str, str]], set[int]]:
    """Find what the names of a mesh's shape keys mean.

    Returns:
        Scheme index → shape (with its side) → the name that fits best, and the indices of those schemes whose names
        say “viseme”. Schemes of which too little is there are left out.
    """
    split = [(name, split_words(name)) for name in names]
    known = AFFIXES | set(split_words(mesh)) | _common_words([words for _, words in split])
    readings = {name: sorted(_readings(words, known)) for name, words in split}
    letters = _letters_by_affix(reading for ways in readings.values() for reading in ways)
    found: dict[int, dict[str, str]] = {}
    marked: set[int] = set()
    for index, candidates in _candidates(readings).items():
        scheme = SCHEMES[index]
        kept = _believed(scheme, _without_numberings(scheme, candidates, letters))
        if not kept:
            continue
        best: dict[str, _Candidate] = {}
        for candidate in kept:
            place = candidate.shape + candidate.reading.side
            if place not in best or candidate.rank < best[place].rank:
                best[place] = candidate
        found[index] = {place: candidate.name for place, candidate in best.items()}
        if any(candidate.reading.says_viseme for candidate in kept):
            marked.add(index)
    return found, {index for index in marked if not _is_part_of_another(index, found)}


def _candidates(readings: dict[str, list[_Reading]]) -> dict[int, list[_Candidate]]:
    """Scheme index → every shape that some name may mean; for each name and affix its cheapest reading."""
    found: dict[int, list[_Candidate]] = {}
    for name, ways in readings.items():
        copy = copy_number(name)
        taken: set[tuple[int, _Affix]] = set()
        for reading in ways:
            for index, shape in SPELLINGS.get(reading.core, ()):
                if (index, reading.unknown) in taken:
                    continue
                taken.add((index, reading.unknown))
                found.setdefault(index, []).append(_Candidate(name, shape, reading, copy))
    return found


def _believed(scheme: Scheme, candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Keep the candidates whose affix is believed, one for each name; none if the mesh has too little of the scheme."""
    sets: dict[_Affix, set[str]] = {}
    for candidate in candidates:
        sets.setdefault(candidate.reading.unknown, set()).add(candidate.shape)
    cheapest: dict[str, _Candidate] = {}
    for candidate in candidates:
        extra = _cost_of_affix(scheme, candidate, len(sets[candidate.reading.unknown]))
        if extra is None:
            continue
        reading = candidate.reading
        priced = replace(candidate, reading=replace(reading, cost=reading.cost + extra))
        if priced.name not in cheapest or priced.rank < cheapest[priced.name].rank:
            cheapest[priced.name] = priced
    kept = list(cheapest.values())
    sure = [candidate for candidate in kept if candidate.reading.says_viseme]
    shapes = {candidate.shape for candidate in kept}
    in_visemes = {shape for recipe in scheme.visemes.values() for shape in recipe}
    if scheme.fewest > 1 and len(shapes & in_visemes) < scheme.fewest:
        # “Viseme” is Oculus's word: even a single name is sure (teeth that have only viseme_aa).
        return sure if scheme is OCULUS else []
    says_mouth = any(not MOUTH_WORDS.isdisjoint(candidate.reading.dropped) for candidate in kept)
    if scheme.telling and not says_mouth and scheme.telling.isdisjoint(shapes):
        return []
    return kept


def _cost_of_affix(scheme: Scheme, candidate: _Candidate, size_of_set: int) -> int | None:
    """Return what the unknown words around a name add to its cost; ``None`` where they are not believed."""
    if scheme is PLAIN_WORDS and _is_of_another_part(candidate.reading):
        return None
    before, behind = candidate.reading.unknown
    if not before and not behind:
        return 0
    if size_of_set >= max(SMALLEST_SET, scheme.fewest):
        return SET_COST
    core = candidate.reading.core
    if behind or scheme.fewest > 1 or len(core) < SHORTEST_WITH_UNKNOWN_PREFIX:
        return None
    # “chest_stretch” is no mouth.
    if scheme is PLAIN_WORDS and not any(word in core for word in FACE_WORDS):
        return None
    return UNKNOWN_COST


def _is_of_another_part(reading: _Reading) -> bool:
    """Tell whether a word of mouths and doors is said of something else: eyes_wide, head_narrow."""
    if reading.core not in THINGS_WORDS:
        return False
    others = OTHER_PARTS - {"head", "face"} if reading.core == "open" else OTHER_PARTS
    return not others.isdisjoint(reading.dropped)


def _letters_by_affix(readings: Iterable[_Reading]) -> dict[_Words, set[str]]:
    """Return the names that are single letters, by the words around them; ``l`` and ``r`` may be sides."""
    found: dict[_Words, set[str]] = {}
    for reading in readings:
        if re.fullmatch("[a-z]", reading.core) and reading.core not in SIDES:
            found.setdefault(reading.dropped, set()).add(reading.core)
    return found


def _without_numberings(
    scheme: Scheme, candidates: Sequence[_Candidate], letters: dict[_Words, set[str]]
) -> list[_Candidate]:
    """Leave out single letters that stand in a row with others which the scheme has not: Variant_A to Variant_Z."""
    own = {spelling.lower() for spellings in scheme.spellings.values() for spelling in spellings}
    # ん is often written n beside the five vowels.
    numberings = {affix for affix, row in letters.items() if len(row - own - {"n"}) > MOST_FOREIGN_LETTERS}
    return [
        candidate
        for candidate in candidates
        if not re.fullmatch("[a-z]", candidate.reading.core) or candidate.reading.dropped not in numberings
    ]


def _is_part_of_another(index: int, found: dict[int, dict[str, str]]) -> bool:
    """Tell whether a scheme's names are only some of another's, so that it is a poorer reading of the same names."""
    own = set(found[index].values())
    return any(own < set(shapes.values()) for other, shapes in found.items() if other != index)


def _common_words(names: Sequence[list[str]]) -> set[str]:
    """Return the first words that most names of a mesh share, one after the other."""
    common: set[str] = set()
    rest = [words for words in names if len(words) > 1]
    while len(rest) >= SMALLEST_SET:
        word, count = Counter(words[0] for words in rest).most_common(1)[0]
        if count < COMMON_SHARE * len(names) or word in SHAPE_WORDS or word in SIDES:
            break
        common.add(word)
        rest = [words[1:] for words in rest if words[0] == word and len(words) > 2]
    return common


def _readings(words: list[str], known: frozenset[str] | set[str]) -> Iterable[_Reading]:
    """Give every way to read a name in which the core is a known spelling or a single letter."""
    for lead in range(min(len(words), MOST_AFFIXES + 1)):
        for tail in range(min(len(words) - lead, MOST_SUFFIXES + 1)):
            cores = _cores(words[lead : len(words) - tail])
            if not cores:
                continue
            before, behind = words[:lead], words[len(words) - tail :]
            dropped = tuple(word for word in (*before, *behind) if not word.isdigit())
            sides_around = [word for word in dropped if word in SIDES and word not in known]
            beside = {*before[-1:], *behind[:1]}.intersection(sides_around)
            unknown = (_unknown_before(before, known), _unknown_behind(behind, known))
            # A side mark next to the core is read as a part of it.
            if not SHAPE_WORDS.isdisjoint((*unknown[0], *unknown[1])) or beside or len(sides_around) > 1:
                continue
            for core, side in cores:
                cost = 2 * (lead + tail) + bool(side or sides_around)
                if not sides_around:
                    yield _Reading(cost, core, side, unknown, dropped)
                elif not side:  # “L_Head_mouthSmile”, “mouthSmile_Mesh_L”
                    yield _Reading(cost, core, SIDES[sides_around[0]], unknown, dropped)


def _cores(words: Sequence[str]) -> list[tuple[str, str]]:
    """Return what words may mean together: the shape's words, joined, and its side; empty if nothing is known."""
    joined = _join(words)
    ways = [(joined, ""), *_without_side(words, joined)]
    return [(core, side) for core, side in ways if core in SPELLINGS or (len(core) == 1 and not side)]


def _unknown_before(words: Sequence[str], known: frozenset[str] | set[str]) -> _Words:
    # A letter and a number in front (“A25_Jaw_Open”) is a list's numbering.
    if len(words) > 1 and len(words[0]) == 1 and words[1].isdigit():
        words = words[2:]
    return tuple(word for word in words if word not in known and word not in SIDES and not word.isdigit())


def _unknown_behind(words: Sequence[str], known: frozenset[str] | set[str]) -> _Words:
    # A single letter behind a name says something: “X_F” is an F.
    asked = [word for word in words if word not in SIDES and not word.isdigit()]
    return tuple(word for word in asked if word not in known or len(word) == 1)


def _without_side(core: Sequence[str], joined: str) -> Iterable[tuple[str, str]]:
    """Give the core without its side mark, and the side; nothing for the names of directions."""
    if joined in DIRECTIONS:
        return
    sides = [i for i, word in enumerate(core) if word in SIDES]
    if len(sides) == 1 and len(core) > 1:
        yield _join([*core[: sides[0]], *core[sides[0] + 1 :]]), SIDES[core[sides[0]]]
    elif not sides:
        for side in ("left", "right"):
            if joined.endswith(side) and joined != side:
                yield joined.removesuffix(side), side.title()


def _join(words: Sequence[str]) -> str:
    """Join words; two numbers stay two, as “AU1_2” is not AU12."""
    joined = words[0]
    for word, following in pairwise(words):
        joined += f"-{following}" if word.isdigit() and following.isdigit() else following
    return joined


def _index_spellings() -> dict[str, list[tuple[int, str]]]:
    index: dict[str, list[tuple[int, str]]] = {}
    for number, scheme in enumerate(SCHEMES):
        for shape, spellings in scheme.spellings.items():
            for spelling in spellings:
                entry = (number, shape)
                entries = index.setdefault(_join(split_words(spelling)), [])
                if entry not in entries:
                    entries.append(entry)
    return index


SPELLINGS: Final[dict[str, list[tuple[int, str]]]] = _index_spellings()
"""Joined words of every spelling → (scheme index, shape)."""

DIRECTIONS: Final[frozenset[str]] = frozenset(
    _join(split_words(spelling)) for shape in ARKIT_DIRECTIONS for spelling in ARKIT.spellings[shape]
)
"""Names in which left and right are where the jaw or mouth goes, not which half of it."""
