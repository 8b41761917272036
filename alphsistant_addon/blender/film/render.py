"""The film: mp4 with H.264 and AAC, through Blender's own render, and stills."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
import numpy.typing as npt

from ...core.errors import AssetError
from ..common import compat

_LOOK: Final = {
    "light": "STUDIO",
    "color_type": "MATERIAL",
    "show_cavity": True,
    "cavity_type": "WORLD",
    "cavity_ridge_factor": 0.3,
    "cavity_valley_factor": 1.0,
    "show_shadows": False,
    "show_specular_highlight": True,
    "show_object_outline": False,
    "show_xray": False,
    "use_dof": False,
}
"""Workbench as it was found to flatter a face: soft studio light, creases and lips drawn by cavity.

No shadows: without a graphics card they cost five times as much as all the rest of a frame.
"""


@dataclass(frozen=True)
class FilmSettings:
    """How a film is rendered."""

    engine: str | None = compat.WORKBENCH
    """An engine's identifier; :func:`compat.eevee` names EEVEE's. ``None``: the scene's, as it is set up."""
    size: tuple[int, int] | None = (640, 640)
    """Pixels, width and height; H.264 wants even numbers. ``None``: the scene's."""
    samples: int = 32
    """For Cycles and EEVEE, if ``engine`` names them."""


def size_of(scene: Any) -> tuple[int, int]:
    """Width and height of the scene's pictures in pixels."""
    render = scene.render
    share = render.resolution_percentage / 100
    return max(1, round(render.resolution_x * share)), max(1, round(render.resolution_y * share))


def even(width: float, height: float) -> tuple[int, int]:
    """Return the next even numbers, at least 2, as H.264 wants them."""
    return max(2, round(width / 2) * 2), max(2, round(height / 2) * 2)


@contextlib.contextmanager
def film_scene(scene: Any, path: Path, settings: FilmSettings) -> Iterator[Any]:
    """A copy of the scene, set up for the film, that is gone after the block: the user's settings are never touched.

    ``AssetError`` if there is no camera or the folder cannot be written to.
    """
    copy = prepare(scene, path, settings)
    try:
        yield copy
    finally:
        bpy.data.scenes.remove(copy)


def prepare(scene: Any, path: Path, settings: FilmSettings) -> Any:
    """The copy that :func:`film_scene` hands out, for callers that remove it themselves."""
    check(scene, path)
    copy = scene.copy()
    _apply(copy, path, settings)
    return copy


def check(scene: Any, path: Path) -> None:
    """``AssetError`` if a film cannot be rendered to the path, before anything is changed."""
    if scene.camera is None:
        raise AssetError("The scene has no camera: add one (Add ▸ Camera) and point it at the face.")
    check_writable(path)


def check_writable(path: Path) -> None:
    """``AssetError`` if a file cannot be written there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = path.with_name(path.name + ".part")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise AssetError(f"The film cannot be written to “{path.parent}”: {error.strerror or error}.") from error


def _apply(scene: Any, path: Path, settings: FilmSettings) -> None:
    render = scene.render
    set_look(scene, settings)
    render.resolution_x, render.resolution_y = settings.size or even(*size_of(scene))
    render.resolution_percentage = 100
    render.use_border = False
    # Without the sequencer a film has no sound; with a picture strip it has that in place of the camera's view.
    render.use_sequencer = True
    _mute_pictures(scene)
    render.use_file_extension = True
    render.use_overwrite = True
    render.filepath = str(path)
    if not render.use_stamp:  # with it the user wants to see them in the picture
        forget_stamps(render)
    compat.set_video_output(render.image_settings)
    video = render.ffmpeg
    video.format = "MPEG4"
    video.codec = "H264"
    video.constant_rate_factor = "HIGH"
    video.ffmpeg_preset = "GOOD"
    video.gopsize = 12
    video.audio_codec = "AAC"
    video.audio_bitrate = 160
    video.audio_mixrate = 48000
    video.audio_channels = "STEREO"


def _mute_pictures(scene: Any) -> None:
    """Mute every strip that Blender would render in place of the camera's view: all but sounds, meta strips too."""
    if scene.sequence_editor is None:
        return
    for strip in compat.strips(scene):
        if strip.type != "SOUND":
            strip.mute = True


