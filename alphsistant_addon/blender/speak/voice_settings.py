"""How the voice speaks the next take: rate, pitch, loudness, pauses, kept with each scene."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import BoolProperty, FloatProperty

from ...text_to_speech.controls import FEELINGS, LOUDNESSES, PAUSES, PITCHES, RATES, Controls


class VoiceSettings(bpy.types.PropertyGroup):
    """What the panel's “Voice” section holds."""

    rate: FloatProperty(
        name="Rate",
        description="How fast it speaks; 1 is as the voice learnt it. The lips follow",
        default=1.0,
        min=RATES[0],
        max=RATES[1],
        step=5,
    )
    pitch: FloatProperty(
        name="Pitch (st)",
        description="Semitones higher or lower than the voice's own",
        default=0.0,
        min=PITCHES[0],
        max=PITCHES[1],
        step=50,
        precision=1,
    )
    loudness: FloatProperty(
        name="Loudness (dB)",
        description="Decibels louder or softer than usual (−23 dB below full scale)",
        default=0.0,
        min=LOUDNESSES[0],
        max=LOUDNESSES[1],
        step=100,
        precision=1,
    )
    pauses: FloatProperty(
        name="Pauses",
        description="Length of the pauses inside a sentence; 1 is the voice's own, 0 leaves none",
        default=1.0,
        min=PAUSES[0],
        max=PAUSES[1],
        step=10,
    )
    feeling: FloatProperty(
        name="Mood in the Voice",
        description="How much of the face's mood is heard in rate, pitch and loudness; 0 is nothing",
        default=0.0,
        min=FEELINGS[0],
        max=FEELINGS[1],
        step=10,
        subtype="FACTOR",
    )
    speak_emoji: BoolProperty(
        name="Speak Emoji",
        description="Say what an emoji shows; otherwise emoji are left out",
        default=False,
    )


def read(scene: Any) -> Controls:
    """What is set in this scene."""
    settings = scene.alphsistant.voice
    dials = ("rate", "pitch", "loudness", "pauses", "feeling")
    # Blender keeps single-precision numbers: 0.1 would come back as 0.10000000149.
    numbers = {name: round(getattr(settings, name), 4) for name in dials}
    return Controls(**numbers, emoji="speak" if settings.speak_emoji else "drop")


CLASSES: Final = (VoiceSettings,)
