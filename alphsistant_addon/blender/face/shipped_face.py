"""A face of ours, the shipped one or another of the cast: read from its file, put into a scene, taken away again."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
from mathutils import Matrix, Vector

from ... import face_rig
from ...core.assets import asset_folder
from ...core.errors import AssetError
from . import surroundings, views
from .find import Face, face_from, has_shape_keys, is_cage

COLLECTION: Final = "Alphsistant"


MESH: Final = "Alphsistant Face"


CAMERA: Final = "Alphsistant Camera"
"""Names inside the file of the shipped face, and of everybody else of the cast."""

_OWN_NAME: Final = re.compile(rf"{COLLECTION} (?P<part>.+?)(?:\.\d+)?")
"""A name inside these files, with the number that Blender adds where it is taken."""

_ROOT: Final = "Rig"
"""The part of a character that bears its name alone, so that it is found by it."""

_GO_WITH_OTHERS: Final = {"shape_keys", "all_ids"}
"""Collections of data that hold no items of their own: shape keys go with their mesh; the other one (from 5.0 on)
repeats what the rest holds."""

_LAMP_LINE_METRES: Final = 0.05
"""Length of the line that Blender draws from an area lamp. It lights as far as ever: its own distance is off."""


@dataclass
class Shipped:
    """A face of ours, read from its file but in no scene yet: by name, so that it can wait for the next tick."""

    face: Face
    collection: str
    worlds: tuple[str, ...]
    brought: tuple[tuple[str, str], ...]
    """Everything that came with it: which of Blender's collections of data holds it, and its name there."""
    notes: tuple[str, ...] = ()
    """What was done so that it is seen, in sentences for the user; after it was put into a scene."""
    alone: bool = False
    """Whether that scene held nothing of the user's."""

    @property
    def there(self) -> bool:
        """Whether it is still in memory: undo or another file may have taken it away."""
        return self.collection in bpy.data.collections

    def put_away(self) -> None:
        """Take away all that was read, as if it had never been."""
        if not self.there:
            return
        found = (getattr(bpy.data, kind).get(name) for kind, name in self.brought)
        bpy.data.batch_remove([block for block in found if block is not None])


@contextlib.contextmanager
def shipped(scene: Any, read: Shipped | None = None, *, place: Any = None, turn: float = 0.0) -> Iterator[Face]:
    """Put a face of ours into a free place of the scene; it is taken away again if the block fails.

    Where the scene holds nothing of the user's, the face's own camera looks at it, it is selected, and the cube of
    Blender's startup file is hidden. A scene of the user's keeps its camera, its world and its selection.

    Args:
        scene: gets the face.
        read: what :func:`read_shipped` gave; the shipped face is read now by default. Its ``notes`` and ``alone`` are
            set.
        place: where it stands instead (x, y, z in metres).
        turn: radians by which it is turned to its left around the vertical axis.

    Raises:
        AssetError: its file is missing or damaged.
    """
    read = read or read_shipped()
    with contextlib.ExitStack() as undone:
        undone.callback(read.put_away)
        undone.callback(setattr, scene, "camera", scene.camera)
        undone.callback(setattr, scene, "world", scene.world)
        read.alone = not surroundings.is_users_own(scene)
        cube = surroundings.untouched_cube(scene) if read.alone else None
        collection = bpy.data.collections[read.collection]
        free = scene.cursor.location if read.alone else surroundings.free_place(scene)
        _move(collection, Vector(place) if place is not None else free, turn)
        scene.collection.children.link(collection)
        notes = _give_camera(scene, collection, alone=read.alone)
        if scene.world is None and read.worlds:
            scene.world = bpy.data.worlds[read.worlds[0]]
        yield read.face
        if cube is not None:
            _hide(scene, cube)
            notes = (*notes, "The default cube was hidden, in views and in renders, as the face stands in its place.")
        if read.alone:
            for layer in scene.view_layers:
                views.show_keys(read.face, layer)
        read.notes = notes
        undone.pop_all()


def _move(collection: Any, offset: Any, turn: float) -> None:
    moved = Matrix.Translation(offset) @ Matrix.Rotation(turn, 4, "Z")
    for thing in collection.all_objects:
        if thing.parent is None:
            thing.matrix_basis = moved @ thing.matrix_basis


