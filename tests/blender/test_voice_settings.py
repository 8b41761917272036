"""The panel's voice section: what is set there is what the voice is asked for."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

from alphsistant_addon.blender.speak import voice_settings
from alphsistant_addon.text_to_speech.controls import NATURAL, Controls

pytestmark = pytest.mark.usefixtures("blender")


def test_untouched_it_is_the_voices_own_way():
    assert voice_settings.read(bpy.context.scene) == NATURAL


def test_what_is_set_is_what_is_asked_for():
    settings: Any = bpy.context.scene.alphsistant.voice
    settings.rate, settings.pitch, settings.loudness, settings.pauses = 1.3, -2.5, -6, 0.7
    settings.speak_emoji, settings.feeling = True, 0.4
    wanted = Controls(rate=1.3, pitch=-2.5, loudness=-6, pauses=0.7, emoji="speak", feeling=0.4)
    assert voice_settings.read(bpy.context.scene) == wanted


def test_nothing_out_of_range_can_be_set():
    settings: Any = bpy.context.scene.alphsistant.voice
    settings.rate, settings.pitch, settings.loudness, settings.pauses = 99, 99, 99, 99
    assert voice_settings.read(bpy.context.scene) == Controls(rate=2, pitch=6, loudness=6, pauses=4)
    settings.rate, settings.pitch, settings.loudness, settings.pauses = -99, -99, -99, -99
    assert voice_settings.read(bpy.context.scene) == Controls(rate=0.5, pitch=-6, loudness=-20, pauses=0)
