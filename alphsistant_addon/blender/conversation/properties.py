"""The conversation of a face: properties on its topmost object, so that they travel with the .blend."""

from __future__ import annotations

from typing import Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, PointerProperty, StringProperty

from ..common import voice_names

_OVERRIDABLE: Final = {"LIBRARY_OVERRIDABLE"}


class ConversationTurn(bpy.types.PropertyGroup):
    """A prompt and its answer."""

    prompt: StringProperty(
        name="Prompt", description="What was said to the face; empty where it spoke first", override=_OVERRIDABLE
    )
    answer: StringProperty(name="Answer", description="What it answered", override=_OVERRIDABLE)
    take: StringProperty(options={"HIDDEN"}, override=_OVERRIDABLE)
    """Id of the take that says the answer."""


class Conversation(bpy.types.PropertyGroup):
    """What a face knows of the talk."""

    remember: BoolProperty(
        name="Remember",
        description="Let the language model know what was said before; off, each prompt is the first one, "
        "and no answer is noted down",
        default=True,
        override=_OVERRIDABLE,
    )
    turns: CollectionProperty(type=ConversationTurn, override={"LIBRARY_OVERRIDABLE", "USE_INSERTION"})
    turn_index: IntProperty(name="Selected Turn", description="The turn that is selected in the list")
    # Without a poll function: the bpy wheel of 4.2 crashes at exit where a pointer has one.
    persona: PointerProperty(
        type=bpy.types.Text,
        name="Persona",
        description="A text of the Text Editor that says who answers: name, nature, manner, first message, examples. "
        "Empty: Alphsistant",
        override=_OVERRIDABLE,
    )
    voice: StringProperty(
        name="Voice",
        description="The voice of this face: a name, or the folder of one. Empty: the one of the preferences",
        search=voice_names.suggested,
        search_options={"SUGGESTION"},
        override=_OVERRIDABLE,
    )


CLASSES: Final = (ConversationTurn, Conversation)
