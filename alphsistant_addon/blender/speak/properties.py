"""Settings of the panel, kept with each scene."""

from typing import Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ..common import compat
from ..takes import record
from . import expression_settings, voice_settings


class Settings(bpy.types.PropertyGroup):
    """What the panel's fields hold."""

    prompt: StringProperty(
        name="Prompt",
        description="What to say to the face, or, for “Speak This Text”, what the face shall say",
        default="Hello, who are you?",
    )
    # Without a poll function, as below.
    script: PointerProperty(
        type=bpy.types.Text,
        name="Text",
        description="A text of Blender's Text Editor that takes the place of the line above, for long ones",
    )
    seed: IntProperty(
        name="Seed",
        description="The same seed and the same prompt give the same reply; another seed gives another one",
        default=0,
        min=0,
    )
    look_up: BoolProperty(
        name="Known Answers",
        description="A question that is known nearly word for word gets the answer that people wrote to it; facts and "
        "sums get theirs, and the panel says so. Off, the language model writes every answer. Only with the shipped "
        "language model",
        default=True,
    )
    # Without a poll function: the bpy wheel of 4.2 crashes at exit where a pointer has one.
    notes: PointerProperty(
        type=bpy.types.Text,
        name="Notes",
        description="A text of the Text Editor with what is said where its key words are asked about, one note a line: "
        "“castle, old tower: The castle was built in 1204.”",
    )
    face: PointerProperty(
        type=bpy.types.Object,
        name="Face",
        description="Mesh with shape keys (or armature of a character) that speaks. "
        "Empty: the active object, else any face in the scene, else the shipped face",
    )
    delivery: PointerProperty(
        type=expression_settings.DeliverySettings,
        name="Expression",
        description="Style, mood and liveliness of the next take",
    )
    voice: PointerProperty(
        type=voice_settings.VoiceSettings, name="Voice", description="Rate, pitch, loudness and pauses of the voice"
    )
    placement: EnumProperty(
        name="Place",
        description="Where in time the take starts",
        items=(
            ("START", "At the Start", "Start at the scene's first frame"),
            ("PLAYHEAD", "At the Playhead", "Start at the current frame"),
            ("AFTER", "After the Last Take", "Start after the last take that plays in this scene, and the gap"),
            ("REPLACE", "Replace the Selected Take", "Take the place of the take that is selected in the list"),
        ),
        default="START",
    )
    gap: FloatProperty(
        name="Gap",
        description="Pause between the last take and the next one",
        default=0.5,
        min=0.0,
        soft_max=5.0,
        step=10,
        precision=1,
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
    )
    whole_frames: BoolProperty(
        name="Keys on Whole Frames",
        description="New takes have no key between two frames. Off: lips close and part between frames where the sound "
        "does. What is seen on each frame is the same",
    )
    take: StringProperty(name="Take", description="Id of the take that is selected in the list")
    take_index: IntProperty(
        name="Selected Take",
        description="The take that is selected in the list; the button before its name shows it",
        get=lambda settings: record.index_of(settings.take),
        set=lambda settings, index: setattr(settings, "take", record.id_at(index)),
    )
    film_kind: EnumProperty(
        name="Look",
        description="What the film looks like",
        items=(
            ("SCENE", "As the Scene Is Set", "Engine, size and quality as the scene's own properties say"),
            ("PREVIEW", "Preview", "Fast: Workbench, at most 540 pixels high, in the scene's shape"),
            ("SQUARE", "Square", "Engine and quality as the scene is set, as wide as high"),
        ),
        default="SCENE",
    )
    film_size: IntProperty(
        name="Size",
        description="Width and height of the square film in pixels",
        default=720,
        min=64,
        max=4096,
        step=16,
        subtype="PIXEL",
    )
    film_path: StringProperty(
        name="File",
        description="Where the film goes; // is the folder of the .blend file",
        default="//film.mp4",
        subtype="FILE_PATH",
        options=compat.blend_relative(),
    )

    @property
    def words(self) -> str:
        """What to answer or to say: the text of the Text Editor if one is chosen, else the line of the panel."""
        return str(self.script.as_string()) if self.script is not None else str(self.prompt)


CLASSES: Final = (Settings,)
