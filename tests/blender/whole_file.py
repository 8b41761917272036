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
    if hasattr(struct, "keys") and callable(struct.keys):
        try:
            for key in struct.keys():  # noqa: SIM118  # custom properties
                value = _plain(struct[key])
                if value != {}:  # Blender adds empty groups as it is asked
                    found[f"{path}[{key!r}]"] = value
        except TypeError:  # a struct that has none
            pass
    for prop in struct.bl_rna.properties:
        name = prop.identifier
        if name in SKIPPED:
            continue
        here = f"{path}.{name}"
        if prop.type == "COLLECTION":
            items = list(getattr(struct, name))
            found[here] = len(items)
            if name in {"data", "weights"}:
                continue
            for number, item in enumerate(items):
                if item is None or isinstance(item, bpy.types.ID):
                    found[f"{here}[{number}]"] = _name(item)
                elif depth < DEEPEST:
                    _read(item, f"{here}[{number}]", found, depth + 1)
        elif prop.type == "POINTER":
            value = getattr(struct, name)
            found[here] = _name(value)
            # Relations to others, upward or beside, are named and not followed.
            if value is not None and not isinstance(value, bpy.types.ID) and depth < DEEPEST and _is_part(name):
                _read(value, here, found, depth + 1)
        else:
            value = getattr(struct, name)
            found[here] = tuple(_flat(value)) if getattr(prop, "is_array", False) else value


def _is_part(name: str) -> bool:
    return name in {
        *("animation_data", "render", "sequence_editor", "tool_settings", "pose", "alphsistant", "delivery", "voice"),
        *("alphsistant_recording", "alphsistant_face", "sound", "action_slot", "view_settings"),
        *("image_settings", "ffmpeg", "cycles", "eevee", "driver", "world", "grease_pencil_settings"),
    }


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
