"""Hair, brows, lashes, beard, skin and eyes of everybody in the cast, without a render."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("bpy")
import bpy
import numpy as np
from lip_gap import evaluated_points
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from mathutils.kdtree import KDTree

pytestmark = pytest.mark.blender

ASSETS = Path(__file__).parents[2] / "blender_assets"
FILES = [ASSETS / "face" / "face.blend", *sorted(ASSETS.glob("cast/*/*.blend"))]
MM = 0.001


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def face(request):
    """A person, opened as a file of its own."""
    bpy.ops.wm.open_mainfile(filepath=str(request.param), load_ui=False)
    return bpy.data.objects["Alphsistant Face"]


def pose(face, **weights):
    for key in face.data.shape_keys.key_blocks:
        key.value = weights.get(key.name, 0)
    bpy.context.view_layer.update()


def growth(name):
    return bpy.data.objects.get(f"Alphsistant {name}")


def evaluated(thing):
    return thing.evaluated_get(bpy.context.evaluated_depsgraph_get())


def strands(thing):
    """Every point of every strand in the scene, ``[n, 3]``, and the numbers of the roots."""
    data = evaluated(thing).data
    points = np.empty(len(data.points) * 3, dtype=np.float32)
    data.attributes["position"].data.foreach_get("vector", points)
    roots = np.array([curve.first_point_index for curve in data.curves])
    matrix = np.array(thing.matrix_world)
    return points.reshape(-1, 3).astype(float) @ matrix[:3, :3].T + matrix[:3, 3], roots


def root_points(thing):
    """Where the strands grow, ``[n, 3]``: a strand that bends may be trimmed to another number of points."""
    points, roots = strands(thing)
    return points[roots]


def nearest(points, to):
    """Distance from each of ``to`` to the nearest of ``points``."""
    tree = KDTree(len(points))
    for number, point in enumerate(points):
        tree.insert(Vector(point), number)
    tree.balance()
    return np.array([tree.find(Vector(point))[2] for point in to])


def zones(face):
    """Lips, thin skin, scalp and oil of every vertex, ``[n, 4]``."""
    values = np.empty(len(face.data.vertices) * 4, dtype=np.float32)
    face.data.color_attributes["Zones"].data.foreach_get("color", values)
    return values.reshape(-1, 4)


def rest_points(face):
    points = np.empty(len(face.data.vertices) * 3, dtype=np.float32)
    face.data.shape_keys.key_blocks[0].data.foreach_get("co", points)
    return points.reshape(-1, 3).astype(float)


def test_everybody_has_strands_and_no_node_warns(face):
    pose(face)
    for name, least in (("Hair", 5000), ("Brows", 200), ("Lashes", 250)):
        thing = growth(name)
        points, roots = strands(thing)
        assert len(roots) >= least, name
        assert np.isfinite(points).all(), name
        for modifier in thing.modifiers:
            assert [warning.message for warning in getattr(modifier, "node_warnings", [])] == []


def test_no_patch_of_the_scalp_is_bald(face):
    """Wherever the skin is painted as scalp a strand is near: nobody sees skin there, from any side."""
    pose(face)
    scalp = rest_points(face)[zones(face)[:, 2] > 0.85]
    assert len(scalp) > 50
    points, _ = strands(growth("Hair"))
    assert np.quantile(nearest(points, scalp), 0.98) < 9 * MM


def test_hair_leaves_the_eyes_free(face):
    pose(face)
    points, _ = strands(growth("Hair"))
    slots = [slot.name.removeprefix("Alphsistant ") for slot in face.data.materials]
    iris = sorted({v for p in face.data.polygons if slots[p.material_index] == "Iris" for v in p.vertices})
    eyes = rest_points(face)[iris]
    before = points[points[:, 1] < eyes[:, 1].mean()]
    flat = np.array([1, 0, 1])
    covered = nearest(before * flat, eyes * flat) < 1 * MM if len(before) else np.zeros(len(eyes), bool)
    assert covered.mean() < 0.05


@pytest.mark.parametrize("key", ["browInnerUp", "browDownLeft", "eyeBlinkLeft", "mouthSmileLeft", "jawOpen"])
def test_brows_stay_on_the_skin(face, key):
    pose(face, **{key: 1})
    points, roots = strands(growth("Brows"))
    tree = BVHTree.FromObject(face, bpy.context.evaluated_depsgraph_get())
    off = np.array([tree.find_nearest(Vector(root))[3] for root in points[roots]])
    pose(face)
    assert off.max() < 1.2 * MM


def test_lashes_go_down_with_the_lid(face):
    pose(face)
    open_eyes, roots = strands(growth("Lashes"))
    pose(face, eyeBlinkLeft=1, eyeBlinkRight=1)
    closed, _ = strands(growth("Lashes"))
    pose(face)
    upper = np.argsort(open_eyes[roots, 2])[len(roots) // 2 :]
    assert np.median(open_eyes[roots[upper], 2] - closed[roots[upper], 2]) > 3 * MM


def test_hair_and_brows_follow_the_head(face):
    rig = bpy.data.objects["Alphsistant Rig"]
    pose(face)
    things = [thing for name in ("Hair", "Brows", "Lashes", "Beard") if (thing := growth(name)) is not None]
    before = [root_points(thing) for thing in things]
    head_before = evaluated_points(face)
    bone = rig.pose.bones["head"]
    bone.rotation_mode = "XYZ"
    bone.rotation_euler = (0, 0.4, 0)
    bpy.context.view_layer.update()
    after = [root_points(thing) for thing in things]
    head_moves = np.linalg.norm(evaluated_points(face) - head_before, axis=1).max()
    bone.rotation_euler = (0, 0, 0)
    bpy.context.view_layer.update()
    for thing, one, other in zip(things, before, after, strict=True):
        moves = np.linalg.norm(other - one, axis=1)
        assert 0.1 * head_moves < np.median(moves) < 1.5 * head_moves, thing.name


def test_a_beard_follows_the_jaw(face):
    beard = growth("Beard")
    if beard is None:
        pytest.skip("no beard")
    pose(face)
    before = root_points(beard)
    pose(face, jawOpen=1)
    after = root_points(beard)
    pose(face)
    chin = np.argsort(before[:, 2])[: len(before) // 5]
    assert np.median(np.linalg.norm(after - before, axis=1)[chin]) > 8 * MM


def test_pores_hang_on_rest_positions(face):
    """Noise of the object's coordinates would swim over a face that moves."""
    assert face.add_rest_position_attribute
    skin = bpy.data.materials["Alphsistant Skin"].node_tree
    assert "rest_position" in {node.attribute_name for node in skin.nodes if node.type == "ATTRIBUTE"}
    assert not [node for node in skin.nodes if node.type == "TEX_COORD"]


def test_the_eye_is_deep(face):
    """The iris lies behind a clear cornea that bulges, and the pupil behind the iris."""
    slots = [slot.name.removeprefix("Alphsistant ") for slot in face.data.materials]
    points = rest_points(face)

    def front(name):
        corners = {v for p in face.data.polygons if slots[p.material_index] == name for v in p.vertices}
        return points[sorted(corners)][:, 1].min()

    assert front("Cornea") < front("Iris") - 1.5 * MM
    assert front("Iris") < front("Pupil") + 0.5 * MM


def test_the_zones_of_the_skin_are_told_apart(face):
    lips, thin, scalp, oil = zones(face).T
    for zone in (lips, thin, scalp, oil):
        assert 10 < (zone > 0.5).sum() < 3000
    assert ((lips > 0.5) & (scalp > 0.5)).sum() == 0
