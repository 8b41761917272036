"""Faces as they come: every naming scheme, every spelling, several meshes, and names that only look like shapes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.face_rig import presets
from alphsistant_addon.face_rig.matching import match
from alphsistant_addon.face_rig.naming_schemes import SCHEMES, SUBSTITUTES
from alphsistant_addon.face_rig.rig_map import RigMap, Row
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, ARKIT_DIRECTIONS, VISEMES
from alphsistant_addon.lip_sync.curves import sample_curve


def keys(rig: RigMap, channel: str) -> dict[str, float]:
    return {row.key: row.weight for row in rig.rows if row.channel == channel}


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def short_side(name: str) -> str:
    return name if name in ARKIT_DIRECTIONS else re.sub("Left$", "_L", re.sub("Right$", "_R", name))


LONG = {"E": "E", "I": "ih", "O": "oh", "U": "ou"}

OCULUS_SPELLINGS: dict[str, Callable[[str], str]] = {
    "Ready Player Me": lambda v: f"viseme_{v}",
    "VRChat": lambda v: f"vrc.v_{LONG.get(v, v).lower()}",
    "bare": lambda v: v,
    "upper, dashed": lambda v: f"VISEME-{LONG.get(v, v).upper()}",
    "camel": lambda v: f"visemes{v.title()}",
    "with the mesh's name": lambda v: f"Head_v_{v}",
    "exporter's prefix and Blender's number": lambda v: f"blendShape1.viseme_{v}.001",
    "spaced": lambda v: f"Viseme {v} ",
}


@pytest.mark.parametrize("spelling", OCULUS_SPELLINGS)
def test_oculus_names_in_every_spelling(spelling: str) -> None:
    names = {v: OCULUS_SPELLINGS[spelling](v) for v in VISEMES}
    rig = match({"Head": ["Basis", *names.values()]})
    for viseme, name in names.items():
        assert keys(rig, f"viseme_{viseme}") == {name: 1.0}
    assert rig.coverage == 1.0


ARKIT_SPELLINGS: dict[str, Callable[[str], str]] = {
    "Apple": lambda c: c,
    "snake": snake,
    "short sides": short_side,
    "dotted sides": lambda c: short_side(c).replace("_", "."),
    "upper": str.upper,
    "lower, numbered": lambda c: f"{c.lower()}.002",
    "pascal": lambda c: c[0].upper() + c[1:],
    "MPFB": lambda c: f"!ex-{c}",
    "numbered list": lambda c: f"A{ARKIT_CHANNELS.index(c) + 1:02d}_{snake(c).title()}",
    "unknown prefix": lambda c: f"Gandalf:{c}",
    "suffix": lambda c: f"{c}_Mesh",
}


@pytest.mark.parametrize("spelling", ARKIT_SPELLINGS)
def test_arkit_names_in_every_spelling_and_visemes_composed(spelling: str) -> None:
    names = {c: ARKIT_SPELLINGS[spelling](c) for c in ARKIT_CHANNELS}
    rig = match({"Face": list(names.values())})
    for channel, name in names.items():
        assert keys(rig, channel) == {name: 1.0}
    assert keys(rig, "viseme_U") == {
        names["jawOpen"]: 0.14,
        names["mouthPucker"]: 0.90,
        names["mouthFunnel"]: 0.20,
    }
    assert keys(rig, "viseme_SS")[names["mouthSmileLeft"]] == 0.25
    assert rig.coverage == 1.0
    assert "ARKit" in rig.sentence


VROID = "Face.M_F00_000_00_Fcl_"

SCHEME_MESHES = {
    "VRM 0": ["A", "I", "U", "E", "O", "Blink", "Blink_L", "Blink_R", "Joy"],
    "VRM 0 by VRoid": [*(f"{VROID}MTH_{v}" for v in "AIUEO"), f"{VROID}EYE_Close_L", f"{VROID}EYE_Close_R"],
    "VRM 1": ["aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft", "blinkRight", "happy"],
    "MMD": ["あ", "い", "う", "え", "お", "ん", "まばたき", "ウィンク", "ウィンク右", "にこり"],
    "Character Creator": (
        [
            "AE",
            "Ah",
            "B_M_P",
            "Ch_J",
            "EE",
            "Er",
            "F_V",
            "Ih",
            "K_G_H_NG",
            "Oh",
            "R",
            "S_Z",
            "T_L_D_N",
            "Th",
            "W_OO",
            "Eye_Blink_L",
            "Eye_Blink_R",
        ]
    ),
    "Character Creator (lip shapes)": [
        "V_Open",
        "V_Explosive",
        "V_Dental_Lip",
        "V_Tight_O",
        "V_Tight",
        "V_Wide",
        "V_Affricate",
        "V_Lip_Open",
        "V_Tongue_up",
        "V_Tongue_Raise",
        "V_Tongue_Out",
        "Eye_Blink_L",
        "Eye_Blink_R",
    ],
    "MakeHuman": [
        *(f"!ex-mouth-{u}" for u in ("open", "compression", "protusion", "retraction", "parling", "pursing")),
        *(f"!ex-eye-{side}-closure" for side in ("left", "right")),
    ],
    "Preston Blair": ["AI", "E", "O", "U", "etc", "L", "WQ", "MBP", "FV", "rest"],
    "Fleming-Dobbs": ["rest", "MBP", "FV", "TH", "NLTDR", "GK", "SH", "EHSZ", "AA", "IY", "O"],
    "Rhubarb": [f"mouth_{letter}" for letter in "ABCDEFGHX"],
    "FACS": [
        "AU1",
        "AU_02_L",
        "AU_02_R",
        "AU4",
        "AU10",
        "AU12",
        "AU17",
        "AU18",
        "AU20",
        "AU22",
        "AU23",
        "AU24",
        "AU25",
        "AU26",
        "AU28",
        "AU45_L",
        "AU45_R",
    ],
}

OPEN_AND_CLOSED = {
    "VRM 0": ("A", None),
    "VRM 0 by VRoid": (f"{VROID}MTH_A", None),
    "VRM 1": ("aa", None),
    "MMD": ("あ", "ん"),
    "Character Creator": ("Ah", "B_M_P"),
    "Character Creator (lip shapes)": ("V_Open", "V_Explosive"),
    "MakeHuman": ("!ex-mouth-open", "!ex-mouth-compression"),
    "Preston Blair": ("AI", "MBP"),
    "Fleming-Dobbs": ("AA", "MBP"),
    "Rhubarb": ("mouth_D", "mouth_A"),
    "FACS": ("AU26", "AU24"),
}


@pytest.mark.parametrize("scheme", SCHEME_MESHES)
def test_every_scheme_is_known_by_its_names(scheme: str) -> None:
    rig = match({"Figure": SCHEME_MESHES[scheme]})
    assert {r.scheme for r in rig.rows if r.channel.startswith("viseme_")} == {scheme.removesuffix(" by VRoid")}
    assert rig.reached == VISEMES
    wide, closed = OPEN_AND_CLOSED[scheme]
    assert keys(rig, "viseme_aa")[wide] >= 0.85
    if closed:
        assert keys(rig, "viseme_PP")[closed] >= 0.6
    else:
        assert keys(rig, "viseme_PP") == {}
        assert "PP by the rest pose" in rig.sentence
    if any("link" in name or "closure" in name or "AU45" in name for name in SCHEME_MESHES[scheme]):
        assert keys(rig, "eyeBlinkLeft")
        assert keys(rig, "eyeBlinkLeft") != keys(rig, "eyeBlinkRight")


def test_plain_words_drive_what_there_is_and_say_what_is_missing() -> None:
    rig = match({"Suzanne": ["Basis", "Mouth.Open", "Smile", "Blink.L", "Blink.R"]})
    assert keys(rig, "viseme_aa") == {"Mouth.Open": 1.0}
    assert keys(rig, "mouthSmileLeft") == {"Smile": 0.5}
    assert keys(rig, "eyeBlinkRight") == {"Blink.R": 1.0}
    assert "no FF" in rig.sentence
    assert rig.coverage < 0.5


def test_several_meshes_and_a_missing_shape() -> None:
    names = [f"viseme_{v}" for v in VISEMES if v != "TH"]
    rig = match({"Head": names, "Teeth": names, "Hair": ["Basis", "wind"], "Eyes": []})
    assert rig.sentence == "15 of 15 visemes: Oculus names on “Head”, “Teeth”; TH by DD; no blink."
    assert {(r.mesh, r.key, r.substitute) for r in rig.rows if r.channel == "viseme_TH"} == {
        ("Head", "viseme_DD", "DD"),
        ("Teeth", "viseme_DD", "DD"),
    }


def test_teeth_follow_the_jaw_without_counting_as_a_mouth() -> None:
    rig = match({"Face": list(ARKIT_CHANNELS), "Teeth": ["jawOpen"]})
    teeth = {r.channel for r in rig.rows if r.mesh == "Teeth" and r.channel.startswith("viseme_")}
    assert {"viseme_aa", "viseme_O", "viseme_PP"} <= teeth
    assert match({"Teeth": ["jawOpen"]}).reached != VISEMES


def test_own_viseme_keys_go_before_composed_ones() -> None:
    rig = match({"Head": [*(f"viseme_{v}" for v in VISEMES), *ARKIT_CHANNELS]})
    assert keys(rig, "viseme_PP") == {"viseme_PP": 1.0}
    assert keys(rig, "jawOpen") == {"jawOpen": 1.0}


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["", " ", "...", "🙂", "\u0000", "Basis", "Key 1", "Key 2"],
        ["fat", "big nose", "A", "B"],
        ["jawOpen_mouthClose_corrective", "old_jawOpen", "no_smile", "smile_fix"],
    ],
)
def test_names_that_are_no_shapes_are_left_alone(names: list[str]) -> None:
    rig = match({"Head": names})
    assert rig.rows == ()
    assert rig.sentence == "No shape key with a known name was found."


def test_an_exact_name_wins_over_one_with_a_prefix() -> None:
    rig = match({"Head": ["Gandalf_jawOpen", "jawOpen", "Head_jawOpen"]})
    assert keys(rig, "jawOpen") == {"jawOpen": 1.0}


def test_jaw_left_is_a_direction() -> None:
    rig = match({"Head": ["jawLeft", "jawRight", "mouthLeft"]})
    assert keys(rig, "jawLeft") == {"jawLeft": 1.0}
    assert not [r for r in rig.rows if r.channel.startswith("viseme_")]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=24), max_size=12), max_size=3))
def test_any_names_give_rows_of_those_names_only(names: dict[str, list[str]]) -> None:
    for row in match(names).rows:
        assert row.key in names[row.mesh]
        assert 0.0 < row.weight <= 1.0


def test_two_thousand_keys() -> None:
    rig = match({"Head": [*(f"muscle_{i}_sim" for i in range(2000)), *(f"viseme_{v}" for v in VISEMES)]})
    assert rig.coverage == 1.0
    assert len(rig.rows) == len(VISEMES)


def make_face(**weights: list[float]) -> FaceAnimation:
    times = np.arange(3) * 0.1
    return FaceAnimation({name: Curve(times, np.array(w)) for name, w in weights.items()}, 0.2)


def test_apply_keeps_a_channels_own_keys_and_obeys_gain_and_limit() -> None:
    row = Row("viseme_aa", "Head", "Open")
    face = make_face(viseme_aa=[0.0, 0.8, 0.0], viseme_E=[0.0, 0.5, 0.0])
    curve = RigMap((row,)).apply(face)["Head"]["Open"]
    assert np.array_equal(curve.times, face.channels["viseme_aa"].times)
    strong = RigMap((row,)).with_row(dataclasses.replace(row, gain=2.0, limit=0.9))
    assert strong.apply(face)["Head"]["Open"].weights.tolist() == [0.0, 0.9, 0.0]
    assert strong.without("viseme_aa").apply(face) == {}


def test_apply_sums_channels_that_share_a_key() -> None:
    rig = RigMap((Row("viseme_aa", "H", "jawOpen", 0.6), Row("viseme_E", "H", "jawOpen", 0.3)))
    face = make_face(viseme_aa=[0.0, 0.5, 1.0], viseme_E=[1.0, 0.5, 0.0])
    fine = np.linspace(0, 0.2, 41)
    want = 0.6 * sample_curve(face.channels["viseme_aa"], fine) + 0.3 * sample_curve(face.channels["viseme_E"], fine)
    np.testing.assert_allclose(sample_curve(rig.apply(face)["H"]["jawOpen"], fine), want, atol=0.02)
    tight = RigMap(tuple(dataclasses.replace(row, limit=0.4) for row in rig.rows))
    assert sample_curve(tight.apply(face)["H"]["jawOpen"], fine).max() == pytest.approx(0.4)


def test_presets_come_back_as_they_were(tmp_path: Path) -> None:
    rig = match({"Kopf ü": [f"viseme_{v}" for v in VISEMES if v != "TH"], "Teeth": ["jawOpen"]})
    changed = rig.with_row(dataclasses.replace(rig.rows[0], gain=1.5, limit=0.7))
    presets.save(changed, tmp_path / "rig.json")
    assert presets.load(tmp_path / "rig.json") == changed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "other", "version": 1, "rows": []}',
        '{"format": "alphsistant-rig-map", "version": 99, "rows": []}',
        '{"format": "alphsistant-rig-map", "version": 1, "rows": [{"channel": "x"}]}',
        '{"format": "alphsistant-rig-map", "version": 1, "rows": [{"channel": "x", "mesh": "y", "key": 3}]}',
        '{"format": "alphsistant-rig-map", "version": 1, "rows": [{"channel": "", "mesh": "", "key": "", "gain": -1}]}',
    ],
)
def test_damaged_presets_are_met_with_a_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rig.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match="mapping preset"):
        presets.load(path)
    with pytest.raises(AssetError, match="mapping preset"):
        presets.load(tmp_path / "none.json")


def test_tables_name_only_shapes_they_list() -> None:
    for scheme in SCHEMES:
        known = set(scheme.spellings)
        recipes = [*scheme.visemes.values(), *scheme.expressions.values()]
        for shape in {shape for recipe in recipes for shape in recipe}:
            assert shape in known or re.sub("(Left|Right)$", "", shape) in known, (scheme.name, shape)
        assert set(scheme.visemes) == set(VISEMES), scheme.name
        assert set(scheme.expressions) <= set(ARKIT_CHANNELS), scheme.name
    assert len(ARKIT_CHANNELS) == len(set(ARKIT_CHANNELS)) == 52
    assert set(SUBSTITUTES) == set(VISEMES) - {"sil", "PP"}


@pytest.mark.parametrize(
    ("mesh", "names", "is_face"),
    [
        ("Door", ["open"], False),
        ("Chest", ["Open_L", "Open_R"], False),
        ("Curtain", ["open", "narrow", "wide"], False),
        ("Box", ["Box_open", "locked"], False),
        ("Cube", ["Key 1"], False),
        ("Head", ["open"], True),
        ("Cube", ["mouth open"], True),
        ("Cube", ["Open", "Smile"], True),
        ("Cube", ["talk"], True),
        ("Cube", ["jawOpen"], True),
        ("Cube", ["A", "E", "I", "O", "U"], True),
    ],
)
def test_a_prop_that_opens_is_no_face(mesh: str, names: list[str], is_face: bool) -> None:
    rig = match({mesh: names})
    assert rig.means_a_face == is_face
    by_hand = RigMap(tuple(dataclasses.replace(row, scheme="") for row in rig.rows))
    assert by_hand.means_a_face == bool(rig.rows), "what the user chose is not doubted"
