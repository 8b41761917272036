from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("bpy")
import bpy
import numpy as np
from lip_gap import evaluated_points, lip_gap
from mathutils import Vector
from mathutils.bvhtree import BVHTree

pytestmark = pytest.mark.blender

FILE = Path(__file__).parents[2] / "blender_assets" / "face" / "face.blend"
VISEMES = [
    f"viseme_{name}" for name in ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]
]
SIDED = [
    "browDown",
    "browOuterUp",
    "cheekSquint",
    "eyeBlink",
    "eyeLookDown",
    "eyeLookIn",
    "eyeLookOut",
    "eyeLookUp",
    "eyeSquint",
    "eyeWide",
    "mouthDimple",
    "mouthFrown",
    "mouthLowerDown",
    "mouthPress",
    "mouthSmile",
    "mouthStretch",
    "mouthUpperUp",
    "noseSneer",
]
ARKIT = [name + side for name in SIDED for side in ("Left", "Right")] + [
    "browInnerUp",
    "cheekPuff",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthFunnel",
    "mouthLeft",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "tongueOut",
]
DIALS = [f"dial_{name}" for name in ["smile", "anger", "sadness", "surprise"]]
MM = 0.001


@pytest.fixture(scope="module")
def face():
    """The shipped face, appended as a user would append it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(FILE)) as (there, here):
        assert len(there.collections) == 1
        here.collections = there.collections
    bpy.context.scene.collection.children.link(here.collections[0])
    return bpy.data.objects["Alphsistant Face"]


def pose(face, **weights):
    for key in face.data.shape_keys.key_blocks:
        key.value = weights.get(key.name, 0)
    bpy.context.view_layer.update()


def key_points(face, name):
    points = np.empty(len(face.data.vertices) * 3, dtype=np.float32)
    face.data.shape_keys.key_blocks[name].data.foreach_get("co", points)
    return points.reshape(-1, 3).astype(float)


def vertices_of(face, *materials):
    slots = [slot.name.removeprefix("Alphsistant ") for slot in face.data.materials]
    found = {v for p in face.data.polygons if slots[p.material_index] in materials for v in p.vertices}
    return np.array(sorted(found))


def test_everything_a_user_needs_comes_with_the_collection(face):
    names = {o.name for o in bpy.context.scene.collection.children[0].all_objects}
    assert {"Alphsistant Face", "Alphsistant Hair", "Alphsistant Shirt", "Alphsistant Camera"} <= names
    assert sum(o.type == "LIGHT" for o in bpy.data.objects) >= 3
    assert len(ARKIT) == 52
    keys = set(face.data.shape_keys.key_blocks.keys())
    assert keys == {"Basis", "tongueTipUp", "tongueBackUp", *ARKIT, *VISEMES, *DIALS}


def test_the_file_is_light(face):
    assert FILE.stat().st_size < 5e6
    assert sum(len(o.data.vertices) for o in bpy.data.objects if o.type == "MESH") <= 25_000
    assert face.data.shape_keys.name


def test_every_coordinate_is_finite_and_near_the_head(face):
    for key in face.data.shape_keys.key_blocks:
        points = key_points(face, key.name)
        assert np.isfinite(points).all(), key.name
        assert np.abs(points - key_points(face, "Basis")).max() < 60 * MM, key.name


def test_every_key_but_silence_moves_the_face(face):
    still = [k for k in (*ARKIT, *VISEMES) if np.abs(key_points(face, k) - key_points(face, "Basis")).max() < 0.5 * MM]
    assert still == ["viseme_sil"]


@pytest.mark.parametrize(
    ("weights", "most"),
    [
        ({}, 0.5),
        ({"viseme_PP": 1.0}, 0.5),
        ({"viseme_PP": 0.9}, 1.0),
        ({"viseme_PP": 0.95, "viseme_aa": 0.05}, 0.5),
        ({"viseme_PP": 0.9, "viseme_O": 0.1}, 1.0),
        ({"jawOpen": 0.3, "mouthClose": 0.3}, 0.5),
        ({"jawOpen": 0.7, "mouthClose": 0.7}, 0.5),
    ],
)
def test_lips_seal(face, weights, most):
    pose(face, **weights)
    assert lip_gap(face) < most * MM


def test_open_visemes_open_and_differ(face):
    gaps = {}
    for viseme in VISEMES[2:]:
        pose(face, **{viseme: 1})
        gaps[viseme] = lip_gap(face)
    assert min(gaps.values()) > 1 * MM
    assert gaps["viseme_aa"] == max(gaps.values()) > 12 * MM
    assert gaps["viseme_FF"] < gaps["viseme_E"] < gaps["viseme_aa"]
    assert gaps["viseme_U"] < gaps["viseme_O"] - 3 * MM


def test_no_ray_from_the_front_passes_the_lips_in_pp(face):
    pose(face, viseme_PP=1)
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get())
    tree = BVHTree.FromObject(face, bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.data
    slots = [slot.name for slot in mesh.materials]
    row = evaluated_points(face)[vertices_of(face, "Lips")]
    seen = set()
    for x in np.linspace(row[:, 0].min() * 0.9, row[:, 0].max() * 0.9, 41):
        for z in np.linspace(row[:, 2].min(), row[:, 2].max(), 60):
            _, _, index, _ = tree.ray_cast(Vector((x, -1, z)), Vector((0, 1, 0)))
            if index is not None:
                seen.add(slots[mesh.polygons[index].material_index].removeprefix("Alphsistant "))
    assert seen <= {"Skin", "Lips"}


def test_rounded_visemes_narrow_the_mouth(face):
    def width(name):
        lips = key_points(face, name)[vertices_of(face, "Lips")]
        return np.ptp(lips[:, 0])

    assert width("viseme_U") < width("viseme_O") < width("Basis") < width("viseme_I")


def test_the_lower_teeth_follow_the_jaw_and_the_upper_never_move(face):
    moved = {
        name: np.linalg.norm(key_points(face, name) - key_points(face, "Basis"), axis=1) for name in (*ARKIT, *VISEMES)
    }
    teeth = vertices_of(face, "Teeth")
    middle = np.median(key_points(face, "Basis")[teeth, 2])
    upper = teeth[key_points(face, "Basis")[teeth, 2] > middle + 5 * MM]
    lower = teeth[key_points(face, "Basis")[teeth, 2] < middle - 5 * MM]
    assert moved["viseme_aa"][lower].min() > 2 * MM
    assert max(m[upper].max() for m in moved.values()) == 0


def test_tongue_comes_between_the_teeth_in_th(face):
    def tip(name):
        return key_points(face, name)[vertices_of(face, "Tongue"), 1].min()

    teeth = key_points(face, "Basis")[vertices_of(face, "Teeth"), 1].min()
    assert tip("viseme_TH") < teeth < tip("viseme_sil")


def test_blink_closes_the_lids_over_the_eyes(face):
    pose(face, eyeBlinkLeft=1, eyeBlinkRight=1)
    tree = BVHTree.FromObject(face, bpy.context.evaluated_depsgraph_get())
    mesh = face.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    slots = [slot.name.removeprefix("Alphsistant ") for slot in mesh.materials]
    for pupil in key_points(face, "Basis")[vertices_of(face, "Pupil", "Iris")]:
        index = tree.ray_cast(Vector((pupil[0], -1, pupil[2])), Vector((0, 1, 0)))[2]
        assert slots[mesh.polygons[index].material_index] in {"Skin", "Lashes", "Wet"}


def test_left_and_right_keys_mirror_each_other(face):
    basis = key_points(face, "Basis")
    skin = vertices_of(face, "Skin", "Lips")
    # The lips lie upon each other: what tells their vertices apart is how they move with the jaw.
    opened = key_points(face, "jawOpen")
    away = np.zeros((len(skin), len(skin)), dtype=np.float32)
    for points in (basis[skin], opened[skin]):
        for axis, sign in enumerate((-1, 1, 1)):
            away += np.subtract.outer(sign * points[:, axis], points[:, axis]).astype(np.float32) ** 2
    twin = away.argmin(1)
    paired = away[np.arange(len(skin)), twin] < (0.7 * MM) ** 2
    assert paired.mean() > 0.9
    one, other = skin[paired], skin[twin[paired]]
    for name in SIDED:
        left = (key_points(face, f"{name}Left") - basis)[one]
        right = (key_points(face, f"{name}Right") - basis)[other] * [-1, 1, 1]
        assert np.abs(left - right).max() < 1.5 * MM, name
        assert left[basis[one, 0] > 0].any(), name
