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
from .find import Face, face_from, has_shape_keys

COLLECTION: Final = "Alphsistant"


MESH: Final = "Alphsistant Face"


CAMERA: Final = "Alphsistant Camera"
"""Names inside ``blender_assets/face/face.blend``."""


@dataclass(frozen=True)
class Shipped:
    """The shipped face, read from its file but in no scene yet: by name, so that it can wait for the next tick."""

    face: Face
    collection: str
    worlds: tuple[str, ...]
    library: str | None
    """The file that it came from, where Blender did not know of it before."""

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
    """Put the shipped face into the scene and look at it; it is taken away again if the block fails.

    ``read`` is what :func:`read_shipped` gave; it is read now by default. ``AssetError`` if its file is missing or
    damaged.
    """
    camera_before, world_before = scene.camera, scene.world
    read = read or read_shipped()
    try:
        collection = bpy.data.collections[read.collection]
        scene.collection.children.link(collection)
        camera = next((thing for thing in collection.all_objects if thing.type == "CAMERA"), None)
        if camera is not None:
            scene.camera = camera
        if scene.world is None and read.worlds:
            scene.world = bpy.data.worlds[read.worlds[0]]
        yield read.face
    except Exception:
        scene.camera, scene.world = camera_before, world_before
        read.put_away()
        raise


def read_shipped() -> Shipped:
    """Read the shipped face from its file, into no scene yet. ``AssetError`` if the file is missing or damaged."""
    path = asset_folder("face") / "face.blend"
    if not path.is_file():
        raise AssetError(f"The shipped face is missing ({path.name}): install the add-on again from its zip.")
    known = set(bpy.data.libraries.keys())
    try:
        with bpy.data.libraries.load(str(path)) as (source, target):
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
