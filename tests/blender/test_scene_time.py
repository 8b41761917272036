"""How a scene counts its frames."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("bpy")

from alphsistant_addon.blender.common.scene_time import frames_per_second, time_stretch


@pytest.mark.parametrize(
    ("fps", "base", "wanted"), [(25, 1.0, 25.0), (30, 1.001, 29.97003), (24, 1.001, 23.97602), (120, 2.0, 60.0)]
)
def test_frames_per_second_are_those_that_are_played(fps: int, base: float, wanted: float) -> None:
    scene = SimpleNamespace(render=SimpleNamespace(fps=fps, fps_base=base))
    assert frames_per_second(scene) == pytest.approx(wanted, abs=1e-5)


def test_stretched_time_has_more_frames_of_animation_in_one_of_the_scene() -> None:
    render = SimpleNamespace(frame_map_old=200, frame_map_new=100)
    assert time_stretch(SimpleNamespace(render=render)) == 2.0
