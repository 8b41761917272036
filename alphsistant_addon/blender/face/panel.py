"""Two sections of the sidebar: “Expression” (how the next take is delivered) and “Face” (which keys move)."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, settings_column, wrapped
from . import description


class MappingList(bpy.types.UIList):
    """Rows of the kept mapping: channel and shape key; their numbers stand below the list, where there is room."""

    bl_idname = "ALPHSISTANT_UL_mapping"

    def draw_item(  # Blender counts the arguments
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: int, _active: Any, _name: str
    ) -> None:
        """Draw one row."""
        row = layout.row(align=True)
        row.label(text=item.channel.removeprefix("viseme_"))
        row.label(text=item.key, icon="SHAPEKEY_DATA" if _has_key(item) else "ERROR")

    def filter_items(self, _context: Any, data: Any, name: str) -> tuple[list[int], list[int]]:
        """Search in the names of channels, keys and meshes."""
        wanted = self.filter_name.lower()
        flags = [
            self.bitflag_filter_item
            if wanted in f"{row.channel} {row.key} {row.mesh.name if row.mesh else ''}".lower()
            else 0
            for row in getattr(data, name)
        ]
        return flags, []


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


def _draw_rows(layout: Any, kept: Any) -> None:
    layout.template_list(MappingList.bl_idname, "", kept, "rows", kept, "row_index", rows=6)
    buttons = layout.row(align=True)
    buttons.operator("alphsistant.add_mapping_row", text="Add", icon="ADD")
    buttons.operator("alphsistant.remove_mapping_row", text="Remove", icon="REMOVE")
    buttons.operator("alphsistant.clear_channel", text="Clear", icon="X")
    if not 0 <= kept.row_index < len(kept.rows):
        return
    chosen = kept.rows[kept.row_index]
    column = settings_column(layout)
    column.label(text=f"{chosen.channel} on “{chosen.mesh.name}”" if chosen.mesh else chosen.channel)
    if chosen.mesh is not None and chosen.mesh.type == "MESH" and chosen.mesh.data.shape_keys is not None:
        column.prop_search(chosen, "key", chosen.mesh.data.shape_keys, "key_blocks")
    for name in ("weight", "gain", "limit"):
        column.prop(chosen, name)


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
