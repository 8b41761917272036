"""A drawn mouth: one whole number on an object chooses the drawing, and drivers show it.

A take puts stepped keys on that number alone, so an animator edits one curve. What shows the drawing is set up once
(:mod:`.drawn_setup`): the visibility of objects, the place in a sheet of drawings, the frame of a Grease Pencil object,
its layers; or whatever the user drives with the number. It is a custom property of Blender's, which plays and renders
without this add-on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...core.errors import AssetError

if TYPE_CHECKING:
    from ...core.speech import Phone
    from ...face_rig.plain_keys import FrameGrid

NUMBER: Final = "mouth"
"""Custom property: number of the drawing that is shown, from 0 on; 0 is the mouth at rest."""

PATH: Final = f'["{NUMBER}"]'
"""Its data path."""

SETUP: Final = "alphsistant_drawn"
"""Custom property: the ``set`` of mouths by its name, and as JSON the ``drivers`` that were made (``drawn_setup``)."""


def is_drawn(thing: Any) -> bool:
    """Say whether an object's number chooses a drawn mouth."""
    return SETUP in thing and NUMBER in thing


def drawable(name: str) -> Any:
    """Return the object of that name. ``AssetError`` if it is gone, or Blender forbids keys on it."""
    thing = bpy.data.objects.get(name)
    if thing is None or not is_drawn(thing):
        raise AssetError(f"“{name}” is no longer there, or is no drawn mouth any more: set it up again.")
    if thing.library is not None:
        raise AssetError(f"“{name}” is linked from another file: make it a library override first.")
    if thing.animation_data is not None and thing.animation_data.use_tweak_mode:
        raise AssetError(f"“{name}” is in the NLA editor's tweak mode: leave it (Tab in that editor), then try again.")
    return thing


def set_name(thing: Any) -> str:
    """Return the name of an object's set of mouths, as ``interchange.mouth_sets`` has it."""
    return str(thing[SETUP].get("set", ""))


def sentence(thing: Any) -> str:
    """Say what was recognised, for the panel."""
    from ...interchange.mouth_sets import SETS  # noqa: PLC0415  # numpy

    mouths = SETS.get(set_name(thing))
    return f"“{thing.name}” is a drawn mouth: {mouths.name if mouths is not None else 'of an unknown set'}."


def drawings_of(thing: Any) -> tuple[str, ...]:
    """Return the drawings in the order of their numbers. ``AssetError`` if the set is not known."""
    from ...interchange.mouth_sets import SETS  # noqa: PLC0415  # numpy

    mouths = SETS.get(set_name(thing))
    if mouths is None:
        raise AssetError(f"“{thing.name}” has a set of mouths that this version does not know: set it up again.")
    return mouths.drawings


def changes_of(
    thing: Any, phones: Sequence[Phone], duration: float, frames: FrameGrid
) -> tuple[tuple[float, int], ...]:
    """Return seconds and number of each change of the drawing, on the frames that keys may be on."""
    from ...interchange.mouth_sets import SETS  # noqa: PLC0415  # numpy
    from ...lip_sync.mouth_cues import hold_at, mouth_cues  # noqa: PLC0415  # numpy

    drawings = drawings_of(thing)
    # Cues count from the first frame on, which may be a part of a frame after the sound's start.
    shifted = [replace(phone, start=phone.start - frames.first, end=phone.end - frames.first) for phone in phones]
    hold = max(1, math.ceil(hold_at(frames.rate * frames.every) / frames.every))
    cues = mouth_cues(shifted, max(duration - frames.first, 0.0), frames.rate, SETS[set_name(thing)].shapes, hold=hold)
    return tuple((frames.first + cue.frame / frames.rate, drawings.index(cue.shape)) for cue in cues)
