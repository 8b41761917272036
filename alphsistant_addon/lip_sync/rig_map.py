"""``RigMap``: which shape keys of a character each channel drives; to look at, change, save and apply."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np

from ..data import Curve, FaceAnimation
from ..errors import AssetError
from .curves import fit_keys, sample_curve
from .rigs import ARKIT_CHANNELS
from .visemes import VISEMES

OWN_SHAPE: Final = 0.85
"""A single key at less than this is an approximation by another viseme's shape."""

STEP: Final = 0.005
TOLERANCE: Final = 0.015
"""Dense step (s) and largest error of keys that several channels share."""

FORMAT: Final = "alphsistant-rig-map"
VERSION: Final = 1


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
    """How channels drive a character's shape keys."""

    rows: tuple[Row, ...] = ()

    @property
    def reached(self) -> tuple[str, ...]:
        """Short names of the visemes this face can show; a closed mouth and silence have the rest pose at least."""
        own = {row.channel for row in self.rows if not row.partial}
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
        if not visemes:
            others = sorted({row.mesh for row in self.rows})
            if others:
                return f"No mouth shapes were found; only expressions on {_quote(others)}."
            return "No shape key with a known name was found."
        parts: dict[str, list[str]] = {}
        for row in visemes:
            meshes = parts.setdefault(row.scheme, [])
            if row.mesh not in meshes:
                meshes.append(row.mesh)
        where = ", ".join(
            f"{'names chosen by hand' if not scheme else _scheme_words(scheme)} on {_quote(meshes)}"
            for scheme, meshes in parts.items()
        )
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
        return f"{len(self.reached)} of {len(VISEMES)} visemes: {'; '.join([where, *notes])}."

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
            if rows and not any(r.substitute or r.weight >= OWN_SHAPE or per_mesh[r.mesh] > 1 for r in rows):
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

    def apply(self, face: FaceAnimation) -> dict[str, dict[str, Curve]]:
        """Turn channels into curves of real shape keys.

        Args:
            face: canonical channels; what the face has no key for is left out.

        Returns:
            Mesh → shape key → curve within 0…limit. A key driven by one channel keeps that channel's own keys; one
            that several channels share gets keys fitted to their sum.
        """
        drivers: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            if row.channel in face.channels:
                drivers.setdefault((row.mesh, row.key), []).append(row)
        times = np.arange(int(np.ceil(face.duration / STEP)) + 1, dtype=np.float64) * STEP
        dense = {
            row.channel: sample_curve(face.channels[row.channel], times)
            for rows in drivers.values()
            if len(rows) > 1
            for row in rows
        }
        result: dict[str, dict[str, Curve]] = {}
        for (mesh, key), rows in drivers.items():
            limit = min(row.limit for row in rows)
            if len(rows) == 1:
                own = face.channels[rows[0].channel]
                curve = Curve(own.times, np.clip(own.weights * rows[0].weight * rows[0].gain, 0.0, limit))
            else:
                total = np.zeros(len(times))
                for row in rows:
                    total += row.weight * row.gain * dense[row.channel]
                curve = fit_keys(times, np.clip(total, 0.0, limit), TOLERANCE)
            if len(curve.times):
                result.setdefault(mesh, {})[key] = curve
        return result

    def to_json(self) -> str:
        """Return the preset as text, one row a line."""
        rows = ",\n  ".join(json.dumps(asdict(row), ensure_ascii=False) for row in self.rows)
        return f'{{"format": "{FORMAT}", "version": {VERSION}, "rows": [\n  {rows}\n]}}\n'

    @classmethod
    def from_json(cls, text: str) -> RigMap:
        """Read a preset.

        Raises:
            AssetError: the text is not a preset of this kind.
        """
        try:
            content = json.loads(text)
            if content["format"] != FORMAT or content["version"] > VERSION:
                raise AssetError("The mapping preset is of another kind or made by a newer version.")
            return cls(tuple(_read_row(entry) for entry in content["rows"]))
        except (ValueError, KeyError, TypeError) as error:
            raise AssetError(f"The mapping preset cannot be read ({error}).") from error

    def save(self, path: Path) -> None:
        """Write the preset to a file.

        Raises:
            AssetError: the file cannot be written.
        """
        try:
            path.write_text(self.to_json(), encoding="utf-8")
        except OSError as error:
            raise AssetError(f"The mapping preset cannot be saved to {path} ({error.strerror}).") from error

    @classmethod
    def load(cls, path: Path) -> RigMap:
        """Read a preset from a file.

        Raises:
            AssetError: the file is missing, not readable or not a preset.
        """
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise AssetError(f"The mapping preset {path} cannot be read.") from error


def _read_row(entry: object) -> Row:
    if not isinstance(entry, dict):
        raise TypeError("a row is not an object")
    row = Row(**entry)
    for field in fields(Row):
        value = getattr(row, field.name)
        if field.name in ("weight", "gain", "limit"):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 100.0:
                raise ValueError(f"{field.name} is {value!r}")
        elif not isinstance(value, bool if field.name == "partial" else str):
            raise TypeError(f"{field.name} is {value!r}")
    return row


def _scheme_words(scheme: str) -> str:
    return scheme if scheme == "plain words" else f"{scheme} names"


def _quote(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
