"""*Hear at Once*: whether a reply is heard while its rest is made.

Light: what plays is imported with the first part.
"""

from __future__ import annotations

from typing import Any

import bpy

from ..common.addon_preferences import preferences_of
from ..common.panel_parts import wrapped
from ..jobs.observers import JobEnded, JobStarted
from .live_status import current as live_status


def can_be_heard() -> bool:
    """Whether there is a window: without one, on a farm or from the command line, nothing is played."""
    return not bpy.app.background


def is_wanted() -> bool:
    """Whether replies are heard at once: never without a window, nor where the add-on runs without preferences."""
    preferences = preferences_of(bpy.context)
    return can_be_heard() and preferences is not None and bool(preferences.hear_at_once)


def observe(task: Any, event: Any) -> None:
    """Let the parts of a reply be heard as they come."""
    # A talk has the loudspeaker for itself.
    if live_status.is_talking or not (is_wanted() or can_be_heard()):
        return
    from ..speak.listening_task import ListeningTask  # noqa: PLC0415  # light beside the job itself
    from ..speak.speaking_job import SpeakingTask  # noqa: PLC0415  # the job has imported it

    if not (isinstance(task, ListeningTask) or (is_wanted() and isinstance(task, SpeakingTask))):
        return
    from . import audio_owner  # noqa: PLC0415  # where a button is pressed

    if isinstance(event, JobStarted):
        if live_status.is_running:
            from . import live_session  # noqa: PLC0415  # something is live: it is there

            live_session.stop()
        audio_owner.begin()
        return
    from . import hear_at_once  # noqa: PLC0415  # numpy, which the worker has imported

    hear_at_once.take_in(task, event, failed=isinstance(event, JobEnded) and bool(event.error))


def draw(context: Any, layout: Any) -> None:
    """Draw the switch, and while something is heard a button that stops it."""
    preferences = preferences_of(context)
    if preferences is None:
        return
    row = layout.row(align=True)
    row.prop(preferences, "hear_at_once", icon="OUTLINER_OB_SPEAKER")
    if live_status.is_running and not live_status.is_talking and live_status.puppet is None:
        row.operator("alphsistant.stop_live", text="", icon="PAUSE")
    for sentence in (live_status.resting, live_status.sound):
        if sentence and not live_status.is_talking and live_status.puppet is None:
            wrapped(context, layout, sentence, icon="INFO")


class StopLive(bpy.types.Operator):
    """Stop what is heard; the take is made all the same"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.stop_live"
    bl_label = "Stop Speaking"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while nothing is heard."""
        return live_status.is_running

    def execute(self, _context: Any) -> set[str]:
        """Stop it."""
        from . import live_session  # noqa: PLC0415

        live_session.stop()
        return {"FINISHED"}


CLASSES = (StopLive,)
