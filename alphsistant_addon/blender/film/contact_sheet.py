"""A picture of the film's telling moments, with time and phone: lips sealed, mouth open, lips rounded, silence."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
import numpy.typing as npt
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from ...core.face_animation import FaceAnimation
from ...core.phone_inventory import SILENCE
from ...core.speech import Phone
from ...lip_sync.curves import sample_curve
from ..common.scene_time import frames_per_second
from . import render

_KINDS: Final[tuple[tuple[str, tuple[str, ...], int], ...]] = (
    ("lips sealed", ("p", "b", "m"), 4),
    ("teeth on lip", ("f", "v"), 1),
    ("mouth open", ("ɑ", "æ", "aɪ", "aʊ", "ɔ", "ʌ", "ɛ"), 3),
    ("lips rounded", ("u", "oʊ", "w", "ʊ"), 2),
    ("silence", (SILENCE,), 2),
)
"""What a viewer looks at first in lip-sync: label, phones, how many pictures at most."""

_COLUMNS: Final = 4
_CELL_PIXELS: Final = 320

_CLOSE_SHARE: Final = 0.42
"""Side of the cell's square, as a share of the film's shorter side."""

_MOVED_METRES: Final = 0.001
"""Points that the open mouth moves further than this are mouth and jaw."""

_LIDS_OPEN: Final = 0.2
"""A blink below this does not show in a still."""


@dataclass(frozen=True)
class Shot:
    """One cell of the sheet."""

    label: str
    frame: int


def choose_shots(phones: Sequence[Phone], *, start: int, rate: float) -> list[Shot]:
    """The longest phones of each kind, at the whole frame nearest to their middle, in the order of the film."""
    shots: list[tuple[float, Shot]] = []
    for kind, symbols, count in _KINDS:
        found = sorted((phone for phone in phones if phone.symbol in symbols), key=lambda phone: -phone.duration)
        for phone in found[:count]:
            middle = (phone.start + phone.end) / 2
            label = (
                f"{kind}  /{phone.symbol}/  {middle:.2f} s" if phone.symbol != SILENCE else f"{kind}  {middle:.2f} s"
            )
            shots.append((middle, Shot(label, start + round(middle * rate))))
    return [shot for _, shot in sorted(shots, key=lambda item: item[0])]


def widest_frame(phones: Sequence[Phone], animation: FaceAnimation, *, start: int, rate: float) -> int:
    """The whole frame at the longest open vowel that is spoken with open eyes, for a still."""
    open_phones = _KINDS[2][1]
    lids = [curve for name, curve in animation.channels.items() if name.startswith("eyeBlink")]

    def eyes_open(phone: Phone) -> bool:
        middle = (phone.start + phone.end) / 2
        return all(float(sample_curve(lid, middle)) < _LIDS_OPEN for lid in lids)

    longest = max(phones, key=lambda phone: (phone.symbol in open_phones, eyes_open(phone), phone.duration))
    return start + round((longest.start + longest.end) / 2 * rate)


def save(scene: Any, face: Any, phones: Sequence[Phone], start: int, path: Path, look: render.FilmSettings) -> None:
    """Render the shots as they are in the film, close to the mouth of the object ``face``, and save them as one PNG."""
    shots = choose_shots(phones, start=start, rate=frames_per_second(scene))
    cells: list[npt.NDArray[np.float32]] = []
    with tempfile.TemporaryDirectory() as folder, render.film_scene(scene, Path(folder) / "shot.png", look) as copy:
        _look_closer(copy, face)
        for shot in shots:
            render.label(copy, shot.label)
            cells.append(render.picture(copy, shot.frame, Path(folder) / "shot.png"))
    save_png(montage(cells), path)


def _look_closer(prepared: Any, face: Any) -> None:
    """Render only a square around the mouth: around what the widest viseme moves."""
    blocks = face.data.shape_keys.key_blocks
    if "viseme_aa" not in blocks:
        return
    rest, opened = (_coordinates(block.data) for block in (blocks[0], blocks["viseme_aa"]))
    moved = np.linalg.norm(opened - rest, axis=1) > _MOVED_METRES
    if not moved.any():
        return
    mouth = face.matrix_world @ Vector(rest[moved].mean(axis=0).tolist())
    seen = world_to_camera_view(prepared, prepared.camera, mouth)
    width, height = prepared.render.resolution_x, prepared.render.resolution_y
    side = _CLOSE_SHARE * min(width, height)
    render_settings = prepared.render
    render_settings.use_border = render_settings.use_crop_to_border = True
    render_settings.border_min_x, render_settings.border_max_x = seen.x - side / width / 2, seen.x + side / width / 2
    # The eyes belong to the picture: more of it lies above the mouth than below.
    render_settings.border_min_y = seen.y - 0.35 * side / height
    render_settings.border_max_y = seen.y + 0.65 * side / height
    scale = _CELL_PIXELS / side
    render_settings.resolution_x, render_settings.resolution_y = round(width * scale), round(height * scale)


def _coordinates(points: Any) -> npt.NDArray[np.float32]:
    flat = np.empty(len(points) * 3, dtype=np.float32)
    points.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def montage(cells: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Pictures of one size ``[h, w, 4]``, bottom row first as in Blender, as one picture read from the top left."""
    # Crops may differ by a pixel.
    height, width = (min(cell.shape[axis] for cell in cells) for axis in (0, 1))
    channels = cells[0].shape[2]
    rows = -(-len(cells) // _COLUMNS)
    sheet = np.zeros((rows * height, _COLUMNS * width, channels), dtype=np.float32)
    sheet[..., 3] = 1.0
    for index, cell in enumerate(cells):
        row, column = divmod(index, _COLUMNS)
        bottom = (rows - 1 - row) * height
        sheet[bottom : bottom + height, column * width : (column + 1) * width] = cell[:height, :width]
    return sheet


def save_png(pixels: npt.NDArray[np.float32], path: Path) -> None:
    """Save a picture ``[h, w, 4]``, bottom row first, as a PNG file."""
    height, width, _ = pixels.shape
    image = bpy.data.images.new(path.stem, width, height)
    try:
        stored: Any = image.pixels
        stored.foreach_set(pixels.ravel())
        image.filepath_raw = str(path)
        image.file_format = "PNG"
        image.save()
    finally:
        bpy.data.images.remove(image)
