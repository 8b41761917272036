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

from ..data import SILENCE, Phone
from . import keyframes, render

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


def widest_frame(phones: Sequence[Phone], *, start: int, rate: float) -> int:
    """The whole frame at the longest open vowel, for a still."""
    open_phones = _KINDS[2][1]
    longest = max(phones, key=lambda phone: (phone.symbol in open_phones, phone.duration))
    return start + round((longest.start + longest.end) / 2 * rate)


def save(scene: Any, phones: Sequence[Phone], start: int, path: Path, settings: render.FilmSettings) -> None:
    """Render the shots as they are in the film and save them as one PNG."""
    shots = choose_shots(phones, start=start, rate=keyframes.frames_per_second(scene))
    cells: list[npt.NDArray[np.float32]] = []
    small = render.FilmSettings(settings.engine, (_CELL_PIXELS, _CELL_PIXELS), settings.samples)
    with tempfile.TemporaryDirectory() as folder, render.film_scene(scene, Path(folder) / "shot.png", small) as copy:
        for shot in shots:
            picture = render.picture(copy, shot.frame, Path(folder) / "shot.png", label=shot.label)
            cells.append(picture)
    _save_png(montage(cells), path)


def montage(cells: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Pictures of one size ``[h, w, 4]``, bottom row first as in Blender, as one picture read from the top left."""
    height, width, channels = cells[0].shape
    rows = -(-len(cells) // _COLUMNS)
    sheet = np.zeros((rows * height, _COLUMNS * width, channels), dtype=np.float32)
    sheet[..., 3] = 1.0
    for index, cell in enumerate(cells):
        row, column = divmod(index, _COLUMNS)
        bottom = (rows - 1 - row) * height
        sheet[bottom : bottom + height, column * width : (column + 1) * width] = cell
    return sheet


def _save_png(pixels: npt.NDArray[np.float32], path: Path) -> None:
    height, width, _ = pixels.shape
    image = bpy.data.images.new(path.stem, width, height)
    try:
        image.pixels.foreach_set(pixels.ravel())
        image.filepath_raw = str(path)
        image.file_format = "PNG"
        image.save()
    finally:
        bpy.data.images.remove(image)
