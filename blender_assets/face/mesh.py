"""Parts become a Blender mesh: colours, zones, UV maps, shape keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import bpy
import numpy as np
from geometry import MM, Part
from makehuman import Floats

COLOUR: Final = "Colour"
ZONES: Final = "Zones"
"""Colour attributes: what every engine shows, and what the skin's material asks for."""
UV_MAP: Final = "UVMap"
PARKED: Final = 3.0
"""Where corners without a place in the UV map lie, in u and v: outside the picture, where no hair grows."""
GRID: Final = 2.0**-17
"""Coordinates are rounded to this many metres (8 µm): the file compresses to less than half."""


def rounded(points: Floats) -> Floats:
    """Coordinates on the file's grid."""
    result: Floats = np.round(points / GRID) * GRID
    return result


def mesh_object(
    name: str, parts: list[Part], material: Callable[[str], bpy.types.Material], subdivision: int
) -> bpy.types.Object:
    """One smooth-shaded, coloured object out of parts; ``material`` makes a material by its name."""
    mesh = bpy.data.meshes.new(name)
    points = np.concatenate([part.points for part in parts])
    starts = np.cumsum([0] + [len(part.points) for part in parts])
    faces = [tuple(start + v for v in f) for part, start in zip(parts, starts, strict=False) for f in part.faces]
    mesh.from_pydata(rounded(points).tolist(), [], faces)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    used = [material_name for part in parts for material_name in part.materials]
    slots = list(dict.fromkeys(used))
    for slot in slots:
        mesh.materials.append(material(slot))
    mesh.polygons.foreach_set("material_index", np.array([slots.index(m) for m in used], dtype=np.int32))
    _colour(mesh, COLOUR, np.concatenate([part.colours for part in parts]))
    if any(part.zones is not None for part in parts):
        none = [np.zeros((len(part.points), 4)) if part.zones is None else part.zones for part in parts]
        _colour(mesh, ZONES, np.concatenate(none))
    mesh.color_attributes.active_color = mesh.color_attributes[COLOUR]
    mesh.color_attributes.render_color_index = mesh.color_attributes.find(COLOUR)
    if any(part.uvs for part in parts):
        corners = [place for part in parts for place in _corners(part)]
        layer = mesh.uv_layers.new(name=UV_MAP)
        layer.data.foreach_set("uv", np.array(corners, dtype=np.float32).ravel())
    mesh.update()
    made = bpy.data.objects.new(name, mesh)
    if subdivision:
        smooth = made.modifiers.new("Subdivision", "SUBSURF")
        smooth.levels, smooth.render_levels = subdivision, subdivision
        smooth.uv_smooth = "NONE"  # Blender 4.2 takes 70 ms a frame otherwise, and 45 so
    return made


def _colour(mesh: bpy.types.Mesh, name: str, values: Floats) -> None:
    """A colour attribute of the vertices from values ``[n, 3 or 4]``."""
    colours = np.ones((len(values), 4), dtype=np.float32)
    colours[:, : values.shape[1]] = values
    attribute = mesh.color_attributes.new(name, "BYTE_COLOR", "POINT")
    attribute.data.foreach_set("color", np.clip(colours, 0, 1).ravel())


def _corners(part: Part) -> list[tuple[float, float]]:
    """The place in the UV map of every corner of every face."""
    if not part.uvs:
        return [(PARKED, PARKED)] * sum(map(len, part.faces))
    return [place for face in part.uvs for place in face]


def add_keys(face: bpy.types.Object, points: Floats, offsets: dict[str, Floats]) -> None:
    """One shape key per name; vertices that a key moves by less than 20 µm stay where they are."""
    face.shape_key_add(name="Basis")
    for name, moved in offsets.items():
        moved[np.abs(moved).max(1) < 0.02 * MM] = 0
        key = face.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", rounded(points + moved).astype(np.float32).ravel())
