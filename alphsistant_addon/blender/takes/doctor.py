"""“Keys, but nothing moves”: each known cause as a sentence, with a button where putting it right is safe.

Looked at in the order in which Blender comes from keys to a picture: the playhead, the Action and the NLA, F-curves and
drivers, shape keys, the object; then what is heard with it. Where nothing is found, the mesh is measured. Safe means:
nothing is deleted, and the button's name says what is changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import bpy

from ...core.errors import AlphsistantError, AssetError
from ..common import compat
from ..face import find as face
from . import playback
from .doctor_repairs import (
    CACHE_MODIFIERS,
    assign_slot,
    end_solo,
    let_sound,
    move_sound,
    mute_drivers,
    mute_modifiers,
    set_frame,
    set_of_animation,
    set_of_keys,
    set_of_object,
    turn_off_caches,
    unhide,
    unmute_curves,
    unmute_keys,
    widen_range,
    widen_sliders,
)
from .record import TAG, Take, all_takes, curves_of_part, find, objects_of, parts_of, parts_on

_LISTED: Final = 3
"""Names in a sentence before “and … more”."""

STILL: Final = 1e-5
"""Share of an object's size; what moves less does not move."""


@dataclass(frozen=True)
class Finding:
    """One sentence, and what the button under it does; only names are kept, as the data may be gone by then."""

    sentence: str
    fix_label: str = ""
    """Empty if there is no safe way."""
    repair: Callable[[], None] | None = None
    is_fault: bool = True


_found: Final[list[Finding]] = []
_looked_at: Final[list[str]] = []
"""Ids of the takes that there were when it was looked."""


def findings() -> tuple[Finding, ...]:
    """What was found when it was last looked; nothing once other takes are there (another file, undo)."""
    return tuple(_found) if _looked_at == [take.id for take in all_takes()] else ()


def look(scene: Any) -> None:
    """Examine the take that is selected, or the last one; :func:`findings` has the result."""
    _found[:] = examine(scene, scene.alphsistant.take)
    _looked_at[:] = [take.id for take in all_takes()]


def fix(scene: Any, number: int) -> None:
    """Put a finding right and look again.

    Raises:
        AssetError: Blender does not allow the change, as on linked data.
    """
    if not 0 <= number < len(_found) or (repair := _found[number].repair) is None:
        return
    try:
        repair()
    except (AttributeError, RuntimeError, TypeError) as error:
        raise AssetError(f"Blender does not allow this change here, perhaps because it is linked: {error}") from error
    look(scene)


def examine(scene: Any, take_id: str = "") -> list[Finding]:
    """Everything that keeps a take (the last one by default) from moving its face; at least one finding."""
    take = find(take_id) or next((take for take in reversed(all_takes()) if not take.listens), None)
    if take is None:
        return [Finding("There is no take yet: let the face say something first.")]
    found = [*_of_wrong_face(scene, take), *_of_time(scene, take)]
    for thing, part in parts_of(take.id):
        name = _name_of(scene, thing)
        found += _of_action(take, name, thing, part)
        found += _of_curves(name, thing, part)
        if isinstance(thing, bpy.types.Key):
            found += _of_keys(name, thing, _highest(thing, part), _silent_key(part))
    for thing in objects_of(scene, take.id):
        found += _of_object(scene, thing)
    found += _of_sound(scene, take)
    return found or [_measured(scene, take)]


def _of_wrong_face(scene: Any, take: Take) -> Iterator[Finding]:
    moved = objects_of(scene, take.id)
    if not moved:
        yield Finding(f"No object in this scene has the shape keys that “{take.name}” moves: speak it again on a face.")
        return
    picked = scene.alphsistant.face
    if picked is None:
        return
    try:
        wanted = face.find(scene, picked)
    except AlphsistantError as error:
        yield Finding(str(error))
        return
    names = {thing.name for thing in moved}
    if wanted is not None and names.isdisjoint({*wanted.meshes, *wanted.armatures}):
        yield Finding(
            f"“{take.name}” moves {_listed(names)}, not “{picked.name}”, which is picked as the face: speak it again."
        )


