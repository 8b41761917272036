"""Everything in the open file as plain values, to compare before and after: data-blocks with all their settings."""

from __future__ import annotations

from typing import Any

import bpy

KINDS = (
    *("actions", "armatures", "cameras", "collections", "libraries", "lights", "materials", "meshes", "node_groups"),
    *("objects", "scenes", "shape_keys", "sounds", "speakers", "texts", "worlds"),
)
"""Collections of ``bpy.data`` whose data-blocks are read; of the others only the names are."""

SKIPPED = {
    *("rna_type", "bl_rna", "original", "id_data", "session_uid", "is_evaluated", "depsgraph", "is_updated"),
    *("is_updated_data", "tag", "users", "preview", "bl_system_properties_get", "node_tree"),
    # Geometry, which no take touches, is compared by its length.
    *("vertices", "edges", "loops", "polygons", "loop_triangles", "attributes", "points", "vertex_normals"),
    "color_tag",
    *("colorspace_settings", "shading"),
    *("polygon_normals", "corner_normals", "loop_triangle_polygons", "color_attributes", "vertex_colors"),
}

FOLLOWED = {
    *(
        "animation_data",
        "render",
        "sequence_editor",
        "pose",
        "alphsistant",
        "delivery",
        "voice",
        "alphsistant_recording",
    ),
    *("alphsistant_face", "sound", "action_slot", "driver"),
}
"""Pointers to what belongs to its owner; others are relations, which are named and not followed."""

DEEPEST = 7


def whole_file() -> dict[str, Any]:
    """Return every setting of every data-block by its path, in the order of Blender's lists."""
    bpy.context.view_layer.update()
    found: dict[str, Any] = {}
    for kind in dir(bpy.data):
        collection = getattr(bpy.data, kind)
        if kind == "window_managers" or not isinstance(collection, bpy.types.bpy_prop_collection):
            continue
        found[kind] = [item.name for item in collection]
        if kind in KINDS:
            for item in collection:
                _read(item, f"{kind}[{item.name!r}]", found, 0)
    for workspace in bpy.data.workspaces:
        found[f"workspace {workspace.name}"] = getattr(workspace, "sequencer_scene", None)
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what is not the same, a line each."""
    return [
        f"{path}: {before.get(path, 'nothing')!r} -> {after.get(path, 'nothing')!r}"
        for path in {**before, **after}
        if before.get(path, "nothing") != after.get(path, "nothing")
    ]


def _read(struct: Any, path: str, found: dict[str, Any], depth: int) -> None:
    found.update(_custom_properties(struct, path))
    for prop in struct.bl_rna.properties:
        if prop.identifier in SKIPPED:
            continue
        here, value = f"{path}.{prop.identifier}", getattr(struct, prop.identifier)
        if prop.type == "COLLECTION":
            found[here] = len(value)
            inner = (
                {} if prop.identifier in {"data", "weights"} else {f"{here}[{n}]": item for n, item in enumerate(value)}
            )
        elif prop.type == "POINTER":
            found[here] = _name(value)
            inner = {here: value} if prop.identifier in FOLLOWED else {}
        else:
            found[here] = tuple(_flat(value)) if getattr(prop, "is_array", False) else value
            inner = {}
        for place, item in inner.items():
            if item is None or isinstance(item, bpy.types.ID):
                found[place] = _name(item)
            elif depth < DEEPEST:
                _read(item, place, found, depth + 1)


def _custom_properties(struct: Any, path: str) -> dict[str, Any]:
    try:
        plain = {f"{path}[{key!r}]": _plain(struct[key]) for key in struct.keys()}  # noqa: SIM118
    except TypeError:  # a struct that has none
        return {}
    return {key: value for key, value in plain.items() if value != {}}  # Blender adds empty groups as it is asked


def _flat(value: Any) -> list[Any]:
    flat: list[Any] = []
    for item in value:
        flat += _flat(item) if hasattr(item, "__len__") else [item]
    return flat


def _name(value: Any) -> str | None:
    if value is None:
        return None
    return f"{type(value).__name__} {getattr(value, 'name', '')}"


def _plain(value: Any) -> Any:
    if isinstance(value, bpy.types.ID):
        return _name(value)
    if hasattr(value, "to_dict"):
        plain = {key: _plain(item) for key, item in value.items()}
        return {key: item for key, item in plain.items() if item != {}}
    if hasattr(value, "to_list"):
        return value.to_list()
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)
