"""Takes in the sidebar: their list, what can be done with the selected one, and the doctor."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..common.panel_parts import InSidebar, settings_column, wrapped
from . import dial_settings, playback
from .record import all_takes, find, places_in_list, report_lines, take_id_of

_ICONS: Final = {
    playback.SHOWN: "RADIOBUT_ON",
    playback.PUSHED_DOWN: "NLA_PUSHDOWN",
    playback.MUTED: "RADIOBUT_OFF",
}


class TakeList(bpy.types.UIList):
    """The takes, in the order in which they were made: the file's Actions without those that are no takes."""

    bl_idname = "ALPHSISTANT_UL_takes"

    def draw_item(  # Blender counts the arguments
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: int, _active: Any, _name: str
    ) -> None:
        """Draw one take: a button that shows it, its name (double-click to change it) and a button to remove it."""
        take_id = take_id_of(item)
        row = layout.row(align=True)
        icon = _ICONS[playback.state(take_id)]
        row.operator("alphsistant.show_take", text="", icon=icon, emboss=False).take = take_id
        row.prop(item, "alphsistant_name", text="", emboss=False)
        row.operator("alphsistant.remove_take", text="", icon="TRASH", emboss=False).take = take_id

    def filter_items(self, _context: Any, data: Any, name: str) -> tuple[list[int], list[int]]:
        """Which Actions are listed (one for each take), and at which place."""
        actions = getattr(data, name)
        every = [take for take in all_takes() if not take.listens]
        numbers = {take.id: number for number, take in enumerate(every)}
        wanted = {take.id for take in every if self.filter_name.lower() in take.name.lower()}
        flags, order = [0] * len(actions), [-1] * len(actions)
        for place, take_id in places_in_list(actions).items():
            flags[place] = self.bitflag_filter_item if take_id in wanted else 0
            order[place] = numbers.get(take_id, -1)
        after = len(every)
        for place, number in enumerate(order):
            if number < 0:
                order[place], after = after, after + 1
        return flags, order


class TakesPanel(InSidebar, bpy.types.Panel):
    """What has been said so far."""

    bl_idname = "ALPHSISTANT_PT_takes"
    bl_label = "Takes"
    bl_parent_id = "ALPHSISTANT_PT_main"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Hidden before the first take."""
        return bool(all_takes())

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout = self.layout
        settings = context.scene.alphsistant
        layout.template_list(TakeList.bl_idname, "", bpy.data, "actions", settings, "take_index", rows=3)
        take = find(settings.take)
        if take is None:
            wrapped(context, layout, "Select a take to hear it again, to push it down or to check it.")
            return
        wrapped(context, layout.box(), take.text, icon="OUTLINER_DATA_FONT")
        row = layout.row(align=True)
        row.operator("alphsistant.speak_take_again", icon="FILE_REFRESH").take = take.id
        if playback.state(take.id) == playback.PUSHED_DOWN:
            row.operator("alphsistant.show_take", text="Bring Back", icon="NLA").take = take.id
        else:
            row.operator("alphsistant.push_down_take", icon="NLA_PUSHDOWN").take = take.id
        layout.operator("alphsistant.move_take", icon="ANIM").take = take.id
        layout.operator("alphsistant.report_take", icon="VIEWZOOM").take = take.id
        lines = report_lines(take.id)
        if lines:
            box = layout.box()
            for line in lines:
                wrapped(context, box, line)
            box.operator("alphsistant.remove_report_markers", icon="X").take = take.id


class DialsPanel(InSidebar, bpy.types.Panel):
    """Dials and layers of the selected take."""

    bl_idname = "ALPHSISTANT_PT_dials"
    bl_label = "Dials and Layers"
    bl_parent_id = "ALPHSISTANT_PT_takes"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Hidden without a selected take."""
        return find(context.scene.alphsistant.take) is not None

    def draw(self, context: Any) -> None:
        """Draw it."""
        take_id = context.scene.alphsistant.take
        dials = dial_settings.of_take(take_id)
        column = settings_column(self.layout)
        for name in (*dial_settings.STRENGTHS, *dial_settings.TIMES, "frames", "stepped"):
            column.prop(dials, name)
        cleared = dial_settings.cleared(dials)
        for name, _, _ in dial_settings.LAYERS:
            row = self.layout.row(align=True)
            row.prop(dials, name, icon="HIDE_OFF" if getattr(dials, name) else "HIDE_ON", toggle=True)
            again = row.operator("alphsistant.remake_layer", text="", icon="FILE_REFRESH")
            again.take, again.layer = take_id, name
            clear = row.row(align=True)
            clear.enabled = name not in cleared
            gone = clear.operator("alphsistant.clear_layer", text="", icon="X")
            gone.take, gone.layer = take_id, name
        self.layout.operator("alphsistant.reset_dials", icon="LOOP_BACK").take = take_id


class DoctorPanel(InSidebar, bpy.types.Panel):
    """Keys, but nothing moves."""

    bl_idname = "ALPHSISTANT_PT_doctor"
    bl_label = "Nothing Moves?"
    bl_parent_id = "ALPHSISTANT_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        from . import doctor  # noqa: PLC0415  # only where this section is opened

        self.layout.operator("alphsistant.find_out_why", icon="VIEWZOOM")
        for number, finding in enumerate(doctor.findings()):
            box = self.layout.box()
            wrapped(context, box, finding.sentence, icon="ERROR" if finding.is_fault else "CHECKMARK")
            if finding.fix_label:
                box.operator("alphsistant.fix", text=finding.fix_label, icon="MODIFIER").finding = number


CLASSES: Final = (TakeList, TakesPanel, DialsPanel, DoctorPanel)
