"""What counts as silence beside speech: whatever is 35 dB or more below its loudest moment."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.listening import refine

RATE = 16_000


@pytest.mark.parametrize(("decibels", "is_silence"), [(-60.0, True), (-40.0, True), (-30.0, False), (-10.0, False)])
def test_a_hum_is_silence_from_35_decibels_below_speech_on(decibels: float, is_silence: bool) -> None:
    phones = (Phone("ɑ", 0.0, 0.8), Phone(SILENCE, 0.8, 1.2), Phone("i", 1.2, 2.0))
    times = np.arange(2 * RATE) / RATE
    level = np.where((times < 0.74) | (times >= 1.26), 0.3, 0.3 * 10.0 ** (decibels / 20.0))
    refined = refine(phones, (level * np.sign(np.sin(times * 2 * np.pi * 500.0))).astype(np.float32), RATE)
    assert [phone.symbol for phone in refined] == ["ɑ", SILENCE, "i"]
    pause = refined[1]
    wanted = (0.74, 1.26) if is_silence else (0.8, 1.2)
    assert (pause.start, pause.end) == pytest.approx(wanted, abs=0.015)
