"""What takes change about their scene: its frame range, sync mode, audio scrubbing, playhead; and taking that back.

The scene bears a tag (JSON) that says how each setting was before and what we have set. Where a setting is no longer
what we have set, the user has changed it since; from then on that is how it was before. Which frames are the takes'
is in a group of custom properties, one item for each take: one more take costs the same in a scene of a thousand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import bpy

from ..common import compat
from ..common.file_changes import FileChanges
from .record import SCENE, Take, record_of, scene_tag, to_text

_RANGE: Final = ("frame_start", "frame_end")
_SETTINGS: Final = (*_RANGE, "sync_mode", "use_audio_scrub", "frame_current")

SPANS: Final = "alphsistant_spans"
"""Custom property on scenes: by take id, its first frame, the frame after its last, and the ``era`` of the tag in which
it counts for the frame range. 0 where the take does not play."""

_NO_FRAMES: Final[dict[str, Any]] = {"era": 0, "frames": None, "last": None}
"""In the tag: how often the user has set the frame range, the frames of all takes that count since then, and the end
and id of the last take that plays."""

_UNTOUCHED: Final = (1, 250)
"""The frame range of Blender's own new scene."""


def claim(scene: Any, take_id: str, changes: FileChanges) -> str:
    """Let the scene know of a take; return the scene's id. A copy of a scene with takes gets an id of its own."""
    tag = _tag(scene, changes)
    if not tag or _original(tag) != scene:
        tag = {"id": os.urandom(16).hex(), "before": {}, "set": {}, "workspaces": []} | _NO_FRAMES
        tag["alone"] = _holds_nothing_else(scene)
        tag["sequencer"] = scene.sequence_editor is not None
        changes.set_item(scene, SPANS, {})
    tag["name"] = scene.name
    changes.set_item(scene[SPANS], take_id, 0)
    _write(scene, tag, changes)
    return str(tag["id"])


def play(scene: Any, take: Take, changes: FileChanges, *, go_there: bool = False) -> None:
    """Let the scene play the take's frames, with its sound in time; the playhead goes to its start if that is wanted.

    The frame range is widened; it is shortened only in a scene that holds nothing else.
    """
    tag = _read(scene, changes)
    if not tag:  # a take of an older version
        return
    before, span = _span(scene, take.id), [take.start, take.end, tag["era"]]
    if span != before:
        changes.set_item(scene[SPANS], take.id, span)
        if before is not None:
            _count(scene, tag)
        else:
            _widen(tag, take.id, span)
    wanted = {**_range(scene, tag), "sync_mode": "AUDIO_SYNC", "use_audio_scrub": True}
    if go_there:
        wanted["frame_current"] = take.start
        _show_in_sequencer(scene, tag, changes)
    _set(scene, tag, wanted, changes)


def play_no_longer(scene: Any, take_id: str, changes: FileChanges) -> None:
    """Let the scene's frame range be what it would be without the take."""
    tag = _read(scene, changes)
    if tag and _span(scene, take_id) is not None:
        changes.set_item(scene[SPANS], take_id, 0)
        _count(scene, tag)
        _set(scene, tag, _range(scene, tag), changes)


def put_back(scene: Any, take_id: str, changes: FileChanges) -> None:
    """Take back what the take has changed; with the scene's last take, everything."""
    play_no_longer(scene, take_id, changes)
    tag = _read(scene, changes)
    if not tag:
        return
    changes.set_item(scene[SPANS], take_id, None)
    if any(record_of(other) is not None for other in list(scene[SPANS].keys())):
        _write(scene, tag, changes)
        return
    _set(scene, tag, {name: value for name, value in tag["before"].items() if name in tag["set"]}, changes)
    for workspace in compat.sequencer_workspaces():
        if workspace.name in tag["workspaces"] and workspace.sequencer_scene == scene:
            changes.set(workspace, "sequencer_scene", None)
    if not tag["sequencer"]:
        changes.at_end(lambda: _clear_empty_sequencer(scene))
    changes.set_item(scene, SCENE, None)
    changes.set_item(scene, SPANS, None)


def _clear_empty_sequencer(scene: Any) -> None:
    if scene.sequence_editor is not None and not compat.existing_strips(scene):
        scene.sequence_editor_clear()


def last_end(scene: Any) -> int | None:
    """Return the frame after the last take that plays in the scene; ``None`` if none does."""
    last = scene_tag(scene).get("last")
    if last is not None and record_of(last[1]) is not None and _span(scene, last[1]) is not None:
        return int(last[0])
    ends = sorted(((span[1], take_id) for take_id, span in _spans(scene)), reverse=True)
    return next((end for end, take_id in ends if record_of(take_id) is not None), None)


