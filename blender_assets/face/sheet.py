"""Draws sheets: the open file's person in many poses and from several sides, one picture out of labelled cells."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import bpy
import look
import numpy as np
from makehuman import Floats
from visemes import VISEMES

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
DISTANCE: Final = 0.80
"""From the camera to the face in metres: a cell holds the head."""


def draw(
    path: Path,
    columns: int = 6,
    poses: Mapping[str, Mapping[str, float]] = POSES,
    angles: Sequence[float] = (0, 38),
    pixels: int = 180,
) -> None:
    """Draw the open file's face in every pose from every angle (degrees) with Workbench, and save one picture.

    Every cell is a frame of one animation: Blender sets a scene up once, and not for each picture.

    Args:
        path: of the PNG file.
        columns: cells side by side; angles are beside each other.
        poses: keys' weights by the name that is written into the cell.
        angles: of the camera, 0 in front, positive to the subject's left.
        pixels: width and height of a cell.
    """
    scene = bpy.context.scene
    look.workbench(scene, pixels)
    scene.display.render_aa = "FXAA"
    face = bpy.data.objects["Alphsistant Face"]
    camera = scene.camera
    middle: Floats = look.face_middle(face)
    keys = face.data.shape_keys.key_blocks
    cells = [(name, weights, angle) for name, weights in poses.items() for angle in angles]
    for frame, (name, weights, angle) in enumerate(cells, 1):
        for key in keys[1:]:
            key.value = weights.get(key.name, 0.0)
            key.keyframe_insert("value", frame=frame)
        look.place_camera(camera, middle, angle, DISTANCE)
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_euler", frame=frame)
        if angle == angles[0]:
            _label(name, camera, frame)
    scene.frame_start, scene.frame_end = 1, len(cells)
    save(path, _grid(_pictures(scene), columns))


def _label(words: str, camera: bpy.types.Object, frame: int) -> None:
    """White letters in the lower left corner of one frame."""
    text = bpy.data.curves.new("Label", "FONT")
    text.body, text.size = words, 0.011
    white = bpy.data.materials.get("Label") or bpy.data.materials.new("Label")
    white.diffuse_color = (1, 1, 1, 1)
    text.materials.append(white)
    holder = bpy.data.objects.new("Label", text)
    holder.parent = camera
    half = 0.5 * camera.data.sensor_width / camera.data.lens * 0.2
    holder.location = (-0.92 * half, -0.92 * half, -0.2)
    bpy.context.scene.collection.objects.link(holder)
    for at, hidden in ((frame - 1, True), (frame, False), (frame + 1, True)):
        holder.hide_render = hidden
        holder.keyframe_insert("hide_render", frame=at)


def _pictures(scene: bpy.types.Scene) -> list[Floats]:
    """Render the scene's frames; ``[height, width, 3]`` each, the bottom row first."""
    render: Any = scene.render
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGB"
    pictures = []
    with tempfile.TemporaryDirectory() as folder:
        render.filepath = str(Path(folder, "cell"))
        bpy.ops.render.render(animation=True)
        for file in sorted(Path(folder).iterdir()):
            image: Any = bpy.data.images.load(str(file))
            width, height = image.size
            pictures.append(np.array(image.pixels[:]).reshape(height, width, -1)[..., :3])
            bpy.data.images.remove(image)
    return pictures


def _grid(pictures: Sequence[Floats], columns: int) -> Floats:
    """Put the pictures side by side in rows, the first in the upper left corner."""
    height, width, channels = pictures[0].shape
    rows = math.ceil(len(pictures) / columns)
    grid = np.zeros((rows, columns, height, width, channels))
    for number, picture in enumerate(pictures):
        grid[rows - 1 - number // columns, number % columns] = picture
    joined: Floats = grid.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)
    return joined


def save(path: Path, picture: Floats) -> None:
    """Save ``picture [height, width, 3]`` (bottom row first, 0…1) as a PNG file without metadata."""
    height, width, _ = picture.shape
    image: Any = bpy.data.images.new("Sheet", width, height)
    image.pixels.foreach_set(np.dstack([picture, np.ones((height, width))]).astype(np.float32).ravel())
    image.filepath_raw, image.file_format = str(path.resolve()), "PNG"
    image.save()
    bpy.data.images.remove(image)
