"""The mouth of a voice that is still speaking is that of the whole recording, a known time late."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr

from alphsistant_addon.core.sound_files import read_sound
from alphsistant_addon.lip_sync.heard_visemes import STEP, heard_visemes
from alphsistant_addon.lip_sync.live_mouth import LiveMouth
from alphsistant_addon.listening.acoustic_model import CLASSES, HearingStream, join
from alphsistant_addon.listening.ears import shipped_ears

RATE = 16_000
LATEST = 0.13
"""Seconds: 80 ms of look-ahead, a pair of frames, the features' window, and the frame that smoothing waits for."""


@pytest.mark.parametrize("piece", [160, 512, 801])
def test_it_shows_the_newest_moment_that_can_be_told(piece: int) -> None:
    sound = read_sound(Path(__file__).resolve().parents[1] / "data" / "french.wav")
    samples = np.asarray(soxr.resample(sound.samples, sound.sample_rate, RATE), np.float32)[: 2 * RATE]
    stream = HearingStream(shipped_ears())
    whole = heard_visemes(join([stream.push(samples), stream.finish()]), CLASSES)
    mouth = LiveMouth(shipped_ears())
    assert mouth.weights.max() == 0.0
    late = []
    for first in range(0, len(samples), piece):
        mouth.push(samples[first : first + piece])
        seconds = min(first + piece, len(samples)) / RATE
        if seconds > 0.3:
            frames = [k for k in range(len(whole)) if np.allclose(whole[k], mouth.weights, atol=1e-4)]
            late.append(min(seconds - (k + 0.5) * STEP for k in frames if (k + 0.5) * STEP <= seconds))
    assert max(late) <= LATEST + piece / RATE
