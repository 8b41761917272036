"""*Close Them*: measured on a mesh built here, whose own shape for p b m leaves a share of the mouth open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.face import close_lips, find, mapping
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.blender.takes import report as take_report
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS
from alphsistant_addon.pipeline import reply_stream
from alphsistant_addon.pipeline.reply import Reply

pytestmark = pytest.mark.blender

COLUMNS = 9
OPEN = {"aa": 0.8, "E": 0.4, "O": 0.5, "U": 0.2, "I": 0.2, "kk": 0.2, "RR": 0.2}
"""How far each viseme drops the lower lip; the others leave it where it is."""

MakeLips = Callable[..., Any]


@pytest.fixture
def make_lips(blender: Any) -> MakeLips:
    """Build two lips of nine points each, joined at the corners, with keys that drop the lower one by some amount."""

    def make(name: str = "Lips", **drops: float) -> Any:
        x = np.linspace(-1.0, 1.0, COLUMNS)
        rows = [np.stack((x, x * 0 + y, x * 0 + z), axis=1) for y, z in ((0, 1), (0, 0.02), (0, 0), (0, -1))]
        quads = [
            (r + i, r + i + 1, r + i + 1 + COLUMNS, r + i + COLUMNS)
            for r in (0, 2 * COLUMNS)
            for i in range(COLUMNS - 1)
        ]
        corners = [(COLUMNS, 2 * COLUMNS), (2 * COLUMNS - 1, 3 * COLUMNS - 1)]
        mesh = blender.data.meshes.new(name)
        mesh.from_pydata(np.concatenate(rows).tolist(), corners, quads)
        thing = blender.data.objects.new(name, mesh)
        blender.context.scene.collection.objects.link(thing)
        blender.context.view_layer.objects.active = thing
        thing.shape_key_add(name="Basis", from_mix=False)
        visemes = {channel: OPEN.get(channel.removeprefix("viseme_"), 0.0) for channel in VISEME_CHANNELS}
        for key, drop in {**visemes, **drops}.items():
            block = thing.shape_key_add(name=key, from_mix=False)
            block.value = 0.0  # from 5.0 on a new key starts at 1
            for index in range(2 * COLUMNS, 4 * COLUMNS):
                block.data[index].co.z -= drop * (1 - (index % COLUMNS / 4 - 1) ** 2)
        return thing

    return make


def press(name: str = "") -> Any:
    scene = bpy.context.scene
    return find.find(scene, bpy.data.objects[name] if name else None, bpy.context.active_object)


def rows_of_pp(thing: Any) -> dict[str, float]:
    return {row.key: round(row.weight, 4) for row in thing.alphsistant_face.rows if row.channel == "viseme_PP"}


def seals(models: Any) -> tuple[int, int]:
    reply = list(reply_stream.run("", models, text="Bob may pop. My mum.", frame_rate=25))[-1]
    assert isinstance(reply, Reply)
    take = bake.bake(bpy.context.scene, press(), reply)
    report = take_report.check(take.id)
    bake.remove(take.id)
    return report.closed, report.seals


def test_open_lips_are_closed_in_one_step_and_the_take_report_sees_it(make_lips: MakeLips, models: Any):
    lips = make_lips(viseme_PP=0.12, mouthClose=-0.2)
    points = [tuple(point.co) for point in lips.data.shape_keys.key_blocks["viseme_PP"].data]
    before, of = seals(models)
    assert (before, of) == (0, 8)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.alphsistant.close_lips() == {"FINISHED"}
    # 15 % of the open mouth were open; .4 of mouthClose leaves 5 %.
    assert rows_of_pp(lips) == {"viseme_PP": 1.0, "mouthClose": 0.4}
    assert seals(models) == (8, 8)
    assert [tuple(point.co) for point in lips.data.shape_keys.key_blocks["viseme_PP"].data] == points
    assert bpy.ops.alphsistant.close_lips() == {"FINISHED"}
    assert rows_of_pp(lips)["mouthClose"] == 0.4, "closed is closed"


def test_one_undo_takes_it_back(make_lips: MakeLips):
    make_lips(viseme_PP=0.12, mouthClose=-0.2)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.alphsistant.close_lips("EXEC_DEFAULT", True)
    assert mapping.is_kept(bpy.data.objects["Lips"])
    bpy.ops.ed.undo()
    assert not mapping.is_kept(bpy.data.objects["Lips"])


def test_keys_are_added_in_turn_until_the_lips_are_closed(make_lips: MakeLips):
    lips = make_lips(viseme_PP=0.3, mouthClose=-0.1, mouthPressLeft=-0.1, mouthPressRight=-0.1, mouthRollUpper=0.2)
    closing = close_lips.close(press())
    assert closing.before == pytest.approx(0.375, abs=0.03)
    assert closing.after <= close_lips.WANTED
    assert closing.added["mouthClose"] == 1.0
    assert closing.added["mouthPressLeft"] == closing.added["mouthPressRight"] < 1.0
    assert "mouthRollUpper" not in closing.added, "it opens them here"
    assert lips.name in closing.sentence


def test_other_meshes_of_the_character_go_along(make_lips: MakeLips, make_face: Callable[..., Any]):
    lips = make_lips(viseme_PP=0.12, mouthClose=-0.2)
    beard = make_face("Beard", ("viseme_PP", "mouthClose"))
    beard.parent = lips
    bpy.ops.alphsistant.close_lips()
    on_beard = [row for row in lips.alphsistant_face.rows if row.mesh == beard and row.channel == "viseme_PP"]
    assert {row.key: round(row.weight, 4) for row in on_beard} == {"viseme_PP": 1.0, "mouthClose": 0.4}


def test_a_mapping_of_the_users_is_kept_and_a_key_in_it_is_raised(make_lips: MakeLips):
    lips = make_lips(viseme_PP=0.12, mouthClose=-0.2)
    bpy.ops.alphsistant.keep_mapping()
    bpy.ops.alphsistant.add_mapping_row(channel="viseme_PP", mesh="Lips", key="mouthClose")
    own = lips.alphsistant_face.rows[-1]
    own.weight, own.gain = 0.1, 2.0
    next(row for row in lips.alphsistant_face.rows if row.channel == "viseme_aa").gain = 1.25
    bpy.ops.alphsistant.close_lips()
    rows = [row for row in lips.alphsistant_face.rows if row.key == "mouthClose" and row.channel == "viseme_PP"]
    assert [round(row.weight * row.gain, 4) for row in rows] == [0.4]
    assert next(row for row in lips.alphsistant_face.rows if row.channel == "viseme_aa").gain == 1.25


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"viseme_PP": 0.0}, ""),
        ({"viseme_PP": 0.12}, "no key that closes them"),
        ({"viseme_PP": 0.12, "mouthClose": 0.0}, "no key that closes them"),
        ({"viseme_PP": 0.0, "viseme_aa": 0.0}, "could not be measured"),
    ],
)
def test_what_cannot_or_need_not_be_closed_is_left_alone(make_lips: MakeLips, keys: dict[str, float], words: str):
    lips = make_lips(**keys)
    if words:
        with pytest.raises(AssetError, match=words):
            close_lips.close(press())
    else:
        assert "nothing was changed" in close_lips.close(press()).sentence
    if words:
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.alphsistant.close_lips()
    else:
        bpy.ops.alphsistant.close_lips()
    assert not mapping.is_kept(lips)
