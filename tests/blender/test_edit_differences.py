"""What was changed by hand is added where it was changed, within the slider's range, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat, keyframes
from alphsistant_addon.blender.takes import hand_edits

FRAMES = np.array([0.0, 10.0, 20.0, 30.0, 40.0])
BAKED = (FRAMES, np.array([0.0, 0.2, 0.8, 0.2, 0.0]))
EDITED = np.array([0.0, 0.2, 0.5, 0.2, 0.0])
"""The key at frame 20 is lower by .3."""
NEW_FRAMES = np.arange(0.0, 41.0, 5.0)
NEW = np.array([0.0, 0.3, 0.4, 0.6, 0.9, 0.6, 0.4, 0.3, 0.0])
SAME_TIMES = hand_edits.Warp(np.array([0.0]), np.array([0.0]))


@pytest.fixture
def curves() -> Iterator[Any]:
    action = bpy.data.actions.new("Test")
    yield compat.new_curves(action, bpy.data.scenes[0], "Test")[0]
    bpy.data.actions.remove(action)


def result(curves: Any, edited: Any, limits: tuple[float, float]) -> dict[float, float]:
    """Frame → value of the new curve with the edit added."""
    by_hand = keyframes.add_curve(curves, "edited", 0, FRAMES, edited)
    target = keyframes.add_curve(curves, "new", 0, NEW_FRAMES, NEW)
    hand_edits._add_difference(target, BAKED, by_hand, SAME_TIMES, limits)
    return {float(point.co[0]): float(point.co[1]) for point in target.keyframe_points}


def test_only_between_the_untouched_keys_around_it_anything_changes(curves: Any) -> None:
    values = result(curves, EDITED, (-np.inf, np.inf))
    assert list(values) == NEW_FRAMES.tolist()
    for frame, before in zip(NEW_FRAMES, NEW, strict=True):
        if frame <= 10.0 or frame >= 30.0:
            assert values[frame] == pytest.approx(before, abs=1e-6), frame
    assert values[20.0] == pytest.approx(0.6, abs=1e-6), "the whole difference where the key was moved"
    assert 0.4 < values[15.0] < 0.6
    assert 0.4 < values[25.0] < 0.6


@pytest.mark.parametrize(("limits", "wanted"), [((0.0, 1.0), 1.0), ((0.0, 1.5), 1.4), ((-np.inf, np.inf), 1.4)])
def test_the_result_stays_within_the_sliders_range(curves: Any, limits: tuple[float, float], wanted: float) -> None:
    higher = np.array([0.0, 0.2, 1.3, 0.2, 0.0])
    assert result(curves, higher, limits)[20.0] == pytest.approx(wanted, abs=1e-5)


def test_nor_below_it(curves: Any) -> None:
    assert result(curves, np.array([0.0, 0.2, -0.4, 0.2, 0.0]), (0.0, 1.0))[20.0] == 0.0