def film(scene: Any, path: Path, settings: FilmSettings) -> None:
    """Render the scene's frame range with its sound to an mp4 file, and wait for it."""
    with film_scene(scene, path, settings) as copy:
        bpy.ops.render.render(animation=True, scene=copy.name)


@contextlib.contextmanager
def unsubdivided(things: Iterable[Any]) -> Iterator[None]:
    """Render these objects without their subdivision surfaces while the block runs.

    Subdividing a face that moves is half of the time of a Workbench frame on a computer without a graphics card.
    """
    modifiers = [m for thing in things for m in thing.modifiers if m.type == "SUBSURF" and m.show_render]
    for modifier in modifiers:
        modifier.show_render = False
    try:
        yield
    finally:
        for modifier in modifiers:
            modifier.show_render = True


def still(scene: Any, path: Path, frame: int, settings: FilmSettings) -> None:
    """Render one frame of the scene to a PNG file."""
    with film_scene(scene, path, settings) as copy:
        _render_picture(copy, path, frame)


def label(prepared: Any, text: str) -> None:
    """Burn a text into the pictures of a scene from :func:`film_scene`."""
    render = prepared.render
    forget_stamps(render)
    render.use_stamp = render.use_stamp_note = True
    render.stamp_note_text = text
    render.stamp_font_size = 14
    render.stamp_background = (0.0, 0.0, 0.0, 0.6)


def forget_stamps(render: Any) -> None:
    """Write nothing into the file's metadata: by default the .blend's full path, which tells the user's name."""
    for name in dir(render):
        if name.startswith("use_stamp_"):
            setattr(render, name, False)


def picture(prepared: Any, frame: int, path: Path) -> npt.NDArray[np.float32]:
    """Render one frame of a scene from :func:`film_scene`: ``[h, w, 4]``, bottom row first."""
    _render_picture(prepared, path, frame)
    image = bpy.data.images.load(str(path))
    try:
        stored: Any = image.pixels
        pixels = np.empty(len(stored), dtype=np.float32)
        stored.foreach_get(pixels)
        return pixels.reshape(image.size[1], image.size[0], -1)
    finally:
        bpy.data.images.remove(image)


def _render_picture(prepared: Any, path: Path, frame: int) -> None:
    """Render an animation of one frame: a single picture of a scene that is in no window shows its last state."""
    compat.set_image_output(prepared.render.image_settings, "PNG")
    prepared.render.filepath = str(path.with_suffix(""))
    prepared.frame_start = prepared.frame_end = frame
    bpy.ops.render.render(animation=True, scene=prepared.name)
    Path(prepared.render.frame_path(frame=frame)).replace(path)


def set_look(scene: Any, settings: FilmSettings) -> None:
    """Choose the engine and how its picture looks; the scene's own stays as it is set up."""
    if settings.engine is None:
        return
    scene.render.engine = settings.engine
    if settings.engine == compat.WORKBENCH:
        for name, value in _LOOK.items():
            setattr(scene.display.shading, name, value)
        scene.display.render_aa = "FXAA"  # eight samples cost three times as much without a graphics card
        # Workbench colours are meant for the screen; a film-like view transform would grey them.
        scene.view_settings.view_transform = "Standard"
        scene.view_settings.look = "None"
        scene.view_settings.exposure = 0.4
    elif settings.engine == compat.CYCLES:
        scene.cycles.samples = settings.samples
        scene.cycles.use_adaptive_sampling = True
        scene.cycles.use_denoising = compat.has_denoiser()
    else:
        scene.eevee.taa_render_samples = settings.samples
