"""A take: one reply on one face. One Action per take, one sound strip, one marker per sentence, all tagged with its id.

The panel draws from ``record`` and ``playback``; this is imported by the first button that changes a take.
Every change goes through one ``FileChanges``: a bake that fails at any step leaves the file as it was.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..common.file_changes import FileChanges
from ..common.scene_time import frames_per_second, time_stretch
from ..face.find import Face
from . import scene_settings
from .markers import add_markers
from .playback import PUSHED_DOWN, hide, is_shown, push_down, show, state
from .record import (
    TAG,
    Take,
    all_takes,
    find,
    held_index,
    name_everything,
    record_of,
    rename,
    scene_of,
    sound_strips,
)
from .removal import remove

if TYPE_CHECKING:
    from ...pipeline.reply import Reply
    from .take_keys import Timing

__all__ = (
    "TAG",
    "Take",
    "all_takes",
    "bake",
    "find",
    "hide",
    "is_shown",
    "push_down",
    "remove",
    "rename",
    "script_of",
    "show",
    "state",
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnSound:
    """A sound of the user's, which the take plays as it is; none is written."""

    path: Path
    has_strip: bool = False
    """The user's own strip plays it already; none is added."""
    skipped: float = 0.0
    """Seconds of it before the take's first."""


def get_ready() -> None:
    """Import what :func:`bake` needs: some 20 ms, which the tick before it can spend."""
    from ...face_rig import matching, plain_keys, rig_map  # noqa: F401, PLC0415  # numpy: not while Blender starts
    from . import hand_edits, sound, stored, take_keys  # noqa: F401, PLC0415  # numpy


def bake(  # noqa: PLR0913  # what a take is made of
    scene: Any,
    face: Face,
    reply: Reply,
    *,
    start: int | None = None,
    replaced: str | None = None,
    keep_edits: bool = False,
    sound_path: Path | None = None,
    own_sound: OwnSound | None = None,
    manner: Mapping[str, Any] | None = None,
    is_silent: bool = False,
    fills: bool = False,
    changes: FileChanges | None = None,
) -> Take:
    """Put the reply on the face as a take that starts at a frame.

    The user's own animation of the same shape keys is pushed down to an NLA track, where it goes on playing. Other
    takes of the face play on as NLA strips, or are muted where they overlap this one; none is removed.

    Args:
        scene: whose sequencer and markers get the sound and the sentences.
        face: what is to be moved.
        reply: what is to be said.
        start: frame of the sound's start; that of the replaced take, or the scene's first, by default.
        replaced: id of a take whose place, name and number this one gets; that take is removed.
        keep_edits: bring along what was changed by hand on the replaced take.
        sound_path: where the WAV file goes; beside the .blend by default.
        own_sound: what the user has recorded, instead of a WAV file of ours.
        manner: how it was spoken, as plain values, so that it can be spoken again the same way.
        is_silent: the face listens: there is no sound, no strip and no marker, and lists do not show the take.
        fills: there are keys from the take's start to its end, so that the face does not rest between this take and
            one that follows at once.
        changes: those of the operation that this is a part of.

    Raises:
        AlphsistantError: before anything in the .blend is changed, or after taking everything back.
    """
    from . import take_keys  # noqa: PLC0415  # numpy: not while Blender starts

    old = find(replaced) if replaced is not None else None
    lay_down = old is not None and state(old.id) == PUSHED_DOWN
    take = replace(_new_take(scene, reply, start, old), listens=is_silent)
    stretch = time_stretch(scene)
    timing = take_keys.Timing(take.start * stretch, frames_per_second(scene) * stretch)
    whole = bool(scene.alphsistant.whole_frames) if hasattr(scene, "alphsistant") else False
    motions = take_keys.motions_of(face, reply.animation, timing.grid(whole=whole), reply.speech.phones)
    if fills:
        motions = [take_keys.filled(motion, (take.end - take.start) / timing.rate * stretch) for motion in motions]
    with contextlib.ExitStack() as own:
        if changes is None:
            own.enter_context(held_index())
            changes = own.enter_context(FileChanges())
        path = Path()
        if not is_silent:
            take, path = _write_sound(take, reply, sound_path, own_sound, changes)
        scene_id = scene_settings.claim(scene, take.id, changes)
        _add_keys(take, motions, timing, changes)
        take_keys.complete(take.id, face)
        _remember(take, scene_id, reply, timing, manner, whole=whole)
        if not is_silent:
            record_of(take.id)["recording"] = _origin(own_sound, manner or {})
        record_of(take.id)["skipped"] = 0.0 if own_sound is None else own_sound.skipped
        if not is_silent and (own_sound is None or not own_sound.has_strip):
            take = _add_strip(scene, take, path, changes)
        if old is not None and keep_edits:
            take = replace(take, warnings=(*take.warnings, *_carry_edits(old.id, take.id)))
        if old is not None:
            _take_the_place_of(old, take, changes)
            _turn_dials_as(old.id, take.id)
        show(take.id, changes, is_new=True)
        if lay_down:
            push_down(take.id, changes)
        if not is_silent:
            _add_markers(scene, take, reply, changes)  # now that those of muted takes have been listed
        scene_settings.play(scene, take, changes, go_there=True)
    logger.info("Baked %d keys in take %s", reply.animation.key_count, take.id)
    return take


