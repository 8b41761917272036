"""Sounds are silenced, stretched and paused without a click, and stay as they are elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.text_to_speech.sound_edits import silenced, stretched, with_pause

RATE = 22050


def vowel(seconds: float = 2.0, pitch: float = 120.0) -> np.ndarray:
    """A buzz of a voice's kind: harmonics of one pitch, softer as they rise."""
    times = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * pitch * k * times + k) / k for k in range(1, 12))
    return (0.1 * wave).astype(np.float32)


def pitch_of(samples: np.ndarray) -> float:
    """Hz of the strongest repetition between 60 and 300 Hz."""
    wave = samples.astype(np.float64)
    products = np.correlate(wave, wave, mode="full")[len(wave) - 1 :]
    first = RATE // 300
    return RATE / (first + int(np.argmax(products[first : RATE // 60])))


def roughest(samples: np.ndarray) -> float:
    """The largest second difference: a click is a corner of the wave."""
    return float(np.abs(np.diff(samples, 2)).max())


@pytest.mark.parametrize("longer", [0.7, 0.85, 1.2, 1.6])
def test_a_stretched_part_keeps_its_pitch_and_has_no_click(longer: float):
    samples = vowel()
    before = np.array([0.0, 0.5, 1.0, 2.0])
    after = np.array([0.0, 0.5, 0.5 + 0.5 * longer, 1.5 + 0.5 * longer])
    made = stretched(samples, RATE, before, after)
    assert len(made) == pytest.approx(after[-1] * RATE, abs=1)
    assert np.array_equal(made[: RATE // 2], samples[: RATE // 2]), "what stays is copied"
    assert np.array_equal(made[-RATE // 2 :], samples[-RATE // 2 :])
    part = made[round(0.55 * RATE) : round((0.45 + 0.5 * longer) * RATE)]
    assert pitch_of(part) == pytest.approx(120.0, rel=0.02)
    assert roughest(made) < 1.5 * roughest(samples)
    assert np.sqrt((part**2).mean()) == pytest.approx(np.sqrt((samples**2).mean()), rel=0.15)


def test_a_word_that_moves_is_the_same_sound_elsewhere():
    samples = np.zeros(2 * RATE, dtype=np.float32)
    samples[RATE : RATE + 2000] = vowel(1.0)[:2000]
    before = np.array([0.0, 1.0, 1.0 + 2000 / RATE, 2.0])
    made = stretched(samples, RATE, before, before + np.array([0.0, 0.12, 0.12, 0.0]))
    start = round(1.12 * RATE)
    assert np.array_equal(made[start : start + 2000], samples[RATE : RATE + 2000])
    assert len(made) == len(samples)


def test_silence_is_faded_and_the_rest_untouched():
    samples = vowel()
    made = silenced(samples, RATE, [(0.5, 1.0)])
    assert np.array_equal(made[: round(0.488 * RATE)], samples[: round(0.488 * RATE)])
    assert np.array_equal(made[round(1.013 * RATE) :], samples[round(1.013 * RATE) :])
    assert not made[round(0.5 * RATE) + 1 : round(1.0 * RATE) - 1].any()
    assert roughest(made) <= 1.2 * roughest(samples)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3, 0.5, 1.4])
def test_a_pause_gets_its_length_and_goes_on_with_its_own_background(seconds: float):
    noise = (0.003 * np.random.default_rng(0).standard_normal(3 * RATE)).astype(np.float32)
    samples = noise.copy()
    samples[:RATE] += vowel(1.0)
    samples[round(1.3 * RATE) :] += vowel(3.0)[: 3 * RATE - round(1.3 * RATE)]
    made = with_pause(samples, RATE, 1.0, 1.3, seconds)
    assert len(made) - len(samples) == pytest.approx((seconds - 0.3) * RATE, abs=1)
    assert np.array_equal(made[-RATE:], samples[-RATE:])
    assert np.array_equal(made[: RATE // 2], samples[: RATE // 2])
    if seconds > 0.3:
        inside = made[round(1.05 * RATE) : round((0.95 + seconds) * RATE)]
        assert np.sqrt((inside**2).mean()) == pytest.approx(0.003, rel=0.2)


def test_where_there_was_no_pause_the_sound_fades_out_and_in():
    samples = vowel()
    made = with_pause(samples, RATE, 1.0, 1.0, 0.25)
    assert len(made) == len(samples) + round(0.25 * RATE)
    assert not made[RATE : round(1.25 * RATE)].any()
    assert roughest(made) < 1.5 * roughest(samples)
