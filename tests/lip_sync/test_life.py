"""Eyes that stare, brows that twitch, a smile that keeps the lips from closing: what life must not do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.face_rig.bone_names import HEAD_DEGREES
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync import life as life_module
from alphsistant_addon.lip_sync.accents import find_accents
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.life import HEAD_CHANNELS, LIVES, Life, find_life, make_life
from alphsistant_addon.lip_sync.moods import MOODS
from alphsistant_addon.lip_sync.prosody import pitch

RATE = 16000


def make_speech(seconds: float, text: str = "Ba.", loud_at: float | None = None) -> Speech:
    """“b ɑ” every .4 s, a pause every 4 s, one vowel louder and higher."""
    phones, time = [Phone(SILENCE, 0.0, 0.2)], 0.2
    clock = np.arange(int(seconds * RATE)) / RATE
    samples = 0.05 * np.sin(2 * np.pi * 110 * clock)
    while time + 0.6 < seconds:
        if int(time / 4) != int((time + 0.4) / 4):
            phones.append(Phone(SILENCE, time, time + 0.4))
        else:
            phones += [Phone("b", time, time + 0.1), Phone("ɑ", time + 0.1, time + 0.4, 1)]
            if loud_at is not None and time <= loud_at < time + 0.4:
                span = slice(int(time * RATE), int((time + 0.4) * RATE))
                samples[span] = 0.3 * np.sin(2 * np.pi * 180 * clock[span])
        time += 0.4
    phones.append(Phone(SILENCE, time, seconds))
    return Speech(samples.astype(np.float32), RATE, tuple(phones), (), text)


def closed_times(face: FaceAnimation, seconds: float) -> npt.NDArray[np.float64]:
    fine = np.arange(0.0, seconds, 0.005)
    lids = sample_curve(face.channels["eyeBlinkLeft"], fine) > 0.9
    return fine[1:][lids[1:] & ~lids[:-1]]


@pytest.mark.parametrize("seed", range(5))
def test_blinks_are_about_24_a_minute_and_on_both_eyes(seed: int) -> None:
    """28 filmed people who spoke freely: 26 a minute, half of them between 14 and 44; a blink lasts .27 s."""
    speech = make_speech(120.0)
    face = FaceAnimation(make_life(speech, Life(brows=0, head=0), seed), speech.duration)
    blinks = closed_times(face, speech.duration)
    assert 40 <= len(blinks) <= 56
    gaps = np.diff(blinks)
    assert gaps.min() >= 0.35 - 0.01, "one blink and a tenth of a second"
    assert gaps.max() < 11.0
    left = face.channels["eyeBlinkLeft"]
    np.testing.assert_array_equal(left.times, face.channels["eyeBlinkRight"].times)
    shut = left.times[left.weights == 1.0].reshape(-1, 2)
    np.testing.assert_allclose(shut[:, 1] - shut[:, 0], 0.03)
    alone = np.flatnonzero(gaps[:-1] > 0.5)[:10] + 1
    for start, end in shut[alone]:
        assert sample_curve(left, start - 0.07) == pytest.approx(0.0, abs=1e-6)
        assert sample_curve(left, start - 0.06) > 0.0
        assert sample_curve(left, end + 0.14) > 0.0
        assert sample_curve(left, end + 0.15) == pytest.approx(0.0, abs=1e-6)


def test_blinks_come_in_pairs_as_well_as_alone() -> None:
    speech = make_speech(600.0)
    face = FaceAnimation(make_life(speech, Life(brows=0, head=0), 0), speech.duration)
    gaps = np.diff(closed_times(face, speech.duration))
    assert 0.005 < np.mean(gaps < 0.6) < 0.2
    assert 1.5 < np.median(gaps) < 2.6


def spread(speech: Speech, life: Life, plus: str, minus: str) -> float:
    """Standard deviation of one turn of the head in degrees, mean of six seeds, after HEAD_DEGREES at weight 1."""
    fine = np.arange(0.0, speech.duration, 0.02)
    found = []
    for seed in range(6):
        curves = make_life(speech, life, seed)
        up, down = (sample_curve(curves[c], fine) if c in curves else np.zeros(len(fine)) for c in (plus, minus))
        found.append(np.std(HEAD_DEGREES * (up - down)))
    return float(np.mean(found))


def test_heads_move_as_those_of_free_speakers_and_the_readers_as_in_a_studio() -> None:
    """Middle half of 28 people: pitch 1.4…3.6°, yaw 1.7…4.4°, roll 1.2…3.9°; of 19 in a studio: medians .8, .5, .3°."""
    speech = make_speech(60.0, loud_at=2.5)
    for plus, minus, least, most, studio in (
        ("headPitchUp", "headPitchDown", 1.5, 3.0, 0.8),
        ("headYawLeft", "headYawRight", 2.5, 4.0, 1.0),
        ("headRollLeft", "headRollRight", 1.8, 3.0, 0.8),
    ):
        assert least < spread(speech, Life(), plus, minus) < most
        assert spread(speech, LIVES["reader"], plus, minus) < studio


def test_presets_of_life() -> None:
    assert LIVES["speaker"] == Life()
    speech = make_speech(60.0, loud_at=2.5)
    listening = make_life(speech, LIVES["listener"], 0)
    fine = np.arange(0.0, 60.0, 0.02)

    def away(curves: dict[str, Curve]) -> float:
        look = sum(sample_curve(c, fine) for n, c in curves.items() if n.startswith("eyeLook"))
        return float(np.mean(look > 0.02))

    assert away(listening) < 0.75 * away(make_life(speech, Life(), 0)), "who listens looks at the speaker for longer"
    assert "browOuterUpLeft" not in make_life(speech, LIVES["idle"], 0)
    reader = FaceAnimation(make_life(speech, LIVES["reader"], 0), 60.0)
    assert 8 <= len(closed_times(reader, 60.0)) <= 18, "14 a minute in a studio"
    for name in LIVES:
        assert find_life(name) is LIVES[name]
    with pytest.raises(AlphsistantError, match="no way of living"):
        find_life("dance")


def test_eyes_are_at_the_listener_half_of_the_time_and_at_the_end() -> None:
    speech = make_speech(120.0)
    curves = make_life(speech, Life(brows=0, head=0), seed=1)
    fine = np.arange(0.0, speech.duration, 0.01)
    look = sum(sample_curve(curve, fine) for name, curve in curves.items() if name.startswith("eyeLook"))
    assert 0.4 < np.mean(look < 0.02) < 0.75
    assert look[-1] == 0.0


def test_eyes_move_together() -> None:
    curves = make_life(make_speech(60.0), Life(brows=0, head=0), seed=2)
    for one, other in (("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookUpLeft", "eyeLookUpRight")):
        np.testing.assert_array_equal(curves[one].times, curves[other].times)
        np.testing.assert_array_equal(curves[one].weights, curves[other].weights)


def test_brows_and_head_follow_the_loud_high_vowel() -> None:
    speech = make_speech(8.0, loud_at=2.5)
    (at, _strength), *_ = find_accents(speech)
    vowel = next(p for p in speech.phones if p.symbol == "ɑ" and p.start <= at <= p.end)
    assert vowel.start - 0.1 <= 2.5 <= vowel.end + 0.1
    curves = make_life(speech, Life(), seed=0)
    assert sample_curve(curves["browOuterUpLeft"], at) == pytest.approx(0.85 * _strength)
    assert 0.35 * _strength <= sample_curve(curves["headPitchDown"], at) <= 0.60 * _strength
    assert sample_curve(curves["browOuterUpLeft"], at - 1.0) < 0.02


def test_brows_leave_weak_accents_to_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life_module, "find_accents", lambda _: [(2.0, 0.39), (4.0, 0.41)])
    curves = make_life(make_speech(6.0), Life(), seed=0)
    weak, strong = sample_curve(curves["browOuterUpLeft"], [2.0, 4.0])
    assert weak == 0.0
    assert strong == pytest.approx(0.85 * 0.41)
    assert sample_curve(curves["browInnerUp"], 4.0) == pytest.approx(0.6 * 0.85 * 0.41)
    assert sample_curve(curves["headPitchDown"], 2.0) >= 0.35 * 0.39


def test_the_head_nods_where_a_phrase_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life_module, "find_accents", lambda _: [])
    speech = make_speech(6.0)
    pause = next(p for p in speech.phones[1:] if p.symbol == SILENCE)
    assert sample_curve(make_life(speech, Life(), seed=0)["headPitchDown"], pause.start + 0.05) == pytest.approx(0.30)


def test_brows_follow_pitch_where_all_vowels_are_equally_loud() -> None:
    speech = make_speech(8.0)
    clock = np.arange(len(speech.samples)) / RATE
    vowel = [p for p in speech.phones if p.symbol == "ɑ"][7]
    high = (clock >= vowel.start) & (clock < vowel.end)
    samples = 0.1 * np.sin(2 * np.pi * np.cumsum(np.where(high, 190.0, 110.0)) / RATE)
    accents = find_accents(Speech(samples.astype(np.float32), RATE, speech.phones, (), ""))
    assert any(vowel.start <= time <= vowel.end for time, _ in accents)
    assert max(accents, key=lambda accent: accent[1])[0] == pytest.approx((vowel.start + vowel.end) / 2)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("height", [80.0, 200.0, 333.0])
def test_pitch_is_found_at_every_sample_rate(rate: int, height: float) -> None:
    clock = np.arange(rate) / rate
    buzz = np.sin(2 * np.pi * height * clock) + 0.5 * np.sin(4 * np.pi * height * clock + 1.0)
    heights = pitch((0.1 * buzz).astype(np.float32), rate)
    assert heights[10:90] == pytest.approx(height, rel=0.04)
    assert pitch(np.zeros(rate, np.float32), rate).max() == 0.0


def test_brows_stay_up_at_the_end_of_a_question() -> None:
    end = make_speech(4.0).phones[-1].start
    raised = make_life(make_speech(4.0, "Ba?"), Life(), 0)["browOuterUpLeft"]
    plain = make_life(make_speech(4.0, "Ba."), Life(), 0).get("browOuterUpLeft")
    assert sample_curve(raised, end) > 0.3
    assert plain is None or sample_curve(plain, end) < 0.2


@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "neutral"])
def test_a_mood_is_reached_kept_and_leaves_the_mouth_free(mood: str) -> None:
    speech = make_speech(6.0)
    curves = make_life(speech, Life(mood=mood, blinks=0, gaze=0, brows=0, head=0), seed=0)
    assert set(curves) == set(MOODS[mood])
    for channel, curve in curves.items():
        assert curve.weights[0] == 0.0
        assert sample_curve(curve, speech.duration) == sample_curve(curve, 0.5) > 0.0
        if channel.startswith("mouth"):
            assert curve.weights.max() <= 0.25
    half = make_life(speech, Life(mood=mood, mood_amount=0.5, blinks=0, gaze=0, brows=0, head=0), seed=0)
    for channel, curve in half.items():
        assert curve.weights.max() == pytest.approx(curves[channel].weights.max() / 2)
    kept = make_life(speech, Life(mood=mood, mood_before=mood, blinks=0, gaze=0, brows=0, head=0), seed=0)
    assert all(len(curve.times) == 1 for curve in kept.values())


def test_moods_change_within_a_clip_and_nothing_else_moves_meanwhile() -> None:
    speech = make_speech(8.0, loud_at=3.1)
    life = Life(mood="happy", mood_changes=((3.0, "surprised"), (3.1, "surprised"), (5.0, "neutral"), (7.9, "sad")))
    still = make_life(speech, replace(life, blinks=0, gaze=0, brows=0, head=0))
    for channel, mood in ((c, m) for m in ("happy", "surprised") for c in MOODS[m]):
        weights = sample_curve(still[channel], np.array([2.9, 3.5, 4.9, 5.5]))
        share = 0.55 if channel.startswith("mouth") else 1.0
        wanted = [share * MOODS[m].get(channel, 0.0) for m in ("happy", "surprised", "surprised", "neutral")]
        np.testing.assert_allclose(weights, wanted, atol=1e-6, err_msg=f"{channel} of {mood}")
    for seed in range(20):
        for channel, curve in make_life(speech, life, seed).items():
            assert np.all(np.diff(curve.times) > 0.0), channel
            if channel in MOODS["surprised"]:
                inside = (curve.times > 3.0) & (curve.times < 3.4)
                assert not inside.any(), "one straight change"


def test_life_is_on_its_own_channels_and_leaves_the_visemes_as_they_are() -> None:
    speech = make_speech(20.0, loud_at=6.0)
    plain, alive = animate(speech), animate(speech, life=Life(mood="happy"), seed=3)
    for channel in VISEME_CHANNELS:
        if channel in plain.channels:
            np.testing.assert_array_equal(plain.channels[channel].times, alive.channels[channel].times)
    extra = set(alive.channels) - set(plain.channels)
    assert extra <= {*ARKIT_CHANNELS, *HEAD_CHANNELS}
    assert not extra & {"jawOpen", "mouthClose", "mouthPucker", "mouthFunnel"}
    assert alive.key_count <= 100 * speech.duration


@pytest.mark.parametrize("amount", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("seconds", [0.05, 0.7, 30.0])
def test_all_curves_are_ordered_and_bounded(amount: float, seconds: float) -> None:
    life = Life("sad", "angry", amount, amount, amount, amount, amount)
    for curve in make_life(make_speech(seconds, "Ba?"), life, seed=4).values():
        assert np.all(np.diff(curve.times) > 0.0)
        assert curve.times[0] >= 0.0
        assert curve.weights.min() >= 0.0
        assert curve.weights.max() <= 1.0


def test_seeds() -> None:
    speech = make_speech(30.0)
    one, same, other = (make_life(speech, Life(), seed) for seed in (1, 1, 2))
    assert one["eyeBlinkLeft"].times.tolist() == same["eyeBlinkLeft"].times.tolist()
    assert one["eyeBlinkLeft"].times.tolist() != other["eyeBlinkLeft"].times.tolist()


def test_unknown_moods_and_amounts_are_met_with_a_sentence() -> None:
    with pytest.raises(AlphsistantError, match="no mood"):
        Life(mood="hungry")
    with pytest.raises(AlphsistantError, match="no mood"):
        Life(mood_changes=((1.0, "hungry"),))
    with pytest.raises(AlphsistantError, match="from 0 to 2"):
        Life(blinks=-1.0)
