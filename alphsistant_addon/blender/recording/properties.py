"""Settings of recordings, kept with each scene."""

from __future__ import annotations

from typing import Final

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..common import compat

WORDS_ITEMS: Final = (
    ("TRANSCRIPT", "Transcript", "What is said is written below, in any language", 0),
    ("RECOGNISE", "Recognise", "English words are recognised", 1),
    ("SOUND", "Sound Alone", "No words are looked for: the lips follow what is heard, in any language", 2),
)


class RecordingSettings(bpy.types.PropertyGroup):
    """What the panel's fields hold, kept with each scene."""

    path: StringProperty(
        name="Recording",
        description="Sound file to lip-sync: WAV, FLAC, MP3, OGG or anything else that Blender plays",
        subtype="FILE_PATH",
        options=compat.blend_relative(),
    )
    use_strip: BoolProperty(
        name="Selected Strip",
        description="Lip-sync the selected sound strip of this scene's sequencer, as it is cut, in its place",
    )
    words: EnumProperty(name="Words", description="Where the words come from", items=WORDS_ITEMS, default="TRANSCRIPT")
    transcript: StringProperty(
        name="Transcript",
        description="What is said. Empty: the words are recognised, which is less right",
    )
    language: StringProperty(
        name="Language",
        description="Language of the transcript, as espeak-ng's code: de, fr-fr, es, ja, cmn … Empty: as its script "
        "suggests; Latin letters are US English",
    )
    whisper: StringProperty(
        name="Whisper",
        description="Folder of a Whisper model that recognises the words where there is no transcript. "
        "Empty: PocketSphinx does, for US English",
        subtype="DIR_PATH",
        options=compat.blend_relative(),
    )


CLASSES: Final = (RecordingSettings,)
