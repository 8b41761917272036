"""A word gets other phones: the mouth is made again there, and is the same everywhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_speech import fake_speech

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.mouth_splicing import BLEND, REACH, splice_mouth

SPEECH = fake_speech("Look at who laughed at my old van in summer")
TIMES = np.arange(0.0, SPEECH.duration, 0.005)


def sampled(face, name):
    curve = face.channels.get(name)
    return sample_curve(curve, TIMES) if curve is not None else np.zeros(len(TIMES))


def with_word(symbols: dict[str, str]):
    """The speech with other phones in “van”."""
    word = next(word for word in SPEECH.words if word.text == "van")
    phones = tuple(
        replace(p, symbol=symbols.get(p.symbol, p.symbol)) if word.start - 1e-6 <= p.start < word.end - 1e-6 else p
        for p in SPEECH.phones
    )
    return replace(SPEECH, phones=phones), (word.start, word.end)


def test_the_same_phones_give_the_same_mouth():
    face = animate(SPEECH, frame_rate=25)
    again = splice_mouth(face, SPEECH, [(1.0, 1.3)], frame_rate=25)
    for name in face.channels:
        assert np.abs(sampled(face, name) - sampled(again, name)).max() < 0.06


def test_another_phone_is_seen_and_nothing_moves_elsewhere():
    face = animate(SPEECH, frame_rate=25)
    speech, (start, end) = with_word({"v": "m"})
    made = splice_mouth(face, speech, [(start, end)], frame_rate=25)
    away = (start - REACH - BLEND > TIMES) | (end + REACH + BLEND < TIMES)
    for name in face.channels:
        old, new = face.channels[name], made.channels[name]
        edge = start - REACH - 2 * BLEND
        assert [t for t in old.times if t < edge] == [t for t in new.times if t < edge], "the very same keys"
        assert np.abs(sampled(face, name) - sampled(made, name))[away].max() < 0.05
        assert (np.diff(new.times) > 0).all()
        assert new.weights.min() >= 0.0
        assert new.weights.max() <= 1.0
    whole = animate(speech, frame_rate=25)
    inside = (start < TIMES) & (end > TIMES)
    for name in ("viseme_PP", "viseme_FF", "viseme_aa"):
        assert np.abs(sampled(whole, name) - sampled(made, name))[inside].max() < 0.08
    m = next(p for p in speech.phones if p.symbol == "m" and start - 1e-6 <= p.start < end)
    assert sampled(made, "viseme_PP")[np.argmin(np.abs(TIMES - (m.start + m.end) / 2))] > 0.99
    v = next(p for p in SPEECH.phones if p.symbol == "v")
    assert sampled(face, "viseme_FF")[np.argmin(np.abs(TIMES - (v.start + v.end) / 2))] > 0.75
    assert sampled(made, "viseme_FF")[inside].max() < 0.1


def test_a_silenced_word_lets_the_mouth_rest():
    face = animate(SPEECH, frame_rate=25)
    speech, (start, end) = with_word(dict.fromkeys("vɑn", SILENCE))
    made = splice_mouth(face, speech, [(start, end)], frame_rate=25)
    middle = np.argmin(np.abs(TIMES - (start + end) / 2))
    shown = {name: sampled(made, name)[middle] for name in made.channels if name != "viseme_sil"}
    assert sum(shown.values()) < 0.5, "lips are parted as in any short pause"
    assert shown["viseme_FF"] == shown["viseme_PP"] == 0.0


@pytest.mark.parametrize("span", [(0.0, 0.2), (SPEECH.duration - 0.2, SPEECH.duration)])
def test_both_ends_can_be_made_again(span):
    face = animate(SPEECH, frame_rate=25)
    made = splice_mouth(face, SPEECH, [span], frame_rate=25)
    for name, curve in made.channels.items():
        assert np.abs(sampled(face, name) - sampled(made, name)).max() < 0.06
        assert (np.diff(curve.times) > 0).all()
