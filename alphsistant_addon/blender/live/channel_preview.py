"""Show one channel on the face for a moment, as the mapping moves it; nothing of it gets into the file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import StringProperty

from ..common.status import current as status
from ..jobs.buttons import done_or_reported

if TYPE_CHECKING:
    from ...lip_sync.live_motion import FloatArray

RISE: Final = 0.15
STAY: Final = 1.5
FALL: Final = 0.25
"""Seconds in which the shape comes, stays, and goes."""


class ShownChannel:
    """A source for the live face: one channel goes up, stays, and goes."""

    def __init__(self, channel: str, begun: float) -> None:
        """Show ``channel`` from a moment on (``time.perf_counter``)."""
        self.channel = channel
        self._begun = begun
        self._now = begun

    @property
    def is_over(self) -> bool:
        """Whether the face is at rest again."""
        return self._now > self._begun + RISE + STAY + FALL

    def tick(self, now: float) -> None:
        """Take the time."""
        self._now = now

    def weights(self, now: float) -> FloatArray:
        """Return the weights of ``LIVE_CHANNELS`` at a moment."""
        import numpy as np  # noqa: PLC0415  # not while Blender starts

        from ...lip_sync.live_motion import LIVE_CHANNELS  # noqa: PLC0415  # numpy

        at = now - self._begun
        share = min(max(min(at / RISE, (RISE + STAY + FALL - at) / FALL), 0.0), 1.0)
        weights = np.zeros(len(LIVE_CHANNELS))
        if self.channel in LIVE_CHANNELS:
            weights[LIVE_CHANNELS.index(self.channel)] = share * share * (3.0 - 2.0 * share)
        return weights

    def close(self) -> None:
        """There is nothing to stop."""


class ShowChannel(bpy.types.Operator):
    """Show this channel on the face for a moment; nothing in the file changes"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.show_channel"
    bl_label = "Show on the Face"
    bl_options = {"INTERNAL"}

    root: StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    channel: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Start showing it; a conversation that is live goes on instead."""
        from . import live_session  # noqa: PLC0415  # numpy

        shown = live_session.source()
        if status.running or (shown is not None and not isinstance(shown, ShownChannel)):
            return {"CANCELLED"}
        picked = bpy.data.objects.get(self.root)
        source = ShownChannel(self.channel, time.perf_counter())
        settings = context.scene.alphsistant

        def start() -> None:
            # The root may be an empty or an armature: the face is found as the panel finds it, unless a mesh is named.
            is_mesh = picked is not None and picked.type == "MESH"
            live_session.start(source, context.scene, picked if is_mesh else settings.face, context.active_object)

        return done_or_reported(self, start)


CLASSES: Final = (ShowChannel,)
