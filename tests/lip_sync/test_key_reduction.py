"""Few keys: within the tolerance everywhere it counts, and as few as the shapes need."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.key_reduction import few_keys

FRAMES = np.arange(200) / 25.0


def smooth(*points: tuple[float, float]) -> np.ndarray:
    """A curve through points (frame, value), with flat ends between them."""
    frames, values = np.array(points).T
    at = np.arange(200.0)
    right = np.clip(np.searchsorted(frames, at, side="right"), 1, len(frames) - 1)
    u = np.clip((at - frames[right - 1]) / (frames[right] - frames[right - 1]), 0, 1)
    u = u * u * (3 - 2 * u)
    return values[right - 1] * (1 - u) + values[right] * u


def reduced(values: np.ndarray, tolerance: float = 0.05) -> tuple[list[int], list[float]]:
    (curve,) = few_keys(FRAMES, [values], np.full(200, tolerance))
    return (curve.times * 25).round().astype(int).tolist(), curve.weights.tolist()


def test_a_closure_has_four_keys():
    frames, values = reduced(smooth((50, 0), (53, 1), (56, 1), (59, 0)))
    assert frames == [50, 53, 56, 59]
    assert values == [0, 1, 1, 0]


def test_a_vowel_has_three_keys():
    frames, values = reduced(smooth((50, 0), (56, 0.7), (63, 0)))
    assert frames == [50, 56, 63]
    assert values == pytest.approx([0, 0.7, 0])


@pytest.mark.parametrize("seed", range(15))
def test_within_the_tolerance_wherever_somebody_looks(seed: int):
    rng = np.random.default_rng(seed)
    curves = []
    for _ in range(int(rng.integers(1, 9))):
        frames = np.sort(rng.choice(np.arange(5, 195), 30, replace=False))
        curves.append(smooth((0, 0), *((f, float(rng.uniform(0, 1) * (rng.random() < 0.6))) for f in frames), (199, 0)))
    tolerance = rng.choice([0.002, 0.1, np.inf], 200, p=[0.2, 0.6, 0.2])
    for values, curve in zip(curves, few_keys(FRAMES, curves, tolerance), strict=True):
        played = sample_curve(curve, FRAMES)
        seen = np.isfinite(tolerance)
        assert (np.abs(played - values)[seen] <= tolerance[seen] + 1e-9).all()
        assert np.isin(curve.times.round(6), FRAMES.round(6)).all()
        assert (np.diff(curve.times) > 0).all()


def test_each_curve_is_reduced_as_if_alone():
    rng = np.random.default_rng(1)
    curves = [
        smooth((0, 0), *((f, float(rng.uniform(0, 1))) for f in range(int(rng.integers(5, 20)), 190, 9)), (199, 0))
        for _ in range(6)
    ]
    tolerance = np.full(200, 0.05)
    together = few_keys(FRAMES, curves, tolerance)
    total = sum(len(few_keys(FRAMES, [values], tolerance)[0].times) for values in curves)
    assert sum(len(curve.times) for curve in together) == pytest.approx(total, rel=0.05)


def test_what_stands_still():
    still, faint, held = np.zeros(200), smooth((0, 0), (50, 0.04), (100, 0), (199, 0)), np.full(200, 0.04)
    curves = few_keys(FRAMES, [still, faint, held], np.full(200, 0.05))
    assert [len(curve.times) for curve in curves] == [0, 0, 1]
    assert curves[2].weights.tolist() == [0.04]
    assert few_keys(np.zeros(0), [np.zeros(0)], np.zeros(0))[0].times.tolist() == []
    (lone,) = few_keys(np.array([1.0]), [np.array([0.5])], np.array([0.1]))
    assert (lone.times.tolist(), lone.weights.tolist()) == ([1.0], [0.5])


def test_no_key_could_go():
    """Each key that is left is needed: without it some frame is too far off."""
    values = smooth((0, 0), (20, 0.6), (30, 0.2), (45, 0.9), (50, 0.9), (60, 0.0), (90, 0.0), (100, 0.4), (120, 0))
    (curve,) = few_keys(FRAMES, [values], np.full(200, 0.05))
    for key in range(1, len(curve.times) - 1):
        kept = np.arange(len(curve.times)) != key
        without = sample_curve(type(curve)(curve.times[kept], curve.weights[kept]), FRAMES)
        assert np.abs(without - values).max() > 0.05