def _spans(scene: Any) -> Iterator[tuple[str, list[int]]]:
    """Yield the takes that play: id and span."""
    for take_id, span in scene.get(SPANS, {}).items():
        if span != 0:
            yield take_id, list(span)


def _span(scene: Any, take_id: str) -> list[int] | None:
    """Return the span of a take; ``None`` if it does not play in the scene."""
    span = scene.get(SPANS, {}).get(take_id, 0)
    return list(span) if span != 0 else None


def _widen(tag: dict[str, Any], take_id: str, span: list[int]) -> None:
    """Let the tag know of one more take that plays."""
    start, end, era = span
    if era == tag["era"]:
        first, last = tag["frames"] or (start, end)
        tag["frames"] = [min(first, start), max(last, end)]
    if tag["last"] is None or end >= tag["last"][0]:
        tag["last"] = [end, take_id]


def _count(scene: Any, tag: dict[str, Any]) -> None:
    """Find out anew what the tag knows of the takes that play."""
    tag |= {name: value for name, value in _NO_FRAMES.items() if name != "era"}
    for take_id, span in _spans(scene):
        _widen(tag, take_id, span)


def _original(tag: dict[str, Any]) -> Any:
    """Return the scene that a tag is for: the one of that name, else the first that bears it."""
    found = [scene for scene in bpy.data.scenes if scene_tag(scene).get("id") == tag["id"]]
    return next((scene for scene in found if scene.name == tag["name"]), found[0] if found else None)


def _tag(scene: Any, changes: FileChanges) -> dict[str, Any]:
    """Return the scene's tag; one of an older version, which listed the takes itself, is brought to today's form."""
    tag = scene_tag(scene)
    if "spans" in tag:
        spans, counted = tag.pop("spans"), tag.pop("counted", [])
        tag |= _NO_FRAMES
        there = {take_id: [*spans[take_id], int(take_id in counted) - 1] if take_id in spans else 0
                 for take_id in tag.pop("takes", [])}  # fmt: skip
        changes.set_item(scene, SPANS, there)
        _count(scene, tag)
        _write(scene, tag, changes)
    return tag


def _read(scene: Any, changes: FileChanges) -> dict[str, Any]:
    """Return the scene's own tag, after a look at what the user has changed; empty if it has none."""
    tag = _tag(scene, changes) if scene is not None else {}
    if not tag or _original(tag) != scene:
        return {}
    for name, value in list(tag["set"].items()):
        if getattr(scene, name) != value:
            tag["before"][name] = getattr(scene, name)
            del tag["set"][name]
            if name in _RANGE:
                tag["era"], tag["frames"], tag["alone"] = tag["era"] + 1, None, False
    return tag


def _range(scene: Any, tag: dict[str, Any]) -> dict[str, Any]:
    """Return the frame range for the takes that count."""
    before = [tag["before"].get(name, getattr(scene, name)) for name in _RANGE]
    if tag["frames"] is None:
        return dict(zip(_RANGE, before, strict=True))
    start, end = tag["frames"]
    return {"frame_start": min(before[0], start), "frame_end": end if tag["alone"] else max(before[1], end)}


def _set(scene: Any, tag: dict[str, Any], wanted: dict[str, Any], changes: FileChanges) -> None:
    """Set the settings, the first frame before the last, and note them in the tag."""
    for name in (name for name in _SETTINGS if name in wanted):
        tag["before"].setdefault(name, getattr(scene, name))
        changes.set(scene, name, wanted[name])
        tag["set"][name] = getattr(scene, name)
    _write(scene, tag, changes)


def _show_in_sequencer(scene: Any, tag: dict[str, Any], changes: FileChanges) -> None:
    """Let the sequencer's editors show this scene where they show none yet (from 5.0 they have their own)."""
    for workspace in compat.sequencer_workspaces():
        if workspace.sequencer_scene is None:
            changes.set(workspace, "sequencer_scene", scene)
            tag["workspaces"].append(workspace.name)


def _write(scene: Any, tag: dict[str, Any], changes: FileChanges) -> None:
    changes.set_item(scene, SCENE, to_text(tag))


def _holds_nothing_else(scene: Any) -> bool:
    """Say whether the scene's range is Blender's own and nothing in it has a time: no Action, strip or marker."""
    if (scene.frame_start, scene.frame_end) != _UNTOUCHED or scene.timeline_markers or compat.existing_strips(scene):
        return False
    owners = [scene, *scene.objects, *(thing.data for thing in scene.objects if thing.data is not None)]
    owners += [owner.shape_keys for owner in owners if getattr(owner, "shape_keys", None) is not None]
    return not any(_is_animated(owner) for owner in owners)


def _is_animated(owner: Any) -> bool:
    animation = getattr(owner, "animation_data", None)
    return animation is not None and (animation.action is not None or len(animation.nla_tracks) > 0)