def _origin(own_sound: OwnSound | None, manner: Mapping[str, Any]) -> str:
    """Return where the take's timing is from; empty for what the voice has spoken."""
    if "timing" in manner:
        return "TIMING"
    return "" if own_sound is None else "STRIP" if own_sound.has_strip else "FILE"


def script_of(take: Take) -> str:
    """What to speak to get the take again: its text, with its mood tags."""
    record = record_of(take.id)
    return str(record.get("script", take.text)) if record is not None else take.text


def _new_take(scene: Any, reply: Reply, start: int | None, old: Take | None) -> Take:
    if start is None:
        start = old.start if old is not None else int(scene.frame_start)
    last = next((other.number for other in reversed(all_takes())), 0)
    return Take(
        id=os.urandom(16).hex(),
        prompt=reply.prompt or (old.prompt if old is not None and old.text == reply.speech.text else ""),
        text=reply.speech.text,
        seed=reply.seed,
        scene=scene.name,
        start=start,
        end=start + math.ceil(reply.speech.duration * frames_per_second(scene)),
        sound="",
        title=old.title if old is not None else "",
        number=old.number if old is not None else 1 + last,
        warnings=reply.speech.warnings,
    )


def _write_sound(
    take: Take, reply: Reply, path: Path | None, own: OwnSound | None, changes: FileChanges
) -> tuple[Take, Path]:
    """Write the WAV file, or use the user's; return the take with the path as the .blend keeps it, and the path."""
    from . import sound  # noqa: PLC0415  # numpy

    if own is not None:
        path = own.path
    elif path is not None:
        sound.write_to(path, reply.speech, changes)
    else:
        path = sound.write_for_blend(reply.speech, f"{take.name} {take.id[:6]}", changes)
    return replace(take, sound=sound.path_for_blend(path)), path


def _add_keys(take: Take, motions: Any, timing: Timing, changes: FileChanges) -> None:
    from . import take_keys  # noqa: PLC0415  # numpy

    take_keys.add_keys(take, motions, timing, changes)


def _remember(
    take: Take, scene_id: str, reply: Reply, timing: Timing, manner: Mapping[str, Any] | None, *, whole: bool
) -> None:
    """Keep what is to be known about the take later. It goes with the Action, so nothing has to be taken back."""
    from . import stored  # noqa: PLC0415  # numpy

    record = record_of(take.id)
    record["scene_id"] = scene_id
    record["rate"] = frames_per_second(scene_of(record))
    record["stretch"] = timing.rate / record["rate"]
    record["script"] = reply.script
    record["whole_frames"] = int(whole)
    stored.keep(record, reply)
    if manner is not None:
        record["manner"] = json.dumps(manner)


def _add_strip(scene: Any, take: Take, path: Path, changes: FileChanges) -> Take:
    """Put the sound into the sequencer; return the take, with a warning where this Blender has no sound."""
    from . import sound  # noqa: PLC0415  # numpy

    try:
        strip = sound.add_strip(scene, path, take.name, take.start, changes)
    except RuntimeError as error:
        logger.warning("No sound strip: %s", error)
        warning = f"This Blender cannot play sound in its sequencer; the sound is in “{path}”."
        return replace(take, warnings=(*take.warnings, warning))
    strip[TAG] = take.id
    record_of(take.id)["strip"] = strip.name
    return take


