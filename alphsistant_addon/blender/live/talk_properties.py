"""Settings of the talk. What belongs to the running talk is read from it, so that nothing of it is in the file."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import BoolProperty, PointerProperty, StringProperty

from .live_status import current as live_status


def _typed(_settings: Any, line: str) -> None:
    if live_status.is_talking and line.strip():
        live_status.talk.typed.append(line.strip())


def _of_talk(name: str, change: str) -> dict[str, Any]:
    """Return the getter and the setter of a switch of the running talk."""

    def get(_settings: Any) -> bool:
        return live_status.is_talking and bool(getattr(live_status.talk, name))

    def put(_settings: Any, on: bool) -> None:
        if live_status.is_talking:
            getattr(live_status.talk, change)(on)

    return {"get": get, "set": put}


class LiveSettings(bpy.types.PropertyGroup):
    """What the panel “Talk” holds."""

    # Getters and setters keep these out of the file.
    line: StringProperty(
        name="Say", description="What you say to the face; Enter sends it", get=lambda _settings: "", set=_typed
    )
    hands_free: BoolProperty(
        name="Hands-Free",
        description="Leave the microphone open and answer whatever you say",
        **_of_talk("is_hands_free", "set_hands_free"),
    )
    ready: BoolProperty(
        name="Keep Microphone Open",
        description="So that no first syllable is lost when you press the key to speak",
        **_of_talk("is_ready", "set_ready"),
    )
    check_words: BoolProperty(
        name="Check What Was Heard",
        description="Show what was understood of your words before it is answered, so that you can mend it; counts "
        "for the next talk",
    )
    show_all: BoolProperty(name="All Turns", description="Show the whole talk, not only its last turns")
    # Without a poll function: the bpy wheel of 4.2 crashes at exit where a pointer has one.
    user_face: PointerProperty(
        type=bpy.types.Object,
        name="Your Face",
        description="A second face that speaks your own words in the takes of “Keep All”. Empty: they are left out",
    )


CLASSES: Final = (LiveSettings,)
