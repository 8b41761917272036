"""Cameras of a dialogue: one that shows everybody, one for each face, and markers that cut between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Vector

from ..common.scene_time import frames_per_second
from ..takes import record

if TYPE_CHECKING:
    from ..common.file_changes import FileChanges
    from .directions import Place

TAG: Final = "alphsistant_shot"
"""Custom property on the cameras of a dialogue: the name of the face, empty for all."""

LENS: Final = 65.0
"""Millimetres on a sensor of 36: longer than the eye's view, as portraits are taken."""

HEAD: Final = 6.5
"""Height of a head with some room around it, in radii of what the mouth's keys move."""

CLOSE: Final = 4.8
"""The same where one face is shown: so near that whoever stands beside it is out of the picture."""

HIGHER: Final = 1.0
"""How far the middle of a head lies above the mouth, in the same radii."""

ASIDE: Final = 0.35
"""How far a camera for one face goes along with the turn of that face: 0 is the direction of the camera for all."""

SHORTEST_SHOT: Final = 0.8
"""Seconds; a shorter line is no reason to cut."""


def set_up(scene: Any, places: Mapping[str, Place], kind: str, changes: FileChanges) -> None:
    """Add the cameras that the setting asks for, or move them; the scene looks through the one for all.

    Args:
        scene: gets them.
        places: where the faces are, by name.
        kind: ``NONE``, ``ALL`` or ``CUTS``.
        changes: those of the operation.
    """
    if kind == "NONE" or not places:
        return
    fronts = [place.front for place in places.values()]
    front = sum(fronts[1:], fronts[0].copy())
    front = front.normalized() if front.length > 1e-3 else Vector((0.0, -1.0, 0.0))
    camera = _camera(scene, "", changes)
    _point(scene, camera, list(places.values()), front, changes)
    changes.set(scene, "camera", camera)
    if kind == "CUTS":
        for name, place in places.items():
            own = (front + ASIDE * (place.front - front)).normalized()
            _point(scene, _camera(scene, name, changes), [place], own, changes)


def cut(scene: Any, lines: Sequence[tuple[str, str]], kind: str, changes: FileChanges) -> None:
    """Let markers cut to whoever speaks; the first line and the end show everybody.

    Args:
        scene: whose markers of earlier cuts are replaced.
        lines: name and take's id of each line.
        kind: as for :func:`set_up`; only ``CUTS`` makes markers.
        changes: those of the operation.
    """
    for marker in [marker for marker in scene.timeline_markers if marker.camera is not None and TAG in marker.camera]:
        changes.at_end(partial(scene.timeline_markers.remove, marker))
    if kind != "CUTS":
        return
    cameras = {thing[TAG]: thing for thing in scene.objects if thing.type == "CAMERA" and TAG in thing}
    rate = frames_per_second(scene)
    shown = None
    for number, (name, take_id) in enumerate(lines):
        take = record.find(take_id)
        if take is None or "" not in cameras:
            continue
        is_short = take.end - take.start < SHORTEST_SHOT * rate
        wanted = "" if number == 0 or name not in cameras else name
        if shown is not None and (is_short or wanted == shown):
            continue
        shown = wanted
        _mark(scene, cameras[wanted], take.start, changes)
    last = record.find(lines[-1][1]) if lines else None
    if last is not None and shown:
        _mark(scene, cameras[""], last.end, changes)


def _mark(scene: Any, camera: Any, frame: int, changes: FileChanges) -> None:
    markers = scene.timeline_markers
    marker = changes.do(partial(markers.new, f"Shot: {camera[TAG] or 'all'}", frame=frame), markers.remove)
    marker.camera = camera
    marker.select = False


def _camera(scene: Any, name: str, changes: FileChanges) -> Any:
    """Return the dialogue's camera for a name in this scene, made if need be."""
    for thing in scene.objects:
        if thing.type == "CAMERA" and thing.get(TAG) == name:
            return thing
    data = bpy.data.cameras.new(f"Shot of {name or 'All'}")
    data.lens, data.sensor_fit, data.sensor_width = LENS, "AUTO", 36.0
    data.clip_start = 0.01
    camera = changes.do(partial(bpy.data.objects.new, data.name, data), partial(_remove_camera, data))
    camera[TAG] = name
    scene.collection.objects.link(camera)
    return camera


def _remove_camera(data: Any, camera: Any) -> None:
    bpy.data.objects.remove(camera)
    bpy.data.cameras.remove(data)


def _point(scene: Any, camera: Any, places: Sequence[Place], front: Any, changes: FileChanges) -> None:
    """Put a camera in front of some faces, as far away as all of them need."""
    right = Vector((0.0, 0.0, 1.0)).cross(front).normalized()
    radius = max(place.radius for place in places)
    heads = [place.middle + Vector((0.0, 0.0, HIGHER * place.radius)) for place in places]
    across = [head.dot(right) for head in heads]
    heights = [head.z for head in heads]
    depths = [head.dot(front) for head in heads]
    room = (HEAD if len(places) > 1 else CLOSE) * radius
    width = max(across) - min(across) + room
    height = max(heights) - min(heights) + room
    render = scene.render
    aspect = (render.resolution_x * render.pixel_aspect_x) / max(render.resolution_y * render.pixel_aspect_y, 1.0)
    # The larger side of the picture gets the sensor's width.
    wide, high = (36.0, 36.0 / aspect) if aspect >= 1.0 else (36.0 * aspect, 36.0)
    distance = LENS * max(width / wide, height / high) + max(depths) - min(depths)
    middle = (
        right * (max(across) + min(across)) / 2
        + front * max(depths)
        + Vector((0.0, 0.0, (max(heights) + min(heights)) / 2))
    )
    before = camera.matrix_world.copy()
    rotation = front.to_track_quat("Z", "Y").to_matrix().to_4x4()
    rotation.translation = middle + front * distance
    changes.do(partial(setattr, camera, "matrix_world", rotation), lambda _: setattr(camera, "matrix_world", before))
