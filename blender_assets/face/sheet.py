"""Draws the sheet: every viseme from the front and at three quarters, a blink, a smile; labelled.

All poses stand side by side as still copies and are drawn in one go: a drawing's fixed costs are paid once.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import bpy
import look
from makehuman import Floats
from mathutils import Matrix, Vector
from visemes import VISEMES

CELL: Final = 0.275
"""Width and height in metres that one pose gets."""
POSES: Final[dict[str, dict[str, float]]] = {
    **{name: {f"viseme_{name}": 1.0} for name in VISEMES},
    "blink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "smile": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "cheekSquintLeft": 0.6, "cheekSquintRight": 0.6},
    "surprise": {
        **dict.fromkeys(("browInnerUp", "browOuterUpLeft", "browOuterUpRight"), 0.9),
        **dict.fromkeys(("eyeWideLeft", "eyeWideRight"), 0.7),
        "viseme_O": 0.6,
    },
}


def pose(face: bpy.types.Object, weights: dict[str, float]) -> None:
    """Set these keys, and every other to 0."""
    for key in face.data.shape_keys.key_blocks:
        key.value = weights.get(key.name, 0.0)


def still_copy(source: bpy.types.Object) -> bpy.types.Mesh:
    """The object's mesh as it looks now, keys and modifiers applied."""
    graph = bpy.context.evaluated_depsgraph_get()
    return bpy.data.meshes.new_from_object(source.evaluated_get(graph), depsgraph=graph)


def label(words: str, place: Vector) -> bpy.types.Object:
    """White letters that face the front."""
    text = bpy.data.curves.new("Label", "FONT")
    text.body, text.size = words, CELL * 0.085
    white = bpy.data.materials.get("Label") or bpy.data.materials.new("Label")
    white.diffuse_color = (1, 1, 1, 1)
    text.materials.append(white)
    holder = bpy.data.objects.new("Label", text)
    holder.location, holder.rotation_euler = place, (math.pi / 2, 0, 0)
    bpy.context.scene.collection.objects.link(holder)
    return holder


def draw(
    path: Path,
    columns: int = 9,
    poses: dict[str, dict[str, float]] | None = None,
    angles: tuple[float, ...] = (0, 38),
    pixels: int = 160,
) -> None:
    """Draw the open file's face in every pose from every angle (degrees), ``pixels`` a cell, and save one picture."""
    scene = bpy.context.scene
    look.workbench(scene, pixels)
    scene.display.render_aa = "5"
    face = bpy.data.objects["Alphsistant Face"]
    middle: Floats = look.face_middle(face)
    others = [bpy.data.objects[f"Alphsistant {name}"] for name in ("Hair", "Shirt")]
    bpy.context.view_layer.update()
    shared = [still_copy(other) for other in others]
    chosen = list((poses or POSES).items())
    rows = math.ceil(len(chosen) / columns) * len(angles)
    for number, (name, weights) in enumerate(chosen):
        pose(face, weights)
        bpy.context.view_layer.update()
        meshes = [still_copy(face), *shared]
        for view, degrees in enumerate(angles):
            row = number // columns * len(angles) + view
            # Nearer rows hide the shoulders of the rows above.
            cell = Vector((number % columns * CELL, -row * 0.6, -row * CELL))
            turn = Matrix.Rotation(math.radians(-degrees), 4, "Z")
            place = Matrix.Translation(cell) @ turn @ Matrix.Translation(-Vector(middle) + Vector((0, -0.08, 0.0)))
            for mesh in meshes:
                copy = bpy.data.objects.new("Copy", mesh)
                copy.matrix_world = place
                scene.collection.objects.link(copy)
            label(name, cell + Vector((-0.47 * CELL, -0.25, -0.46 * CELL)))
    for row in range(1, rows):  # a card behind every row, before the shoulders of the row above
        card = bpy.data.meshes.new("Card")
        left, right, top, depth = -CELL, columns * CELL, (0.5 - row) * CELL, 0.22 - row * 0.6
        card.from_pydata(
            [(left, depth, top), (right, depth, top), (right, depth, top - 9), (left, depth, top - 9)],
            [],
            [(0, 1, 2, 3)],
        )
        card.materials.append(bpy.data.materials.new("Card"))
        card.materials[0].diffuse_color = (*scene.display.shading.background_color, 1)
        tint = card.color_attributes.new(look.COLOUR, "BYTE_COLOR", "POINT")
        for corner in tint.data:
            corner.color = card.materials[0].diffuse_color
        scene.collection.objects.link(bpy.data.objects.new("Card", card))
    for thing in (face, *others):
        thing.hide_render = True
    data = bpy.data.cameras.new("Sheet")
    data.type, data.clip_end = "ORTHO", 100
    data.ortho_scale = CELL * max(columns, rows)
    camera = bpy.data.objects.new("Sheet", data)
    camera.location = ((columns - 1) / 2 * CELL, -rows * 0.6 - 5, -(rows - 1) / 2 * CELL)
    camera.rotation_euler = (math.pi / 2, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = columns * pixels, rows * pixels
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.image_settings.compression = 100
    for name in dir(scene.render):  # else the picture tells where the .blend was
        if name.startswith("use_stamp_"):
            setattr(scene.render, name, False)
    scene.render.filepath = str(path.resolve())
    bpy.ops.render.render(write_still=True)
