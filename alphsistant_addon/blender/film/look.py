"""How the shipped face is lit and framed in films."""

from __future__ import annotations

from typing import Any, Final

from ..common import compat
from . import render

ASPECT: Final = 4 / 5
"""Width by height of the film: the shipped camera is set up for a portrait."""


ENGINES: Final = {"workbench": compat.WORKBENCH, "eevee": compat.eevee(), "cycles": compat.CYCLES}


BACKGROUND: Final = (0.10, 0.13, 0.17)
"""Linear RGB behind the face in Workbench."""


def film_settings(engine: str, size: int) -> render.FilmSettings:
    """A portrait of that height in pixels by one of :data:`ENGINES`."""
    return render.FilmSettings(ENGINES[engine], (round(size * ASPECT / 2) * 2, round(size / 2) * 2))


def set_up(scene: Any, settings: render.FilmSettings) -> None:
    """Let the scene look as the shipped face was lit and looked at; Workbench has a look of its own, in films only."""
    scene.render.engine = settings.engine or scene.render.engine
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    if scene.world is not None:
        scene.world.color = BACKGROUND
    scene.render.resolution_x, scene.render.resolution_y = settings.size or render.size_of(scene)
    render.forget_stamps(scene.render)  # frames that a farm renders of it later tell no path either
