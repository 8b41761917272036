"""Let a number choose a drawn mouth: drivers on what shows it, made once, and taken out again.

Their expressions are of the simple kind that Blender evaluates without Python, so they work where scripts are not
trusted, and without this add-on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import bpy

from ...core.errors import AssetError
from ..common import compat
from ..common.file_changes import FileChanges
from . import description
from .drawn_mouth import NUMBER, PATH, SETUP, drawings_of, is_drawn

_COLLECTIONS: Final = ("objects", "materials", "grease_pencils")
"""Of ``bpy.data``: where drivers of ours may be."""


def set_up(
    thing: Any,
    set_name: str,
    shows: str,
    others: Sequence[Any],
    changes: FileChanges,
    *,
    columns: int = 4,
    rows: int = 3,
    first_frame: int = 1,
) -> int:
    """Make an object a drawn mouth; return how many drawings of its set are there to be shown.

    Args:
        thing: the object that gets the number; what it was before is forgotten.
        set_name: of ``interchange.mouth_sets``.
        shows: ``OBJECTS``, ``SHEET``, ``PENCIL_FRAMES``, ``PENCIL_LAYERS`` or ``NUMBER``.
        others: the objects that may be drawings.
        changes: those of the operation.
        columns: of the sheet.
        rows: of the sheet.
        first_frame: of the Grease Pencil object, which shows the mouth at rest; the other drawings follow.

    Raises:
        AssetError: nothing is there that could show a drawing.
    """
    description.forget()
    if is_drawn(thing):
        forget(thing, changes)
    changes.set_item(thing, SETUP, {"set": set_name, "drivers": "[]"})
    changes.set_item(thing, NUMBER, 0)
    drawings = drawings_of(thing)
    thing.id_properties_ui(NUMBER).update(
        min=0, max=len(drawings) - 1, description="Drawing that is shown: " + ", ".join(drawings)
    )
    match shows:
        case "OBJECTS":
            wanted = _by_objects(drawings, others)
        case "SHEET":
            wanted = _by_sheet(thing, columns, rows, changes)
        case "PENCIL_FRAMES":
            wanted = _by_frames(thing, first_frame, changes)
        case "PENCIL_LAYERS":
            wanted = _by_layers(thing, drawings)
        case _:
            wanted = []
    made = [_drive(thing, owner, path, index, expression, changes) for owner, path, index, expression in wanted]
    changes.set_item(thing, SETUP, {"set": set_name, "drivers": json.dumps(made)})
    thing.update_tag()
    if shows in {"OBJECTS", "PENCIL_LAYERS"}:
        return len({expression for *_, expression in wanted})
    return len(drawings)


def forget(thing: Any, changes: FileChanges) -> None:
    """Take out the drivers and the number; what they have moved shows what it shows now."""
    description.forget()
    for collection, name, library_path, index in json.loads(thing[SETUP].get("drivers", "[]")):
        owner = _owner(collection, name)
        if owner is not None:
            changes.at_end(lambda o=owner, p=library_path, i=index: o.driver_remove(p, i))
    for key in (SETUP, NUMBER):
        changes.set_item(thing, key, None)


def _by_objects(drawings: Sequence[str], others: Sequence[Any]) -> list[tuple[Any, str, int, str]]:
    """Show the object whose name ends in the drawing's, as a word of its own: “Mouth_AI”, “mouth.rest”, “AI”."""
    found = {}
    for number, drawing in enumerate(drawings):
        pattern = re.compile(rf"(?:^|[^A-Za-z0-9]){re.escape(drawing)}(?:\.\d{{3}})?$", re.IGNORECASE)
        shown = next((other for other in others if pattern.search(other.name)), None)
        if shown is not None:
            found[number] = shown
    if not found:
        names = ", ".join(drawings)
        raise AssetError(f"Select the objects of the drawings too: their names must end in {names}.")
    return [
        (shown, path, -1, f"{NUMBER} != {number}")
        for number, shown in found.items()
        for path in ("hide_viewport", "hide_render")
    ]


