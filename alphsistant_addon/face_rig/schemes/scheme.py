"""``Scheme``: one way of naming the shapes of a face, and how its shapes make our channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Recipe: TypeAlias = Mapping[str, float]
"""Weights by shape of the scheme. A shape may end in ``Left`` or ``Right``; without a side it means both sides."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One naming scheme.

    Side marks need no spellings of their own: a shape spelled ``mouthSmile`` also stands for ``mouthSmileLeft``,
    ``MouthSmile_R``, ``L_mouth_smile`` and the like (see :mod:`..shape_names`).
    """

    name: str
    """As shown to the user."""
    spellings: Mapping[str, tuple[str, ...]]
    """Shape → names; compared without case, separators, known prefixes and suffixes."""
    visemes: Mapping[str, Recipe]
    """Short viseme name → recipe; an empty recipe is the rest pose."""
    expressions: Mapping[str, Recipe] = field(default_factory=dict)
    """ARKit channel → recipe."""
    fewest: int = 1
    """So many of its viseme shapes must be on a mesh before it is believed (schemes of short names)."""
    telling: frozenset[str] = frozenset()
    """Shapes of which one must be there, unless the names say that they are mouths; empty: not asked for."""
    optional: frozenset[str] = frozenset()
    """Shapes that better a recipe but are not missed."""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Shape → shapes that make it together, where a face has it in pieces."""
    jaw_bone: bool = False
    """Its shapes may move the lips alone and leave the opening to a bone, depending on how they were exported."""


def same(*names: str) -> dict[str, tuple[str, ...]]:
    """Return spellings for shapes that are spelled as they are called here."""
    return {name: (name,) for name in names}


def sided(channel: str, shape: str, weight: float = 1.0) -> dict[str, dict[str, float]]:
    """Return the recipes of a pair of ARKit channels made by the two sides of one shape."""
    return {f"{channel}{side}": {f"{shape}{side}": weight} for side in ("Left", "Right")}


def both(channel: str, shape: str, weight: float) -> dict[str, dict[str, float]]:
    """Return the recipes of a pair of ARKit channels that one shape without sides makes."""
    return {f"{channel}{side}": {shape: weight} for side in ("Left", "Right")}
