"""Few keys on any rig: near on each frame, exact at seals, the same for the same motion."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.face_rig import RigMap, match
from alphsistant_addon.face_rig.bone_names import Bone
from alphsistant_addon.face_rig.bone_rotations import HEAD_TOLERANCE
from alphsistant_addon.face_rig.plain_keys import KEYS_PER_SECOND, TOLERANCES, FrameGrid, samples_of
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from alphsistant_addon.lip_sync.curves import sample_curve

RIGS = {
    "visemes": {"Head": VISEME_CHANNELS},
    "both": {"Head": (*VISEME_CHANNELS, *ARKIT_CHANNELS)},
    "arkit": {"Head": ARKIT_CHANNELS, "Teeth": ("jawOpen",)},
}


@pytest.fixture
def face(models: Any) -> FaceAnimation:
    (speech,) = models.voice.stream("Bob may pop my balloon before five foes saw who laughed.")
    return animate(speech, frame_rate=25.0, life="speaker")


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("first", [0.0, 0.013])
@pytest.mark.parametrize("rig", RIGS)
def test_near_on_every_frame_and_exact_at_seals(face: FaceAnimation, rig: str, first: float, whole: bool):
    rows = match(RIGS[rig])
    frames = FrameGrid(25.0, first, whole)
    grid = frames.frames(0.0, face.duration)
    samples = samples_of(face, frames)
    plain, dense = rows.apply(face, frames), rows.apply(face)
    for mesh, keys in dense.items():
        for key, wanted in keys.items():
            curve = plain[mesh].get(key, Curve(np.zeros(0), np.zeros(0)))
            off = np.abs(sample_curve(curve, samples.times) - sample_curve(wanted, samples.read_at))
            # The curve to compare with is itself fitted to .015 where channels share a key.
            assert off[samples.seen].max() <= TOLERANCES[-1] + 0.0151, (mesh, key)
            sealed = samples.exact <= 0.002
            assert sealed.any()
            assert off[sealed].max() <= 0.0171, (mesh, key)
            if whole:
                assert np.abs((curve.times - first) * 25 % 1.0 - 0.5).min(initial=0.5) > 0.499
    assert grid[0] <= 0.0
    assert grid[-1] >= face.duration


def test_keys_a_second(face: FaceAnimation):
    def per_second(rig: str) -> float:
        curves = [c for keys in match(RIGS[rig]).apply(face, FrameGrid(25.0)).values() for c in keys.values()]
        return sum(len(curve.times) for curve in curves) / face.duration

    assert per_second("visemes") <= KEYS_PER_SECOND
    assert per_second("both") <= KEYS_PER_SECOND
    dense = sum(len(c.times) for keys in match(RIGS["arkit"]).apply(face).values() for c in keys.values())
    assert per_second("arkit") < 0.6 * dense / face.duration


def test_a_seal_between_two_frames_is_shown_on_one():
    seal = Curve(np.array([0.40, 0.411, 0.419, 0.43]), np.array([0.0, 1.0, 1.0, 0.0]))
    face = FaceAnimation({"viseme_PP": seal}, 1.0)
    (curve,) = match({"Head": VISEME_CHANNELS}).apply(face, FrameGrid(25.0, 0.0, whole=True))["Head"].values()
    assert sample_curve(curve, 0.40) == pytest.approx(1.0)


def test_two_meshes_with_the_same_keys_get_the_same(face: FaceAnimation):
    rig = match({"Head": VISEME_CHANNELS, "Beard": VISEME_CHANNELS})
    curves = rig.apply(face, FrameGrid(25.0))
    for key, curve in curves["Head"].items():
        assert np.array_equal(curve.times, curves["Beard"][key].times)


@pytest.mark.parametrize("whole", [True, False])
def test_the_head_has_few_keys_and_is_near_on_every_frame(face: FaceAnimation, whole: bool):
    bone = Bone("head", "Rig", "head", "+X", "+Y", "+Z", 15.0)
    frames = FrameGrid(25.0, 0.013, whole)
    (plain,) = RigMap((), (bone,)).turns(face, frames)["Rig"].values()
    (dense,) = RigMap((), (bone,)).turns(face)["Rig"].values()
    grid = frames.frames(dense.times[0], dense.times[-1])
    for axis in range(3):
        off = sample_curve(Curve(plain.times, plain.angles[:, axis]), grid) - sample_curve(
            Curve(dense.times, dense.angles[:, axis]), grid
        )
        # Where one axis has a key for another's sake, its curve is bent a little.
        assert np.abs(off).max() <= 1.5 * np.radians(15.0) * HEAD_TOLERANCE
    assert len(plain.times) < len(dense.times)
    assert np.isin(plain.times.round(6), grid.round(6)).all()


def test_keys_of_the_head_count(face: FaceAnimation):
    rig = match(RIGS["both"])
    bones = tuple(Bone("head", "Rig", name, "+X", "+Y", "+Z", 15.0) for name in "abcdefghijkl")
    without = sum(len(c.times) for c in rig.apply(face, FrameGrid(25.0))["Head"].values())
    beside = sum(len(c.times) for c in rig.with_bones(bones).apply(face, FrameGrid(25.0))["Head"].values())
    assert beside < without
