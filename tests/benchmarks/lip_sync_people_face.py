"""Render the shipped face in many mouth poses, so that the tracker's reading of it is known.

    python tests/benchmarks/lip_sync_people_face.py OUT_FOLDER [--blend FILE] [--poses 130]

Needs bpy. Writes ``0000.png`` … into OUT_FOLDER and ``poses.npz``: weights of the visemes ``[poses, 15]``, the mesh's
gap between the lips and width of the mouth in metres ``[poses]``, and the same two for every viseme alone at 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests" / "blender")]

from lip_gap import evaluated_points, lip_rows

from alphsistant_addon.lip_sync.channels import VISEMES

SIZE, SAMPLES = 256, 4
DISTANCE, LENS = 0.92, 85
CENTRE = 0.35
"""Share of the mouth's width in whose middle the gap is read, as the tracker reads it."""


def poses(count: int) -> np.ndarray:
    """Rest, each viseme at three weights, then mixtures of two or three; shape [count, 15], sums at most 1."""
    shapes = len(VISEMES) - 1
    single = [height * np.eye(shapes + 1)[1 + i] for i in range(shapes) for height in (0.3, 0.6, 1.0)]
    rng = np.random.default_rng(12)
    made = [np.zeros(shapes + 1), *single]
    while len(made) < count:
        weights = np.zeros(shapes + 1)
        chosen = 1 + rng.choice(shapes, int(rng.integers(2, 4)), replace=False)
        weights[chosen] = rng.dirichlet(np.ones(len(chosen))) * rng.uniform(0.3, 1.0)
        made.append(weights)
    return np.array(made[:count])


def mouth(face: bpy.types.Object, rows: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Gap in the mouth's middle and width between the ends of the lips' rows of contact, in metres."""
    bpy.context.view_layer.update()
    points = evaluated_points(face)
    upper, lower = (points[row][np.argsort(points[row][:, 0])] for row in rows)
    left, right = max(upper[0, 0], lower[0, 0]), min(upper[-1, 0], lower[-1, 0])
    x = (left + right) / 2 + CENTRE * (right - left) / 2 * np.linspace(-1, 1, 9)
    gap = np.interp(x, upper[:, 0], upper[:, 2]) - np.interp(x, lower[:, 0], lower[:, 2])
    return float(gap.mean()), float(upper[-1, 0] - upper[0, 0])


def main() -> None:
    """Render."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--blend", type=Path, default=REPOSITORY / "blender_assets" / "face" / "face.blend")
    parser.add_argument("--poses", type=int, default=130)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.open_mainfile(filepath=str(options.blend))
    face = next(
        o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys and "lip_upper_inner" in o.vertex_groups
    )
    for other in bpy.data.objects:
        if other.type == "CURVES":
            other.hide_render = True  # hair takes most of the time and says nothing of the mouth
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", SAMPLES
    scene.cycles.use_denoising = True
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.use_persistent_data = True
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    keys = face.data.shape_keys.key_blocks

    def set_weights(weights: np.ndarray) -> None:
        for key in keys[1:]:
            key.value = 0.0
        for name, weight in zip(VISEMES, weights, strict=True):
            if f"viseme_{name}" in keys:
                keys[f"viseme_{name}"].value = float(weight)

    set_weights(np.zeros(len(VISEMES)))
    rows = lip_rows(face)
    points = evaluated_points(face)[np.concatenate(rows)]
    # The eyes and the chin are in the picture when the mouth is a little below its middle.
    middle = Vector((float(points[:, 0].mean()), float(points[:, 1].min()), float(points[:, 2].mean()) + 0.035))
    camera = scene.camera
    camera.parent, camera.data.lens, camera.data.dof.use_dof = None, LENS, False
    camera.location = middle + Vector((0.0, -DISTANCE, 0.0))
    camera.rotation_euler = Vector((0.0, DISTANCE, 0.0)).to_track_quat("-Z", "Y").to_euler()

    weights = poses(options.poses)
    alone = []
    for row in np.eye(len(VISEMES)):
        set_weights(row)
        alone.append(mouth(face, rows))
    measured = []
    for number, row in enumerate(weights):
        set_weights(row)
        measured.append(mouth(face, rows))
        scene.render.filepath = str(options.out / f"{number:04d}.png")
        bpy.ops.render.render(write_still=True)
    np.savez(options.out / "poses.npz", weights=weights, mesh=np.array(measured), alone=np.array(alone))


if __name__ == "__main__":
    main()
