"""PocketSphinx puts the starts of phones too early; that is taken off every recording."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from alphsistant_addon.core.phone_inventory import SILENCE, VOWELS
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.listening import align, alignment

pytest.importorskip("pocketsphinx")
pytest.importorskip("phonemizer")

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    ("before", "after", "later"),
    [
        ("ɑ", "s", 0.033),
        ("t", "s", 0.015),
        ("m", "n", 0.015),
        ("s", "n", 0.010),
        ("ɑ", "p", 0.015),
        ("s", "p", 0.005),
        ("ɑ", "v", 0.015),
        ("t", "ɑ", 0.0),
        ("n", "ɑ", 0.0),
    ],
)
def test_a_start_is_moved_by_the_bias_of_its_kind(before: str, after: str, later: float) -> None:
    moved = alignment._later((Phone(before, 0.0, 0.2), Phone(after, 0.2, 0.5)))
    assert moved[0].end == moved[1].start == pytest.approx(0.2 + later)
    assert (moved[0].start, moved[1].end) == (0.0, 0.5)


def test_starts_beside_pauses_and_of_very_short_phones_stay() -> None:
    pauses = (Phone(SILENCE, 0.0, 0.1), Phone("s", 0.1, 0.3), Phone(SILENCE, 0.3, 0.4))
    assert alignment._later(pauses) == pauses
    short = (Phone("ɑ", 0.0, 0.2), Phone("s", 0.2, 0.23))
    assert alignment._later(short)[1].start == pytest.approx(0.21), "20 ms are left of it"


def test_every_recording_is_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    with wave.open(str(DATA / "fitting_symbol.wav"), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0
        rate = file.getframerate()
    text = "A fitting symbol of spousal love."
    corrected = align(samples, rate, text).phones
    monkeypatch.setattr(alignment, "EARLY", dict.fromkeys(alignment.EARLY, (0.0, 0.0)))
    plain = align(samples, rate, text).phones
    assert [phone.symbol for phone in corrected] == [phone.symbol for phone in plain]
    moves = {new.symbol: new.start - old.start for new, old in zip(corrected, plain, strict=True)}
    assert moves["s"] > 0.01
    assert all(move == pytest.approx(0.0) for symbol, move in moves.items() if symbol in VOWELS)
