"""The mouth of a voice that is still speaking is about that of the whole recording, a known time late."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr

from alphsistant_addon.core.sound_files import read_sound
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.heard_visemes import STEP, HeardVisemes, heard_visemes
from alphsistant_addon.lip_sync.live_mouth import LiveMouth
from alphsistant_addon.listening.acoustic_model import CLASSES, HearingStream, join
from alphsistant_addon.listening.ears import shipped_ears

RATE = 16_000
LATEST = 0.07
"""Seconds by which the opening is behind: 40 ms of look-ahead, a pair of frames, the features' window."""
VOWELS = [VISEMES.index(name) for name in ("aa", "E", "I", "O", "U")]


def recording() -> np.ndarray:
    sound = read_sound(Path(__file__).resolve().parents[1] / "data" / "french.wav")
    return np.asarray(soxr.resample(sound.samples, sound.sample_rate, RATE), np.float32)


@pytest.mark.parametrize("piece", [160, 320])
def test_it_opens_as_the_whole_recording_says_and_hardly_later(piece: int) -> None:
    samples = recording()
    stream = HearingStream(shipped_ears())
    whole = heard_visemes(join([stream.push(samples), stream.finish()]), CLASSES)[:, VOWELS].sum(axis=1)
    mouth = LiveMouth(shipped_ears())
    assert mouth.weights.max() == 0.0
    shown, moments = [], []
    for first in range(0, len(samples) - piece, piece):
        mouth.push(samples[first : first + piece])
        shown.append(mouth.weights[VOWELS].sum())
        moments.append((first + piece) / RATE)
    centres = (np.arange(len(whole)) + 0.5) * STEP
    lags = np.arange(0.0, 0.2, 0.005)
    alike = [np.corrcoef(shown, np.interp(np.array(moments) - lag, centres, whole))[0, 1] for lag in lags]
    assert max(alike) > 0.88
    assert lags[int(np.argmax(alike))] <= LATEST + piece / RATE


def test_a_guess_leaves_nothing_behind() -> None:
    """Ears and mouth that were asked in between say afterwards what those say that were not."""
    samples = recording()[:RATE]
    asked, plain = HearingStream(shipped_ears()), HearingStream(shipped_ears())
    mouth, other = HeardVisemes(CLASSES), HeardVisemes(CLASSES)
    for first in range(0, len(samples), 320):
        weights = mouth.push(asked.push(samples[first : first + 320]))
        guess = asked.guess()
        assert first < RATE // 5 or len(guess) >= 8
        mouth.guess(guess)
        np.testing.assert_allclose(weights, other.push(plain.push(samples[first : first + 320])), atol=1e-6)
