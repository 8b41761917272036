"""When eyes jump, when they blink, and how far apart accents are: exact, whatever the amounts are tuned to."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync import Life, accents
from alphsistant_addon.lip_sync.accents import find_accents
from alphsistant_addon.lip_sync.life import make_life

RATE = 8000
PHRASE = (("ɑ", 0.7), ("n", 0.5), ("i", 0.8), (SILENCE, 0.3))


def make_speech(phrases: int = 30) -> Speech:
    """Phrases of two seconds with a pause after each."""
    phones, time = [], 0.0
    for symbol, seconds in PHRASE * phrases:
        phones.append(Phone(symbol, time, time + seconds, int(symbol in {"ɑ", "i"})))
        time += seconds
    return Speech(np.zeros(round(time * RATE), np.float32), RATE, tuple(phones), (), "")


@pytest.mark.parametrize("seed", range(4))
def test_a_blink_that_is_due_within_half_a_second_of_a_pause_is_at_its_start(seed: int) -> None:
    speech = make_speech()
    curve = make_life(speech, Life(gaze=0.0, brows=0.0, head=0.0), seed)["eyeBlinkLeft"]
    shut = curve.times[curve.weights == 1.0][::2]
    starts = np.array([curve.times[curve.times < time].max() for time in shut])
    pauses = np.array([phone.start for phone in speech.phones if phone.symbol == SILENCE])[:-1]
    away = np.abs(starts[:, None] - pauses).min(axis=1)
    at_pause = away < 1e-6
    assert at_pause.sum() > 2
    assert ((away >= 0.5 - 1e-6) | at_pause | (starts > pauses[-1])).all()


def test_eyes_jump_to_a_place_and_back_in_50_ms() -> None:
    curves = make_life(make_speech(), Life(brows=0.0, head=0.0, blinks=0.0), seed=1)
    looks = [curve for name, curve in curves.items() if name.startswith("eyeLook")]
    assert len(looks) >= 4
    for curve in looks:
        times, weights = curve.times.reshape(-1, 4), curve.weights.reshape(-1, 4)
        assert (weights[:, [0, 3]] == 0.0).all()
        np.testing.assert_array_equal(weights[:, 1], weights[:, 2])
        np.testing.assert_allclose(times[:, 1] - times[:, 0], 0.05)
        np.testing.assert_allclose(times[:, 3] - times[:, 2], 0.05)
        assert (times[:, 2] - times[:, 1] >= 0.45 - 1e-9).all(), "and stay there meanwhile"


def test_accents_are_at_least_nine_tenths_of_a_second_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vowels every 0.4 s; of twelve, two neighbours are loud: one of each pair is an accent, the louder one."""
    phones = tuple(Phone("ɑ", 0.4 * n, 0.4 * (n + 1), 1) for n in range(48))
    levels = np.repeat([{0: 0.30, 1: 0.32}.get(n % 12, 0.03) for n in range(48)], round(0.4 * RATE))
    samples = (levels * np.sin(np.arange(len(levels)) * 2 * np.pi * 150 / RATE)).astype(np.float32)
    speech = Speech(samples, RATE, phones, (), "")
    assert [time for time, _ in find_accents(speech)] == pytest.approx([0.6 + 4.8 * n for n in range(4)])
    assert accents.ACCENT_GAP == 0.9
    monkeypatch.setattr(accents, "ACCENT_GAP", 0.0)
    assert len(find_accents(speech)) >= 8, "both of a pair stand out"
