"""Features: the same in pieces as in one go, and whatever the level."""

import numpy as np
import pytest

from alphsistant_addon.listening import features
from alphsistant_addon.listening.features import BANDS, HOP, QUIET, FeatureStream
from alphsistant_addon.listening.layer_product import product


def make_sound(seconds: float = 1.3, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    count = round(seconds * features.RATE)
    swell = 0.1 + np.abs(np.sin(np.arange(count) / 3000.0))
    return (0.1 * swell * rng.standard_normal(count)).astype(np.float32)


@pytest.mark.parametrize("count", [0, 100, 159, 160, 161, 16000, 16111])
def test_one_frame_for_each_whole_hop(count: int) -> None:
    assert features.features(make_sound(2.0)[:count]).shape == (count // HOP, BANDS)


@pytest.mark.parametrize("step", [1, 37, 160, 1000, 9000])
def test_in_pieces_as_in_one_go(step: int) -> None:
    sound = make_sound()[: 6000 if step == 1 else None]
    whole = features.features(sound)
    stream = FeatureStream(features.level_of(sound))
    parts = [stream.push(sound[first : first + step]) for first in range(0, len(sound), step)]
    parts.append(stream.finish(len(sound)))
    assert np.allclose(np.concatenate(parts), whole, atol=1e-4)


@pytest.mark.parametrize("decibels", [-60, -40, -20, 10])
def test_the_level_makes_no_difference(decibels: int) -> None:
    sound = make_sound()
    louder = (sound * 10 ** (decibels / 20)).astype(np.float32)
    assert np.allclose(features.features(louder), features.features(sound), atol=2e-3)


def test_silence_is_quiet_and_finite() -> None:
    sound = np.concatenate([make_sound(), np.zeros(8000, np.float32)])
    seen = features.features(sound)
    assert np.isfinite(seen).all()
    assert np.allclose(seen[-40:], QUIET, atol=1e-3)
    assert np.isfinite(features.features(np.zeros(8000, np.float32))).all()


def test_the_level_of_a_stream_comes_up_quickly() -> None:
    sound = make_sound(1.0)
    stream = FeatureStream()
    late = stream.push(sound * np.float32(8.0))[60:]
    assert abs(float(late.mean()) - float(features.features(sound)[60 : 60 + len(late)].mean())) < 0.15


@pytest.mark.parametrize("count", [1, 3, 50])
def test_products_are_the_same_with_and_without_blas(count: int) -> None:
    rng = np.random.default_rng(0)
    rows, weight = (rng.standard_normal((n, 200)).astype(np.float32) for n in (count, 77))
    assert np.allclose(product(rows, weight, with_blas=True), product(rows, weight, with_blas=False), atol=1e-4)


def test_noise_narrows_the_dynamic_range() -> None:
    sound = make_sound(2.0)
    pauses = np.where(np.arange(len(sound)) % 8000 < 4000, sound, 0).astype(np.float32)
    hiss = (0.01 * np.random.default_rng(1).standard_normal(len(sound))).astype(np.float32)
    assert features.dynamic_range(pauses) > 60.0
    assert 8.0 < features.dynamic_range(pauses + hiss) < 25.0
    assert features.dynamic_range(pauses[:50]) == 0.0