def _of_time(scene: Any, take: Take) -> Iterator[Finding]:
    if not take.start <= scene.frame_current < take.end:
        yield Finding(
            f"The playhead is at {scene.frame_current}, and “{take.name}” speaks from {take.start} to {take.end}.",
            "Go to Its Start",
            partial(set_frame, scene.name, take.start),
        )
    if take.end <= scene.frame_start or take.start > scene.frame_end:
        yield Finding(
            f"The scene plays frames {scene.frame_start} to {scene.frame_end}, none of which is the take's.",
            "Play Its Frames Too",
            partial(widen_range, scene.name, take.start, take.end),
        )


def _of_action(take: Take, name: str, thing: Any, part: Any) -> Iterator[Finding]:
    """Whether the take is what moves the data-block, as its Action or as an NLA strip."""
    show = partial(playback.show, take.id)
    animation = thing.animation_data
    strips = playback.nla_strips(thing, take.id)
    if animation is not None and animation.use_tweak_mode:
        yield Finding(f"“{name}” is in the NLA editor's tweak mode: leave it there with Tab.")
    if animation is not None and animation.action == part["action"]:
        yield from _of_active_action(name, thing, part)
    elif animation is not None and strips:
        yield from _of_strips(take, name, thing, strips)
    elif animation is None or animation.action is None:
        yield Finding(f"“{take.name}” is muted: its Action is not assigned to “{name}”.", "Show It", show)
    else:
        kind = "take" if TAG in animation.action else "Action"
        yield Finding(f"Another {kind}, “{animation.action.name}”, moves “{name}”.", "Show This Take", show)
    solo = [track.name for track in animation.nla_tracks if track.is_solo] if animation is not None else []
    if solo and not any(strip in list(animation.nla_tracks[solo[0]].strips) for strip in strips):
        yield Finding(
            f"The NLA track “{solo[0]}” of “{name}” plays solo, so nothing else does.",
            "End Solo",
            partial(end_solo, thing.name_full, solo[0]),
        )


def _of_active_action(name: str, thing: Any, part: Any) -> Iterator[Finding]:
    animation = thing.animation_data
    if compat.has_slots() and (animation.action_slot is None or animation.action_slot.handle != part["slot"]):
        yield Finding(
            f"The take's Action is assigned to “{name}”, but not its slot, so none of its keys plays.",
            "Assign the Slot",
            partial(assign_slot, thing.name_full, part["action"][TAG]),
        )
    if animation.nla_tracks and animation.use_nla and animation.action_influence < 1.0:
        yield Finding(
            f"The take's Action plays on “{name}” with {animation.action_influence:.0%} influence only.",
            "Full Influence",
            partial(set_of_animation, thing.name_full, "action_influence", 1.0),
        )


def _of_strips(take: Take, name: str, thing: Any, strips: list[Any]) -> Iterator[Finding]:
    show = partial(playback.show, take.id)
    animation = thing.animation_data
    track = next(track for track in animation.nla_tracks if any(strip in strips for strip in track.strips))
    if not animation.use_nla:
        yield Finding(
            f"The take is an NLA strip, but NLA evaluation is off for “{name}”.",
            "Turn It On",
            partial(set_of_animation, thing.name_full, "use_nla", True),
        )
    if track.mute or any(strip.mute for strip in strips):
        what = f"NLA track “{track.name}”" if track.mute else "NLA strip"
        yield Finding(f"The take's {what} on “{name}” is muted.", "Show as Action", show)
    elif any(strip.use_animated_influence and strip.influence < 1.0 for strip in strips):
        yield Finding(f"The take's NLA strip on “{name}” plays with partial influence.", "Show as Action", show)
    if compat.has_slots() and any(strip.action_slot is None for strip in strips):
        yield Finding(
            f"The take's NLA strip on “{name}” has no slot, so none of its keys plays.", "Show as Action", show
        )
    winner = _winner_over(thing, track, take)
    if winner:
        yield Finding(f"{winner} lies above the take on “{name}” and wins over it.", "Show as Action", show)


