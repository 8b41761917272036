"""``RigMap``: which shape keys and bones of a character each channel drives; to look at, change and apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.face_animation import Curve, FaceAnimation
from ..lip_sync.channels import ARKIT_CHANNELS, VISEMES
from ..lip_sync.curves import fit_keys, sample_curve
from .bone_names import JAW_VISEMES, Bone, describe
from .bone_rotations import Turn, turns
from .name_words import FACE_WORDS, THINGS_WORDS, split_words
from .plain_keys import KEYS_PER_SECOND, FrameGrid, samples_of
from .schemes import SCHEMES
from .schemes.plain_words import PLAIN_WORDS

OWN_SHAPE: Final = 0.85
"""A single key at less than this is an approximation by another viseme's shape."""

_JAW_BONE_SCHEMES: Final = frozenset(scheme.name for scheme in SCHEMES if scheme.jaw_bone)

QUATERNION: Final = 4
"""F-curves of a bone that turns, at most."""

STEP: Final = 0.005
TOLERANCE: Final = 0.015
"""Dense step (s) and largest error of keys that several channels share."""


@dataclass(frozen=True, slots=True)
class Row:
    """One shape key that a channel drives: ``key value = min(limit, channel · weight · gain)``, summed over rows."""

    channel: str
    mesh: str
    key: str
    weight: float = 1.0
    """From the scheme's recipe."""
    gain: float = 1.0
    """The user's factor."""
    limit: float = 1.0
    """The key never goes above this."""
    scheme: str = ""
    substitute: str = ""
    """Short name of the viseme that stands in here, empty if the shape is its own."""
    partial: bool = False
    """The mesh has only a part of the shape (teeth that follow the jaw)."""


