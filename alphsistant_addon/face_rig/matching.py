"""``match``: from the names of a character's shape keys to the channels they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..lip_sync.channels import ARKIT_CHANNELS, VISEMES
from .rig_map import OWN_SHAPE, RigMap, Row
from .schemes import SCHEMES, SUBSTITUTES
from .schemes.scheme import Recipe, Scheme
from .shape_names import find_shapes

REACHED: Final = 0.5
"""A recipe makes its viseme when this much of its weight is there."""


def match(names_by_mesh: Mapping[str, Sequence[str]]) -> RigMap:
    """Find the channels of a character by the names of its shape keys.

    Args:
        names_by_mesh: mesh object name → its shape key names (the basis may be among them), for all meshes of one
            character: face, teeth, tongue, brows, beard.

    Returns:
        A map whose ``sentence`` says what was found. Every mesh has its own naming scheme; whatever is not known is
        left alone. An empty map when nothing is known.
    """
    rows: list[Row] = []
    for mesh, names in names_by_mesh.items():
        rows += _match_mesh(mesh, names)
    return RigMap(tuple(rows))


def _match_mesh(mesh: str, names: Sequence[str]) -> list[Row]:
    found, marked = find_shapes(mesh, names)
    if not found:
        return []
    # Names that say "viseme" first, then the scheme that makes the most visemes best, then the preferred one.
    ranked = sorted(found, key=lambda index: (index not in marked, -_score(SCHEMES[index], found[index]), index))
    rows: list[Row] = []
    for viseme in VISEMES:
        rows += _viseme_rows(mesh, viseme, [(SCHEMES[index], found[index]) for index in ranked])
    for channel in ARKIT_CHANNELS:
        for index in sorted(found):
            recipe = SCHEMES[index].expressions.get(channel)
            if not recipe:
                continue
            keys, share = _resolve(SCHEMES[index], recipe, found[index])
            if share == 1.0:
                rows.extend(Row(channel, mesh, key, w, scheme=SCHEMES[index].name) for key, w in keys.items())
                break
    return rows


def _viseme_rows(mesh: str, viseme: str, schemes: Sequence[tuple[Scheme, Mapping[str, str]]]) -> list[Row]:
    channel = f"viseme_{viseme}"
    first, shapes = schemes[0]
    recipe = first.visemes[viseme]
    if not recipe:
        return []  # the rest pose
    keys, share = _resolve(first, recipe, shapes)
    chosen = first
    if share == 0.0:
        # Another scheme's own shape, unless it is only another reading of the same keys.
        own = set(shapes.values())
        for scheme, found in schemes[1:]:
            other_keys, other_share = _resolve(scheme, scheme.visemes[viseme], found)
            if other_share >= REACHED and not own.intersection(other_keys):
                chosen, keys, share = scheme, other_keys, other_share
                break
    if share > 0.0:
        partial = share < REACHED
        return [Row(channel, mesh, k, w, scheme=chosen.name, partial=partial) for k, w in keys.items()]
    for other, weight in SUBSTITUTES.get(viseme, ()):
        keys, share = _resolve(first, first.visemes.get(other, {}), shapes)
        if share >= REACHED:
            return [
                Row(channel, mesh, key, round(weight * w, 4), scheme=first.name, substitute=other)
                for key, w in keys.items()
            ]
    # The five vowels make every viseme, nearly: better than a mouth that stands still.
    for scheme, found in schemes[1:]:
        keys, share = _resolve(scheme, scheme.visemes[viseme], found)
        if share >= REACHED:
            return [Row(channel, mesh, key, w, scheme=first.name) for key, w in keys.items()]
    return []


def _score(scheme: Scheme, found: Mapping[str, str]) -> float:
    """Rate how well a mesh's shapes make the visemes in this scheme: own shapes count 1, approximations less."""
    score = 0.0
    for recipe in scheme.visemes.values():
        if recipe:
            share = _resolve(scheme, recipe, found)[1]
            is_own = len(recipe) == 1 and next(iter(recipe.values())) >= OWN_SHAPE
            score += share * (1.0 if is_own else 0.9 if len(recipe) > 1 else 0.6)
    return score


def _resolve(scheme: Scheme, recipe: Recipe, found: Mapping[str, str]) -> tuple[dict[str, float], float]:
    """Shape keys and weights of a recipe on one mesh, and the share of its weight that is there."""
    keys: dict[str, float] = {}
    present = total = 0.0
    for shape, weight in recipe.items():
        names = _keys_of(shape, found, scheme.parts)
        if names or shape not in scheme.optional:
            total += weight
        if names:
            present += weight
        for name, factor in names:
            keys[name] = keys.get(name, 0.0) + factor * weight
    return keys, present / total if total else 0.0


def _keys_of(shape: str, found: Mapping[str, str], parts: Mapping[str, Sequence[str]]) -> list[tuple[str, float]]:
    """Return the keys of a shape with their factors: itself, its two sides, its parts, or half of the unsided one."""
    if shape in found:
        return [(found[shape], 1.0)]
    pair = [(found[shape + side], 1.0) for side in ("Left", "Right") if shape + side in found]
    if pair:
        return pair
    if shape in parts:
        return [key for part in parts[shape] for key in _keys_of(part, found, {})]
    base = shape.removesuffix("Left").removesuffix("Right")
    return [(found[base], 0.5)] if base != shape and base in found else []