def _winner_over(thing: Any, track: Any, take: Take) -> str:
    """What replaces the take's strip at its frames: the active Action or a strip on a higher track."""
    animation = thing.animation_data
    paths = {curve.data_path for curve in curves_of_part(parts_on(thing)[take.id])}
    if animation.action is not None and animation.action_blend_type == "REPLACE":
        first, last = animation.action.frame_range
        plays = animation.action_extrapolation != "NOTHING" or (first < take.end and last > take.start)
        if plays and paths & {curve.data_path for curve in compat.curves_of(thing)}:
            return f"The Action “{animation.action.name}”"
    tracks = list(animation.nla_tracks)
    for higher in tracks[tracks.index(track) + 1 :]:
        for strip in higher.strips:
            if higher.mute or strip.mute or strip.action is None or strip.blend_type != "REPLACE":
                continue
            plays = strip.extrapolation == "HOLD" or (strip.frame_start < take.end and strip.frame_end > take.start)
            if plays and paths & {curve.data_path for curve in compat.all_curves(strip.action)}:
                return f"The NLA strip “{strip.name}” on track “{higher.name}”"
    return ""


def _of_curves(name: str, thing: Any, part: Any) -> Iterator[Finding]:
    curves = curves_of_part(part)
    take_id = part["action"][TAG]
    muted = [curve for curve in curves if curve.mute or (curve.group is not None and curve.group.mute)]
    if muted:
        yield Finding(
            f"{_count(muted, 'F-curve')} of the take on “{name}” {_is(muted)} muted.",
            "Unmute the F-Curves",
            partial(unmute_curves, thing.name_full, take_id),
        )
    modified = [curve for curve in curves if any(not modifier.mute for modifier in curve.modifiers)]
    if modified:
        kinds = sorted({modifier.type.title() for curve in modified for modifier in curve.modifiers})
        yield Finding(
            f"{_count(modified, 'F-curve')} of the take on “{name}” {_is(modified)} changed by {', '.join(kinds)}"
            " modifiers.",
            "Mute the Modifiers",
            partial(mute_modifiers, thing.name_full, take_id),
        )
    paths = {curve.data_path for curve in curves}
    drivers = [d for d in getattr(thing.animation_data, "drivers", ()) if d.data_path in paths and not d.mute]
    if drivers:
        yield Finding(
            f"{_count(drivers, 'driver')} of “{name}” {_is(drivers)} on what the take has keys for, and drivers win.",
            "Mute the Drivers",
            partial(mute_drivers, thing.name_full, paths),
        )
    if not isinstance(thing, bpy.types.Key):
        return
    lost = [curve.data_path for curve in curves if curve.data_path.startswith("key_blocks[") and not _key(thing, curve)]
    if lost:
        names = (path.partition('"')[2].rpartition('"')[0] for path in lost)
        yield Finding(
            f"“{name}” has no shape key {_listed(names)} any more, for which the take has keys: speak the take again."
        )
    if not lost and not _highest(thing, part):
        yield Finding(f"All keys of the take on “{name}” are 0: speak the take again.")


