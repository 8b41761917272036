"""Reading the names of shape keys: which scheme's shape a name means, whatever its case, affixes and side marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from .name_words import SIDES, split_words
from .naming_schemes import OCULUS, SCHEMES

VISEME_WORDS: Final[frozenset[str]] = frozenset({"viseme", "visemes", "vis", "vrc", "lipsync", "phoneme", "ph", "mth"})
"""Words that say that the rest is a viseme, however short it is."""

AFFIXES: Final[frozenset[str]] = VISEME_WORDS | frozenset(
    {
        *("v", "lip", "sync", "mouth", "m", "fcl", "f", "face", "head", "body", "teeth", "tongue"),
        *(
            "beard",
            "brows",
            "lashes",
            "eyes",
            "mesh",
            "shape",
            "shapes",
            "key",
            "keys",
            "blend",
            "blendshape",
            "blendshapes",
        ),
        *(
            "morph",
            "morpher",
            "morphs",
            "target",
            "targets",
            "bs",
            "geo",
            "exp",
            "expression",
            "expressions",
            "ex",
            "facial",
        ),
        *("ar", "kit", "arkit", "wolf", "d", "avatar", "node", "ctrl", "skin", "cc", "base", "std"),
        *("default", "all"),
    }
)
"""Words before or after the shape's own name that say nothing about it."""

SHAPE_WORDS: Final[frozenset[str]] = frozenset(
    {
        *("jaw", "mouth", "eye", "eyes", "brow", "brows", "cheek", "nose", "tongue", "lip", "lips", "smile"),
        *("corrective", "correction", "fix", "combo", "no", "not", "old", "backup", "unused"),
    }
)
"""A name with one of these before a known name is something else (a corrective, a combination, an old version)."""

MOST_AFFIXES: Final = 9
UNKNOWN_COST: Final = 100
SHORTEST_WITH_UNKNOWN_PREFIX: Final = 6
COMMON_SHARE: Final = 0.6
"""A first word shared by this much of a mesh's keys is a prefix."""


def find_shapes(mesh: str, names: Sequence[str]) -> tuple[dict[int, dict[str, str]], set[int]]:
    """Scheme index → shape (with its side) → the name that fits best; and which schemes' names say "viseme"."""
    split = [(name, split_words(name)) for name in names]
    affixes = AFFIXES | set(split_words(mesh)) | _common_words([words for _, words in split])
    best: dict[int, dict[str, tuple[int, str]]] = {}
    marked: set[int] = set()
    for name, words in split:
        taken: set[int] = set()
        for cost, core, side, says_viseme in _readings(words, affixes):
            for index, shape in SPELLINGS.get(core, ()):
                if index in taken or (side and _is_known_unsided(words)):
                    continue
                if cost >= UNKNOWN_COST and (len(core) < SHORTEST_WITH_UNKNOWN_PREFIX or SCHEMES[index].fewest > 1):
                    continue
                taken.add(index)
                if says_viseme:
                    marked.add(index)
                known = best.setdefault(index, {}).get(shape + side)
                if known is None or cost < known[0]:
                    best[index][shape + side] = (cost, name)
    believed: dict[int, dict[str, str]] = {}
    for index, shapes in best.items():
        in_visemes = {shape for recipe in SCHEMES[index].visemes.values() for shape in recipe}
        count = sum(1 for shape in shapes if shape in in_visemes)
        # "Viseme" is Oculus's word: with it even a single name is sure (teeth that have only viseme_aa).
        sure = index in marked and SCHEMES[index] is OCULUS
        if sure or count >= SCHEMES[index].fewest or SCHEMES[index].fewest == 1:
            believed[index] = {shape: name for shape, (_, name) in shapes.items()}
    return believed, marked & believed.keys()


def _common_words(names: Sequence[list[str]]) -> set[str]:
    """First words that most names of a mesh share, one after the other."""
    common: set[str] = set()
    rest = [words for words in names if len(words) > 1]
    while len(rest) >= 4:
        word, count = Counter(words[0] for words in rest).most_common(1)[0]
        if count < COMMON_SHARE * len(names) or word in SHAPE_WORDS:
            break
        common.add(word)
        rest = [words[1:] for words in rest if words[0] == word and len(words) > 2]
    return common


def _readings(words: list[str], affixes: frozenset[str] | set[str]) -> Iterable[tuple[int, str, str, bool]]:
    """Ways to read a name, best first: (cost, the shape's words joined, side, whether the rest says viseme)."""
    readings: list[tuple[int, str, str, bool]] = []
    for lead in range(min(len(words), MOST_AFFIXES + 1)):
        for tail in range(min(len(words) - lead, 3)):
            core = words[lead : len(words) - tail]
            dropped = [*words[:lead], *words[len(words) - tail :]]
            unknown = [w for w in dropped if w not in affixes and not w.isdigit()]
            if tail and any(w in unknown for w in words[len(words) - tail :]):
                continue
            if any(w in SHAPE_WORDS or w in SIDES for w in unknown):
                continue
            # A letter and a number in front ("A25_Jaw_Open") is a list's numbering.
            if len(unknown) == 1 and len(unknown[0]) == 1 and lead > 1 and words[1].isdigit():
                unknown = []
            cost = len(dropped) + (UNKNOWN_COST if unknown else 0)
            says_viseme = bool(VISEME_WORDS.intersection(dropped)) or words[:1] == ["v"] != core
            readings.append((2 * cost, "".join(core), "", says_viseme))
            sides = [i for i, word in enumerate(core) if word in SIDES]
            if len(sides) == 1 and len(core) > 1:
                base = "".join(core[: sides[0]] + core[sides[0] + 1 :])
                readings.append((2 * cost + 1, base, SIDES[core[sides[0]]], says_viseme))
            elif len(core) == 1:
                readings.extend(
                    (2 * cost + 1, core[0].removesuffix(side), side.title(), says_viseme)
                    for side in ("left", "right")
                    if core[0].endswith(side) and core[0] != side
                )
    return sorted(readings)


def _is_known_unsided(words: list[str]) -> bool:
    """Whether the whole name is a shape as it stands (``jawLeft`` is a direction, not the left half of a jaw)."""
    return "".join(words) in SPELLINGS


def _index_spellings() -> dict[str, list[tuple[int, str]]]:
    index: dict[str, list[tuple[int, str]]] = {}
    for number, scheme in enumerate(SCHEMES):
        for shape, spellings in scheme.spellings.items():
            for spelling in spellings:
                entry = (number, shape)
                entries = index.setdefault("".join(split_words(spelling)), [])
                if entry not in entries:
                    entries.append(entry)
    return index


SPELLINGS: Final[dict[str, list[tuple[int, str]]]] = _index_spellings()
"""Joined words of every spelling → (scheme index, shape)."""
