"""“Render Film”: in a process of its own that says how far it is, or at once from a script."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AssetError
from ..common import compat, paths
from ..common.stand_aside import stand_aside
from ..common.status import current as status
from ..jobs.desk import Task
from . import film_process, render

if TYPE_CHECKING:
    from ...core.progress import CancelEvent

logger = logging.getLogger(__name__)

SUFFIX: Final = ".mp4"

_OTHER_SUFFIXES: Final = {".mov", ".mkv", ".avi", ".webm", ".mpg", ".mpeg", ".ogv", ".m4v"}
"""Endings of other kinds of film, which give way to ours. What else follows a full stop belongs to the name."""

_PREVIEW_HEIGHT: Final = 540
"""Pixels that a preview has at most."""


def settings_of(scene: Any) -> render.FilmSettings:
    """Return the film that the panel describes."""
    settings = scene.alphsistant
    if settings.film_kind == "PREVIEW":
        width, height = render.size_of(scene)
        smaller = min(1.0, _PREVIEW_HEIGHT / height)
        return render.FilmSettings(compat.WORKBENCH, render.even(width * smaller, height * smaller))
    if settings.film_kind == "SQUARE":
        return render.FilmSettings(None, render.even(settings.film_size, settings.film_size))
    return render.FilmSettings(None, None)


def path_of(scene: Any) -> Path:
    """Return where the film goes; next to the .blend by default, in the user's folder while there is none."""
    wanted = scene.alphsistant.film_path.strip() or "//"
    if wanted.endswith(("/", "\\")):
        wanted += "film"
    if wanted.startswith("//") and not bpy.data.filepath:
        return _with_suffix(paths.user_folder("films") / wanted.removeprefix("//"))
    return _with_suffix(Path(bpy.path.abspath(wanted)))


def _with_suffix(path: Path) -> Path:
    """Let the name end in ``.mp4``; “shot.v02” is a name and has no ending."""
    ending = path.suffix.lower()
    if ending == SUFFIX:
        return path
    return path.with_suffix(SUFFIX) if ending in _OTHER_SUFFIXES else path.with_name(path.name + SUFFIX)


def render_now(scene: Any) -> None:
    """Render and wait.

    Raises:
        AssetError: there is no camera, or the file cannot be written.
    """
    path = path_of(scene)
    render.film(scene, path, settings_of(scene))
    _ready(path)


def task_for(scene: Any) -> FilmTask:
    """Return the job that renders the scene as it is now; what is changed afterwards is not in its film.

    Raises:
        AssetError: there is no camera, or the file cannot be written.
    """
    path = path_of(scene)
    render.check(scene, path)
    folder = Path(tempfile.mkdtemp(prefix="alphsistant-film-"))
    copy = folder / "scene.blend"
    stand_aside()
    bpy.data.libraries.write(str(copy), {scene}, path_remap="ABSOLUTE")
    count = len(range(scene.frame_start, scene.frame_end + 1, scene.frame_step))
    unfinished = path.with_name(f"{path.stem}.unfinished{SUFFIX}")
    arguments = film_process.command(copy, scene.name, unfinished, settings_of(scene))
    return FilmTask(arguments, count, folder, unfinished, path)


class FilmTask(Task):
    """Renders a film into a file that gets its name when it is complete."""

    first_step = "Starting to render"

    def __init__(self, arguments: list[str], count: int, folder: Path, unfinished: Path, film: Path) -> None:
        """Run the command line ``arguments``; ``folder`` is removed afterwards, ``unfinished`` becomes ``film``."""
        self._arguments = arguments
        self._count = count
        self._folder = folder
        self._unfinished = unfinished
        self._film = film

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Tell each frame that is done."""
        from ...core.progress import Step  # noqa: PLC0415

        try:
            for done in film_process.frames(self._arguments, cancel):
                yield Step(f"Rendering: frame {done} of {self._count}", min(done / self._count, 1.0))
            if not self._unfinished.is_file():
                raise AssetError("Blender wrote no film: this Blender may have been built without video.")
            try:
                self._unfinished.replace(self._film)
            except OSError as error:
                raise AssetError(
                    f"“{self._film}” cannot be replaced ({error.strerror or error}): close it where it is shown."
                ) from error
        finally:
            self._unfinished.unlink(missing_ok=True)
            shutil.rmtree(self._folder, ignore_errors=True)

    def finish(self) -> bool:
        """Say where it is."""
        _ready(self._film)
        return True


def _ready(path: Path) -> None:
    status.end()
    status.film = str(path)
