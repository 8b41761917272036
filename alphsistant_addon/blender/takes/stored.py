"""What a take's record keeps of the reply: its words, phones and channels; and the channels as they are edited now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
import numpy.typing as npt

from ...core.errors import AssetError
from ...core.face_animation import Curve, FaceAnimation
from ...core.speech import Phone, Word
from ...lip_sync.dials import turn_dials, without_layers
from ..face import find as face_find
from . import dial_settings, hand_edits, own_animation
from .record import curves_of_part, find, objects_of, parts_of, record_of, scene_of
from .take_keys import Timing

if TYPE_CHECKING:
    from ...face_rig.rig_map import Row
    from ...pipeline.reply import Reply

CHANNELS: Final = "channels"
"""In the record: names and numbers of keys of each channel (JSON), ``keys`` as one list of seconds and weights, and
the ``duration`` in seconds."""

MUTED: Final = "muted_words"
"""In the record: JSON of the muted words' own phones, by their place among the words."""


def keep(record: Any, reply: Reply) -> None:
    """Keep what later work on the take needs to know of the reply. It goes with the take's Action."""
    speech = reply.speech
    record["phones"] = json.dumps([(p.symbol, p.start, p.end, p.stress) for p in speech.phones])
    record["words"] = json.dumps([(w.text, w.start, w.end) for w in speech.words])
    record["sentences"] = json.dumps([(part.speech.text, part.start) for part in reply.parts])
    record[CHANNELS] = as_group(reply.animation)


def as_group(animation: FaceAnimation) -> dict[str, Any]:
    """Return an animation as a group of custom properties, as the record keeps it under :data:`CHANNELS`."""
    channels = animation.channels
    flat = [np.stack((curve.times, curve.weights), axis=1).ravel() for curve in channels.values()]
    return {
        "names": json.dumps([(name, len(curve.times)) for name, curve in channels.items()]),
        "keys": np.concatenate([np.zeros(0), *flat]).tolist(),
        "duration": animation.duration,
    }


def animation_of(record: Any) -> FaceAnimation:
    """Return the channels as they were made. ``AssetError`` if the take is of a version that did not keep them."""
    if CHANNELS not in record:
        raise AssetError("This take was made by an older version: press Speak Again first.")
    kept = record[CHANNELS]
    flat = np.array(kept["keys"], dtype=np.float64)
    channels: dict[str, Curve] = {}
    for name, count in json.loads(kept["names"]):
        channels[name] = Curve(flat[: 2 * count : 2].copy(), flat[1 : 2 * count : 2].copy())
        flat = flat[2 * count :]
    return FaceAnimation(channels, float(kept["duration"]))


def phones_of(record: Any) -> tuple[Phone, ...]:
    """Return the take's phones, in seconds from the start of its sound."""
    return tuple(Phone(*phone) for phone in json.loads(record["phones"]))


def words_of(record: Any) -> tuple[Word, ...]:
    """Return the take's words; none if it is of a version that did not keep them."""
    return tuple(Word(*word) for word in json.loads(record.get("words", "[]")))


def muted_of(record: Any) -> dict[int, tuple[Phone, ...]]:
    """Return the phones that muted words would have, by the place of the word."""
    muted = json.loads(record.get(MUTED, "{}"))
    return {int(place): tuple(Phone(*phone) for phone in phones) for place, phones in muted.items()}


def heard_words_of(record: Any) -> tuple[Word, ...]:
    """Return the take's words without those that are muted."""
    muted = muted_of(record)
    return tuple(word for place, word in enumerate(words_of(record)) if place not in muted)


def sentences_of(record: Any) -> tuple[tuple[str, float], ...]:
    """Return text and start of each sentence."""
    return tuple((str(text), float(start)) for text, start in json.loads(record.get("sentences", "[]")))


def timing_of(take_id: str) -> Timing:
    """Return how seconds of the take became frames of its keys; keys that were moved as a whole count as they are."""
    record = record_of(take_id)
    stretch = float(record.get("stretch", 1.0))
    moved = next((hand_edits.moved_by(part) for _, part in parts_of(take_id)), 0.0)
    return Timing(record["start"] * stretch + moved, float(record.get("rate", 24.0)) * stretch)