def _of_keys(name: str, keys: Any, highest: dict[str, float], silent: str) -> Iterator[Finding]:
    """What on the shape keys stops them.

    ``highest`` is the largest weight that the take has for each; ``silent`` is the one of the mouth at rest, which need
    have no shape of its own.
    """
    if not keys.use_relative:
        yield Finding(
            f"The shape keys of “{name}” are absolute, so their values do nothing.",
            "Make Them Relative",
            partial(set_of_keys, keys.name_full, "use_relative", True),
        )
    blocks = [keys.key_blocks[key] for key in highest]
    muted = [block.name for block in blocks if block.mute]
    if muted:
        yield Finding(
            f"On “{name}” {_listed(muted)} {_is(muted)} muted.",
            "Unmute the Shape Keys",
            partial(unmute_keys, keys.name_full, muted),
        )
    clipped = {block.name: highest[block.name] for block in blocks if block.slider_max < highest[block.name] - 1e-3}
    raised = {block.name for block in blocks if block.slider_min > 1e-3}
    if clipped or raised:
        yield Finding(
            f"On “{name}” the slider's range clips {_listed([*clipped, *sorted(raised - set(clipped))])}.",
            "Widen the Range",
            partial(widen_sliders, keys.name_full, clipped),
        )
    empty = [block.name for block in blocks if block.name != silent and _is_empty(block)]
    if empty:
        yield Finding(
            f"On “{name}” {_listed(empty)} {'has' if len(empty) == 1 else 'have'} no shape: sculpt them first."
        )
    user = next((mesh for mesh in bpy.data.meshes if mesh.shape_keys == keys), None)
    groups = {group.name for thing in bpy.data.objects if thing.data == user for group in thing.vertex_groups}
    limited = [block.name for block in blocks if block.vertex_group and block.vertex_group not in groups]
    if limited:
        yield Finding(f"On “{name}” {_listed(limited)} {_is(limited)} limited to a vertex group that is not there.")


def _of_object(scene: Any, thing: Any) -> Iterator[Finding]:
    """What on the object keeps it from being seen; an armature moves its meshes wherever it is hidden."""
    if thing.type != "MESH":
        return
    name = thing.name
    if thing.show_only_shape_key:
        yield Finding(
            f"“{name}” shows only its active shape key (the pin under the list of shape keys).",
            "Unpin",
            partial(set_of_object, name, "show_only_shape_key", False),
        )
    if thing.mode == "EDIT":
        yield Finding(f"“{name}” is in Edit Mode, where shape keys do not play: leave it with Tab.")
    caches = [m.name for m in thing.modifiers if m.type in CACHE_MODIFIERS and (m.show_viewport or m.show_render)]
    if caches:
        yield Finding(
            f"The modifier {_listed(caches)} of “{name}” puts its points where a cache file has them.",
            "Turn the Modifier Off",
            partial(turn_off_caches, name),
        )
    layer = bpy.context.view_layer if bpy.context.scene == scene else scene.view_layers[0]
    layer.update()
    if name not in layer.objects:
        yield Finding(f"“{name}” is in a collection that is excluded from this view layer.")
        return
    hidden = [
        words
        for words, is_hidden in (
            ("the viewport", thing.hide_viewport or thing.hide_get(view_layer=layer)),
            ("renders", thing.hide_render),
        )
        if is_hidden
    ]
    if hidden:
        yield Finding(f"“{name}” is hidden in {' and '.join(hidden)}.", "Unhide", partial(unhide, scene.name, name))
    elif not thing.visible_get(view_layer=layer):
        yield Finding(f"“{name}” is in a collection that is hidden in the viewport.")
    if thing.users_collection and all(collection.hide_render for collection in thing.users_collection):
        yield Finding(f"“{name}” is in a collection that is hidden in renders.")


def _of_sound(scene: Any, take: Take) -> Iterator[Finding]:
    """Whether the take is heard, at the frames at which its keys play."""
    from . import heard  # noqa: PLC0415  # numpy

    if playback.state(take.id) == playback.MUTED or take.scene != scene.name:
        return  # so is its sound, or it is in another sequencer
    labels = {
        "strip": "Add Its Sound",
        "mute": "Unmute the Strip",
        "meta": "Unmute the Meta Strip",
        "channel": "Unmute the Channel",
        "volume": "Full Volume",
        "scene": "Unmute the Scene",
    }
    for cause, sentence in heard.why_silent(scene, take):
        label = labels.get(cause, "")
        repair = partial(let_sound, scene.name, take.id, cause) if label else None
        yield Finding(sentence, label, repair)
    lag = heard.lag_of(scene, take)
    if lag is None or not lag.is_seen:
        return
    sentence = heard.sentence_of(scene, take, lag)
    if heard.Lag(0.0, lag.end - lag.start).is_seen:
        yield Finding(sentence)  # at another speed: no place is right
    else:
        yield Finding(sentence, "Move the Sound to the Keys", partial(move_sound, scene.name, take.id))


