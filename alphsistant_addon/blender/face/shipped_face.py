"""The shipped face: read from its file, put into a scene, taken away again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import bpy

from ... import face_rig
from ...core.assets import asset_folder
from ...core.errors import AssetError
from . import surroundings, views
from .find import Face, face_from, has_shape_keys

COLLECTION: Final = "Alphsistant"


MESH: Final = "Alphsistant Face"


CAMERA: Final = "Alphsistant Camera"
"""Names inside ``blender_assets/face/face.blend``."""

_LAMP_LINE_METRES: Final = 0.05
"""Length of the line that Blender draws from an area lamp. It lights as far as ever: its own distance is off."""


@dataclass
class Shipped:
    """The shipped face, read from its file but in no scene yet: by name, so that it can wait for the next tick."""

    face: Face
    collection: str
    worlds: tuple[str, ...]
    library: str | None
    """The file that it came from, where Blender did not know of it before."""
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
        collection = bpy.data.collections.get(self.collection)
        if collection is None:
            return
        things = list(collection.all_objects)
        datas = {thing.data for thing in things if thing.data is not None}
        materials = {material for data in datas for material in getattr(data, "materials", ()) if material is not None}
        worlds = [world for name in self.worlds if (world := bpy.data.worlds.get(name)) is not None]
        library = bpy.data.libraries.get(self.library) if self.library is not None else None
        bpy.data.batch_remove([*things, collection, *worlds, *datas, *materials])
        if library is not None:
            bpy.data.libraries.remove(library)


@contextlib.contextmanager
def shipped(scene: Any, read: Shipped | None = None) -> Iterator[Face]:
    """Put the shipped face into a free place of the scene; it is taken away again if the block fails.

    Where the scene holds nothing of the user's, the face's own camera looks at it, it is selected, and the cube of
    Blender's startup file is hidden. A scene of the user's keeps its camera, its world and its selection.

    Args:
        scene: gets the face.
        read: what :func:`read_shipped` gave; it is read now by default. Its ``notes`` and ``alone`` are set.

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
        _move(collection, scene.cursor.location if read.alone else surroundings.free_place(scene))
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


def _move(collection: Any, offset: Any) -> None:
    for thing in collection.all_objects:
        if thing.parent is None:
            thing.location += offset


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


def read_shipped() -> Shipped:
    """Read the shipped face from its file, into no scene yet. ``AssetError`` if the file is missing or damaged."""
    path = asset_folder("face") / "face.blend"
    if not path.is_file():
        raise AssetError(f"The shipped face is missing ({path.name}): install the add-on again from its zip.")
    known = set(bpy.data.libraries.keys())
    try:
        load: Any = bpy.data.libraries.load
        with load(str(path)) as (source, target):
            found = COLLECTION in source.collections
            target.collections = [COLLECTION] if found else []
            target.worlds = source.worlds[:1] if found else []
    except OSError as error:
        raise AssetError("The shipped face's file is damaged: install the add-on again from its zip.") from error
    if not found:
        raise AssetError("The shipped face's file holds no face: install the add-on again from its zip.")
    # Appended data may be renamed to “Alphsistant Face.001”: look at what came in, not for a name.
    collection = target.collections[0]
    things = list(collection.all_objects)
    for thing in things:
        if thing.type == "LIGHT":
            thing.data.cutoff_distance = _LAMP_LINE_METRES
        elif thing.type == "CAMERA":
            # The whole head in every format: in a wide one the larger side would otherwise get the sensor's 36 mm.
            thing.data.sensor_fit, thing.data.sensor_height = "VERTICAL", thing.data.sensor_width
    face = face_from(
        [thing for thing in things if has_shape_keys(thing)], [thing for thing in things if thing.type == "ARMATURE"]
    )
    read = Shipped(
        face or Face((), face_rig.RigMap(), ""),
        collection.name,
        tuple(world.name for world in target.worlds),
        next((name for name in bpy.data.libraries.keys() if name not in known), None),  # noqa: SIM118  # a bpy collection
    )
    if face is None:
        read.put_away()
        raise AssetError("The shipped face has no shape keys for speech: install the add-on again from its zip.")
    return read
