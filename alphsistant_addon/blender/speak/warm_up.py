"""Loads the models in the background once the tab is seen, so that the first click is as quick as the second."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AlphsistantError
from ..common import packages
from ..common.addon_preferences import preferences_of

if TYPE_CHECKING:
    from .speaking_job import ChosenModels

_DELAY_SECONDS: Final = 0.3
"""The tab is drawn first."""

_seen: Final[list[bool]] = []
"""Holds one item once the tab has been seen in this session."""
_threads: Final[list[threading.Thread]] = []
"""The one that starts the process, for as long as it may still run."""


def tab_is_drawn(context: Any) -> None:
    """Take note that the tab is drawn; the first time, the models are loaded soon after, where that is wanted."""
    if _seen or bpy.app.background:
        return
    _seen.append(True)
    preferences = preferences_of(context)
    if preferences is not None and preferences.warm_up and packages.is_there("torch"):
        bpy.app.timers.register(begin, first_interval=_DELAY_SECONDS)


def begin() -> None:
    """Start the models' process and let it load the models of the preferences; a job that has started it is enough."""
    from ..jobs import desk  # noqa: F401, PLC0415  # it stops the process at exit
    from .operators import chosen_models  # noqa: PLC0415

    choice = chosen_models(bpy.context)
    thread = threading.Thread(target=_start_process, args=(choice,), name="Alphsistant warm-up", daemon=True)
    _threads.append(thread)
    thread.start()


def forget() -> None:
    """Remove the timer and wait for the thread; the next time the tab is drawn counts as the first."""
    _seen.clear()
    if bpy.app.timers.is_registered(begin):
        bpy.app.timers.unregister(begin)
    while _threads:
        _threads.pop().join()


def _start_process(choice: ChosenModels) -> None:
    """Start it; on a thread, since this imports numpy."""
    import logging  # noqa: PLC0415  # takes longer than all of a panel's own code

    from ...pipeline.requests import WarmUpRequest  # noqa: PLC0415  # numpy
    from ..jobs import models_owner  # noqa: PLC0415

    try:
        models_owner.warm_up(WarmUpRequest(choice.made()))
    except AlphsistantError:
        # Nobody has asked for anything yet; the first job says what is wrong.
        logging.getLogger(__name__).warning("The models could not be loaded beforehand", exc_info=True)