def _by_sheet(thing: Any, columns: int, rows: int, changes: FileChanges) -> list[tuple[Any, str, int, str]]:
    """Move the image of the active material to the drawing's place in a sheet."""
    material = thing.active_material
    tree = material.node_tree if material is not None else None
    image = next((node for node in tree.nodes if node.type == "TEX_IMAGE"), None) if tree is not None else None
    if image is None:
        raise AssetError(f"“{thing.name}” has no material with an image: add one with the sheet of drawings first.")
    mapping = changes.do(lambda: tree.nodes.new("ShaderNodeMapping"), tree.nodes.remove)
    mapping.location = (image.location.x - 200, image.location.y)
    before = [link.from_socket for link in image.inputs["Vector"].links]
    if before:
        source = before[0]
    else:
        coordinates = changes.do(lambda: tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.remove)
        coordinates.location = (image.location.x - 400, image.location.y)
        source = coordinates.outputs["UV"]
    changes.do(lambda: tree.links.new(source, mapping.inputs["Vector"]), lambda _: None)
    changes.do(
        lambda: tree.links.new(mapping.outputs["Vector"], image.inputs["Vector"]),
        lambda _: [tree.links.new(socket, image.inputs["Vector"]) for socket in before],
    )
    mapping.inputs["Scale"].default_value = (1.0 / columns, 1.0 / rows, 1.0)
    place = f'nodes["{mapping.name}"].inputs[{mapping.inputs.find("Location")}].default_value'
    row = f"floor({NUMBER} / {columns})"
    return [
        (tree, place, 0, f"{NUMBER} / {columns} - {row}"),
        (tree, place, 1, f"1 - (1 + {row}) / {rows}"),
    ]


def _by_frames(thing: Any, first_frame: int, changes: FileChanges) -> list[tuple[Any, str, int, str]]:
    """Hold the Grease Pencil object at the drawing's frame by a modifier."""
    if thing.type not in compat.GREASE_PENCIL:
        raise AssetError(f"“{thing.name}” is no Grease Pencil object: make the one with the drawings active.")
    modifiers, kind = compat.time_modifiers(thing)
    modifier = changes.do(lambda: modifiers.new("Drawn Mouth", kind), modifiers.remove)
    modifier.mode = "FIX"
    return [(thing, modifier.path_from_id("offset"), -1, f"{NUMBER} + {first_frame}")]


def _by_layers(thing: Any, drawings: Sequence[str]) -> list[tuple[Any, str, int, str]]:
    """Show the layer of the drawing's name, by its opacity."""
    if thing.type not in compat.GREASE_PENCIL:
        raise AssetError(f"“{thing.name}” is no Grease Pencil object: make the one with the drawings active.")
    layers = {compat.layer_name(layer).lower(): layer for layer in thing.data.layers}
    found = [(number, layers[name.lower()]) for number, name in enumerate(drawings) if name.lower() in layers]
    if not found:
        raise AssetError(f"No layer of “{thing.name}” has the name of a drawing: {', '.join(drawings)}.")
    return [(thing.data, layer.path_from_id("opacity"), -1, f"{NUMBER} == {number}") for number, layer in found]


def _drive(
    thing: Any, owner: Any, path: str, index: int, expression: str, changes: FileChanges
) -> tuple[str, str, str, int]:
    """Add a driver by the object's number; return where it is, by names."""
    driver = changes.do(
        lambda: owner.driver_add(path, index) if index >= 0 else owner.driver_add(path),
        lambda _: owner.driver_remove(path, index),
    ).driver
    driver.type = "SCRIPTED"
    variable = driver.variables.new()
    variable.name = NUMBER
    target = variable.targets[0]
    target.id, target.data_path = thing, PATH
    driver.expression = expression
    collection, name = _named(owner)
    return collection, name, path, index


def _named(owner: Any) -> tuple[str, str]:
    """Return where a data-block is found again: a material's node tree by its material."""
    if isinstance(owner, bpy.types.NodeTree):
        materials: Any = bpy.data.materials
        return "materials", next(material.name for material in materials if material.node_tree == owner)
    if isinstance(owner, bpy.types.Object):
        return "objects", owner.name
    return "grease_pencils", owner.name


def _owner(collection: str, name: str) -> Any:
    if collection not in _COLLECTIONS:
        return None
    found = getattr(bpy.data, collection).get(name)
    return found.node_tree if collection == "materials" and found is not None else found
