"""Two sections of the sidebar: “Expression” (how the next take is delivered) and “Face” (which keys move)."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from ..common.panel_parts import InSidebar, settings_column, wrapped
from . import description, drawn_mouth, mapping


class MappingList(bpy.types.UIList):
    """A row for each channel, visemes first: its keys and its strength; the keys' own numbers stand below the list."""

    bl_idname = "ALPHSISTANT_UL_mapping"

    def draw_item(  # Blender counts the arguments
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: int, _active: Any, _name: str
    ) -> None:
        """Draw one row."""
        rows = [row for _, row in mapping.rows_of(item.id_data, item.channel)]
        keys = list(dict.fromkeys(row.key for row in rows))
        row = layout.row(align=True)
        row.label(text=item.channel.removeprefix("viseme_"))
        more = f" +{len(keys) - 1}" if len(keys) > 1 else ""
        row.label(text=f"{keys[0]}{more}", icon="SHAPEKEY_DATA" if all(map(_has_key, rows)) else "ERROR")
        row.prop(item, "strength", text="")

    def filter_items(self, _context: Any, data: Any, name: str) -> tuple[list[int], list[int]]:
        """List the first row of each channel; search in the names of channels, keys and meshes."""
        wanted = self.filter_name.lower()
        rows = list(getattr(data, name))
        first: dict[str, int] = {}
        found: set[str] = set()
        for place, row in enumerate(rows):
            first.setdefault(row.channel, place)
            if wanted in f"{row.channel} {row.key} {row.mesh.name if row.mesh else ''}".lower():
                found.add(row.channel)
        listed = [row.channel in found and first[row.channel] == place for place, row in enumerate(rows)]
        flags = [self.bitflag_filter_item if is_listed else 0 for is_listed in listed]
        ranks = {channel: rank for rank, channel in enumerate((*VISEME_CHANNELS, *ARKIT_CHANNELS))}
        order = sorted(range(len(rows)), key=lambda place: (ranks.get(rows[place].channel, len(ranks)), place))
        places = [0] * len(rows)
        for rank, place in enumerate(order):
            places[place] = rank
        return flags, places


class FacePanel(InSidebar, bpy.types.Panel):
    """The section “Face”: which shape keys and bones the channels move."""

    bl_idname = "ALPHSISTANT_PT_face"
    bl_label = "Face"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout = self.layout
        settings = context.scene.alphsistant
        root = description.root_of(context.scene, settings.face, context.active_object)
        if root is None:
            wrapped(context, layout, "There is no face in the scene yet.")
            layout.operator("alphsistant.set_up_drawn_mouth", icon="GREASEPENCIL")
            return
        if drawn_mouth.is_drawn(root):
            layout.prop(root, drawn_mouth.PATH, text="Drawing")
            layout.operator("alphsistant.set_up_drawn_mouth", icon="GREASEPENCIL")
            layout.operator("alphsistant.forget_drawn_mouth", icon="X").root = root.name
            return
        kept = root.alphsistant_face
        if kept.kept:
            _draw_rows(layout, kept)
            _draw_bones(layout, kept)
            layout.operator("alphsistant.forget_mapping", icon="FILE_REFRESH")
        else:
            layout.operator("alphsistant.keep_mapping", icon="GREASEPENCIL")
        row = layout.row(align=True)
        row.operator("alphsistant.import_mapping", icon="IMPORT")
        row.operator("alphsistant.export_mapping", icon="EXPORT")
        layout.operator("alphsistant.build_visemes", icon="SHAPEKEY_DATA")
        row = layout.row(align=True)
        row.label(text="Lips open at p, b, m?")
        row.operator("alphsistant.close_lips")
        layout.operator("alphsistant.set_up_drawn_mouth", icon="GREASEPENCIL")


def _draw_rows(layout: Any, kept: Any) -> None:
    layout.template_list(MappingList.bl_idname, "", kept, "rows", kept, "row_index", rows=6)
    buttons = layout.row(align=True)
    add = buttons.operator("alphsistant.add_mapping_row", text="Add", icon="ADD")
    buttons.operator("alphsistant.clear_channel", text="Clear", icon="X")
    if not 0 <= kept.row_index < len(kept.rows):
        return
    channel = kept.rows[kept.row_index].channel
    add.channel = channel
    show = buttons.operator("alphsistant.show_channel", text="Show", icon="HIDE_OFF")
    show.root, show.channel = kept.id_data.name, channel
    for place, row in mapping.rows_of(kept.id_data, channel):
        box = layout.box()
        head = box.row(align=True)
        head.label(text=row.mesh.name if row.mesh else "mesh gone")
        if row.mesh is not None and row.mesh.type == "MESH" and row.mesh.data.shape_keys is not None:
            head.prop_search(row, "key", row.mesh.data.shape_keys, "key_blocks", text="")
        head.operator("alphsistant.remove_mapping_row", text="", icon="X").row = place
        column = settings_column(box)
        for name in ("weight", "gain", "limit"):
            column.prop(row, name)


def _draw_bones(layout: Any, kept: Any) -> None:
    for bone in kept.bones:
        box = layout.box()
        row = box.row(align=True)
        row.prop(bone, "part", text="")
        if bone.armature is not None and bone.armature.type == "ARMATURE":
            row.prop_search(bone, "bone", bone.armature.data, "bones", text="")
        row.operator("alphsistant.remove_mapping_bone", text="", icon="X").bone = bone.bone
        column = settings_column(box)
        column.prop(bone, "degrees")
        for name in ("pitch",) if bone.part == "jaw" else ("pitch", "yaw", "roll"):
            column.prop(bone, name)
    layout.operator("alphsistant.add_mapping_bone", icon="BONE_DATA")


def _has_key(row: Any) -> bool:
    mesh = row.mesh
    if mesh is None or mesh.type != "MESH" or mesh.data.shape_keys is None:
        return False
    return row.key in mesh.data.shape_keys.key_blocks


CLASSES: Final = (MappingList, FacePanel)
