"""A face's .blend as arrays: points of every key, faces by material, the rows of the lips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

ASSETS = Path(__file__).parents[2] / "blender_assets"
FACES = [ASSETS / "face" / "face.blend", *sorted(ASSETS.glob("cast/*/*.blend"))]
"""The default face, and those of the cast that have files of their own."""
MOUTH = ("Teeth", "Gums", "Tongue")
EYES = ("Sclera", "Cornea", "Iris", "Pupil")


@dataclass(eq=False, repr=False)
class FaceData:
    """What a face's mesh holds; see the module."""

    points: np.ndarray
    offsets: dict[str, np.ndarray]
    faces: list[tuple[int, ...]]
    materials: list[str]
    """Name of each face's material, without the add-on's."""
    colours: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    """The lips' rows of contact, each from the right corner to the left."""

    @classmethod
    def read(cls, face: bpy.types.Object) -> FaceData:
        mesh = face.data
        count = len(mesh.vertices)
        keys = {}
        for key in mesh.shape_keys.key_blocks:
            values = np.empty(count * 3, dtype=np.float32)
            key.data.foreach_get("co", values)
            keys[key.name] = values.reshape(-1, 3).astype(float)
        points = keys.pop("Basis")
        names = [slot.name.split(".")[0].split()[-1] for slot in mesh.materials]
        colours = np.empty(count * 4, dtype=np.float32)
        mesh.color_attributes["Colour"].data.foreach_get("color", colours)
        rows = []
        for group in ("lip_upper_inner", "lip_lower_inner"):
            index = face.vertex_groups[group].index
            row = [v.index for v in mesh.vertices if any(g.group == index for g in v.groups)]
            rows.append(np.array(row)[np.argsort(points[row, 0])])
        return cls(
            points,
            {name: values - points for name, values in keys.items()},
            [tuple(p.vertices) for p in mesh.polygons],
            [names[p.material_index] for p in mesh.polygons],
            colours.reshape(-1, 4)[:, :3].astype(float),
            *rows,
        )

    def keys(self, name: str) -> list[str]:
        """The keys that a name without its side stands for."""
        return [key for key in (name, f"{name}Left", f"{name}Right") if key in self.offsets]

    def posed(self, **weights: float) -> np.ndarray:
        """Points with these keys; a name without a side stands for both."""
        points = self.points.copy()
        for name, weight in weights.items():
            for key in self.keys(name):
                points += weight * self.offsets[key]
        return points

    def faces_of(self, *materials: str) -> list[tuple[int, ...]]:
        return [f for f, m in zip(self.faces, self.materials, strict=True) if m in materials]

    def vertices_of(self, *materials: str) -> np.ndarray:
        return np.array(sorted({v for f in self.faces_of(*materials) for v in f}))


def append(file: Path) -> bpy.types.Object:
    """The face object of a .blend, appended to an empty scene as a user would."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(file)) as (there, here):
        here.collections = there.collections
    bpy.context.scene.collection.children.link(here.collections[0])
    return next(o for o in here.collections[0].all_objects if o.type == "MESH" and o.data.shape_keys)