@dataclass(frozen=True)
class RigMap:
    """The mapping of a character: how channels drive its shape keys and bones."""

    rows: tuple[Row, ...] = ()
    bones: tuple[Bone, ...] = ()

    @property
    def opens(self) -> bool:
        """Tell whether shape keys of its own open the mouth, so that no jaw bone need turn."""
        return any(r.channel == "viseme_aa" and not r.partial and not r.substitute for r in self.rows)

    @property
    def opening_may_need_jaw(self) -> bool:
        """Tell whether keys open the mouth by a scheme that may leave the opening to the jaw bone."""
        schemes = {row.scheme for row in self.rows if row.channel == "viseme_aa" and not row.substitute}
        return not _JAW_BONE_SCHEMES.isdisjoint(schemes)

    @property
    def means_a_face(self) -> bool:
        """Tell whether the names are those of a face: a door has a key “open” too. What was chosen by hand is one."""
        return bool(self.bones) or any(not _may_be_a_thing(row) for row in self.rows)

    @property
    def _has_jaw(self) -> bool:
        return any(bone.part == "jaw" for bone in self.bones)

    @property
    def reached(self) -> tuple[str, ...]:
        """Short names of the visemes this face can show; a closed mouth and silence have the rest pose at least."""
        own = {row.channel for row in self.rows if not row.partial}
        if self._has_jaw:
            own |= {f"viseme_{viseme}" for viseme in JAW_VISEMES}
        speaks = any(f"viseme_{viseme}" in own for viseme in ("aa", "E", "I", "O", "U"))
        return tuple(v for v in VISEMES if f"viseme_{v}" in own or (speaks and v in ("sil", "PP")))

    @property
    def coverage(self) -> float:
        """Share of the 15 visemes that the face can show, 0…1; substitutes and approximations count half."""
        reached = self.reached
        half = {viseme for viseme, _ in self._substitutes()} | set(self._approximations())
        return sum(0.5 if viseme in half else 1.0 for viseme in reached) / len(VISEMES)

    @property
    def sentence(self) -> str:
        """The map in words: “15 of 15 visemes: Oculus names on “Head”, “Teeth”; TH by DD.”."""
        visemes = [row for row in self.rows if row.channel.startswith("viseme_")]
        if not visemes and not self._has_jaw:
            others = sorted({row.mesh for row in self.rows})
            if others:
                return f"No mouth shapes were found; only expressions on {_quote(others)}."
            return "No shape key with a known name was found."
        parts: dict[str, list[str]] = {}
        for row in visemes:
            meshes = parts.setdefault(row.scheme, [])
            if row.mesh not in meshes:
                meshes.append(row.mesh)
        where = [
            f"{'names chosen by hand' if not scheme else _scheme_words(scheme)} on {_quote(meshes)}"
            for scheme, meshes in parts.items()
        ]
        start = "; ".join([*([", ".join(where)] if where else []), *describe(self.bones)])
        notes = [f"{viseme} by {other}" for viseme, other in self._substitutes()]
        if near := self._approximations():
            notes.append(f"only near: {', '.join(near)}")
        if not any(row.channel == "viseme_PP" and not row.partial for row in visemes):
            notes.append("PP by the rest pose")
        missing = [viseme for viseme in VISEMES if viseme not in self.reached]
        if missing:
            notes.append(f"no {', '.join(missing)}")
        expressions = {row.channel for row in self.rows} & set(ARKIT_CHANNELS)
        if not {"eyeBlinkLeft", "eyeBlinkRight"} <= expressions:
            notes.append("no blink")
        return f"{len(self.reached)} of {len(VISEMES)} visemes: {'; '.join([start, *notes])}."

    def _substitutes(self) -> list[tuple[str, str]]:
        """Visemes that have no shape of their own on any mesh, with what stands in, in the order of ``VISEMES``."""
        own = {row.channel for row in self.rows if not row.substitute and not row.partial}
        found = {row.channel: row.substitute for row in reversed(self.rows) if row.substitute}
        return [(v, found[f"viseme_{v}"]) for v in VISEMES if f"viseme_{v}" in found and f"viseme_{v}" not in own]

    def _approximations(self) -> list[str]:
        """Visemes that are nothing but a weaker form of another shape."""
        found = []
        for viseme in VISEMES:
            rows = [r for r in self.rows if r.channel == f"viseme_{viseme}" and not r.partial]
            per_mesh = Counter(row.mesh for row in rows)
            by_jaw = not rows and self._has_jaw and viseme in JAW_VISEMES and viseme != "aa"
            weak = rows and not any(r.substitute or r.weight >= OWN_SHAPE or per_mesh[r.mesh] > 1 for r in rows)
            if weak or by_jaw:
                found.append(viseme)
        return found

    def recipes(self, mesh: str) -> dict[str, dict[str, float]]:
        """Channel → shape key → weight on one mesh, for building the visemes as real keys."""
        found: dict[str, dict[str, float]] = {}
        for row in self.rows:
            if row.mesh == mesh:
                found.setdefault(row.channel, {})[row.key] = min(row.weight * row.gain, row.limit)
        return found

    def with_row(self, row: Row) -> RigMap:
        """Return a map in which this row replaces the one of the same channel, mesh and key, or is added."""
        place = (row.channel, row.mesh, row.key)
        if any((r.channel, r.mesh, r.key) == place for r in self.rows):
            return replace(self, rows=tuple(row if (r.channel, r.mesh, r.key) == place else r for r in self.rows))
        return replace(self, rows=(*self.rows, row))

    def without(self, channel: str, mesh: str | None = None) -> RigMap:
        """Return a map in which a channel drives nothing (on one mesh, or at all)."""
        rows = tuple(r for r in self.rows if r.channel != channel or (mesh is not None and r.mesh != mesh))
        return replace(self, rows=rows)

    def with_bones(self, bones: Iterable[Bone], *, jaw_beside_keys: bool = False) -> RigMap:
        """Return a map with these bones.

        A jaw is left out where shape keys open the mouth, else it would open twice; with ``jaw_beside_keys`` it stays,
        as these keys shape the lips alone. With a jaw, no other shape need stand in for ``aa``.
        """
        kept = tuple(bone for bone in bones if bone.part != "jaw" or jaw_beside_keys or not self.opens)
        if any(bone.part == "jaw" for bone in kept):
            rows = tuple(r for r in self.rows if r.channel != "viseme_aa" or not r.substitute)
            return RigMap(rows, kept)
        return replace(self, bones=kept)

    def turns(self, face: FaceAnimation, frames: FrameGrid | None = None) -> dict[str, dict[str, Turn]]:
        """Armature → bone → keys of its rotation, for the bones of this map that the animation moves.

        With the film's frames they are few and plain, as those of :meth:`apply`.
        """
        return turns(self.bones, face, frames)

    def apply(self, face: FaceAnimation, frames: FrameGrid | None = None) -> dict[str, dict[str, Curve]]:
        """Turn channels into curves of real shape keys.

        Args:
            face: canonical channels; what the face has no key for is left out.
            frames: of the film. With them curves get few, plain keys (:mod:`.plain_keys`). Without, a key that one
                channel drives keeps that channel's own keys; one that several share gets keys fitted to their sum.

        Returns:
            Mesh → shape key → curve within 0…limit.
        """
        drivers: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            if row.channel in face.channels:
                drivers.setdefault((row.mesh, row.key), []).append(row)
        curves = self._fitted(drivers, face) if frames is None else self._plain(drivers, face, frames)
        result: dict[str, dict[str, Curve]] = {}
        for (mesh, key), curve in zip(drivers, curves, strict=True):
            if len(curve.times):
                result.setdefault(mesh, {})[key] = curve
        return result

    def _fitted(self, drivers: Mapping[tuple[str, str], Sequence[Row]], face: FaceAnimation) -> list[Curve]:
        times = np.arange(int(np.ceil(face.duration / STEP)) + 1, dtype=np.float64) * STEP
        shared = {row.channel for rows in drivers.values() if len(rows) > 1 for row in rows}
        dense = {channel: sample_curve(face.channels[channel], times) for channel in shared}
        curves = []
        for rows in drivers.values():
            if len(rows) == 1:
                own = face.channels[rows[0].channel]
                limit = rows[0].limit
                curves.append(Curve(own.times, np.clip(own.weights * rows[0].weight * rows[0].gain, 0.0, limit)))
            else:
                curves.append(fit_keys(times, _composed(rows, dense), TOLERANCE))
        return curves

    def _plain(
        self, drivers: Mapping[tuple[str, str], Sequence[Row]], face: FaceAnimation, frames: FrameGrid
    ) -> list[Curve]:
        samples = samples_of(face, frames)
        moving = {row.channel for rows in drivers.values() for row in rows}
        read = {channel: samples.read(face.channels[channel]) for channel in moving}
        turned = [turn for bones in self.turns(face, frames).values() for turn in bones.values()]
        others = QUATERNION * sum(len(turn.times) for turn in turned)
        curves = samples.reduce([_composed(rows, read) for rows in drivers.values()], face.duration, others=others)
        if (
            not (frames.whole or frames.stepped)
            and sum(len(curve.times) for curve in curves) > KEYS_PER_SECOND * face.duration
        ):
            # Without the edges of holds, which most of the keys of such a rig are there for.
            return self._plain(drivers, face, replace(frames, whole=True))
        return curves


def _composed(rows: Sequence[Row], read: Mapping[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Return the values of one shape key, from those of its channels."""
    total = sum(row.weight * row.gain * read[row.channel] for row in rows)
    return np.clip(np.asarray(total), 0.0, min(row.limit for row in rows))


def _may_be_a_thing(row: Row) -> bool:
    words = {*split_words(row.key), *split_words(row.mesh)}
    return row.scheme == PLAIN_WORDS.name and not THINGS_WORDS.isdisjoint(words) and FACE_WORDS.isdisjoint(words)


def _scheme_words(scheme: str) -> str:
    return scheme if scheme == PLAIN_WORDS.name else f"{scheme} names"


def _quote(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