def _measured(scene: Any, take: Take) -> Finding:
    """How far the take moves the mesh that Blender shows; the playhead is put back."""
    if not any(isinstance(thing, bpy.types.Key) for thing, _ in parts_of(take.id)):
        return Finding("Nothing is wrong with the keys of the bones; the mesh was not measured.", is_fault=False)
    here = scene.frame_current, scene.frame_subframe
    best: tuple[float, str, float] = (0.0, "", 0.0)
    try:
        for thing, part in parts_of(take.id):
            # Keys are at frames of stretched time, where the user stretches it.
            frame = _liveliest_frame(part) * scene.render.frame_map_new / scene.render.frame_map_old
            for user in objects_of(scene, take.id):
                if user.type != "MESH" or user.data.shape_keys != thing:
                    continue
                still, moved = (_points(scene, user, at) for at in (take.start, frame))
                if len(still) == len(moved):
                    far = max((abs(a - b) for a, b in zip(still, moved, strict=True)), default=0.0)
                    best = max(best, (far / max(*user.dimensions, 1e-9), user.name, frame))
    finally:
        scene.frame_set(here[0], subframe=here[1])
    share, name, frame = best
    if share > STILL:
        sentence = f"Nothing is wrong: at frame {frame:.0f} the take moves “{name}” by {share:.1%} of its size."
        return Finding(sentence, is_fault=False)
    stacks = {modifier.name for thing in objects_of(scene, take.id) for modifier in getattr(thing, "modifiers", ())}
    why = f" Turn off its modifiers one by one ({_listed(stacks)})." if stacks else ""
    return Finding(f"The keys play and nothing stops them, but the mesh does not move.{why}")


def _liveliest_frame(part: Any) -> float:
    points = [point.co for curve in curves_of_part(part) for point in curve.keyframe_points]
    return float(max(points, key=lambda co: abs(co[1]))[0]) if points else 0.0


def _points(scene: Any, thing: Any, frame: float) -> list[float]:
    scene.frame_set(int(frame // 1), subframe=frame % 1)
    evaluated = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    points = [0.0] * (3 * len(mesh.vertices))
    mesh.vertices.foreach_get("co", points)
    evaluated.to_mesh_clear()
    return points


def _highest(keys: Any, part: Any) -> dict[str, float]:
    """The shape keys that the take moves, with the largest weight for each."""
    highest: dict[str, float] = {}
    for curve in curves_of_part(part):
        name = _key(keys, curve)
        top = max((point.co[1] for point in curve.keyframe_points), default=0.0)
        if name and top > 0.01:
            highest[name] = top
    return highest


def _silent_key(part: Any) -> str:
    """The key of the mouth at rest, if no other shape uses it; else empty."""
    keys = {channel: key for channel, (key, _) in json.loads(part.get("visemes", "{}")).items()}
    silent = str(keys.pop("viseme_sil", ""))
    return "" if silent in keys.values() else silent


def _key(keys: Any, curve: Any) -> str | None:
    return compat.key_of_path(keys, curve.data_path)


def _is_empty(block: Any) -> bool:
    """Whether a shape key is the same as what it is relative to."""
    if block.relative_key == block:
        return True
    shapes = []
    for each in (block, block.relative_key):
        points = [0.0] * (3 * len(each.data))
        each.data.foreach_get("co", points)
        shapes.append(points)
    return shapes[0] == shapes[1]


def _name_of(scene: Any, thing: Any) -> str:
    users = (user.name for user in scene.objects if user == thing or getattr(user.data, "shape_keys", None) == thing)
    return str(next(users, thing.name))


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    text = ", ".join(f"“{name}”" for name in every[:_LISTED])
    return text if len(every) <= _LISTED else f"{text} and {len(every) - _LISTED} more"


def _count(things: list[Any], noun: str) -> str:
    return f"1 {noun}" if len(things) == 1 else f"{len(things)} {noun}s"


def _is(things: list[Any]) -> str:
    return "is" if len(things) == 1 else "are"