def face_of(take_id: str) -> Any:
    """Return the face that a take moves. ``AssetError`` if it is gone."""
    take, record = find(take_id), record_of(take_id)
    scene = scene_of(record) if record is not None else None
    if take is None or scene is None:
        raise AssetError("This take is no longer there.")
    found = _found_face(scene, take_id)
    if found is None:
        raise AssetError(f"The face of “{take.name}” is no longer in the scene.")
    return found


def has_face(take_id: str) -> bool:
    """Say whether the face that a take moves is still in the take's scene."""
    record = record_of(take_id)
    scene = scene_of(record) if record is not None else None
    return scene is not None and _found_face(scene, take_id) is not None


def _found_face(scene: Any, take_id: str) -> Any:
    objects = objects_of(scene, take_id)
    return face_find.find(scene, objects[0]) if objects else None


def as_turned(take_id: str) -> FaceAnimation:
    """Return the channels as the take's dials and layers have them."""
    made = animation_of(record_of(take_id))
    settings = dial_settings.of_take(take_id)
    if settings is None:
        return made
    gone = dial_settings.cleared(settings) | dial_settings.muted(settings)
    return turn_dials(without_layers(made, gone), dial_settings.dials_of(settings))


def as_edited(take_id: str) -> FaceAnimation:
    """Return the channels with the changes made by hand, where a key belongs to one channel alone.

    Where several channels share a key, what was changed on it cannot be told apart: they are as they were made. A
    channel whose curve was deleted or muted is left out.
    """
    made = as_turned(take_id)
    face, timing = face_of(take_id), timing_of(take_id)
    channels = dict(made.channels)
    for thing, part in parts_of(take_id):
        if not isinstance(thing, bpy.types.Key):
            continue
        edited = hand_edits.edited_places(part)
        curves = {curve.data_path: curve for curve in curves_of_part(part)}
        rows = [row for row in face.rig.rows if face_find.shape_keys(row.mesh) == thing]
        for row in _alone(rows, made.channels):
            path = thing.key_blocks[row.key].path_from_id("value")
            if (path, 0) not in edited or row.channel not in channels:
                continue
            curve = curves.get(path)
            if curve is None or curve.mute:
                del channels[row.channel]
                continue
            frames = _frames_of(curve, timing)
            values = np.array([curve.evaluate(frame) for frame in frames])
            is_mouth = row.channel.startswith(("viseme_", "jaw"))
            rest = 0.0 if is_mouth else own_animation.values(thing).get((path, 0), 0.0)
            weights = (values - rest) / max(1.0 - rest, 1e-6) / (row.weight * row.gain)
            channels[row.channel] = Curve((frames - timing.start) / timing.rate, np.clip(weights, 0.0, 1.0))
    return FaceAnimation(channels, made.duration)


def _alone(rows: Iterable[Row], channels: Iterable[str]) -> list[Row]:
    """Return for each channel one row whose key no other moving channel drives."""
    driven: dict[str, list[Row]] = {}
    moving = set(channels)
    for row in rows:
        if row.channel in moving and row.weight * row.gain > 0.0:
            driven.setdefault(row.key, []).append(row)
    found: dict[str, Row] = {}
    for sharing in driven.values():
        if len(sharing) == 1 and not sharing[0].partial and not sharing[0].substitute:
            found.setdefault(sharing[0].channel, sharing[0])
    return list(found.values())


def _frames_of(curve: Any, timing: Timing) -> npt.NDArray[np.float64]:
    """Return the frames at which a curve is read: its keys and every whole frame between, rising."""
    keys = np.array([point.co[0] for point in curve.keyframe_points])
    if len(keys) == 0:
        return np.array([timing.start])
    whole = np.arange(np.ceil(keys[0]), np.floor(keys[-1]) + 1.0)
    return np.asarray(np.unique(np.round(np.concatenate((keys, whole)), 4)))
