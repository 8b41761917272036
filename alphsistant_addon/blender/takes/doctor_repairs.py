"""Repairs of what the doctor finds. Each takes names, since the data may be gone by the time a button is pressed."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...core.errors import AssetError
from ..common import compat
from ..common.scene_time import frames_per_second
from .record import TAG, curves_of_part, find, parts_on, record_of

CACHE_MODIFIERS: Final = ("MESH_CACHE", "MESH_SEQUENCE_CACHE")
"""Modifiers that put every point where a file says, whatever the shape keys do."""


def _thing(name: str) -> Any:
    found = next((thing for thing in [*bpy.data.shape_keys, *bpy.data.objects] if thing.name_full == name), None)
    if found is None:
        raise AssetError(f"“{name}” is no longer there: look again.")
    return found


def _part(name: str, take_id: str) -> Any:
    part = parts_on(_thing(name)).get(take_id)
    if part is None:
        raise AssetError("The take is no longer there: look again.")
    return part


def set_frame(scene: str, frame: int) -> None:
    """Put the scene's playhead at a frame."""
    bpy.data.scenes[scene].frame_set(frame)


def widen_range(scene: str, start: int, end: int) -> None:
    """Widen the scene's frame range so that it holds the frames from ``start`` to ``end``."""
    there = bpy.data.scenes[scene]
    there.frame_start, there.frame_end = min(there.frame_start, start), max(there.frame_end, end)


def assign_slot(name: str, take_id: str) -> None:
    """Let the data-block's animation use the slot that the take made for it."""
    part = _part(name, take_id)
    compat.assign(_thing(name), part["action"], part["slot"])


def set_of_animation(name: str, setting: str, value: Any) -> None:
    """Set a property of the data-block's animation data."""
    setattr(_thing(name).animation_data, setting, value)


def set_of_keys(name: str, setting: str, value: Any) -> None:
    """Set a property of the shape keys."""
    setattr(_thing(name), setting, value)


def set_of_object(name: str, setting: str, value: Any) -> None:
    """Set a property of the object."""
    setattr(bpy.data.objects[name], setting, value)


def end_solo(name: str, track: str) -> None:
    """Let the other NLA tracks play again beside the one that plays alone."""
    _thing(name).animation_data.nla_tracks[track].is_solo = False


def unmute_curves(name: str, take_id: str) -> None:
    """Unmute the take's F-curves and their groups."""
    for curve in curves_of_part(_part(name, take_id)):
        curve.mute = False
        if curve.group is not None:
            curve.group.mute = False


def mute_modifiers(name: str, take_id: str) -> None:
    """Mute the modifiers on the take's F-curves."""
    for curve in curves_of_part(_part(name, take_id)):
        for modifier in curve.modifiers:
            modifier.mute = True


def mute_drivers(name: str, paths: set[str]) -> None:
    """Mute the drivers on the given data paths."""
    for driver in _thing(name).animation_data.drivers:
        if driver.data_path in paths:
            driver.mute = True


def unmute_keys(name: str, blocks: list[str]) -> None:
    """Unmute the named shape keys."""
    for block in blocks:
        _thing(name).key_blocks[block].mute = False


def widen_sliders(name: str, highest: dict[str, float]) -> None:
    """Widen the sliders of the keys, each up to the weight it is to reach."""
    for block in _thing(name).key_blocks:
        block.slider_min = min(block.slider_min, 0.0)
        if block.name in highest:
            block.slider_max = max(1.0, highest[block.name])


def turn_off_caches(name: str) -> None:
    """Turn off the modifiers that play a cache over the shape keys."""
    for modifier in bpy.data.objects[name].modifiers:
        if modifier.type in CACHE_MODIFIERS:
            modifier.show_viewport = modifier.show_render = False


def unhide(scene: str, name: str) -> None:
    """Show the object in the scene and in its renders."""
    thing = bpy.data.objects[name]
    thing.hide_viewport = thing.hide_render = False
    there = bpy.data.scenes[scene]
    layer = bpy.context.view_layer if bpy.context.scene == there else there.view_layers[0]
    thing.hide_set(False, view_layer=layer)


def let_sound(scene: str, take_id: str, cause: str) -> None:
    """Let the take be heard: put right one cause that ``heard.why_silent`` names."""
    from . import heard, sound  # noqa: PLC0415  # numpy

    there, take = bpy.data.scenes[scene], find(take_id)
    if take is None:
        raise AssetError("The take is no longer there: look again.")
    strip = heard.strip_of(there, take)
    if cause == "strip" or strip is None:
        strip = sound.add_strip(there, heard.source_of(there, take).path, take.name, take.start)
        strip[TAG] = take.id
        record_of(take.id)["strip"] = strip.name
    elif cause == "mute":
        strip.mute = False
    elif cause == "meta":
        for meta in heard.metas_around(there, strip):
            meta.mute = False
    elif cause == "channel":
        heard.channel_of(there, strip).mute = False
    elif cause == "volume":
        strip.volume = 1.0
    else:
        there.use_audio = True


def move_sound(scene: str, take_id: str) -> None:
    """Move the sound strip to where the keys play."""
    from . import heard  # noqa: PLC0415  # numpy

    there, take = bpy.data.scenes[scene], find(take_id)
    lag = heard.lag_of(there, take) if take is not None else None
    if take is None or lag is None:
        raise AssetError("The take or its sound is no longer there: look again.")
    compat.move_strip(heard.strip_of(there, take), round(lag.start * frames_per_second(there)))
