"""The process that renders a film: a Blender of its own, with a copy of the scene, whose frames are told as they come.

The file that the user works in is not touched, its window stays free, and a cancel is obeyed at once.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AlphsistantError, AssetError, Cancelled

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from .render import FilmSettings

_MARK: Final = "ALPHSISTANT FILM "
"""Begins the lines that are for us; Blender itself writes others."""

_LOOK_SECONDS: Final = 0.05
"""How often a cancel is looked at."""

_KEPT_LINES: Final = 5
"""Of what Blender itself said last, for the log."""


def command(scene_file: Path, scene: str, film: Path, settings: FilmSettings) -> list[str]:
    """Return the command line of the process; its Blender is this one, with the user's preferences.

    Args:
        scene_file: holds a copy of the scene.
        scene: its name.
        film: where the film goes.
        settings: how it is rendered.
    """
    package = Path(__file__).resolve().parents[2]
    request = {
        "file": str(scene_file),
        "scene": scene,
        "film": str(film),
        "engine": settings.engine,
        "size": settings.size,
        "samples": settings.samples,
        # As in this Blender, whose user has said which files may run scripts of their own.
        "scripts": not bpy.app.autoexec_fail,
    }
    code = (
        f"import sys; sys.path.insert(0, {str(package.parent)!r}); "
        f"from {package.name}.blender.film import film_process; film_process.main({json.dumps(request)!r})"
    )
    if not bpy.app.binary_path:  # Blender as a Python module
        return [sys.executable, "-c", code]
    return [bpy.app.binary_path, "--background", "--python-exit-code", "1", "--python-expr", code]


def frames(arguments: list[str], cancel: CancelEvent) -> Iterator[int]:
    """Run the process and yield the number of each frame that is done, 1, 2, …; it has ended when this has.

    Raises:
        Cancelled: the event was set; the process was ended.
        AssetError: it could not render; the sentence says why.
    """
    quiet: dict[str, Any] = {}
    if sys.platform == "win32":
        quiet["creationflags"] = subprocess.CREATE_NO_WINDOW
    process = subprocess.Popen(  # noqa: S603  # this Blender
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        **quiet,
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), name="Alphsistant film", daemon=True)
    reader.start()
    said: list[str] = []
    try:
        while True:
            if cancel.is_set():
                raise Cancelled
            try:
                line = lines.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                break
            if not line.startswith(_MARK):
                said = [*said, line.rstrip()][-_KEPT_LINES:]
                continue
            message = json.loads(line.removeprefix(_MARK))
            if "error" in message:
                raise AssetError(message["error"])
            yield message["frame"]
        if process.wait() != 0:
            raise AssetError(f"Blender could not render the film (exit code {process.returncode}): {' '.join(said)}")
    finally:
        process.kill()
        process.wait()
        reader.join()
        if process.stdout is not None:
            process.stdout.close()


def main(request: str) -> None:
    """Render what the request says; in the process itself."""
    from . import render  # noqa: PLC0415  # numpy

    wanted = json.loads(request)
    size = tuple(wanted["size"]) if wanted["size"] is not None else None
    settings = render.FilmSettings(wanted["engine"], size, wanted["samples"])
    try:
        bpy.ops.wm.open_mainfile(filepath=wanted["file"], load_ui=False, use_scripts=wanted["scripts"])
        done = 0

        def frame_done(*_arguments: Any) -> None:
            # Blender may call this on a thread of its own: it only counts, and writes a line.
            nonlocal done
            done += 1
            _say(frame=done)

        bpy.app.handlers.render_write.append(frame_done)
        try:
            render.film(bpy.data.scenes[wanted["scene"]], Path(wanted["film"]), settings)
        finally:
            bpy.app.handlers.render_write.remove(frame_done)
    except (AlphsistantError, RuntimeError) as error:
        _say(error=str(error).strip())
        sys.exit(1)


def _say(**message: Any) -> None:
    print(_MARK + json.dumps(message), flush=True)


def _read(output: IO[str] | None, lines: queue.SimpleQueue[str | None]) -> None:
    with contextlib.suppress(ValueError):  # closed meanwhile
        for line in output or ():
            lines.put(line)
    lines.put(None)
