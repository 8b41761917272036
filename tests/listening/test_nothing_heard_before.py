"""PocketSphinx begins every recording with that recording's own mean, whatever it has heard before."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pocketsphinx")

from alphsistant_addon.listening.pocketsphinx_decoder import RATE, feed, resample, to_pcm

FILE = Path(__file__).parents[1] / "data" / "fitting_symbol.wav"


class Listener:
    """Stands for a decoder; notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def set_cmn(self, mean: str) -> None:
        self.told.append([float(value) for value in mean.split(",")])

    def start_utt(self) -> None:
        self.told.append("start")

    def process_raw(self, _pcm: bytes) -> None:
        """Hear a block."""

    def end_utt(self) -> None:
        self.told.append("end")


def test_the_mean_is_set_before_each_recording_and_is_its_own() -> None:
    with wave.open(str(FILE), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0
        speech = to_pcm(resample(samples, file.getframerate()))
    noise = to_pcm(np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32))
    decoder = Listener()
    for pcm in (speech, noise, speech):
        feed(decoder, pcm, None)
    first, *order, second, _, _, third, _, _ = decoder.told
    assert order == ["start", "end"]
    # The listener's own noise estimate goes on from recording to recording, which moves the mean a little.
    assert np.abs(np.subtract(third, first)).max() < 1.0
    assert np.abs(np.subtract(second, first)).max() > 5.0
