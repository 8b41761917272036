"""Buttons of the face: keep, change, save and load its mapping, and build its visemes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ... import face_rig
from ...core.errors import AssetError
from ...face_rig.bone_names import Bone
from ...lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from ..jobs.buttons import NoJobRunning, done_or_reported
from . import description, find, mapping

CHANNEL_ITEMS = tuple(
    (channel, channel, "", number) for number, channel in enumerate((*VISEME_CHANNELS, *ARKIT_CHANNELS))
)


class _ChangesMapping(NoJobRunning):
    """One undo step; the user reads a sentence where it cannot be done."""

    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Change it."""
        return done_or_reported(self, lambda: self.change(context))

    def change(self, context: Any) -> None:
        """Do what the button says."""
        raise NotImplementedError


class KeepMapping(_ChangesMapping, bpy.types.Operator):
    """Keep the mapping with the character, so that every row of it can be changed"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.keep_mapping"
    bl_label = "Edit the Mapping"

    def change(self, context: Any) -> None:
        """Write what was found by names."""
        found = _face_of(context)
        mapping.write(_own_root(found), found.rig)


class ForgetMapping(_ChangesMapping, bpy.types.Operator):
    """Forget the kept mapping and find the keys by their names again"""  # noqa: D415

    bl_idname = "alphsistant.forget_mapping"
    bl_label = "Find by Names Again"

    def change(self, context: Any) -> None:
        """Clear it."""
        mapping.clear(_own_root_of(context))


class AddMappingRow(_ChangesMapping, bpy.types.Operator):
    """Let a channel drive one more shape key"""  # noqa: D415

    bl_idname = "alphsistant.add_mapping_row"
    bl_label = "Add Row"

    channel: EnumProperty(name="Channel", items=CHANNEL_ITEMS)
    mesh: StringProperty(name="Mesh")
    key: StringProperty(name="Shape Key")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask which."""
        if not self.mesh and context.active_object is not None:
            self.mesh = context.active_object.name
        return set(context.window_manager.invoke_props_dialog(self))

    def draw(self, context: Any) -> None:
        """Draw the question."""
        column = self.layout.column()
        column.prop(self, "channel")
        column.prop_search(self, "mesh", context.scene, "objects")
        mesh = context.scene.objects.get(self.mesh)
        if mesh is not None and mesh.type == "MESH" and mesh.data.shape_keys is not None:
            column.prop_search(self, "key", mesh.data.shape_keys, "key_blocks")

    def change(self, context: Any) -> None:
        """Add it."""
        found = _face_of(context)
        if self.mesh not in found.meshes:
            raise AssetError(f"“{self.mesh}” is no mesh with shape keys of this character.")
        if self.key not in bpy.data.objects[self.mesh].data.shape_keys.key_blocks:
            raise AssetError(f"“{self.mesh}” has no shape key “{self.key}”.")
        root = _own_root(found)
        if not root.alphsistant_face.kept:
            mapping.write(root, found.rig)
        mapping.add_row(root, face_rig.Row(self.channel, self.mesh, self.key))
        root.alphsistant_face.row_index = len(root.alphsistant_face.rows) - 1


class RemoveMappingRow(_ChangesMapping, bpy.types.Operator):
    """Let the channel no longer drive this shape key"""  # noqa: D415

    bl_idname = "alphsistant.remove_mapping_row"
    bl_label = "Remove Row"

    row: IntProperty(default=-1, options={"HIDDEN", "SKIP_SAVE"})

    def change(self, context: Any) -> None:
        """Remove the row of that number, by default the selected one."""
        kept = _own_root_of(context).alphsistant_face
        place = self.row if self.row >= 0 else kept.row_index
        if 0 <= place < len(kept.rows):
            kept.rows.remove(place)
            kept.row_index = max(0, min(kept.row_index, len(kept.rows) - 1))


class ClearChannel(_ChangesMapping, bpy.types.Operator):
    """Let the selected row's channel drive nothing, on any mesh"""  # noqa: D415

    bl_idname = "alphsistant.clear_channel"
    bl_label = "Clear Channel"

    def change(self, context: Any) -> None:
        """Remove all rows of the channel."""
        kept = _own_root_of(context).alphsistant_face
        if 0 <= kept.row_index < len(kept.rows):
            channel = kept.rows[kept.row_index].channel
            for index in reversed(range(len(kept.rows))):
                if kept.rows[index].channel == channel:
                    kept.rows.remove(index)
            kept.row_index = 0


