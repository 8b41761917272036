"""One moment of a face is what a take would play there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.face_rig import RigMap, Row, match
from alphsistant_addon.face_rig.bone_names import Bone
from alphsistant_addon.face_rig.rig_map import TOLERANCE
from alphsistant_addon.face_rig.rig_moment import RigMoment
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.live_motion import LIVE_CHANNELS, CurveTable

TIMES = np.arange(0.0, 1.0, 0.05)


def animation() -> FaceAnimation:
    """Every channel moves, each in its own way."""
    generator = np.random.default_rng(4)
    keys = np.linspace(0.0, 1.0, 6)
    curves = {name: Curve(keys, np.concatenate([[0.0], generator.uniform(0, 1, 4), [0.0]])) for name in LIVE_CHANNELS}
    return FaceAnimation(curves, 1.0)


def rig_of_keys() -> RigMap:
    """A face of ARKit's shapes: visemes composed of several keys, keys that several visemes share, a second mesh."""
    return match({"Head": list(ARKIT_CHANNELS), "Teeth": ["jawOpen", "mouthClose"]})


def rig_by_hand() -> RigMap:
    return RigMap(
        (
            Row("viseme_aa", "Head", "Open", weight=0.8, gain=1.5, limit=0.7),
            Row("viseme_O", "Head", "Open", weight=0.6, limit=0.9),
            Row("eyeBlinkLeft", "Head", "Lid", gain=0.6),
            Row("nothing we know", "Head", "Other"),
        )
    )


@pytest.mark.parametrize("make", [rig_of_keys, rig_by_hand])
def test_the_values_are_those_of_a_take(make: Callable[[], RigMap]) -> None:
    rig, face = make(), animation()
    moment, table = RigMoment(rig, LIVE_CHANNELS), CurveTable(animation())
    curves = rig.apply(face)
    assert {(mesh, key) for mesh, keys in curves.items() for key in keys} == set(moment.keys)
    shown = np.array([moment.values(table.at(time)) for time in TIMES])
    for index, (mesh, key) in enumerate(moment.keys):
        np.testing.assert_allclose(shown[:, index], sample_curve(curves[mesh][key], TIMES), atol=TOLERANCE + 0.005)


def test_only_the_mouths_keys_are_the_mouths() -> None:
    moment = RigMoment(rig_of_keys(), LIVE_CHANNELS)
    mouth = {key for (_, key), is_mouth in zip(moment.keys, moment.is_mouth, strict=True) if is_mouth}
    assert {"jawOpen", "mouthFunnel"} <= mouth
    assert "eyeBlinkLeft" not in mouth
    assert "browInnerUp" not in mouth


def test_the_turns_are_those_of_a_take() -> None:
    bones = (
        Bone("jaw", "Rig", "Jaw", "-X", "+Y", "+Z", 18.0),
        Bone("head", "Rig", "Head", "+X", "-Z", "+Y", 9.0),
        Bone("neck", "Rig", "Neck", "+Z", "+X", "-Y", 6.0),
    )
    rig, face = RigMap((), bones), animation()
    moment, table = RigMoment(rig, LIVE_CHANNELS), CurveTable(animation())
    turns = rig.turns(face)["Rig"]
    assert [bone.bone for bone in moment.bones] == list(turns)
    for index, turn in enumerate(turns.values()):
        shown = np.array([moment.angles(table.at(time))[index] for time in turn.times])
        np.testing.assert_allclose(shown, turn.angles, atol=0.01)
    shown = np.array([moment.angles(table.at(time)) for time in TIMES])
    assert np.abs(shown[:, 0, 0]).max() == pytest.approx(np.radians(18.0), abs=0.01), "as far as the jaw goes"


def test_a_face_without_bones_or_keys_has_none() -> None:
    moment = RigMoment(RigMap(), LIVE_CHANNELS)
    assert moment.values(np.zeros(len(LIVE_CHANNELS))).shape == (0,)
    assert moment.angles(np.zeros(len(LIVE_CHANNELS))).shape == (0, 3)
