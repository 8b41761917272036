"""The quality report must see what is wrong, and must not cry where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.core.phone_inventory import SILENCE, VOWELS
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.quality import check_quality

RATE = 16000


def make_speech() -> Speech:
    """Vowels swell and fade, so that each has a loudest moment in its middle."""
    phones, time = [Phone(SILENCE, 0.0, 0.3)], 0.3
    samples = np.zeros(round(2.2 * RATE), np.float32)
    for symbol in "m ɑ p i f u b æ v oʊ".split():  # noqa: SIM905
        length = 0.2 if symbol in VOWELS else 0.1
        phones.append(Phone(symbol, time, time + length))
        span = slice(round(time * RATE), round((time + length) * RATE))
        if symbol in VOWELS:
            count = span.stop - span.start
            samples[span] = 0.5 * np.sin(np.arange(count) * 0.06) * np.sin(np.pi * np.arange(count) / count) ** 2
        time += length
    phones.append(Phone(SILENCE, time, 2.2))
    return Speech(samples, RATE, tuple(phones), (), "")


def changed(face: FaceAnimation, **curves: Curve) -> FaceAnimation:
    return FaceAnimation({**face.channels, **curves}, face.duration)


def test_a_good_take_is_called_good() -> None:
    speech = make_speech()
    report = check_quality(animate(speech), speech)
    assert (report.seals, report.seals_reached) == (5, 5)
    assert abs(report.apex_ms[0]) <= 40.0
    assert report.clipped == ()
    assert report.highest_sum <= 1.02
    assert report.worst == ()
    assert report.sentence.startswith("5 of 5 lip seals reached")


def test_weak_seals_are_found_worst_first() -> None:
    speech = make_speech()
    face = animate(speech)
    closure = face.channels["viseme_PP"]
    report = check_quality(changed(face, viseme_PP=Curve(closure.times, 0.7 * closure.weights)), speech)
    assert report.seals_reached == 2
    assert [moment.time for moment in report.worst] == pytest.approx([0.3, 0.6, 1.2])
    assert "closes only to 0.70" in report.worst[0].sentence
    assert check_quality(FaceAnimation({}, face.duration), speech).seals_reached == 0


def test_a_late_mouth_is_found() -> None:
    speech = make_speech()
    late = {
        name: curve if name in ("viseme_PP", "viseme_FF") else Curve(curve.times + 0.13, curve.weights)
        for name, curve in animate(speech).channels.items()
    }
    report = check_quality(FaceAnimation(late, speech.duration), speech)
    assert 45.0 < report.apex_ms[0] < 120.0
    assert any("after the sound" in moment.sentence for moment in report.worst)


def test_clipped_channels_and_sums_are_found() -> None:
    speech = make_speech()
    over = Curve(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.4, 0.0]))
    report = check_quality(changed(animate(speech), viseme_aa=over), speech)
    assert report.clipped == ("viseme_aa",)
    assert report.highest_sum > 1.4
    assert any("add up" in moment.sentence for moment in report.worst)


def test_nothing_said_is_no_error() -> None:
    silent = Speech(np.zeros(RATE, np.float32), RATE, (), (), "")
    assert check_quality(animate(silent), silent).seals == 0


def test_a_small_vowel_is_seen_by_all_its_shapes() -> None:
    """ə is shown by three shapes at .4, .2 and .1: it hardly shows when none of them is left, not when one is low."""
    phones = (Phone(SILENCE, 0.0, 0.3), Phone("t", 0.3, 0.4), Phone("ə", 0.4, 0.5), Phone(SILENCE, 0.5, 1.0))
    samples = np.zeros(RATE, np.float32)
    samples[round(0.4 * RATE) : round(0.5 * RATE)] = 0.1
    speech = Speech(samples, RATE, phones, (), "")
    face = animate(speech)
    weak = face.channels["viseme_E"]
    low = changed(face, viseme_E=Curve(weak.times, 0.1 * weak.weights))
    assert not [m for m in check_quality(low, speech).worst if "hardly shows" in m.sentence]
    gone = FaceAnimation({n: c for n, c in low.channels.items() if n not in ("viseme_aa", "viseme_U")}, face.duration)
    assert [m.time for m in check_quality(gone, speech).worst if "hardly shows" in m.sentence] == [0.4]