def _give_camera(scene: Any, collection: Any, *, alone: bool) -> tuple[str, ...]:
    """Let the scene look at the face where it has no camera of the user's; sentences for the user."""
    camera = next((thing for thing in collection.all_objects if thing.type == "CAMERA"), None)
    if camera is None:
        return ()
    if alone or scene.camera is None or surroundings.is_untouched(scene.camera):
        scene.camera = camera
        return ()
    return (f"Your camera “{scene.camera.name}” was kept: press Look at the Face to see it.",)


def _hide(scene: Any, thing: Any) -> None:
    thing.hide_render = True
    for layer in scene.view_layers:
        if thing.name in layer.objects:
            thing.hide_set(True, view_layer=layer)


def read_shipped(path: Path | None = None, name: str = "") -> Shipped:
    """Read a face of ours from its file, into no scene yet.

    Args:
        path: the file; by default that of the shipped face.
        name: what the character is called: collection and root object get this name, and all else of it begins with
            it. Empty leaves the names of the file.

    Raises:
        AssetError: the file is missing or damaged.
    """
    path = path or asset_folder("face") / "face.blend"
    who = f"{name}'s face" if name else "The shipped face"
    if not path.is_file():
        raise AssetError(f"{who} is missing ({path.name}): install the add-on again from its zip.")
    before = _numbers()
    collection, worlds = _append(path, who)
    # Appended data may be renamed to “Alphsistant Face.001”: look at what came in, not for a name.
    things = list(collection.all_objects)
    collection.name = name or COLLECTION
    if name:
        _call(name, before)
    for thing in things:
        if thing.type == "LIGHT":
            thing.data.cutoff_distance = _LAMP_LINE_METRES
        elif thing.type == "CAMERA":
            # The whole head in every format: in a wide one the larger side would otherwise get the sensor's 36 mm.
            thing.data.sensor_fit, thing.data.sensor_height = "VERTICAL", thing.data.sensor_width
    face = face_from(
        [thing for thing in things if has_shape_keys(thing) and not is_cage(thing)],
        [thing for thing in things if thing.type == "ARMATURE"],
    )
    read = Shipped(
        face or Face((), face_rig.RigMap(), ""),
        collection.name,
        tuple(world.name for world in worlds),
        tuple(_brought_since(before)),
    )
    if face is None:
        read.put_away()
        raise AssetError(f"{who} has no shape keys for speech: install the add-on again from its zip.")
    return read


def _append(path: Path, who: str) -> tuple[Any, list[Any]]:
    """Append the collection with everything of a face, and its world, if it has one."""
    known = {library.session_uid for library in bpy.data.libraries}
    whose = who[0].lower() + who[1:] if who.startswith("The ") else who
    try:
        load: Any = bpy.data.libraries.load
        with load(str(path)) as (source, target):
            # Marked as an asset, its one collection bears the character's name.
            target.collections = [COLLECTION] if COLLECTION in source.collections else source.collections[:1]
            target.worlds = source.worlds[:1] if target.collections else []
    except OSError as error:
        raise AssetError(f"The file of {whose} is damaged: install the add-on again from its zip.") from error
    if not target.collections:
        raise AssetError(f"The file of {whose} holds no face: install the add-on again from its zip.")
    for library in [library for library in bpy.data.libraries if library.session_uid not in known]:
        bpy.data.libraries.remove(library)  # all of it is a copy; the add-on's own path is nothing for the user's file
    collection = target.collections[0]
    if collection.asset_data is not None:  # what is in the user's file is no asset of theirs
        collection.asset_clear()
        if collection.preview is not None:
            collection.preview.image_size = collection.preview.icon_size = (0, 0)
    return collection, list(target.worlds)


def _call(name: str, before: dict[str, set[int]]) -> None:
    """Give everything that has come in and bears the file's name the character's name instead."""
    for kind, called in list(_brought_since(before)):
        own = _OWN_NAME.fullmatch(called)
        if own is not None:
            getattr(bpy.data, kind)[called].name = name if own["part"] == _ROOT else f"{name} {own['part']}"


def _numbers() -> dict[str, set[int]]:
    """Return the numbers of everything that is in memory, by the name of Blender's collection of such data."""
    return {kind: {block.session_uid for block in getattr(bpy.data, kind)} for kind in _kinds()}


def _brought_since(before: dict[str, set[int]]) -> Iterator[tuple[str, str]]:
    for kind in _kinds():
        for block in getattr(bpy.data, kind):
            if block.session_uid not in before[kind]:
                yield kind, block.name


def _kinds() -> list[str]:
    kinds = (kind.identifier for kind in bpy.data.bl_rna.properties if kind.type == "COLLECTION")
    return [kind for kind in kinds if kind not in _GO_WITH_OTHERS]
