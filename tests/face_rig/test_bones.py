"""Bones that speak: which are taken, how far they turn, and in which sense."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.face_rig.bone_names import AXES, Bone, head_bones, rank_bones
from alphsistant_addon.face_rig.rig_map import RigMap, Row
from alphsistant_addon.lip_sync.visemes import OPENING

JAW = Bone("jaw", "Rig", "jaw", degrees=18.0)


def face(**channels: float) -> FaceAnimation:
    """Channels that go from 0 to a weight at 0.5 s and back."""
    times = np.array([0.0, 0.5, 1.0])
    return FaceAnimation({name: Curve(times, np.array([0.0, w, 0.0])) for name, w in channels.items()}, 1.0)


def farthest(bone: Bone, animation: FaceAnimation) -> list[float]:
    """The largest angle about X, Y and Z, in degrees, with its sign."""
    angles = RigMap((), (bone,)).turns(animation)[bone.armature][bone.bone].angles
    return [float(np.degrees(axis[np.argmax(np.abs(axis))])) for axis in angles.T]


def test_the_jaw_turns_only_where_no_key_opens_the_mouth() -> None:
    opens = Row("viseme_aa", "Head", "aa")
    assert RigMap((opens,)).with_bones([JAW]).bones == ()
    assert RigMap((opens,)).with_bones([JAW], jaw_beside_keys=True).bones == (JAW,)
    for other in (Row("viseme_PP", "Head", "PP"), Row("viseme_aa", "Teeth", "aa", partial=True)):
        assert RigMap((other,)).with_bones([JAW]).bones == (JAW,)


def test_with_a_jaw_nothing_else_stands_in_for_aa() -> None:
    substitute = Row("viseme_aa", "Head", "E", substitute="E")
    assert RigMap((substitute,)).with_bones([JAW]).rows == ()
    assert RigMap((substitute,)).with_bones([]).rows == (substitute,)


@pytest.mark.parametrize("viseme", [viseme for viseme, share in OPENING.items() if share])
def test_the_jaw_follows_the_opening_of_each_viseme(viseme: str) -> None:
    x, y, z = farthest(JAW, face(**{f"viseme_{viseme}": 0.8}))
    assert x == pytest.approx(18.0 * 0.8 * OPENING[viseme], rel=0.02)
    assert (y, z) == (0.0, 0.0)


def test_the_jaw_opens_no_further_than_its_angle() -> None:
    assert farthest(JAW, face(viseme_aa=1.0, viseme_O=1.0))[0] == pytest.approx(18.0)


@pytest.mark.parametrize("axis", AXES)
def test_a_bone_turns_about_its_axis_in_the_sense_of_its_sign(axis: str) -> None:
    angles = farthest(Bone("jaw", "Rig", "jaw", pitch=axis, degrees=10.0), face(viseme_aa=1.0))
    wanted = [0.0, 0.0, 0.0]
    wanted["XYZ".index(axis[1])] = 10.0 if axis[0] == "+" else -10.0
    assert angles == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("channel", "place", "sign"),
    [
        ("headPitchDown", 0, 1),
        ("headPitchUp", 0, -1),
        ("headYawLeft", 1, 1),
        ("headYawRight", 1, -1),
        ("headRollLeft", 2, 1),
        ("headRollRight", 2, -1),
    ],
)
def test_the_head_turns_to_both_sides_of_each_direction(channel: str, place: int, sign: int) -> None:
    head = Bone("head", "Rig", "head", pitch="+X", yaw="+Y", roll="+Z", degrees=15.0)
    wanted = [0.0, 0.0, 0.0]
    wanted[place] = sign * 7.5
    assert farthest(head, face(**{channel: 0.5})) == pytest.approx(wanted)


def test_head_and_neck_share_the_motion() -> None:
    axes = ("+X", "+Y", "-Z")
    (alone,) = head_bones("Rig", {"head": ("Head", axes)})
    assert (alone.bone, alone.degrees) == ("Head", 15.0)
    head, neck = head_bones("Rig", {"head": ("Head", axes), "neck": ("Neck", axes)})
    assert (head.part, neck.part) == ("head", "neck")
    assert (head.degrees, neck.degrees) == pytest.approx((9.0, 6.0))
    assert head_bones("Rig", {"neck": ("Neck", axes)}) == []


def test_a_bone_that_a_rig_moves_by_itself_is_the_last_choice() -> None:
    assert rank_bones(["DEF-jaw", "jaw_master", "ORG-jaw", "Jawbone_wire", "mixamorig:Jaw"], "jaw") == [
        "jaw_master",
        "mixamorig:Jaw",
        "DEF-jaw",
        "ORG-jaw",
    ]
