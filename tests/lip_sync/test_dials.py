"""Dials change what they say, leave closures alone, and do nothing as they stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.face_animation import FaceAnimation
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.dials import GROUPS, LAYERS, Dials, holds, layer_of, turn_dials, without_layers

TIMES = np.arange(0, 4.0, 0.005)


@pytest.fixture
def face(models: Any) -> FaceAnimation:
    (speech,) = models.voice.stream("Bob may pop a little loud van to see who laughed.")
    return animate(speech, frame_rate=25.0, life="speaker")


def peak(face: FaceAnimation, channel: str) -> float:
    return float(sample_curve(face.channels[channel], TIMES).max()) if channel in face.channels else 0.0


def assert_closed(face: FaceAnimation, before: FaceAnimation, lead: float = 0.0) -> None:
    found = holds(before.channels)
    assert found
    for channel, start, end in found:
        inside = np.linspace(start, end, 5) - lead
        assert sample_curve(face.channels[channel], inside).min() >= (0.99 if channel == "viseme_PP" else 0.8)
        for other in VISEME_CHANNELS:
            if other != channel and other in face.channels:
                assert sample_curve(face.channels[other], inside).max() <= 0.011, other


def test_as_it_stands_nothing_changes(face: FaceAnimation):
    same = turn_dials(face, Dials())
    assert all(same.channels[name] is curve for name, curve in face.channels.items())


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_weakened_alone(face: FaceAnimation, group: str):
    weak = turn_dials(face, Dials(**{group: 0.5}))
    for channel in VISEME_CHANNELS:
        if channel not in face.channels or channel in ("viseme_sil", "viseme_PP", "viseme_FF"):
            continue
        expected = 0.5 if channel in GROUPS[group] else 1.0
        assert peak(weak, channel) == pytest.approx(expected * peak(face, channel), abs=0.04), channel
    assert_closed(weak, face)
    assert weak.channels["eyeBlinkLeft"] is face.channels["eyeBlinkLeft"]


@pytest.mark.parametrize(
    "dials", [Dials(smoothing=0.2), Dials(hold=0.1), Dials(jaw=2.0, lips=2.0, rounding=2.0, tongue=2.0)]
)
def test_closures_stay_and_weights_stay_in_range(face: FaceAnimation, dials: Dials):
    turned = turn_dials(face, dials)
    assert_closed(turned, face)
    total = sum(sample_curve(turned.channels[name], TIMES) for name in VISEME_CHANNELS if name in turned.channels)
    assert total.max() <= 1.1
    assert all((c.weights >= 0).all() and (c.weights <= 1).all() for c in turned.channels.values())


def test_smoothing_takes_off_peaks_and_hold_widens_them(face: FaceAnimation):
    def area(turned: FaceAnimation) -> float:
        return sum(sample_curve(turned.channels[name], TIMES).sum() for name in ("viseme_aa", "viseme_O", "viseme_E") if name in turned.channels)  # fmt: skip  # noqa: E501

    assert peak(turn_dials(face, Dials(smoothing=0.25)), "viseme_aa") < 0.9 * peak(face, "viseme_aa")
    assert area(turn_dials(face, Dials(hold=0.1))) > 1.1 * area(face)


def test_lead_moves_the_mouth_alone(face: FaceAnimation):
    early = turn_dials(face, Dials(lead=0.04))
    assert early.channels["viseme_PP"].times == pytest.approx(face.channels["viseme_PP"].times - 0.04)
    assert early.channels["eyeBlinkLeft"] is face.channels["eyeBlinkLeft"]
    assert_closed(early, face, lead=0.04)


def test_every_channel_is_in_one_layer(face: FaceAnimation):
    assert layer_of("viseme_aa") == layer_of("jawOpen") == "mouth"
    assert (layer_of("browInnerUp"), layer_of("eyeBlinkLeft"), layer_of("eyeLookUpLeft")) == ("brows", "blinks", "gaze")
    assert (layer_of("headYawLeft"), layer_of("mouthSmileLeft"), layer_of("eyeSquintLeft")) == ("head", "mood", "mood")
    left = without_layers(face, ["mouth", "blinks"])
    assert {layer_of(name) for name in left.channels} == {layer_of(name) for name in face.channels} - {
        "mouth",
        "blinks",
    }
    assert not without_layers(face, LAYERS).channels


@pytest.mark.parametrize("wrong", [{"jaw": -0.1}, {"lead": 0.5}, {"smoothing": float("nan")}])
def test_dials_have_ends(wrong: dict[str, float]):
    with pytest.raises(AlphsistantError, match="must be between"):
        Dials(**wrong)