class AddMappingBone(_ChangesMapping, bpy.types.Operator):
    """Let the speech turn one more bone"""  # noqa: D415

    bl_idname = "alphsistant.add_mapping_bone"
    bl_label = "Add Bone"

    part: EnumProperty(name="Part", items=mapping.PART_ITEMS)
    armature: StringProperty(name="Armature")
    bone: StringProperty(name="Bone")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask which."""
        armatures = [thing.name for thing in context.scene.objects if thing.type == "ARMATURE"]
        if not self.armature and len(armatures) == 1:
            self.armature = armatures[0]
        return set(context.window_manager.invoke_props_dialog(self))

    def draw(self, context: Any) -> None:
        """Draw the question."""
        column = self.layout.column()
        column.prop(self, "part")
        column.prop_search(self, "armature", context.scene, "objects")
        armature = context.scene.objects.get(self.armature)
        if armature is not None and armature.type == "ARMATURE":
            column.prop_search(self, "bone", armature.data, "bones")

    def change(self, context: Any) -> None:
        """Add it, with the axes that fit its rest position."""
        from . import bone_axes  # noqa: PLC0415

        found = _face_of(context)
        if self.armature not in found.armatures:
            raise AssetError(f"“{self.armature}” is no armature of this character.")
        armature = bpy.data.objects[self.armature]
        if self.bone not in armature.data.bones:
            raise AssetError(f"“{self.armature}” has no bone “{self.bone}”.")
        root = _own_root(found)
        if not root.alphsistant_face.kept:
            mapping.write(root, found.rig)
        mapping.add_bone(root, Bone(self.part, self.armature, self.bone, *bone_axes.axes_of(armature, self.bone)))


class RemoveMappingBone(_ChangesMapping, bpy.types.Operator):
    """Let the speech no longer turn this bone"""  # noqa: D415

    bl_idname = "alphsistant.remove_mapping_bone"
    bl_label = "Remove Bone"

    bone: StringProperty(options={"HIDDEN"})

    def change(self, context: Any) -> None:
        """Remove it."""
        kept = _own_root_of(context).alphsistant_face
        for index in reversed(range(len(kept.bones))):
            if kept.bones[index].bone == self.bone:
                kept.bones.remove(index)


class ExportMapping(bpy.types.Operator):
    """Save the mapping as a preset, for other characters with the same names"""  # noqa: D415

    bl_idname = "alphsistant.export_mapping"
    bl_label = "Save Preset"

    filepath: StringProperty(subtype="FILE_PATH", default="face.json")
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask where."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Save it."""
        from ...face_rig import presets  # noqa: PLC0415  # numpy

        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), ".json"))
        return done_or_reported(self, lambda: presets.save(_face_of(context).rig, path))


class ImportMapping(_ChangesMapping, bpy.types.Operator):
    """Load a preset and keep it with the character; what the character has not is left out"""  # noqa: D415

    bl_idname = "alphsistant.import_mapping"
    bl_label = "Load Preset"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask which."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def change(self, context: Any) -> None:
        """Read it, fit it to the character, keep it."""
        from ...face_rig import presets  # noqa: PLC0415  # numpy

        found = _character_of(context)
        keys = {mesh: bpy.data.objects[mesh].data.shape_keys.key_blocks.keys() for mesh in found.meshes}
        bones = {armature: bpy.data.objects[armature].data.bones.keys() for armature in found.armatures}
        rig, notes = presets.fit(presets.load(Path(bpy.path.abspath(self.filepath))), keys, bones)
        if not rig.rows and not rig.bones:
            raise AssetError("Nothing of this preset fits this character; its mapping was left as it is.")
        mapping.write(_own_root(found), rig)
        for note in notes:
            self.report({"WARNING"}, note)


class BuildVisemes(_ChangesMapping, bpy.types.Operator):
    """Make a shape key of every viseme that is mixed from other keys, on each mesh of the character"""  # noqa: D415

    bl_idname = "alphsistant.build_visemes"
    bl_label = "Build Visemes as Shape Keys"

    def change(self, context: Any) -> None:
        """Build them; a kept mapping goes over to them."""
        from . import build_visemes  # noqa: PLC0415  # numpy

        found = _face_of(context)
        rig, made = build_visemes.build(found)
        root: Any = bpy.data.objects[found.root]
        if root.alphsistant_face.kept:
            mapping.write(root, rig)
        words = ", ".join(f"{count} on “{mesh}”" for mesh, count in made.items())
        self.report({"INFO"}, f"Made shape keys: {words}.")


class CloseLips(_ChangesMapping, bpy.types.Operator):
    """Measure the lips at p, b and m, and add the keys that close them where they stay open"""  # noqa: D415

    bl_idname = "alphsistant.close_lips"
    bl_label = "Close Them"

    def change(self, context: Any) -> None:
        """Measure; keep the mapping with the closing keys where any are needed."""
        from . import close_lips  # noqa: PLC0415  # numpy

        found = _face_of(context)
        closing = close_lips.close(found)
        if closing.added:
            mapping.write(_own_root(found), closing.rig)
        self.report({"INFO"}, closing.sentence)


def _face_of(context: Any) -> find.Face:
    settings = context.scene.alphsistant
    found = find.find(context.scene, settings.face, context.active_object)
    if found is None:
        raise AssetError("There is no face in this scene yet: pick one, or speak once to get the shipped one.")
    return found


def _character_of(context: Any) -> find.Face:
    """Return the character that is meant, even if none of its keys has a known name: a preset may know them."""
    settings = context.scene.alphsistant
    for thing in (settings.face, context.active_object):
        if thing is not None and thing.name in context.scene.objects:
            character = find.character(context.scene, thing)
            if character is not None:
                return character
    return _face_of(context)


def _own_root(found: find.Face) -> Any:
    """Return the object that keeps the mapping; ``AssetError`` where Blender forbids to change it."""
    root = bpy.data.objects[found.root]
    if root.library is not None:
        raise AssetError(
            f"“{root.name}” is linked from another file, so its mapping cannot be changed here: make a library "
            "override of the character first (Object > Library Override > Make), or change the mapping in its file."
        )
    return root


def _own_root_of(context: Any) -> Any:
    settings = context.scene.alphsistant
    root = description.root_of(context.scene, settings.face, context.active_object)
    if root is None or not root.alphsistant_face.kept:
        raise AssetError("No mapping is kept with this character.")
    return _own_root(find.Face((), face_rig.RigMap(), root.name))


CLASSES: Final = (
    KeepMapping,
    ForgetMapping,
    AddMappingRow,
    RemoveMappingRow,
    ClearChannel,
    AddMappingBone,
    RemoveMappingBone,
    ExportMapping,
    ImportMapping,
    BuildVisemes,
    CloseLips,
)
