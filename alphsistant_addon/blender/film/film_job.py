"""“Render Film”: in Blender's own render window, or at once from a script."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import AssetError
from ..common import paths
from ..common.status import current as status
from . import render

logger = logging.getLogger(__name__)

_scene_copies: Final[list[str]] = []
"""Names of the scenes that are being rendered, to be removed when the render has ended."""


def settings_of(scene: Any) -> render.FilmSettings:
    """The film that the panel describes."""
    settings = scene.alphsistant
    side = settings.film_size + settings.film_size % 2
    return render.FilmSettings(settings.engine, (side, side))


def path_of(scene: Any) -> Path:
    """Where the film goes; next to the .blend by default, in the user's folder while there is none."""
    wanted = scene.alphsistant.film_path.strip() or "//film.mp4"
    if wanted.startswith("//") and not bpy.data.filepath:
        return paths.user_folder("films") / wanted.removeprefix("//")
    return Path(bpy.path.abspath(wanted)).with_suffix(".mp4")


def render_now(scene: Any) -> None:
    """Render and wait. ``AssetError`` if there is no camera or the file cannot be written."""
    path = path_of(scene)
    render.film(scene, path, settings_of(scene))
    status.end(notes=(f"The film is in “{path}”.",))


def start(scene: Any) -> None:
    """Let Blender's render window render a copy of the scene; the copy goes when the render ends."""
    if bpy.app.is_job_running("RENDER"):
        raise AssetError("Blender is rendering already: wait until it has ended.")
    path = path_of(scene)
    copy = render.prepare(scene, path, settings_of(scene))
    _scene_copies.append(copy.name)
    bpy.app.handlers.render_complete.append(_completed)
    bpy.app.handlers.render_cancel.append(_cancelled)
    bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=copy.name)
    status.end(notes=(f"The film will be in “{path}”.",))


def forget() -> None:
    """Remove handlers, timer and copies."""
    for handlers, handler in (
        (bpy.app.handlers.render_complete, _completed),
        (bpy.app.handlers.render_cancel, _cancelled),
    ):
        if handler in handlers:
            handlers.remove(handler)
    if bpy.app.timers.is_registered(_remove_copies):
        bpy.app.timers.unregister(_remove_copies)
    _remove_copies()


def _completed(_scene: Any, _depsgraph: Any = None) -> None:
    _after_render()


def _cancelled(_scene: Any, _depsgraph: Any = None) -> None:
    status.end("The film was cancelled; the file is not complete.")
    _after_render()


def _after_render() -> None:
    # The render job still holds its scene while the handlers run.
    bpy.app.timers.register(forget, first_interval=0.5)


def _remove_copies() -> None:
    while _scene_copies:
        copy = bpy.data.scenes.get(_scene_copies.pop())
        if copy is not None:
            bpy.data.scenes.remove(copy)
