"""A face that listens: it looks at who speaks, nods where a phrase ends, and begins and ends as it is told."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.lip_sync import Life
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.reactions import HEAD_TURN, Heard, Look, listen, weights_at, with_look

PHONES = (
    Phone(SILENCE, 0.0, 0.1),
    Phone("ɑ", 0.1, 1.0, 1),
    Phone(SILENCE, 1.0, 1.4),
    Phone("m", 1.4, 2.0),
    Phone(SILENCE, 2.0, 2.1),
)
STILL = Life(blinks=0.0, gaze=0.0, brows=0.0, head=0.0)
LEFT, RIGHT = Look(left=20.0), Look(left=-20.0)


def signed(face: FaceAnimation, positive: str, negative: str, seconds: float) -> float:
    one, other = (
        float(sample_curve(face.channels[name], [seconds])[0]) if name in face.channels else 0.0
        for name in (positive, negative)
    )
    return one - other


def yaw(face: FaceAnimation, seconds: float) -> float:
    return signed(face, "headYawLeft", "headYawRight", seconds)


def test_it_looks_at_who_speaks_with_eyes_and_head_and_at_the_next_speaker_after_a_moment():
    heard = [Heard(0.0, PHONES, "Ah.", LEFT), Heard(3.0, PHONES, "Ah.", RIGHT)]
    face = listen(6.0, heard, life=STILL)
    assert yaw(face, 1.0) == pytest.approx(0.6 * 20.0 / HEAD_TURN, abs=0.01)
    assert signed(face, "eyeLookOutLeft", "eyeLookInLeft", 1.0) > 0.1
    assert signed(face, "eyeLookInRight", "eyeLookOutRight", 1.0) > 0.1
    assert yaw(face, 3.1) > 0.5, "nobody looks before the other has begun"
    assert yaw(face, 4.5) == pytest.approx(-yaw(face, 1.0), abs=0.01)
    eyes_there = signed(face, "eyeLookOutLeft", "eyeLookInLeft", 3.48)
    assert eyes_there < -0.1, "the eyes are there before the head"
    assert yaw(face, 3.48) > -0.3


def test_head_and_eyes_together_are_the_direction_as_far_as_they_turn():
    from alphsistant_addon.lip_sync.reactions import EYES_TURN

    weights = Look(left=20.0, up=-10.0).weights
    assert weights["headYawLeft"] * HEAD_TURN + weights["eyeLookOutLeft"] * EYES_TURN == pytest.approx(20.0)
    assert weights["headPitchUp"] * HEAD_TURN + weights["eyeLookUpLeft"] * EYES_TURN == pytest.approx(-10.0)
    assert max(Look(left=90.0).weights.values()) < 1.0


def test_it_nods_at_the_ends_of_phrases_and_not_in_the_middle_of_them():
    nods: list[float] = []
    for seed in range(40):
        face = listen(
            4.0, [Heard(0.0, PHONES, "Ah. Mm.", Look())], life=Life(gaze=0.0, blinks=0.0, head=0.5), seed=seed
        )
        still = listen(4.0, [], life=Life(gaze=0.0, blinks=0.0, head=0.5), seed=seed)
        times = np.arange(0.0, 4.0, 0.02)
        difference = [
            signed(face, "headPitchDown", "headPitchUp", t) - signed(still, "headPitchDown", "headPitchUp", t)
            for t in times
        ]
        if max(difference) > 0.2:
            nods.append(float(times[int(np.argmax(difference))]))
    assert len(nods) > 20, "most listeners nod"
    assert len(nods) < 40, "not all of them"
    assert all(min(abs(nod - end) for end in (1.1, 2.1)) < 0.25 for nod in nods)


def test_brows_rise_at_the_end_of_a_question():
    life = Life(blinks=0.0, gaze=0.0, head=0.0, brows=0.5)
    asked, told = (listen(4.0, [Heard(0.0, PHONES, text, Look())], life=life) for text in ("Really?", "Really."))
    assert float(sample_curve(asked.channels["browInnerUp"], [2.25])[0]) > 0.2
    assert "browInnerUp" not in told.channels


def test_it_begins_and_ends_as_it_is_told_and_never_moves_the_mouth():
    before, after = {"mouthSmileLeft": 0.4, "headYawRight": 0.5}, {"browInnerUp": 0.6}
    face = listen(3.0, [Heard(0.0, PHONES, "Ah.", LEFT)], seed=3, before=before, after=after)
    assert weights_at(face, 0.0) == pytest.approx(before)
    assert weights_at(face, 3.0) == pytest.approx(after)
    assert not [name for name in face.channels if name.startswith(("viseme_", "jaw"))]
    for curve in face.channels.values():
        assert np.all(np.diff(curve.times) > 0.0)
        assert np.all((curve.weights >= 0.0) & (curve.weights <= 1.0))
        assert np.abs(np.diff(curve.weights)).max() < 0.75, "nothing jumps"


def test_the_same_seed_gives_the_same_curves():
    one, two, other = (listen(5.0, [Heard(0.0, PHONES, "Ah?", LEFT)], seed=seed) for seed in (4, 4, 5))
    assert one.channels.keys() == two.channels.keys()
    assert all(np.array_equal(one.channels[n].weights, two.channels[n].weights) for n in one.channels)
    assert any(
        n not in other.channels or not np.array_equal(one.channels[n].weights, other.channels[n].weights)
        for n in one.channels
    )


def test_who_speaks_looks_aside_with_glances_and_nods_around_that():
    nod = Curve(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.4, 0.0]))
    face = FaceAnimation({"headPitchDown": nod, "viseme_aa": nod}, 1.0)
    aside = with_look(face, Look(left=20.0, up=5.0))
    lifted = signed(aside, "headPitchUp", "headPitchDown", 0.0)
    assert lifted == pytest.approx(0.2, abs=0.01)
    assert signed(aside, "headPitchDown", "headPitchUp", 0.5) == pytest.approx(0.4 - lifted, abs=0.01)
    assert yaw(aside, 0.7) == pytest.approx(0.8)
    assert aside.channels["viseme_aa"] is nod
    assert with_look(face, Look()) is face
