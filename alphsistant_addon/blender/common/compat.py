"""Every difference between Blender 4.2 and 5.2 that the add-on meets, found by looking for the feature."""

from __future__ import annotations

import importlib
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final

import bpy

WORKBENCH: Final = "BLENDER_WORKBENCH"
CYCLES: Final = "CYCLES"


def eevee() -> str:
    """EEVEE's name: ``BLENDER_EEVEE_NEXT`` from 4.2 to 4.5, ``BLENDER_EEVEE`` from 5.0."""
    return "BLENDER_EEVEE" if bpy.app.version >= (5, 0) else "BLENDER_EEVEE_NEXT"


def blend_relative() -> set[str]:
    """Options of a path property that takes ``//``: from 4.5 on Blender warns where they do not say so."""
    return {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()


def has_slots() -> bool:
    """Actions have slots, one for each animated data-block, from 4.4 on."""
    return "slots" in bpy.types.Action.bl_rna.properties


def new_curves(action: Any, datablock: Any, slot_name: str) -> tuple[Any, int]:
    """A place for the data-block's F-curves in the action: their collection, and the slot's handle for ``assign``.

    From 4.4 on an action has a slot for each data-block it moves; before, one list of curves (the handle is 0).
    """
    if not has_slots():
        return action.fcurves, 0
    slot = action.slots.new(id_type=datablock.id_type, name=slot_name)
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves, slot.handle


def assign(datablock: Any, action: Any, slot_handle: int) -> None:
    """Let the action move the data-block. Forgetting the slot is the classic “keys, but nothing moves”."""
    animation = datablock.animation_data or datablock.animation_data_create()
    animation.action = action
    if action is not None and has_slots():
        animation.action_slot = next((slot for slot in action.slots if slot.handle == slot_handle), None)


def assigned(datablock: Any) -> tuple[Any, int, str]:
    """Return the data-block's action, the handle of its slot, and the slot that Blender would look for next."""
    animation = datablock.animation_data
    if not has_slots():
        return animation.action, 0, ""
    slot = animation.action_slot
    return animation.action, slot.handle if slot is not None else 0, animation.last_slot_identifier


def assign_again(datablock: Any, before: tuple[Any, int, str]) -> None:
    """Assign what :func:`assigned` has returned."""
    action, slot_handle, last_slot = before
    assign(datablock, action, slot_handle)
    if has_slots():
        datablock.animation_data.last_slot_identifier = last_slot


def curves_of(datablock: Any) -> list[Any]:
    """The F-curves that move the data-block through its own action (not through the NLA)."""
    animation = datablock.animation_data
    if animation is None or animation.action is None:
        return []
    if has_slots() and animation.action_slot is None:
        return []
    return curves_in(animation.action, animation.action_slot.handle if has_slots() else 0)


def curves_in(action: Any, slot_handle: int) -> list[Any]:
    """The F-curves of one slot of the action (before 4.4: all of them)."""
    return [curve for collection in curve_collections(action, slot_handle) for curve in collection]


def curve_collections(action: Any, slot_handle: int) -> list[Any]:
    """Where the F-curves of one slot are, to add to and to remove from."""
    if not has_slots():
        return [action.fcurves]
    slot = next((slot for slot in action.slots if slot.handle == slot_handle), None)
    if slot is None:
        return []
    bags = (strip.channelbag(slot) for layer in action.layers for strip in layer.strips)
    return [bag.fcurves for bag in bags if bag is not None]


def key_of_path(shape_keys: Any, data_path: str) -> str | None:
    """Name of the shape key whose value an F-curve moves; ``None`` if it moves something else or nothing."""
    try:
        block = shape_keys.path_resolve(data_path.removesuffix(".value")) if data_path.endswith(".value") else None
    except ValueError:
        return None
    return block.name if isinstance(block, bpy.types.ShapeKey) else None


def all_curves(action: Any) -> list[Any]:
    """Every F-curve of an action, whatever it moves."""
    if not has_slots():
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def push_down(datablock: Any, track_name: str) -> tuple[Any, Any]:
    """Move the data-block's action into an NLA strip, where it plays as before; return the new track and strip."""
    animation = datablock.animation_data
    action, slot_handle, _ = assigned(datablock)
    track = new_nla_track(animation, track_name)
    strip = add_nla_strip(track, action, slot_handle)
    strip.blend_type, strip.extrapolation = animation.action_blend_type, animation.action_extrapolation
    if animation.action_influence < 1.0:
        strip.use_animated_influence = True
        strip.influence = animation.action_influence
    animation.action = None
    return track, strip


def new_nla_track(animation: Any, name: str) -> Any:
    """Add an NLA track on top; the active track stays the active one."""
    active = animation.nla_tracks.active
    track = animation.nla_tracks.new()
    track.name, track.select = name, False
    if active is not None:
        animation.nla_tracks.active = active
    return track


_SMALLEST_SCALE: Final = 1e-4
"""Of an NLA strip."""


def add_nla_strip(track: Any, action: Any, slot_handle: int) -> Any:
    """Lay an action into an NLA track at its own frames."""
    # A strip starts on a whole frame; an action's first key need not.
    strip = track.strips.new(action.name, int(action.frame_range[0] // 1), action)
    slot = next((slot for slot in action.slots if slot.handle == slot_handle), None) if has_slots() else None
    if slot is not None and strip.action_slot != slot:
        # Blender could not tell which of several slots is meant, and has made the strip one frame long. It gets its
        # length while it is scaled down to next to nothing, or it would push the strips behind it away.
        strip.action_slot = slot
        strip.scale = _SMALLEST_SCALE
        strip.action_frame_end = action.frame_range[1]
        strip.action_frame_start = strip.frame_start
        strip.scale = 1.0
    else:
        strip.action_frame_start = strip.frame_start
    strip.select = False
    return strip


def nla_strips_of(datablock: Any) -> list[Any]:
    """Every NLA strip of a data-block, from the lowest track up."""
    animation = datablock.animation_data
    return [strip for track in animation.nla_tracks for strip in track.strips] if animation is not None else []


def name_slot(action: Any, slot_handle: int, name: str) -> None:
    """Name a slot of the action; before 4.4 there are none."""
    for slot in action.slots if has_slots() else ():
        if slot.handle == slot_handle and slot.name_display != name:
            slot.name_display = name


def group_collection(action: Any, slot_handle: int) -> Any:
    """Where the groups of one slot's F-curves are; before 4.4 the action's."""
    if not has_slots():
        return action.groups
    slot = next(slot for slot in action.slots if slot.handle == slot_handle)
    return action.layers[0].strips[0].channelbag(slot).groups


def strips(scene: Any) -> Any:
    """The sequencer's strips, made if need be: ``strips`` from 4.4 on, ``sequences`` before."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def existing_strips(scene: Any) -> list[Any]:
    """All strips, those inside meta strips too; does not make a sequencer where there is none."""
    return list(all_strips(scene))


def all_strips(scene: Any) -> Any:
    """The collection of :func:`existing_strips`; an empty list where there is no sequencer."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def strip_spans(collection: Any) -> tuple[Sequence[int], ...]:
    """Return the channels of all strips of a collection, their first frames and the frames after their last.

    As :func:`strip_range` of each, but in one call for all: asked one by one, a thousand strips take milliseconds.
    """
    kind = getattr(bpy.types, "Strip", None)  # from 4.4 on
    has_handles = kind is not None and "left_handle" in kind.bl_rna.properties
    frames = ("left_handle", "right_handle") if has_handles else ("frame_final_start", "frame_final_end")
    length = len(collection)  # which counts them
    return tuple(numbers_of(collection, name, "i", length) for name in ("channel", *frames))


def numbers_of(collection: Any, name: str, code: str = "f", length: int | None = None) -> Sequence[Any]:
    """Return a number, a switch or an enum's number of every item; ``code`` is the type in the module ``array``."""
    values = array(code, [0]) * (len(collection) if length is None else length)
    if values:
        collection.foreach_get(name, values)
    return values


def strip_range(strip: Any) -> tuple[float, float]:
    """First frame of a strip and the frame after its last: ``left_handle`` from 5.1 on, ``frame_final_*`` before."""
    if hasattr(strip, "left_handle"):
        return strip.left_handle, strip.right_handle
    return strip.frame_final_start, strip.frame_final_end


def strip_origin(strip: Any) -> float:
    """Frame at which an uncut strip would start: ``content_start`` from 5.1 on, ``frame_start`` before."""
    return float(strip.content_start if hasattr(strip, "content_start") else strip.frame_start)


def sequencer_workspaces() -> list[Any]:
    """Workspaces whose sequencer editors have a scene of their own: all from 5.0 on, none before."""
    return [workspace for workspace in bpy.data.workspaces if hasattr(workspace, "sequencer_scene")]


def frame_of_sound(strip: Any, seconds: float, frame_rate: float) -> float:
    """Frame at which a sound strip plays a moment of its file, however it is cut."""
    return (
        strip_origin(strip) - float(strip.animation_offset_start) + (seconds + float(strip.sound_offset)) * frame_rate
    )


def in_order_of_moving(strips: Iterable[Any], frames: int) -> list[Any]:
    """Return strips in the order in which they can be moved by so many frames without being in each other's way.

    A strip that lands on another one is put into another channel by Blender.
    """
    return sorted(strips, key=lambda strip: strip_range(strip)[0], reverse=frames > 0)


def move_strip(strip: Any, frames: int) -> None:
    """Move a strip along the timeline as it is cut."""
    name = "content_start" if hasattr(strip, "content_start") else "frame_start"
    setattr(strip, name, getattr(strip, name) + frames)


def new_text_strip(scene: Any, name: str, text: str, channel: int, start: int, end: int) -> Any:
    """Add a text strip at the bottom of the picture: its length is given from 5.0 on, its last frame before."""
    collection = strips(scene)
    span = {"length": end - start} if "length" in _parameters(collection, "new_effect") else {"frame_end": end}
    strip = collection.new_effect(name=name, type="TEXT", channel=channel, frame_start=start, **span)
    strip.text = text
    # Lines centred about the place, and above it: "alignment_x" and "anchor_y" from 4.4 on.
    for alignment, value in (("alignment_x", "CENTER"), ("anchor_x", "CENTER"), ("anchor_y", "BOTTOM"),
                             ("align_x", "CENTER"), ("align_y", "BOTTOM")):  # fmt: skip
        if hasattr(strip, alignment):
            setattr(strip, alignment, value)
    return strip


def _parameters(owner: Any, function: str) -> set[str]:
    """Return the names of a function's parameters."""
    return {parameter.identifier for parameter in owner.bl_rna.functions[function].parameters}


GREASE_PENCIL: Final = frozenset({"GPENCIL", "GREASEPENCIL"})
"""Type of a Grease Pencil object: ``GPENCIL`` up to 4.2."""


def time_modifiers(thing: Any) -> tuple[Any, str]:
    """Return where a Grease Pencil object's modifiers are, and the type of the one that offsets time.

    From 4.3 on they are among all others; before, they had a list of their own.
    """
    if thing.type == "GPENCIL":
        return thing.grease_pencil_modifiers, "GP_TIME"
    return thing.modifiers, "GREASE_PENCIL_TIME"


def layer_name(layer: Any) -> str:
    """Return the name of a Grease Pencil layer: ``info`` up to 4.2."""
    return str(layer.info if hasattr(layer, "info") else layer.name)


def strips_in(meta: Any) -> Any:
    """The strips inside a meta strip: ``strips`` from 4.4 on, ``sequences`` before."""
    return meta.strips if hasattr(meta, "strips") else meta.sequences


def has_denoiser() -> bool:
    """Whether Cycles was built with Open Image Denoise (official builds are, Debian's 4.3 is not)."""
    return bool(importlib.import_module("_cycles").with_openimagedenoise)


def set_video_output(image_settings: Any) -> None:
    """Write a video: from 5.0 on the media type must be set before ``FFMPEG`` is a file format at all."""
    if hasattr(image_settings, "media_type"):
        image_settings.media_type = "VIDEO"
    image_settings.file_format = "FFMPEG"


def set_image_output(image_settings: Any, file_format: str) -> None:
    """Write single images; the counterpart of :func:`set_video_output`."""
    if hasattr(image_settings, "media_type"):
        image_settings.media_type = "IMAGE"
    image_settings.file_format = file_format