def _add_markers(scene: Any, take: Take, reply: Reply, changes: FileChanges) -> None:
    """Add one marker per sentence, named after it.

    Not a text strip: any strip with a picture makes Blender render the sequencer instead of the camera's view.
    """
    rate = frames_per_second(scene)
    sentences = ((part.speech.text, take.start + round(part.start * rate)) for part in reply.parts)
    add_markers(scene, take.id, "marker", sentences, changes)


def _turn_dials_as(old_id: str, new_id: str) -> None:
    """Turn the dials of the new take as those of the old one are."""
    from . import dial_settings, take_remaking  # noqa: PLC0415  # numpy

    old, new = dial_settings.of_take(old_id), dial_settings.of_take(new_id)
    if old is not None and new is not None and dial_settings.are_turned(old):
        dial_settings.copy(old, new)
        take_remaking.remake(new_id)


def _take_the_place_of(old: Take, new: Take, changes: FileChanges) -> None:
    """Remove the old take; the new one then gets its names, the channel of its strip, and captions if it had some."""
    from ...interchange import subtitles  # noqa: PLC0415  # not while Blender starts
    from . import captions, stored  # noqa: PLC0415  # numpy

    strips, captioned = sound_strips(old.id), captions.there(old.id)
    same_scene = old.scene == new.scene
    channel = strips[0].channel if strips and same_scene else None
    caption_channel = captioned[0].channel if captioned and same_scene else None
    scenes: Any = bpy.data.scenes
    for other in scenes:
        for line in other.alphsistant_dialogue.lines:
            if line.take == old.id:
                changes.set(line, "take", new.id)
    remove(old.id, changes)
    if captioned:
        texts = subtitles.captions_of(stored.heard_words_of(record_of(new.id)))
        captions.add(new.id, [(caption.text, caption.start, caption.end) for caption in texts], changes)
    changes.at_end(lambda: _take_over(new.id, channel, caption_channel))


def _take_over(take_id: str, channel: int | None, caption_channel: int | None) -> None:
    from . import captions, sound  # noqa: PLC0415  # numpy

    name_everything(take_id)
    scene = scene_of(record_of(take_id))
    if channel is not None:
        for strip in sound_strips(take_id)[:1]:
            strip.channel = sound.free_channel(scene, strip, channel)
    if caption_channel is not None:
        for strip in captions.there(take_id):
            strip.channel = sound.free_channel(scene, strip, caption_channel)


def _carry_edits(old_id: str, new_id: str) -> tuple[str, ...]:
    """Bring hand edits along, to where the same sounds are now; return sentences for the user."""
    from . import hand_edits  # noqa: PLC0415  # numpy

    old, new = record_of(old_id), record_of(new_id)
    same = "phones" in old and _symbols(old) == _symbols(new)
    carried = hand_edits.carry_over(old_id, new_id, hand_edits.Warp(*_same_frames(old, new, phone_by_phone=same)))
    if carried == 0:
        return ()
    curves = "1 curve" if carried == 1 else f"{carried} curves"
    if same:
        return (f"Your changes to {curves} were kept.",)
    return (f"Your changes to {curves} were kept at their times, but the sounds are others now: look them over.",)


def _symbols(record: Any) -> list[str]:
    return [symbol for symbol, *_ in json.loads(record["phones"])]


def _same_frames(*records: Any, phone_by_phone: bool) -> tuple[Any, ...]:
    """For each take the frames of its keys, increasing, at which the same happens: its start, or that of each phone."""
    import numpy as np  # noqa: PLC0415

    times = [[start for _, start, *_ in json.loads(r["phones"])] if phone_by_phone else [0.0] for r in records]
    rising = np.all(np.diff(times, axis=1, prepend=-1.0) > 0.0, axis=0)
    return tuple(
        (r["start"] + np.array(t)[rising] * r.get("rate", 24.0)) * r.get("stretch", 1.0)
        for r, t in zip(records, times, strict=True)
    )
