"""Which moment of the sound the picture shows: the one that is heard when it will be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..common.addon_preferences import preferences_of

if TYPE_CHECKING:
    from ...audio_process.client import Audio

HALF_A_FRAME: Final = 0.5 / 60.0
"""Seconds: what is set now is seen at some time in the next 1/60 s, as the screen is drawn."""

BEFORE, AFTER = 0.5, 0.3
"""Seconds for which the curves of a part count after its sound and before it: a mouth opens before it is heard."""


def lead() -> float:
    """Return how many seconds the picture is ahead of the sound, by the screen and by the user's own setting."""
    preferences = preferences_of(bpy.context)
    return HALF_A_FRAME + (preferences.picture_earlier / 1000.0 if preferences is not None else 0.0)


def heard_with_lead(audio: Audio) -> list[tuple[int, int, float]]:
    """Return the parts that are to be seen now: turn, part, and the seconds of it."""
    ahead = lead()
    heard = audio.heard_around(BEFORE + max(-ahead, 0.0), AFTER + max(ahead, 0.0))
    return [(turn, part, seconds + ahead) for turn, part, seconds in heard]
