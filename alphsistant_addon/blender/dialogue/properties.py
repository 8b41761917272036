"""The dialogue of a scene: its lines, who says them, and how they are shown; kept with the scene."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import (
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ...text_to_speech.controls import LONGEST_PAUSE, PITCHES, RATES
from ..speak.expression_settings import STYLE_ITEMS

STYLES: Final = tuple(item for item in STYLE_ITEMS if str(item[0]) != "custom")

AS_GAP: Final = -1.0
"""A line's pause that is as long as the gap between all lines."""


class DialogueLine(bpy.types.PropertyGroup):
    """One line: its ``name`` is who says it."""

    text: StringProperty(name="Text", description="What is said; a tag such as [happy] sets the mood from there on")
    pause: FloatProperty(
        name="Pause",
        description="Seconds of silence before this line; below 0 it is the gap between all lines",
        default=AS_GAP,
        min=AS_GAP,
        max=LONGEST_PAUSE,
        soft_max=3.0,
        step=10,
        precision=2,
    )
    style: EnumProperty(
        name="Style", description="How clearly it is spoken; Neutral is as under Expression", items=STYLES
    )
    seed: IntProperty(name="Seed", description="The same seed gives the same reading", min=0)
    rate: FloatProperty(name="Rate", description="How fast", default=1.0, min=RATES[0], max=RATES[1])
    pitch: FloatProperty(name="Pitch (st)", description="Semitones higher or lower", min=PITCHES[0], max=PITCHES[1])
    take: StringProperty(options={"HIDDEN"})
    """Id of the take that says it; empty before it was made."""
    spoken: StringProperty(options={"HIDDEN"})
    """What the take was made of (:func:`.lines.digest`)."""


class DialoguePart(bpy.types.PropertyGroup):
    """Who a name is: its ``name`` is that of the lines."""

    # Without a poll function: the bpy wheel of 4.2 crashes at exit where a pointer has one.
    face: PointerProperty(
        type=bpy.types.Object,
        name="Face",
        description="Mesh with shape keys (or armature of a character) that says the lines of this name. "
        "Empty: one is added to the scene",
    )
    voice: StringProperty(
        name="Voice", description="Name or folder of the voice. Empty: the one of the preferences", subtype="FILE_PATH"
    )
    rate: FloatProperty(name="Rate", description="How fast this one speaks", default=1.0, min=RATES[0], max=RATES[1])
    pitch: FloatProperty(
        name="Pitch (st)",
        description="Semitones by which the voice is higher or lower, so that two with one voice can be told apart",
        min=PITCHES[0],
        max=PITCHES[1],
        step=50,
        precision=1,
    )


class DialogueSettings(bpy.types.PropertyGroup):
    """What the panel's “Dialogue” section holds."""

    script: PointerProperty(
        type=bpy.types.Text,
        name="Script",
        description="A text of the Text Editor: “ADA: Hello.”, one line each, or a screenplay",
    )
    lines: CollectionProperty(type=DialogueLine)
    line_index: IntProperty(name="Selected Line", description="The line that is selected in the list")
    parts: CollectionProperty(type=DialoguePart)
    part_index: IntProperty(name="Selected Name", description="The name that is selected in the list")
    start: IntProperty(name="Start", description="Frame at which the first line starts", default=1, min=0)
    gap: FloatProperty(
        name="Gap",
        description="Silence between two lines",
        default=0.35,
        min=0.0,
        soft_max=3.0,
        step=10,
        precision=2,
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
    )
    cameras: EnumProperty(
        name="Cameras",
        description="What the film of the dialogue shows",
        items=(
            ("NONE", "As They Are", "No camera is added or moved"),
            ("ALL", "One for All", "One camera that shows everybody"),
            ("CUTS", "Cuts", "A camera for all and one for each; markers cut to whoever speaks"),
        ),
        default="ALL",
    )


def line_of(settings: Any) -> Any:
    """Return the line that is selected in the list; ``None`` without any."""
    return settings.lines[settings.line_index] if 0 <= settings.line_index < len(settings.lines) else None


CLASSES: Final = (DialogueLine, DialoguePart, DialogueSettings)
