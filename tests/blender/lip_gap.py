"""How far the lips of the shipped face are apart, measured on the mesh as Blender evaluates it."""

from __future__ import annotations

import bpy
import numpy as np

GROUPS = ("lip_upper_inner", "lip_lower_inner")


def evaluated_points(face: bpy.types.Object) -> np.ndarray:
    """World coordinates of the evaluated mesh (shape keys, modifiers), ``[n, 3]`` in metres."""
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    evaluated.to_mesh_clear()
    matrix = np.array(face.matrix_world)
    return points.reshape(-1, 3).astype(float) @ matrix[:3, :3].T + matrix[:3, 3]


def lip_rows(face: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Vertex numbers of the upper and the lower lip's row of contact in the evaluated mesh."""
    indices = [face.vertex_groups[name].index for name in GROUPS]
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    rows: list[list[int]] = [[], []]
    for vertex in mesh.vertices:
        for element in vertex.groups:
            if element.group in indices and element.weight > 0.99:
                rows[indices.index(element.group)].append(vertex.index)
    evaluated.to_mesh_clear()
    return np.array(rows[0]), np.array(rows[1])


def lip_gap(face: bpy.types.Object) -> float:
    """The widest vertical gap between the lips, in metres; negative where they are pressed into each other everywhere.

    Looked at from the front at 33 places across 85 % of the mouth's width.
    """
    bpy.context.view_layer.update()
    points = evaluated_points(face)
    upper, lower = (points[row][np.argsort(points[row][:, 0])] for row in lip_rows(face))
    half = 0.85 * min(upper[-1, 0] - upper[0, 0], lower[-1, 0] - lower[0, 0]) / 2
    x = (upper[0, 0] + upper[-1, 0]) / 2 + np.linspace(-half, half, 33)
    return float((np.interp(x, upper[:, 0], upper[:, 2]) - np.interp(x, lower[:, 0], lower[:, 2])).max())
