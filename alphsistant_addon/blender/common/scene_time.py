"""How a scene counts its frames. Without numpy, since the first click asks."""

from __future__ import annotations

from typing import Any


def frames_per_second(scene: Any) -> float:
    """Frames per second as they play: 30 with a base of 1.001 is 29.97."""
    return float(scene.render.fps / scene.render.fps_base)


def time_stretch(scene: Any) -> float:
    """Frames of animation that pass in one frame of the scene; other than 1 where the user stretches time.

    Sound, markers and the frame range are not stretched.
    """
    return float(scene.render.frame_map_old / scene.render.frame_map_new)
