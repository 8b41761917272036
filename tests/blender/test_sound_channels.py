"""Sound strips: the lowest channel that is free for their length."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.takes import sound

pytestmark = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without sound")


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """A second of silence."""
    path = tmp_path / "second.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    return path


def test_strips_that_do_not_meet_share_a_channel_and_others_lie_above(blender: Any, second: Path) -> None:
    scene = blender.context.scene
    channels = [sound.add_strip(scene, second, str(frame), frame).channel for frame in (1, 40, 20, 30, 100)]
    assert channels == [1, 1, 2, 3, 1]
    first = compat.existing_strips(scene)[0]
    assert not first.select
