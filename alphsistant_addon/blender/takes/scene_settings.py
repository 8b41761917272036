"""What takes change about their scene: its frame range, sync mode, audio scrubbing, playhead; and taking that back.

The scene bears a tag (JSON) that says how each setting was before, what we have set, and which frames are the takes'.
Where a setting is no longer what we have set, the user has changed it since; from then on that is how it was before.
"""

from __future__ import annotations

import os
from typing import Any, Final

import bpy

from ..common import compat
from ..common.file_changes import FileChanges
from .record import SCENE, Take, record_of, scene_tag, to_text

_RANGE: Final = ("frame_start", "frame_end")
_SETTINGS: Final = (*_RANGE, "sync_mode", "use_audio_scrub", "frame_current")

_UNTOUCHED: Final = (1, 250)
"""The frame range of Blender's own new scene."""


def claim(scene: Any, take_id: str, changes: FileChanges) -> str:
    """Let the scene know of a take; return the scene's id. A copy of a scene with takes gets an id of its own."""
    tag = scene_tag(scene)
    if not tag or _original(tag) != scene:
        tag = {
            "id": os.urandom(16).hex(),
            "takes": [],
            "before": {},
            "set": {},
            "spans": {},
            "counted": [],
            "workspaces": [],
        }
        tag["alone"] = _holds_nothing_else(scene)
        tag["sequencer"] = scene.sequence_editor is not None
    tag["name"] = scene.name
    tag["takes"].append(take_id)
    _write(scene, tag, changes)
    return str(tag["id"])


def play(scene: Any, take: Take, changes: FileChanges, *, go_there: bool = False) -> None:
    """Let the scene play the take's frames, with its sound in time; the playhead goes to its start if that is wanted.

    The frame range is widened; it is shortened only in a scene that holds nothing else.
    """
    tag = _read(scene)
    if not tag:  # a take of an older version
        return
    tag["spans"][take.id] = [take.start, take.end]
    if take.id not in tag["counted"]:
        tag["counted"].append(take.id)
    wanted = {**_range(scene, tag), "sync_mode": "AUDIO_SYNC", "use_audio_scrub": True}
    if go_there:
        wanted["frame_current"] = take.start
        _show_in_sequencer(scene, tag, changes)
    _set(scene, tag, wanted, changes)


def play_no_longer(scene: Any, take_id: str, changes: FileChanges) -> None:
    """Let the scene's frame range be what it would be without the take."""
    tag = _read(scene)
    if tag and tag["spans"].pop(take_id, None) is not None:
        tag["counted"] = [other for other in tag["counted"] if other != take_id]
        _set(scene, tag, _range(scene, tag), changes)


def put_back(scene: Any, take_id: str, changes: FileChanges) -> None:
    """Take back what the take has changed; with the scene's last take, everything."""
    play_no_longer(scene, take_id, changes)
    tag = _read(scene)
    if not tag:
        return
    tag["takes"] = [other for other in tag["takes"] if other != take_id]
    if any(record_of(other) is not None for other in tag["takes"]):
        _write(scene, tag, changes)
        return
    _set(scene, tag, {name: value for name, value in tag["before"].items() if name in tag["set"]}, changes)
    for workspace in compat.sequencer_workspaces():
        if workspace.name in tag["workspaces"] and workspace.sequencer_scene == scene:
            changes.set(workspace, "sequencer_scene", None)
    if not tag["sequencer"]:
        changes.at_end(lambda: _clear_empty_sequencer(scene))
    changes.set_item(scene, SCENE, None)


def _clear_empty_sequencer(scene: Any) -> None:
    if scene.sequence_editor is not None and not compat.existing_strips(scene):
        scene.sequence_editor_clear()


def last_end(scene: Any) -> int | None:
    """Return the frame after the last take that plays in the scene; ``None`` if none does."""
    ends = sorted((span[1], take_id) for take_id, span in _read(scene).get("spans", {}).items())
    return next((end for end, take_id in reversed(ends) if record_of(take_id) is not None), None)


def _original(tag: dict[str, Any]) -> Any:
    """Return the scene that a tag is for: the one of that name, else the first that bears it."""
    found = [scene for scene in bpy.data.scenes if scene_tag(scene).get("id") == tag["id"]]
    return next((scene for scene in found if scene.name == tag["name"]), found[0] if found else None)


def _read(scene: Any) -> dict[str, Any]:
    """Return the scene's own tag, after a look at what the user has changed; empty if it has none."""
    tag = scene_tag(scene) if scene is not None else {}
    if not tag or _original(tag) != scene:
        return {}
    for name, value in list(tag["set"].items()):
        if getattr(scene, name) != value:
            tag["before"][name] = getattr(scene, name)
            del tag["set"][name]
            if name in _RANGE:
                tag["counted"], tag["alone"] = [], False
    return tag


def _range(scene: Any, tag: dict[str, Any]) -> dict[str, Any]:
    """Return the frame range for the takes that count."""
    before = [tag["before"].get(name, getattr(scene, name)) for name in _RANGE]
    spans = [tag["spans"][take_id] for take_id in tag["counted"]]
    if not spans:
        return dict(zip(_RANGE, before, strict=True))
    start, end = min(first for first, _ in spans), max(last for _, last in spans)
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
